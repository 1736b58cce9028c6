import { OP } from '../../wasm/opcodes.ts';
import type { Block, Instruction } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { Assignments } from './analysis.ts';
import { type Condition, negate } from './conditions.ts';
import { branchRow, decide } from './decision.ts';
import { type Emitter, Label } from './emitter.ts';
import { type OperandStack, parallelMoves } from './operands.ts';

/** A structured instruction that is open. */
interface Frame {
  readonly block: Block;
  /** Height of the stack below its parameters. */
  readonly height: number;
  /** Where a branch goes: the start of a loop, the end of others. */
  readonly label: Label;
  /** Of an `if` whose first branch is being translated: where the condition's row jumps when it does not hold. */
  otherwise: Label | undefined;
  /** Of a loop: its first rows, which decide whether it goes on. */
  header: Header | undefined;
  closed: boolean;
}

/** The beginning of a loop up to an `if` or `br_if` that may leave it. Nothing is on the stack before and after. */
interface Header {
  /** Position of the `if` or `br_if`. */
  readonly end: number;
  /** Where the loop goes on. */
  readonly body: Label;
  /** The frame of the `if`, to whose `otherwise` it leaves, or the one that the `br_if` leaves. */
  readonly exit: Frame;
  readonly isIf: boolean;
}

/** What {@link Control.repeatable} says of a loop. */
export interface Repeatable {
  /** Positions of the header's instructions, the last one decides. */
  readonly start: number;
  readonly end: number;
}

/** The most targets of a br_table, besides the default, that are compared one by one. */
const COMPARED_TARGETS = 2;

/**
 * Structured control of one function. Wherever paths meet, the values that they bring lie in the home slots of the
 * height at which the block began. Branches to the body return at once.
 */
export class Control {
  reachable = true;
  private readonly frames: Frame[];
  private readonly emitter: Emitter;
  private readonly stack: OperandStack;
  private readonly assignments: Assignments;
  private readonly results: number;
  private readonly returnSlot: number;

  constructor(
    emitter: Emitter,
    stack: OperandStack,
    assignments: Assignments,
    body: Block,
    returnSlot: number,
  ) {
    this.emitter = emitter;
    this.stack = stack;
    this.assignments = assignments;
    this.results = body.results.length;
    this.returnSlot = returnSlot;
    this.frames = [
      { block: body, height: 0, label: new Label(), otherwise: undefined, header: undefined, closed: false },
    ];
  }

  /** How many blocks are open, the body among them. */
  get depth(): number {
    return this.frames.length;
  }

  block(block: Block): void {
    this.prepare(block);
    this.open(block, new Label(), undefined);
  }

  loop(block: Block): void {
    this.prepare(block);
    const label = new Label();
    this.emitter.bind(label);
    this.open(block, label, undefined);
  }

  /**
   * The `if` (`depth` undefined) or `br_if` at position `end` has been translated, which ends the header of a loop that has
   * `inside` frames in it: branches back to the loop can decide for themselves whether it goes on.
   */
  endHeader(end: number, depth: number | undefined, inside: number): void {
    const isIf = depth === undefined;
    const loop = this.frameAt(isIf ? inside + 1 : inside);
    const exit = this.frameAt(depth ?? 0);
    const isPlain = this.stack.height === loop.height && exit.block.kind !== 'loop';
    if (!isPlain || loop.block.kind !== 'loop' || (!isIf && arity(exit) > 0)) return;
    const body = new Label();
    this.emitter.bind(body);
    loop.header = { end, body, exit, isIf };
  }

  /** Whether a branch to this depth goes to a loop whose header can be repeated here; the stack is then as it was before it. */
  repeatable(depth: number): Repeatable | undefined {
    const { block, header, height } = this.frameAt(depth);
    if (header === undefined || this.frameAt(0).height !== height) return undefined;
    const { exit, isIf, end } = header;
    if (exit.closed || (isIf && exit.otherwise === undefined)) return undefined;
    this.stack.truncate(height);
    return { start: block.start + 1, end };
  }

