import { fail } from '../../errors/index.ts';
import { OP, opcodeById } from '../../wasm/opcodes.ts';
import { type Block, type Func, type FunctionType, type Instruction, place } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import { GLOBALS, MAX_FRAME, PAGES } from '../memory-map.ts';
import type { TrapName } from '../program.ts';
import { Assignments, localsToZero } from './analysis.ts';
import { type Emitter, Label } from './emitter.ts';
import type { CallTarget, Linker, Unit } from './linker.ts';
import { LOADS, STORES } from './memory.ts';
import {
  binary,
  COMPARISONS,
  type Comparison,
  type Condition,
  condition,
  dividesInline,
  inSlot,
  isIdentity,
  isNarrow,
  isTrue,
  NUMERIC,
  negate,
  type RowContext,
} from './numeric.ts';
import { type Operand, OperandStack, parallelMoves } from './operands.ts';
import { routineOf } from './routines.ts';

/** A structured instruction that is open. */
interface Frame {
  readonly block: Block;
  /** Height of the stack below its parameters. */
  readonly height: number;
  /** Where a branch goes: the start of a loop, the end of others. */
  readonly label: Label;
  /** Of an `if` whose first branch is being translated: where the condition's row jumps when it does not hold. */
  otherwise: Label | undefined;
}

/** Where an instruction's result goes: its home slot, or the local of a `local.set` or `local.tee` right behind. */
export interface Destination {
  readonly slot: number;
  readonly local: number;
  readonly keep: boolean;
}

/** Instructions that are not counted as executed. */
const UNCOUNTED: ReadonlySet<number> = new Set([OP.block, OP.loop, OP.else, OP.end, OP.nop]);

/**
 * Translates one function. Frame: parameters (results come back in the same slots), the return pc, declared locals,
 * operand stack.
 */
export class FunctionTranslator implements RowContext {
  readonly emitter: Emitter;
  readonly stack: OperandStack;
  private readonly linker: Linker;
  private readonly unit: Unit;
  private readonly func: Func;
  private readonly type: FunctionType;
  private readonly returnSlot: number;
  private readonly assignments: Assignments;
  private readonly frames: Frame[] = [];
  private position = 0;
  private reachable = true;

  constructor(linker: Linker, unit: Unit, func: Func) {
    this.linker = linker;
    this.emitter = linker.emitter;
    this.unit = unit;
    this.func = func;
    this.type = unit.module.types[func.typeIndex];
    const parameters = this.type.params.length;
    const locals = parameters + func.locals.length;
    this.returnSlot = returnSlotOf(this.type);
    this.assignments = new Assignments(func, locals);
    const base = this.returnSlot + 1 + func.locals.length;
    this.stack = new OperandStack(this.emitter, base, locals, (local) => this.slotOf(local));
    this.checkFrame(base);
  }

  /** Returns the slots of the frame. */
  translate(): number {
    const { emitter, func } = this;
    emitter.functionIndex = this.unit.routine ? -1 : func.index;
    emitter.offset = this.unit.routine ? 0 : func.offset;
    for (const local of localsToZero(func, this.type.params.length)) emitter.constant(this.slotOf(local), 0n);
    this.frames.push({ block: func.block, height: 0, label: new Label(), otherwise: undefined });
    for (this.position = 0; this.position < func.instructions.length; this.position++) {
      const instruction = func.instructions[this.position];
      if (!this.unit.routine) emitter.offset = instruction.offset;
      this.count(instruction.op);
      this.instruction(instruction);
      if (!this.reachable) this.skipUnreachable();
    }
    return this.checkFrame(this.stack.home(this.stack.maxHeight));
  }

  temporary(k: number): number {
    return this.stack.temporary(k);
  }

  trapIf(trap: TrapName, relation: number, slot: number, value: bigint): void {
    const { emitter } = this;
    emitter.jump(I.BRANCH, relation | I.IMMEDIATE, this.linker.trap(trap), slot, value);
  }

  /** The program traps here; what follows is unreachable. */
  trap(trap: TrapName): void {
    this.emitter.jump(I.JUMP, 0, this.linker.trap(trap));
    this.reachable = false;
  }

