/**
 * Abstract interpretation of one function: of each slot, whether it was written and the most that it holds. Rows are gone
 * through in order; where paths meet, less is known. A loop starts with widths only, so that once more through the function is
 * enough nearly always, and what does not settle in a few rounds is refused: the time is linear in the rows.
 */
import * as I from '../instructions.ts';
import { GLOBALS } from '../memory-map.ts';
import type { SecondOperand } from '../operands.ts';
import type { Code } from '../program.ts';
import type { Cells } from './cells.ts';
import { Frame, mostOfBits, UNSET, WORD32 } from './frame.ts';
import { isEnd, wordAt } from './instruction.ts';
import { refuse } from './rules.ts';
import type { Callee, Signatures } from './signatures.ts';
import { refined, resultOf } from './values.ts';

/** Rounds after which loops have settled, or never do. Those of the examples and benchmarks take two. */
const MAX_ROUNDS = 16;

/** Rows `start … end − 1`. */
export interface Body {
  readonly start: number;
  readonly end: number;
  /** Undefined of the entry, which nobody calls. */
  readonly callee: Callee | undefined;
}

export interface Surroundings {
  readonly code: Code;
  readonly cells: Cells;
  readonly signatures: Signatures;
}

export function checkFunction(surroundings: Surroundings, body: Body): void {
  new FunctionCheck(surroundings, body).run();
}

class FunctionCheck {
  private readonly code: Code;
  private readonly cells: Cells;
  private readonly signatures: Signatures;
  private readonly body: Body;
  private readonly returnSlot: number;
  /** What is known at pcs that later rows jump back to. */
  private readonly loops: Map<number, Frame | undefined> = new Map();
  /** What is known at pcs that rows of this round jump forward to. */
  private readonly pending: Map<number, Frame> = new Map();
  /** Whether less is known at a loop than when this round went through it. */
  private unsettled = false;
  private pc = 0;
  /** Undefined where nothing gets to. */
  private frame: Frame | undefined;

  constructor({ code, cells, signatures }: Surroundings, body: Body) {
    this.code = code;
    this.cells = cells;
    this.signatures = signatures;
    this.body = body;
    this.returnSlot = body.callee?.returnSlot ?? -1;
  }

  run(): void {
    const { start, end, callee } = this.body;
    const { code } = this;
    for (let pc = start; pc < end; pc++) {
      const target = code.a[pc]!;
      const jumps = I.opcodeInfo(code.opcode[pc]!)!.a.role === 'target';
      if (jumps && target <= pc && target >= start) this.loops.set(target, undefined);
    }
    for (let round = 0; ; round++) {
      if (round === MAX_ROUNDS)
        refuse('settling', `a loop that does not settle in ${MAX_ROUNDS} rounds`, start);
      this.unsettled = false;
      this.frame = callee === undefined ? new Frame() : callee.frame.copy();
      for (this.pc = start; this.pc < end; this.pc++) {
        this.arrive();
        if (this.frame !== undefined) this.row(this.frame);
      }
      if (this.frame !== undefined) refuse('target', 'a function that goes on behind its end', end - 1);
      if (!this.unsettled) return;
    }
  }

  /** Joins what jumps bring. */
  private arrive(): void {
    const { pc, pending } = this;
    const brought = pending.get(pc);
    if (brought !== undefined) {
      pending.delete(pc);
      if (this.frame === undefined) this.frame = brought;
      else this.frame.join(brought);
    }
    if (this.frame === undefined || !this.loops.has(pc)) return;
    const known = this.loops.get(pc);
    if (known === undefined) {
      this.frame.widen();
      this.loops.set(pc, this.frame.copy());
    } else {
      known.join(this.frame);
      this.frame = known.copy();
    }
  }