  /**
   * Behind a repeated header whose condition (that of its `if` or `br_if`) is `holds`: on to the body, or out of the loop.
   * `leads` says whether what follows is where the loop leaves to, at the end of the block.
   */
  repeat(depth: number, holds: Condition, leads: (exit: Block) => boolean): void {
    const { body, exit, isIf } = this.frameAt(depth).header as Header;
    this.jumpIf(isIf ? holds : negate(holds), body);
    if (!leads(exit.block)) {
      if (isIf) this.emitter.jump(I.JUMP, 0, exit.otherwise as Label);
      else this.branchTo(exit);
    }
    this.reachable = false;
  }

  /** Open blocks from the innermost outwards. */
  blockAt(depth: number): Block {
    return this.frameAt(depth).block;
  }

  /**
   * Whether a branch out of the block at `depth`, which has no results, can be what stands behind it once more: rows that go back to the loop at depth `target`, or
   * return; what is on the stack is then what the block began with. If they may `goOn`, those behind the block are needed too.
   */
  leaveFor(depth: number, target: number | undefined, goOn: boolean): boolean {
    const frame = this.frameAt(depth);
    const { height, label } = frame;
    const loop = this.frameAt(target ?? this.frames.length - 1);
    const begins = target === undefined || (loop.block.kind === 'loop' && arity(loop) === 0);
    // Frames inside need what waits on the stack for them.
    if (!begins || loop.height !== height || this.frameAt(0).height !== height) return false;
    this.stack.truncate(height);
    if (goOn) label.used = true;
    return true;
  }

  /** Whether the instruction returns from the function with what is on top of the stack. */
  returns({ op, index }: Instruction): boolean {
    const outermost = this.frames.length - 1;
    return op === OP.return || (op === OP.end && outermost === 0) || (op === OP.br && index === outermost);
  }

  if(holds: Condition, block: Block): void {
    this.prepare(block);
    const otherwise = new Label();
    this.jumpIf(negate(holds), otherwise);
    this.open(block, new Label(), otherwise);
  }

  /** An `if` without `else`, its condition on the stack, if that is a constant: then no row decides it. Returns whether it was. */
  ifConstant(block: Block): boolean {
    const { stack } = this;
    const condition = stack.operand(stack.height - 1);
    if (condition.kind !== 'constant' || block.else >= 0) return false;
    stack.pop();
    this.prepare(block);
    const holds = condition.value !== 0n;
    this.open(block, new Label(), holds ? undefined : new Label());
    this.reachable = holds;
    return true;
  }

  else(): void {
    const frame = this.frameAt(0);
    if (this.reachable) this.branchTo(frame);
    this.emitter.bind(frame.otherwise as Label);
    frame.otherwise = undefined;
    this.resetStack(frame, frame.block.params.length);
    this.reachable = true;
  }

  end(): void {
    const frame = this.frames.pop() as Frame;
    frame.closed = true;
    const { block, label, otherwise } = frame;
    if (block.kind === 'body') {
      if (this.reachable) this.return();
      return;
    }
    if (this.reachable) this.moveTo(frame, block.results.length);
    // Without `else` the values are the parameters, which are in place.
    if (otherwise !== undefined) this.emitter.bind(otherwise);
    const joins = block.kind !== 'loop' && label.used;
    if (joins) this.emitter.bind(label);
    if (joins || otherwise !== undefined) this.reachable = true;
    this.resetStack(frame, block.results.length);
  }

  branch(depth: number): void {
    this.branchTo(this.frameAt(depth));
    this.reachable = false;
  }

  /** With values to move, or out of the function: the inverted condition jumps around the branch. */
  branchIf(holds: Condition, depth: number): void {
    const frame = this.frameAt(depth);
    if (this.needsNoRows(frame)) {
      this.jumpIf(holds, frame.label);
      return;
    }
    const stay = new Label();
    this.jumpIf(negate(holds), stay);
    this.branchTo(frame);
    this.emitter.bind(stay);
  }