  /** Operands popped, before the rows that compute the result. */
  destination(): Destination {
    const next = this.func.instructions[this.position + 1];
    if (next.op !== OP['local.set'] && next.op !== OP['local.tee']) {
      return { slot: this.stack.temporary(0), local: -1, keep: true };
    }
    this.position++;
    this.count(next.op);
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

  private checkFrame(slots: number): number {
    if (slots <= MAX_FRAME) return slots;
    fail(
      'MODULE_TOO_LARGE',
      `a frame of ${slots} slots (locals and operands), and at most ${MAX_FRAME} fit`,
      {
        where: place(this.func.offset, this.unit.describe(this.func.index)),
        fix: 'Split the function.',
      },
    );
  }

  private instruction(instruction: Instruction): void {
    const { op } = instruction;
    const comparison = COMPARISONS.get(op);
    if (comparison !== undefined) return this.comparison(comparison);
    const routine = routineOf(op);
    const numeric = NUMERIC.get(op);
    if (routine !== undefined && !(numeric !== undefined && this.dividesInline(op))) {
      return this.callRoutine(routine);
    }
    if (numeric !== undefined || op === OP['i64.extend_i32_u']) return this.numeric(op);
    const load = LOADS.get(op);
    if (load !== undefined) {
      const base = inSlot(this, this.stack.pop(), 0);
      const to = this.destination();
      this.emitter.row(load.info, load.flags, to.slot, base.slot, instruction.memOffset);
      return this.push(to, load.narrow);
    }
    const store = STORES.get(op);
    if (store !== undefined) {
      const value = this.stack.pop();
      const base = inSlot(this, this.stack.pop(), 0);
      const { slot } = inSlot(this, value, 1);
      return this.emitter.row(store.info, store.flags, slot, base.slot, instruction.memOffset);
    }
    this.other(instruction);
  }

  private other(instruction: Instruction): void {
    const { op, index, block } = instruction;
    const { stack, emitter } = this;
    switch (op) {
      case OP.nop:
        return;
      case OP.drop:
        stack.pop();
        return;
      case OP['local.get']:
        return stack.pushLocal(index);
      case OP['local.set']:
      case OP['local.tee']:
        return this.setLocal(index, op === OP['local.tee']);
      case OP['i32.const']:
      case OP['i64.const']:
        return stack.pushConstant(BigInt(instruction.value));
      case OP['global.get']:
        return this.getGlobal(index);
      case OP['global.set']:
        return emitter.row(I.SET, 0, inSlot(this, stack.pop(), 0).slot, 0, GLOBALS + index);
      case OP.block:
      case OP.loop: {
        const label = new Label();
        this.enter(block);
        if (op === OP.loop) emitter.bind(label);
        this.frames.push({ block, height: stack.height - block.params.length, label, otherwise: undefined });
        return;
      }
      case OP.if:
        return this.ifTrue(isTrue(this, stack.pop()), block);
      case OP.else:
        return this.else();
      case OP.end:
        return this.end();
      case OP.br:
        this.branch(this.frames[this.frames.length - 1 - index]);
        this.reachable = false;
        return;
      case OP.br_if:
        return this.branchIf(isTrue(this, stack.pop()), index);
      case OP.br_table:
        return this.branchTable(instruction.labels);
      case OP.return:
        this.branch(this.frames[0]);
        this.reachable = false;
        return;
      case OP.unreachable:
        return this.trap('unreachable');
      case OP.call: {
        const host = this.unit.host(index);
        if (host === undefined) this.call(this.linker.func(this.unit, index), this.unit.typeOf(index));
        else host.translate(this);
        return;
      }
      case OP.call_indirect:
        return this.callIndirect(instruction);
      case OP.select:
      case OP.select_t:
        return this.select(stack.pop(), I.GREATER);
      case OP['memory.size']: {
        const to = this.destination();
        emitter.row(I.GET, 0, to.slot, 0, PAGES);
        return this.push(to, true);
      }
      default:
        fail('MODULE_UNSUPPORTED', `unsupported instruction ${opcodeById(op)?.name}`, {
          where: place(instruction.offset, this.unit.describe(this.func.index)),
          fix: 'Compile without it; `wattest inspect` lists all that the module uses.',
        });
    }
  }

  // Values

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
    if (value !== undefined) return this.stack.pushConstant(value);
    const to = this.destination();
    this.emitter.row(I.GET, 0, to.slot, 0, GLOBALS + index);
    this.push(to);
  }

