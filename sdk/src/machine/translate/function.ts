import { fail } from '../../errors/index.ts';
import { OP, opcodeById } from '../../wasm/opcodes.ts';
import { type Func, type FunctionType, type Instruction, place } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import { GLOBALS, MAX_FRAME, MAX_OFFSET, PAGES } from '../memory-map.ts';
import type { FailureName } from '../program.ts';
import { Assignments, localsToZero } from './analysis.ts';
import { bulkInline } from './bulk-inline.ts';
import { call, translateCall } from './calls.ts';
import { compare, select } from './choice.ts';
import { COMPARISONS, type Condition, isTrue, negate } from './conditions.ts';
import { ConstantSlots, neededConstants } from './constants.ts';
import type { CodeContext, Destination, Links } from './context.ts';
import { Control } from './control.ts';
import { type Emitter, Label } from './emitter.ts';
import { type LoopHeader, loopHeader, NO_HEADER } from './header.ts';
import { translateIndex } from './indices.ts';
import { globalValue } from './initial.ts';
import { LOADS, type MemoryAccess, STORES } from './memory.ts';
import {
  constant,
  dividesInline,
  inSlot,
  isIdentity,
  isNarrow,
  NUMERIC,
  REINTERPRETATIONS,
} from './numeric.ts';
import { type Operand, OperandStack } from './operands.ts';
import { translateReference } from './references.ts';
import { routineOf } from './routines.ts';
import { tailOf } from './tail.ts';
import type { Unit } from './unit.ts';

/** Instructions that are not counted as executed. */
const UNCOUNTED: ReadonlySet<number> = new Set([OP.block, OP.loop, OP.else, OP.end, OP.nop]);

/** How many instructions of tails are repeated for each of the function. */
const MAX_REPEATED = 0.5;

/**
 * Translates one function. Frame: parameters (results come back in the same slots), the return pc, declared locals,
 * operand stack.
 */
export class FunctionTranslator implements CodeContext {
  readonly emitter: Emitter;
  readonly stack: OperandStack;
  readonly links: Links<Unit>;
  readonly unit: Unit;
  readonly func: Func;
  private readonly type: FunctionType;
  readonly returnSlot: number;
  readonly control: Control;
  private readonly constants: ConstantSlots;
  /** Index of the instruction being translated, or of the last one that goes with it. */
  position = 0;
  /** Of the loop begun last. */
  private header: LoopHeader = NO_HEADER;
  /** While instructions are repeated, the last position and then the condition there. */
  private repeating: { readonly end: number; holds?: Condition } | undefined;

  /** Instructions that tails repeated so far, and by position of a tail's last one, where its copies go on if it does not branch. */
  private repeated = 0;
  private readonly behind: Map<number, Label> = new Map();

  constructor(links: Links<Unit>, unit: Unit, func: Func) {
    this.links = links;
    this.emitter = links.emitter;
    this.unit = unit;
    this.func = func;
    this.type = unit.module.types[func.typeIndex];
    this.returnSlot = links.returnSlot(unit, func.index);
    const base = this.returnSlot + 1 + func.locals.length;
    const needed = neededConstants(func, ({ op, index }) =>
      op === OP.call ? unit.typeOf(index) : undefined,
    );
    this.constants = new ConstantSlots(this.emitter, needed, base);
    this.stack = new OperandStack(this.emitter, base + needed.values.length, (local) => this.slotOf(local));
    this.control = new Control(this.emitter, this.stack, new Assignments(func), func.block, this.returnSlot);
  }

