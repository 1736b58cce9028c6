/** Least heights of chips: runs of different lengths whose proofs look alike. */
import { fail } from '../../errors/index.ts';
import type { ChipName } from '../../machine/instructions.ts';
import { maxLog } from '../../plonk/declare/shape.ts';
import type { Circuit, VerifyingKey } from '../../plonk/keys/key.ts';

/** log2 of the least height, for each chip whose height a proof shows; the others keep what the run needs. */
export type LeastHeights = Readonly<Partial<Record<ChipName | 'boundary', number>>>;

/** log2 of the greatest height that the key allows, by chip whose height a proof shows. */
export function greatestHeights({
  shape,
  powers,
}: Pick<Circuit, 'shape' | 'powers'>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    shape.chips.flatMap(({ name, height }, j) =>
      height.from === 'proof' ? [[name, maxLog(shape, powers, j)]] : [],
    ),
  );
}

/**
 * A copy of the least heights.
 * @throws INPUT_INVALID for a chip whose height no proof chooses, or a height that the key does not allow
 */
export function checkLeastHeights(
  key: VerifyingKey,
  given: LeastHeights = {},
): Readonly<Record<string, number>> {
  const greatest = greatestHeights(key);
  const known = new Map(
    key.shape.chips.flatMap(({ name, height }) =>
      height.from === 'proof' ? [[name, { least: height.minLog, most: greatest[name]! }]] : [],
    ),
  );
  const heights: Record<string, number> = {};
  for (const [name, log] of Object.entries(given)) {
    const range = known.get(name);
    if (range === undefined) {
      return fail('INPUT_INVALID', `no chip ${JSON.stringify(name)} has its height from the run`, {
        where: 'shape',
        fix: `Name one of ${[...known.keys()].join(', ')}`,
      });
    }
    const { least, most } = range;
    if (!(Number.isInteger(log) && log >= least && log <= most)) {
      fail('INPUT_INVALID', `the height of ${name} is not a whole number from ${least} to ${most}`, {
        where: 'shape',
        fix: 'Give log2 of the number of rows, or allow more with a larger maxLog (--max-log)',
      });
    }
    heights[name] = log;
  }
  return heights;
}

/** A line for each chip that the run made taller than it should look: its proof can be told from those that keep the shape. */
export function beyondShape(
  least: Readonly<Record<string, number>>,
  heights: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(least).flatMap(([name, log]) =>
    heights[name]! > log
      ? [`${name} takes 2^${heights[name]} rows, more than 2^${log}: the proof shows that this run is longer`]
      : [],
  );
}