  private numeric(op: number): void {
    const { stack } = this;
    const rule = NUMERIC.get(op);
    const y = rule?.operands === 2 ? stack.pop() : undefined;
    const x = stack.operand(stack.height - 1);
    const entry = stack.popEntry();
    if (isIdentity(op, x, y)) {
      if (entry.kind === 'home') stack.pushHome(entry.narrow || op === OP['i64.extend_i32_u']);
      else stack.pushEntry(entry);
      return;
    }
    if (rule === undefined) return;
    const to = this.destination();
    rule.rule(this, to.slot, x, y ?? { kind: 'constant', value: 0n });
    this.push(to, rule.narrow || isNarrow(op, x, y));
  }

  private dividesInline(op: number): boolean {
    const divisor = this.stack.operand(this.stack.height - 1);
    const width = op === OP['i32.div_s'] || op === OP['i32.rem_s'] ? 32 : 64;
    return divisor.kind === 'constant' && dividesInline(width, divisor.value);
  }

  /** A comparison goes into the branch, `if`, `select` or `require` right behind it, over any `i32.eqz` between. */
  private comparison(comparison: Comparison): void {
    const { stack } = this;
    const { instructions } = this.func;
    let negated = false;
    let next = this.position + 1;
    for (; instructions[next].op === OP['i32.eqz']; next++) negated = !negated;
    const consumer = instructions[next];
    const takes = (op: number): boolean =>
      op === OP.if || op === OP.br_if || this.requires(instructions[next]);
    const selects = consumer.op === OP.select || consumer.op === OP.select_t;
    while (this.position < next - 1) this.count(instructions[++this.position].op);
    const y: Operand = comparison.unary ? { kind: 'constant', value: 0n } : stack.pop();
    const x = stack.pop();
    const holds = condition(this, comparison, x, y);
    const result = negated ? negate(holds) : holds;
    if (takes(consumer.op)) {
      this.count(instructions[++this.position].op);
      if (consumer.op === OP.if) this.ifTrue(result, consumer.block);
      else if (consumer.op === OP.br_if) this.branchIf(result, consumer.index);
      else this.require(result);
      return;
    }
    const keep = selects ? keepsFirst(result) : 0;
    if (keep !== 0) {
      this.count(instructions[++this.position].op);
      return this.select({ kind: 'slot', slot: result.x, narrow: false }, keep);
    }
    const to = this.destination();
    const slot: Operand = { kind: 'slot', slot: result.x, narrow: false };
    binary(this, I.COMPARE_SET, result.flags, to.slot, slot, result.y);
    this.push(to, true);
  }

  private requires({ op, index }: Instruction): boolean {
    return op === OP.call && this.unit.host(index)?.name === 'require';
  }

  /** Traps unless the condition holds. */
  require(holds: Condition): void {
    this.jumpIf(negate(holds), this.linker.trap('requireFailed'));
  }

  /**
   * `select` with its condition popped: the first operand where the slot is not zero (GREATER) or is zero (EQUAL),
   * else the second. The row keeps or replaces what the destination holds, so one operand is moved there before.
   */
  private select(test: Operand, keepFirst: number): void {
    const { stack, emitter } = this;
    const tested = inSlot(this, test, 0).slot;
    const second = stack.pop();
    const first = stack.pop();
    const to = this.destination();
    const isThere = (operand: Operand): boolean => operand.kind === 'slot' && operand.slot === to.slot;
    const slot: Operand = { kind: 'slot', slot: tested, narrow: false };
    if (isThere(second) && !isThere(first)) {
      binary(this, I.SELECT, keepFirst ^ (I.EQUAL | I.GREATER), to.slot, slot, first);
    } else {
      // The condition may be in the very local that the result goes to; then the first operand's home serves.
      const at = tested === to.slot ? stack.temporary(0) : to.slot;
      if (first.kind === 'constant') emitter.constant(at, first.value);
      else emitter.move(at, first.slot);
      binary(this, I.SELECT, keepFirst, at, slot, second);
      emitter.move(to.slot, at);
    }
    this.push(to);
  }