  /** Returns the slots of the frame. */
  translate(): number {
    const { emitter, func, control, unit } = this;
    emitter.functionIndex = unit.routine ? -1 : func.index;
    emitter.offset = unit.routine ? 0 : func.offset;
    for (const local of localsToZero(func, this.type.params.length)) emitter.constant(this.slotOf(local), 0n);
    for (this.position = 0; this.position < func.instructions.length; this.position++) {
      const instruction = func.instructions[this.position];
      if (!unit.routine) emitter.offset = instruction.offset;
      this.count(instruction.op);
      this.instruction(instruction);
      const behind = this.behind.get(this.position);
      if (behind !== undefined) emitter.bind(behind);
      const next = control.reachable ? undefined : control.nextReachable();
      if (next !== undefined) this.position = next - 1;
    }
    const slots = this.stack.home(this.stack.maxHeight);
    if (slots <= MAX_FRAME) return slots;
    fail('MODULE_TOO_LARGE', `a frame of ${slots} slots (locals, operands), and at most ${MAX_FRAME} fit`, {
      where: place(func.offset, unit.describe(func.index)),
      fix: 'Split the function',
    });
  }

  temporary(k: number): number {
    return this.stack.temporary(k);
  }

  constantSlot(value: bigint): number | undefined {
    return this.constants.slot(value, this.control.depth);
  }

  trapIf(trap: FailureName, flags: number, slot: number, value: Operand): void {
    this.control.jumpIf({ flags, x: slot, y: value }, this.links.trap(trap));
  }

  /** The program traps here; what follows is unreachable. */
  trap(trap: FailureName): void {
    this.emitter.jump(I.JUMP, 0, this.links.trap(trap));
    this.control.reachable = false;
  }

  lack(index: number): void {
    this.links.lack(this.unit, index, this.func.index);
    this.trap('importCalled');
  }

  /** Traps unless the condition holds. */
  require(holds: Condition): void {
    this.control.jumpIf(negate(holds), this.links.trap('requireFailed'));
  }

  /** With the operands popped, before the rows that compute the result. A function's only result goes where it is returned. */
  destination(): Destination {
    const next = this.func.instructions[this.position + 1];
    if (next.op !== OP['local.set'] && next.op !== OP['local.tee']) {
      const { params, results } = this.type;
      const returns = params.length > 0 && results.length === 1 && this.control.returns(next);
      if (returns) return { slot: 0, local: 0, keep: true };
      return { slot: this.stack.temporary(0), local: -1, keep: true };
    }
    this.take(this.position + 1);
    this.stack.release(next.index);
    return { slot: this.slotOf(next.index), local: next.index, keep: next.op === OP['local.tee'] };
  }

  /** After those rows: the result is on the stack, unless a `local.set` took it. */
  push(destination: Destination, narrow = false): void {
    if (!destination.keep) return;
    if (destination.local >= 0) this.stack.pushLocal(destination.local);
    else this.stack.pushHome(narrow);
  }

  private slotOf(local: number): number {
    const parameters = this.type.params.length;
    return local < parameters ? local : this.returnSlot + 1 + local - parameters;
  }

  private count(op: number): void {
    if (!this.unit.routine && !UNCOUNTED.has(op)) this.emitter.pending++;
  }

  /** The instructions up to `position` go with the current one. */
  take(position: number): void {
    while (this.position < position) this.count(this.func.instructions[++this.position].op);
  }

  private instruction(instruction: Instruction): void {
    const { op } = instruction;
    const comparison = COMPARISONS.get(op);
    const routine = routineOf(op);
    const load = LOADS.get(op);
    const store = STORES.get(op);
    if (comparison !== undefined) compare(this, comparison);
    else if (bulkInline(this, op) || translateIndex(this, op)) return;
    else if (routine !== undefined && !this.dividesInline(op)) this.callRoutine(routine);
    else if (NUMERIC.has(op) || op === OP['i64.extend_i32_u']) this.numeric(op);
    else if ((load ?? store) !== undefined && instruction.memOffset >= MAX_OFFSET)
      this.trap('memoryOutOfBounds');
    else if (REINTERPRETATIONS.has(op)) return;
    else if (load !== undefined) this.load(load, instruction.memOffset);
    else if (store !== undefined) this.store(store, instruction.memOffset);
    else this.other(instruction);
  }

