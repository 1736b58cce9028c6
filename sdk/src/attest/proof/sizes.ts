/** How large proofs are, and what the process takes for them at its peak. */
import type { Program } from '../../machine/program.ts';
import { heights, type ShardRows } from '../../machine/witness.ts';
import { powersForHeight, type Shape } from '../../plonk/declare/shape.ts';
import { processBytes } from './limits.ts';

/** Of one proof: padded cells, and coefficients of its longest pack; how many of them are the program's alone, whose image may be taller than all that it does. */
export interface Size {
  readonly cells: number;
  readonly longest: number;
  readonly surplus: number;
}

/** Of a proof of these rows, of the closing one of a run where there are none. */
export function sizeOf(
  shape: Shape,
  program: Program,
  rows: ShardRows | undefined,
  least: Readonly<Record<string, number>>,
): Size {
  const logs = heights(shape, program, rows, least);
  const longestFrom = (isWanted: (from: string) => boolean): number =>
    Math.max(
      0,
      ...shape.chips.map(({ height }, j) =>
        isWanted(height.from) ? powersForHeight(shape, j, logs[j]!) : 0,
      ),
    );
  const longest = longestFrom(() => true);
  return {
    cells: shape.chips.reduce(
      (sum, { main, fixed, helpers }, j) => sum + 2 ** logs[j]! * (main + fixed + helpers),
      0,
    ),
    longest,
    surplus: longest - longestFrom((from) => from !== 'program'),
  };
}

/** Bytes of the process at the peak of the largest of these, which are all the proofs of a run. */
export const memoryOf = (sizes: readonly Size[], program: Program): number =>
  Math.max(
    ...sizes.map(({ cells, longest, surplus }) =>
      processBytes(
        cells,
        surplus > 0 ? { longest, codeRows: program.code.length, isLongRun: sizes.length > 1 } : undefined,
      ),
    ),
  );