  // Control

  /** Before a block: what it assigns must not have pending copies, and its parameters must be at home. */
  private enter(block: Block): void {
    const { stack } = this;
    const outer = this.frames[this.frames.length - 1];
    stack.releaseAssigned(outer.height, (local) => this.assignments.inside(local, block));
    for (let k = 1; k <= block.params.length; k++) stack.materialise(stack.height - k);
  }

  private ifTrue(holds: Condition, block: Block): void {
    this.enter(block);
    const otherwise = new Label();
    this.jumpIf(negate(holds), otherwise);
    const height = this.stack.height - block.params.length;
    this.frames.push({ block, height, label: new Label(), otherwise });
  }

  private else(): void {
    const frame = this.frames[this.frames.length - 1];
    if (this.reachable) this.branch(frame);
    this.emitter.bind(frame.otherwise as Label);
    frame.otherwise = undefined;
    this.resetStack(frame, frame.block.params.length);
    this.reachable = true;
  }

  private end(): void {
    const frame = this.frames.pop() as Frame;
    const { block, label, otherwise } = frame;
    if (block.kind === 'body') {
      // Branches to the body return at once, so nothing jumps here.
      if (this.reachable) this.return();
      return;
    }
    if (this.reachable) {
      this.moveTo(frame, block.results.length);
    }
    const joins = block.kind !== 'loop' && label.used;
    if (joins || otherwise !== undefined) {
      if (otherwise !== undefined) this.emitter.bind(otherwise);
      if (joins) this.emitter.bind(label);
      this.reachable = true;
    }
    this.resetStack(frame, block.results.length);
  }