  private other(instruction: Instruction): void {
    const { op, index, block } = instruction;
    const { stack, emitter, control } = this;
    switch (op) {
      case OP.nop:
        break;
      case OP.drop:
        stack.pop();
        break;
      case OP['local.get']:
        stack.pushLocal(index);
        break;
      case OP['local.set']:
      case OP['local.tee']:
        this.setLocal(index, op === OP['local.tee']);
        break;
      case OP['i32.const']:
      case OP['i64.const']:
      case OP['f32.const']:
      case OP['f64.const']:
        stack.pushConstant(BigInt(instruction.value));
        break;
      case OP['global.get']:
        this.getGlobal(index);
        break;
      case OP['global.set']:
        emitter.row(I.SET, 0, inSlot(this, stack.pop(), 0).slot, 0, GLOBALS + index);
        break;
      case OP.block:
        control.block(block);
        break;
      case OP.loop:
        this.constants.beforeLoop(this.position, control.depth);
        control.loop(block);
        this.header = loopHeader(this.func.instructions, this.position + 1);
        break;
      case OP.if:
        if (!control.ifConstant(block)) this.decide(isTrue(this, stack.pop()), instruction);
        break;
      case OP.else:
        if (control.reachable) this.repeatTail(0);
        control.else();
        this.constants.leave(control.depth - 1);
        break;
      case OP.end:
        control.end();
        this.constants.leave(control.depth);
        break;
      case OP.br:
        if (!this.repeatHeader(index) && !this.repeatTail(index)) control.branch(index);
        break;
      case OP.br_if:
        this.decide(isTrue(this, stack.pop()), instruction);
        break;
      case OP.br_table:
        control.branchTable(instruction.labels, inSlot(this, stack.pop(), 0).slot);
        break;
      case OP.return:
        control.returnFromBody();
        break;
      case OP.unreachable:
        this.trap('unreachable');
        break;
      case OP.call:
      case OP.call_indirect:
      case OP.return_call:
      case OP.return_call_indirect:
        translateCall(this, instruction);
        break;
      case OP.select:
      case OP.select_t:
        select(this, isTrue(this, stack.pop()));
        break;
      case OP['memory.size']: {
        const to = this.destination();
        emitter.row(I.GET, 0, to.slot, 0, PAGES);
        this.push(to, true);
        break;
      }
      default:
        if (translateReference(this, instruction)) break;
        fail('MODULE_UNSUPPORTED', `unsupported instruction ${opcodeById(op)?.name}`, {
          where: place(instruction.offset, this.unit.describe(this.func.index)),
          fix: 'Compile without it; `wattest inspect` lists all that the module uses',
        });
    }
  }

  /** An `if` or `br_if` at the current position, its condition popped. */
  decide(holds: Condition, { op, block, index }: Instruction): void {
    const { control, repeating, header, position } = this;
    const depth = op === OP.if ? undefined : index;
    if (position === repeating?.end) repeating.holds = holds;
    else if (depth === undefined) control.if(holds, block);
    else control.branchIf(holds, depth);
    if (position !== header.end) return;
    this.header = NO_HEADER;
    control.endHeader(position, depth, header.blocks);
  }

  /** A branch back to a loop, as its header once more, which goes to the body or out. False where it cannot be. */
  private repeatHeader(depth: number): boolean {
    const { control, func, position } = this;
    const header = control.repeatable(depth);
    if (header === undefined) return false;
    const holds = this.repeat(header.start, header.end) as Condition;
    control.repeat(depth, holds, ({ kind, end: exit }) => {
      let next = position + 1;
      while (next < exit && func.instructions[next].op === OP.end) next++;
      return kind !== 'body' && next === exit;
    });
    return true;
  }

