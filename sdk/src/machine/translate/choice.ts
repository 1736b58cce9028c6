/** Comparisons with what takes them, and conditions whose outcome is a value: `select`, or what nothing behind branches on. */
import { OP } from '../../wasm/opcodes.ts';
import * as I from '../instructions.ts';
import { type Comparison, type Condition, condition, keepsFirst, negate } from './conditions.ts';
import type { CodeContext, InstructionContext } from './context.ts';
import { Label } from './emitter.ts';
import { binary, constant } from './numeric.ts';
import type { Operand } from './operands.ts';

/** A comparison goes into the branch, `if`, `select` or `require` right behind it, over any `i32.eqz` between. */
export function compare(t: CodeContext, comparison: Comparison): void {
  const { stack } = t;
  const { instructions } = t.func;
  let next = t.position + 1;
  while (instructions[next].op === OP['i32.eqz']) next++;
  const negated = (next - t.position) % 2 === 0;
  t.take(next - 1);
  const consumer = instructions[next];
  const y = comparison.unary ? constant(0n) : stack.pop();
  const x = stack.pop();
  const compared = condition(t, comparison, x, y);
  const holds = negated ? negate(compared) : compared;
  if (consumer.op === OP.if || consumer.op === OP.br_if) {
    t.take(next);
    t.decide(holds, consumer);
  } else if (consumer.op === OP.call && t.unit.host(consumer.index)?.name === 'require') {
    t.take(next);
    t.require(holds);
  } else if ((consumer.op === OP.select || consumer.op === OP.select_t) && decidesSelect(holds)) {
    t.take(next);
    select(t, holds);
  } else {
    pushTruth(t, holds);
  }
}

/** 1 where the condition holds, else 0, on the stack. */
function pushTruth(t: InstructionContext, holds: Condition): void {
  const to = t.destination();
  if ('decision' in holds) {
    chooseByBranches(t, holds, to.slot, constant(1n), constant(0n));
  } else {
    binary(t, I.COMPARE_SET, holds.flags, to.slot, { kind: 'slot', slot: holds.x, narrow: false }, holds.y);
  }
  t.push(to, true);
}

/** Whether {@link select} takes it: others have to be a value before. */
function decidesSelect(holds: Condition): boolean {
  return 'decision' in holds || keepsFirst(holds) !== 0;
}

/**
 * `select` with its condition popped: the first operand where it holds, else the second. Where one row tests a slot against 0, a row keeps
 * or replaces what the destination holds, so one operand is moved there before.
 */
export function select(t: InstructionContext, holds: Condition): void {
  const { stack, emitter } = t;
  const second = stack.pop();
  const first = stack.pop();
  const to = t.destination();
  if ('decision' in holds) {
    chooseByBranches(t, holds, to.slot, first, second);
    t.push(to);
    return;
  }
  const keepFirst = keepsFirst(holds);
  const tested: Operand = { kind: 'slot', slot: holds.x, narrow: false };
  if (isIn(second, to.slot) && !isIn(first, to.slot)) {
    binary(t, I.SELECT, keepFirst ^ (I.EQUAL | I.GREATER), to.slot, tested, first);
  } else {
    // The condition may be in the very local that the result goes to; then the first operand's home serves.
    const at = holds.x === to.slot ? stack.temporary(0) : to.slot;
    place(t, at, first);
    binary(t, I.SELECT, keepFirst, at, tested, second);
    emitter.move(to.slot, at);
  }
  t.push(to);
}

/** Writes the slot behind all that decides, so it may be an operand of the condition. */
function chooseByBranches(
  t: InstructionContext,
  holds: Condition,
  to: number,
  first: Operand,
  second: Operand,
): void {
  const { emitter, control } = t;
  const end = new Label();
  if (isIn(second, to)) {
    control.jumpIf(negate(holds), end);
    place(t, to, first);
  } else if (isIn(first, to)) {
    control.jumpIf(holds, end);
    place(t, to, second);
  } else {
    const yes = new Label();
    control.jumpIf(holds, yes);
    place(t, to, second);
    emitter.jump(I.JUMP, 0, end);
    emitter.bind(yes);
    place(t, to, first);
  }
  emitter.bind(end);
}

const isIn = (operand: Operand, slot: number): boolean => operand.kind === 'slot' && operand.slot === slot;

function place({ emitter }: InstructionContext, to: number, value: Operand): void {
  if (value.kind === 'constant') emitter.constant(to, value.value);
  else emitter.move(to, value.slot);
}