  /** Goes on at the next place that something may jump to. */
  private skipUnreachable(): void {
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) return;
    const { block, otherwise } = frame;
    const next = otherwise !== undefined && block.else >= 0 ? block.else : block.end;
    // The loop's increment comes before the instruction.
    this.position = next - 1;
  }

  private resetStack(frame: Frame, values: number): void {
    this.stack.truncate(frame.height);
    for (let i = 0; i < values; i++) this.stack.pushHome();
  }

  private jumpIf({ flags, x, y }: Condition, target: Label): void {
    if (y.kind === 'slot') this.emitter.jump(I.BRANCH, flags, target, x, y.slot);
    else this.emitter.jump(I.BRANCH, flags | I.IMMEDIATE, target, x, y.value);
  }

  /** A branch to a frame with its values; whoever calls decides whether the stack is still needed. */
  private branch(frame: Frame): void {
    if (frame.block.kind === 'body') {
      this.return();
      return;
    }
    this.moveTo(frame, branchArity(frame));
    this.emitter.jump(I.JUMP, 0, frame.label);
  }

  private branchIf(holds: Condition, depth: number): void {
    const frame = this.frames[this.frames.length - 1 - depth];
    if (frame.block.kind !== 'body' && this.isInPlace(frame, branchArity(frame))) {
      this.jumpIf(holds, frame.label);
      return;
    }
    const stay = new Label();
    this.jumpIf(negate(holds), stay);
    this.branch(frame);
    this.emitter.bind(stay);
  }

  /**
   * Few targets are compared one by one. Many: out of range goes to the default, others by a jump into a run of jumps.
   * Targets with values to move, and those of the default that return, are stubs behind.
   */
  private branchTable(labels: Readonly<Uint32Array>): void {
    const { stack, emitter } = this;
    const index = inSlot(this, stack.pop(), 0).slot;
    const stubs = new Map<number, Label>();
    const frameAt = (depth: number): Frame => this.frames[this.frames.length - 1 - depth];
    const direct = (frame: Frame): boolean =>
      frame.block.kind !== 'body' && this.isInPlace(frame, branchArity(frame));
    const target = (depth: number): Label => {
      const frame = frameAt(depth);
      if (direct(frame)) return frame.label;
      const stub = stubs.get(depth) ?? new Label();
      stubs.set(depth, stub);
      return stub;
    };
    const count = labels.length - 1;
    if (count <= 2) {
      for (let i = 0; i < count; i++) {
        emitter.jump(I.BRANCH, I.EQUAL | I.IMMEDIATE, target(labels[i]), index, BigInt(i));
      }
      this.branch(frameAt(labels[count]));
    } else {
      const flags = I.EQUAL | I.GREATER | I.IMMEDIATE;
      emitter.jump(I.BRANCH, flags, target(labels[count]), index, BigInt(count));
      emitter.row(I.JUMP_TABLE, 0, 0, index, emitter.pc + 1);
      for (let i = 0; i < count; i++) {
        const frame = frameAt(labels[i]);
        // Without values to move, the entry itself returns.
        if (frame.block.kind === 'body' && this.type.results.length === 0) this.return();
        else emitter.jump(I.JUMP, 0, target(labels[i]));
      }
    }
    for (const [depth, stub] of stubs) {
      emitter.bind(stub);
      this.branch(frameAt(depth));
    }
    this.reachable = false;
  }

  /** Moves the top `count` values to where `frame` expects them. Homes only move down, so lowest first is safe. */
  private moveTo(frame: Frame, count: number): void {
    const { stack, emitter } = this;
    for (let i = 0; i < count; i++) {
      const value = stack.operand(stack.height - count + i);
      const to = stack.home(frame.height + i);
      if (value.kind === 'constant') emitter.constant(to, value.value);
      else emitter.move(to, value.slot);
    }
  }

  private isInPlace(frame: Frame, count: number): boolean {
    const { stack } = this;
    for (let i = 0; i < count; i++) {
      const value = stack.operand(stack.height - count + i);
      if (value.kind === 'constant' || value.slot !== stack.home(frame.height + i)) return false;
    }
    return true;
  }

  private return(): void {
    const { stack, emitter } = this;
    const count = this.type.results.length;
    const moves = this.type.results.map((_, i) => ({ to: i, from: stack.operand(stack.height - count + i) }));
    parallelMoves(emitter, moves, () => stack.temporary(0));
    emitter.row(I.RETURN, 0, this.returnSlot);
  }

  // Calls

  /** Arguments at home, at the top of the stack; nothing live above them. */
  private call(target: CallTarget, type: FunctionType): void {
    const delta = this.placeArguments(type);
    this.emitter.call(target.label, delta, target.returnSlot);
    this.pushResults(type);
  }

  private placeArguments({ params }: FunctionType): number {
    const { stack } = this;
    const first = stack.height - params.length;
    for (let height = first; height < stack.height; height++) stack.materialise(height);
    const delta = stack.home(first);
    stack.truncate(first);
    return delta;
  }

  private pushResults({ results }: FunctionType): void {
    for (let i = 0; i < results.length; i++) this.stack.pushHome();
  }

  callRoutine(name: string): void {
    const target = this.linker.routine(name);
    this.call(target, target.type);
  }

  private callIndirect({ index: typeIndex, index2: table }: Instruction): void {
    const { stack, emitter } = this;
    const type = this.unit.module.types[typeIndex];
    const element = inSlot(this, stack.pop(), 0).slot;
    const reference = stack.temporary(0);
    const { size, key } = this.linker.table(table);
    const delta = this.placeArguments(type);
    this.trapIf('tableOutOfBounds', I.EQUAL | I.GREATER, element, BigInt(size));
    emitter.row(I.TABLE_GET, 0, reference, element, key);
    emitter.callIndirect(reference, delta, this.linker.typeId(typeIndex));
    this.pushResults(type);
  }
}

/** Slot of the return pc: behind parameters and results. */
export function returnSlotOf(type: FunctionType): number {
  return Math.max(type.params.length, type.results.length);
}

/** How many values a branch carries. */
function branchArity({ block }: Frame): number {
  return block.kind === 'loop' ? block.params.length : block.results.length;
}

/** Where a condition is just whether a slot is zero: the relation for which `select` keeps its first operand. */
function keepsFirst({ flags, y }: Condition): number {
  if (y.kind !== 'constant' || y.value !== 0n) return 0;
  if (flags === (I.LESS | I.GREATER) || flags === I.GREATER) return I.GREATER;
  return flags === I.EQUAL ? I.EQUAL : 0;
}