  /** A branch out of a block, as what stands behind the block once more, if that is a few rows and goes back to a loop or returns. */
  private repeatTail(depth: number): boolean {
    const { control, func } = this;
    const tail = tailOf(func.instructions, (level) => control.blockAt(level), depth);
    if (tail === undefined) return false;
    const { start, end, outer } = tail;
    const { op, index } = func.instructions[end];
    const target = outer < 0 ? undefined : outer + index;
    const length = end - start + 1;
    if (this.repeated + length > MAX_REPEATED * func.instructions.length) return false;
    if (!control.leaveFor(depth, target, op === OP.br_if)) return false;
    this.repeated += length;
    const holds = this.repeat(start, op === OP.br_if ? end : end - 1);
    if (target === undefined) {
      this.count(op);
      control.returnFromBody();
    } else if (holds !== undefined) {
      control.branchIf(holds, target);
      const behind = this.behind.get(end) ?? new Label();
      this.behind.set(end, behind);
      this.emitter.jump(I.JUMP, 0, behind);
      control.reachable = false;
    } else {
      this.count(op);
      if (!this.repeatHeader(target)) control.branch(target);
    }
    return true;
  }

  /** Instructions from `start` to `end` once more. Of an `if` or `br_if` at `end` only the condition, which is returned. */
  private repeat(start: number, end: number): Condition | undefined {
    const { func, position, unit } = this;
    const repeating: typeof this.repeating = { end };
    this.repeating = repeating;
    for (this.position = start; this.position <= end; this.position++) {
      const instruction = func.instructions[this.position];
      if (instruction.op === OP.block) continue;
      if (!unit.routine) this.emitter.offset = instruction.offset;
      this.count(instruction.op);
      this.instruction(instruction);
    }
    this.repeating = undefined;
    this.position = position;
    return repeating.holds;
  }

  private setLocal(local: number, keep: boolean): void {
    const { stack, emitter } = this;
    const value = stack.pop();
    const slot = this.slotOf(local);
    stack.release(local);
    if (value.kind === 'constant') emitter.constant(slot, value.value);
    else emitter.move(slot, value.slot);
    if (!keep) return;
    if (value.kind === 'constant') stack.pushConstant(value.value);
    else stack.pushLocal(local);
  }

  private getGlobal(index: number): void {
    const value = this.unit.constantGlobal(index);
    if (value !== undefined) {
      this.stack.pushConstant(value);
      return;
    }
    // Refuses one without a value.
    globalValue(this.unit.module, index);
    const to = this.destination();
    this.emitter.row(I.GET, 0, to.slot, 0, GLOBALS + index);
    this.push(to);
  }

  private load({ info, flags, narrow }: MemoryAccess, offset: number): void {
    const base = inSlot(this, this.stack.pop(), 0).slot;
    const to = this.destination();
    this.emitter.row(info, flags, to.slot, base, offset);
    this.push(to, narrow);
  }

  private store({ info, flags }: MemoryAccess, offset: number): void {
    const value = this.stack.pop();
    const base = inSlot(this, this.stack.pop(), 0).slot;
    this.emitter.row(info, flags, inSlot(this, value, 1).slot, base, offset);
  }

  private numeric(op: number): void {
    const { stack } = this;
    const rule = NUMERIC.get(op);
    const y = rule?.operands === 2 ? stack.pop() : undefined;
    const x = stack.operand(stack.height - 1);
    const entry = stack.popEntry();
    if (rule === undefined || isIdentity(op, x, y)) {
      if (entry.kind === 'home') stack.pushHome(entry.narrow || rule === undefined);
      else stack.pushEntry(entry);
      return;
    }
    const to = this.destination();
    rule.rule(this, to.slot, x, y ?? constant(0n));
    this.push(to, rule.narrow || isNarrow(op, x, y));
  }

  /** A signed division by a constant that neither traps nor overflows. */
  private dividesInline(op: number): boolean {
    const width = NUMERIC.get(op)?.narrow === true ? 32 : 64;
    const divisor = this.stack.operand(this.stack.height - 1);
    return NUMERIC.has(op) && divisor.kind === 'constant' && dividesInline(width, divisor.value);
  }

  /** A call of a linked routine, its arguments on the stack. */
  callRoutine(name: string): void {
    call(this, this.links.routine(name));
  }

  /** A call of the program's own function, likewise. */
  callGuest(index: number): void {
    call(this, this.links.guest(index));
  }
}
