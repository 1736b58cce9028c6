/** Conditions that several rows decide: trees of branches. */
import * as I from '../instructions.ts';
import { type Emitter, Label } from './emitter.ts';
import type { Operand } from './operands.ts';

/** A condition as the alu decides it: `relation` between slot x and y of 32 bits, SIGNED or not, or of 64 (WIDE). */
export interface RowCondition {
  readonly flags: number;
  readonly x: number;
  readonly y: Operand;
}

/** A row whose result the test behind it reads. */
export interface Preparation {
  readonly info: I.OpcodeInfo;
  readonly flags: number;
  readonly to: number;
  readonly x: number;
  readonly y: Operand;
}

/** Yes or no, or a test and what is to be decided behind it. */
export type Decision = boolean | Test;

export interface Test {
  readonly before: Preparation | undefined;
  readonly row: RowCondition;
  /** Where both sides are tests, this one has its rows last and ends without a jump. */
  readonly yes: Decision;
  readonly no: Decision;
}

const RELATIONS = I.LESS | I.EQUAL | I.GREATER;

/** The same with x and y exchanged. */
export function mirrored(relation: number): number {
  const swapped = (relation & I.EQUAL) | (relation & I.LESS ? I.GREATER : 0);
  return swapped | (relation & I.GREATER ? I.LESS : 0);
}

/** Whether an unsigned relation holds between x and y: decided at once where both are constants. */
export function test(
  [x, relation, y]: readonly [Operand, number, Operand],
  width: number,
  yes: Decision,
  no: Decision,
  before?: Preparation,
): Decision {
  if (yes === no) return yes;
  if (x.kind === 'slot') return { before, row: { flags: relation | width, x: x.slot, y }, yes, no };
  if (y.kind === 'slot') return test([y, mirrored(relation), x], width, yes, no);
  const holds = x.value < y.value ? I.LESS : x.value > y.value ? I.GREATER : I.EQUAL;
  return (relation & holds) !== 0 ? yes : no;
}

export function opposite(condition: RowCondition): RowCondition {
  return { ...condition, flags: condition.flags ^ RELATIONS };
}

/** The branch of a condition. */
export function branchRow(emitter: Emitter, { flags, x, y }: RowCondition, target: Label): void {
  if (y.kind === 'slot') emitter.jump(I.BRANCH, flags, target, x, y.slot);
  else emitter.jump(I.BRANCH, flags | I.IMMEDIATE, target, x, y.value);
}

/** Rows that go to one of the labels; `next`, one of them or another, is where the code goes on behind them. All jumps but these go forward. */
export function decide(emitter: Emitter, decision: Decision, yes: Label, no: Label, next: Label): void {
  if (typeof decision === 'boolean') {
    const target = decision ? yes : no;
    if (target !== next) emitter.jump(I.JUMP, 0, target);
    return;
  }
  const { before, row } = decision;
  if (before !== undefined) {
    const { info, flags, to, x, y } = before;
    if (y.kind === 'slot') emitter.row(info, flags, to, x, y.slot);
    else emitter.row(info, flags | I.IMMEDIATE, to, x, y.value);
  }
  const ends = (side: Decision): Label | undefined =>
    typeof side === 'boolean' ? (side ? yes : no) : undefined;
  const [ifYes, ifNo] = [ends(decision.yes), ends(decision.no)];
  if (ifYes !== undefined && (ifYes !== next || ifNo === undefined)) {
    branchRow(emitter, row, ifYes);
    decide(emitter, decision.no, yes, no, next);
  } else if (ifNo !== undefined) {
    branchRow(emitter, opposite(row), ifNo);
    decide(emitter, decision.yes, yes, no, next);
  } else {
    const last = new Label();
    branchRow(emitter, row, last);
    decide(emitter, decision.no, yes, no, last);
    emitter.bind(last);
    decide(emitter, decision.yes, yes, no, next);
  }
}