  private row(frame: Frame): void {
    const { code, pc } = this;
    const opcode = code.opcode[pc]!;
    const info = I.opcodeInfo(opcode)!;
    const { a, b, c, cell, flow } = info;
    const isImmediate = (opcode & I.IMMEDIATE) !== 0;
    const x = b.role === 'read' ? this.read(frame, code.b[pc]!, mostOfBits(I.bitsOf(b.bits, opcode))) : 0;
    let y = wordAt(code, pc);
    if (c.role === 'second') {
      if (!isImmediate) y = this.read(frame, y, mostOfBits(I.bitsOf(c.bits, opcode)));
      this.demand(c, opcode, x, y, isImmediate);
    }
    const readsA = a.role === 'read' || a.role === 'update';
    const old = readsA ? this.read(frame, code.a[pc]!, mostOfBits(I.bitsOf(a.bits, opcode))) : 0;
    // Elements of tables are words of 32 bits, which the descriptor demands of those that are stored.
    if (cell === 'table' && code.c[pc]! + x >= this.cells.tablesEnd) {
      refuse('table index', 'an element that no table is known to have', pc);
    }
    if (cell === 'global' && y >= this.cells.globalsEnd) {
      refuse('key', `cell 0x${y.toString(16)}, which the image does not supply`, pc);
    }
    if (cell === 'global' && a.role === 'read' && old > this.cells.mostOf(y)) {
      refuse('width', `cell 0x${y.toString(16)} takes less than slot ${code.a[pc]} may hold`, pc);
    }
    if (a.role === 'write' || a.role === 'update') {
      const isGet = cell === 'global';
      this.write(
        frame,
        code.a[pc]!,
        isGet ? this.mostOfCell(y) : resultOf(info, opcode, { x, y, old, isImmediate }),
      );
    }
    switch (flow) {
      case 'branch':
        this.branch(frame, opcode, x, y);
        break;
      case 'jump':
        this.jump(code.a[pc]!, frame);
        this.frame = undefined;
        break;
      case 'table':
        this.jumpTable(frame, y, x);
        break;
      case 'call':
        this.call(frame);
        break;
      case 'return':
        this.returns(frame);
        break;
      case 'end':
        this.frame = undefined;
        break;
      default:
        break;
    }
  }

  /** PAGES is no more than 32 bits: it starts small, and no run has 2^32 rows. */
  private mostOfCell(key: number): number {
    return key < GLOBALS ? WORD32 : this.cells.mostOf(key);
  }

  private read(frame: Frame, slot: number, most: number): number {
    if (slot === this.returnSlot)
      refuse('return slot', `slot ${slot} is read, which holds the return pc`, this.pc);
    const value = frame.get(slot);
    if (value === UNSET)
      refuse('unset', `slot ${slot} is read, which some path does not write before`, this.pc);
    if (value > most) refuse('width', `slot ${slot} may hold more than the instruction takes`, this.pc);
    return value;
  }

  private write(frame: Frame, slot: number, most: number): void {
    if (slot === this.returnSlot)
      refuse('return slot', `slot ${slot} is written, which holds the return pc`, this.pc);
    frame.set(slot, most);
  }

  /** What a slot must be as a second operand; immediates were looked at before. */
  private demand(
    { demand }: SecondOperand,
    opcode: number,
    x: number,
    y: number,
    isImmediate: boolean,
  ): void {
    const { pc } = this;
    const width = (opcode & I.WIDE) !== 0 ? 64 : 32;
    if (demand === 'factor') {
      const isOne = isImmediate && y <= 1;
      if ((x > WORD32 && !isOne) || y > WORD32) refuse('width', 'a product of more than 64 bits', pc);
    } else if (demand === 'count' || demand === 'rotation') {
      const most = demand === 'count' ? width - 1 : width;
      if (y > most) refuse('count', `a count that may be above ${most}`, pc);
    }
  }