  /**
   * Few targets are compared one by one. Of many, an index out of range goes to the default and others by a jump into
   * a run of jumps. Targets that need rows of their own, to move values or to return, have them behind all that, once
   * for each depth; the default has them in line where targets are compared.
   */
  branchTable(labels: Readonly<Uint32Array>, index: number): void {
    const { emitter } = this;
    const stubs = new Map<number, Label>();
    const target = (depth: number): Label => {
      const frame = this.frameAt(depth);
      if (this.needsNoRows(frame)) return frame.label;
      const stub = stubs.get(depth) ?? new Label();
      stubs.set(depth, stub);
      return stub;
    };
    const count = labels.length - 1;
    if (count <= COMPARED_TARGETS) {
      for (let i = 0; i < count; i++) {
        emitter.jump(I.BRANCH, I.EQUAL | I.IMMEDIATE, target(labels[i]), index, BigInt(i));
      }
      this.branchTo(this.frameAt(labels[count]));
    } else {
      const outside = I.EQUAL | I.GREATER | I.IMMEDIATE;
      emitter.jump(I.BRANCH, outside, target(labels[count]), index, BigInt(count));
      emitter.row(I.JUMP_TABLE, 0, 0, index, emitter.pc + 1);
      for (let i = 0; i < count; i++) {
        // A return without values is one row, as the jump to it would be.
        const returns = this.frameAt(labels[i]).block.kind === 'body' && this.results === 0;
        if (returns) this.return();
        else emitter.jump(I.JUMP, 0, target(labels[i]));
      }
    }
    for (const [depth, stub] of stubs) {
      emitter.bind(stub);
      this.branchTo(this.frameAt(depth));
    }
    this.reachable = false;
  }

  /** From the body, whatever is open. */
  returnFromBody(): void {
    this.return();
    this.reachable = false;
  }

  /** The arguments on the stack become those of a function that has the same return slot: its return is this one's. */
  goOnAs(label: Label, parameters: number): void {
    this.toSlots(parameters);
    this.emitter.jump(I.JUMP, 0, label);
    this.reachable = false;
  }

  jumpIf(holds: Condition, target: Label): void {
    const { emitter } = this;
    if (!('decision' in holds)) {
      branchRow(emitter, holds, target);
      return;
    }
    const stay = new Label();
    const { decision, negated } = holds;
    decide(emitter, decision, negated ? stay : target, negated ? target : stay, stay);
    if (stay.used) emitter.bind(stay);
  }

  /** Where unreachable code ends: the next position that something may jump to. Undefined after the body. */
  nextReachable(): number | undefined {
    const frame = this.frames.at(-1);
    if (frame === undefined) return undefined;
    const { block, otherwise } = frame;
    return otherwise !== undefined && block.else >= 0 ? block.else : block.end;
  }

  /** What the block assigns must not have pending copies, and its parameters must be at home. */
  private prepare(block: Block): void {
    const { stack } = this;
    // Copies further down were looked at when the block around began, which assigns all that this one does.
    stack.releaseAssigned(this.frameAt(0).height, (local) => this.assignments.inside(local, block));
    for (let k = 1; k <= block.params.length; k++) stack.materialise(stack.height - k);
  }

  private open(block: Block, label: Label, otherwise: Label | undefined): void {
    const height = this.stack.height - block.params.length;
    this.frames.push({ block, height, label, otherwise, header: undefined, closed: false });
  }

  private frameAt(depth: number): Frame {
    return this.frames[this.frames.length - 1 - depth];
  }

  private resetStack(frame: Frame, values: number): void {
    this.stack.truncate(frame.height);
    for (let i = 0; i < values; i++) this.stack.pushHome();
  }

  /** Rows that branch with the values on the stack, which stays as it is for those who do not. */
  private branchTo(frame: Frame): void {
    if (frame.block.kind === 'body') {
      this.return();
      return;
    }
    this.moveTo(frame, arity(frame));
    this.emitter.jump(I.JUMP, 0, frame.label);
  }

  /** Whether a jump to the frame's label is all of a branch. */
  private needsNoRows(frame: Frame): boolean {
    const { stack } = this;
    const count = arity(frame);
    for (let i = 0; i < count; i++) {
      const value = stack.operand(stack.height - count + i);
      if (value.kind === 'constant' || value.slot !== stack.home(frame.height + i)) return false;
    }
    return frame.block.kind !== 'body';
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

  private return(): void {
    this.toSlots(this.results);
    this.emitter.row(I.RETURN, 0, this.returnSlot);
  }

  /** Moves the top `count` values to the slots 0, 1, … */
  private toSlots(count: number): void {
    const { stack, emitter } = this;
    const moves = Array.from({ length: count }, (_, i) => {
      return { to: i, from: stack.operand(stack.height - count + i) };
    });
    parallelMoves(emitter, moves, () => stack.temporary(0));
  }
}

/** How many values a branch carries. */
function arity({ block }: Frame): number {
  return block.kind === 'loop' ? block.params.length : block.results.length;
}
