/** Headers of loops: what a loop begins with, where that decides whether it goes on. */
import { OP } from '../../wasm/opcodes.ts';
import type { Instruction } from '../../wasm/types.ts';
import { COMPARISONS } from './conditions.ts';
import { LOADS } from './memory.ts';
import { NUMERIC } from './numeric.ts';
import { routineOf } from './routines.ts';

export interface LoopHeader {
  /** Position of the `if` or `br_if` that ends it; −1: there is no header. */
  readonly end: number;
  /** How many blocks begin in it. */
  readonly blocks: number;
}

export const NO_HEADER: LoopHeader = { end: -1, blocks: 0 };

/** The most instructions that a branch repeats. */
export const MAX_LENGTH = 16;

/** What is in line besides loads, comparisons and what computes in rows of its own. */
const IN_LINE: ReadonlySet<number> = new Set(
  (['local.get', 'local.set', 'local.tee', 'i32.const', 'i64.const', 'global.get', 'drop'] as const).map(
    (name) => OP[name],
  ),
);

/** Whether an instruction is rows one behind the other that write nothing but locals. */
export const isInLine = (op: number): boolean =>
  IN_LINE.has(op) || COMPARISONS.has(op) || LOADS.has(op) || (NUMERIC.has(op) && routineOf(op) === undefined);

/**
 * The header of a loop whose first instruction is at `from`: up to an `if` without values or a `br_if`, if that is not far and
 * nothing else than beginnings of blocks without values and rows one behind the other.
 */
export function loopHeader(instructions: readonly Instruction[], from: number): LoopHeader {
  let blocks = 0;
  for (let position = from; position < from + MAX_LENGTH; position++) {
    const { op, block } = instructions[position];
    const isPlain = block.params.length + block.results.length === 0;
    if (op === OP.br_if || (op === OP.if && isPlain)) return { end: position, blocks };
    if (op === OP.block && isPlain) blocks++;
    else if (!isInLine(op)) break;
  }
  return NO_HEADER;
}