  private branch(frame: Frame, opcode: number, x: number, y: number): void {
    const { code, pc } = this;
    const [slotX, slotY] = [code.b[pc]!, (opcode & I.IMMEDIATE) === 0 ? code.c[pc]! : -1];
    const narrow = (to: Frame, holds: boolean): boolean => {
      const known = refined(opcode, holds, x, y);
      if (known === undefined) return false;
      // A bound of 2^32 − 1 is as good as one of 2^32 − 2.
      if (known.x < WORD32 - 1) to.set(slotX, known.x);
      if (known.y < WORD32 - 1 && slotY >= 0) to.set(slotY, known.y);
      return true;
    };
    const taken = frame.copy();
    if (narrow(taken, true)) this.jump(code.a[pc]!, taken);
    if (!narrow(frame, false)) this.frame = undefined;
  }

  private jumpTable(frame: Frame, first: number, most: number): void {
    const { pc, body } = this;
    if (first <= pc || first + most >= body.end)
      refuse('target', 'a run of targets that is not behind it', pc);
    for (let i = 0; i <= most; i++) this.jump(first + i, frame);
    this.frame = undefined;
  }

  private jump(target: number, frame: Frame): void {
    const { body, code, pc, pending } = this;
    if (target < body.start || target >= body.end) {
      if (target >= 1 && target < code.length && isEnd(code, target)) return;
      const callee = this.signatures.at.get(target);
      if (callee !== undefined) {
        this.goOnAs(callee, frame);
        return;
      }
      refuse('target', `a jump to pc ${target}, which is of another function`, pc);
    }
    if (code.opcode[target] === I.LEAVE.code) refuse('target', `a jump to the return point ${target}`, pc);
    if (target <= pc) {
      // Seen before this row, unless nothing got there: then it counts from the next round on.
      const known = this.loops.get(target);
      if (known === undefined) {
        const start = frame.copy();
        start.widen();
        this.loops.set(target, start);
        pending.set(target, start.copy());
        this.unsettled = true;
      } else if (known.join(frame)) this.unsettled = true;
      return;
    }
    const known = pending.get(target);
    if (known === undefined) pending.set(target, frame.copy());
    else known.join(frame);
  }

  /** A tail call: the return of the other function, which finds the return pc where it looks for it, is the one of this. */
  private goOnAs({ signature, returnSlot }: Callee, frame: Frame): void {
    const { pc, body } = this;
    if (body.callee === undefined) refuse('tail call', 'the entry goes on as a function', pc);
    if (returnSlot !== this.returnSlot) refuse('tail call', 'a function with another return slot', pc);
    if (`${signature.results}` !== `${body.callee.signature.results}`) {
      refuse('tail call', 'a function with other results', pc);
    }
    for (const [i, bits] of signature.params.entries()) this.read(frame, i, mostOfBits(bits));
  }

  /** Arguments are what the callee takes, and what it may write is forgotten: all from its slot 0 on but the results. */
  private call(frame: Frame): void {
    const { code, pc, signatures } = this;
    const delta = code.b[pc]!;
    const isDirect = I.opcodeInfo(code.opcode[pc]!) === I.CALL;
    const callee = isDirect ? signatures.at.get(code.a[pc]!) : signatures.ofType.get(code.c[pc]!);
    if (delta <= this.returnSlot)
      refuse('return slot', 'a call whose frame has the return pc of this one', pc);
    if (callee === undefined) {
      if (isDirect) refuse('callee', 'a call of what is no function', pc);
      // No reference has the type, so the row can only trap.
      this.frame = undefined;
      return;
    }
    if (isDirect && callee.returnSlot !== code.c[pc]) refuse('callee', 'a call with another return slot', pc);
    const { params, results } = callee.signature;
    for (const [i, bits] of params.entries()) this.read(frame, delta + i, mostOfBits(bits));
    frame.forgetFrom(delta);
    for (const [i, bits] of results.entries()) frame.set(delta + i, mostOfBits(bits));
  }

  private returns(frame: Frame): void {
    const { code, pc, body } = this;
    if (body.callee === undefined) refuse('return slot', 'a return where nothing was called', pc);
    if (code.a[pc] !== this.returnSlot) refuse('return slot', 'a return to what another slot holds', pc);
    for (const [i, bits] of body.callee.signature.results.entries()) this.read(frame, i, mostOfBits(bits));
    this.frame = undefined;
  }
}
