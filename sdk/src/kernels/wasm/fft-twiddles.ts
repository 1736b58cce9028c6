/** What tables of twiddles are computed from: the first elements of runs of powers, as the kernels want them. */
import { Fr } from '../../field/field.ts';
import { ELEMENT_BYTES, GROUP_BYTES, LIMBS } from '../../field/limbs.ts';
import { rootOfUnity } from '../../field/roots.ts';
import { FR_LIMBS } from './core.ts';

export interface Transform {
  readonly n: number;
  readonly k: number;
  readonly inverse: boolean;
  readonly shift: bigint;
}

/** Rows per chunk of a progression. */
const POWERS_CHUNK_GROUPS = 1024;

export interface TwiddleSeed {
  /** Limbs of the first group of the table: elements 1 to 3. */
  readonly small: Float64Array;
  /** Runs of powers: bytes from the beginning of the table, and their groups. */
  readonly jobs: readonly { readonly offset: number; readonly groups: number }[];
  /** For each its first group, then the ratio from group to group. */
  readonly values: Float64Array;
}

/** Seeds that are kept: 15 kB each at 2^18. */
const MOST_SEEDS = 256;

/** Seeds by transform: few of them make thousands of transforms. */
export function twiddleSeeds(): (transform: Transform) => TwiddleSeed {
  const seeds = new Map<string, TwiddleSeed>();
  return (transform) => {
    const key = `${transform.k} ${transform.inverse} ${transform.shift}`;
    let seed = seeds.get(key);
    if (seed === undefined) {
      if (seeds.size === MOST_SEEDS) seeds.clear();
      seed = twiddleSeed(transform);
      seeds.set(key, seed);
    }
    return seed;
  };
}

function twiddleSeed({ k, inverse, shift }: Transform): TwiddleSeed {
  const small = new Float64Array(GROUP_BYTES / 8);
  const jobs: { offset: number; groups: number }[] = [];
  const values: number[] = [];
  const encoded = (lanes: readonly bigint[]): number[] => {
    const limbs = lanes.map((value) => FR_LIMBS.encode(value));
    return Array.from({ length: LIMBS }, (_, j) => limbs.map((lane) => lane[j])).flat();
  };
  // shift^(n/2h) and ω_2h, h = n/2 first.
  let [start, ratio] = [shift, rootOfUnity(2 ** k)].map((v) => (inverse ? Fr.inv(v) : v));
  for (let t = k - 1; t >= 0; t--, start = Fr.mul(start, start), ratio = Fr.mul(ratio, ratio)) {
    const h = 2 ** t;
    if (h < 4) {
      for (let i = 0; i < h; i++) {
        const limbs = FR_LIMBS.encode(Fr.mul(start, Fr.pow(ratio, BigInt(i))));
        for (let j = 0; j < LIMBS; j++) small[4 * j + h + i] = limbs[j];
      }
      continue;
    }
    const ratio4 = Fr.pow(ratio, 4n);
    const chunkRatio = Fr.pow(ratio4, BigInt(POWERS_CHUNK_GROUPS));
    const first = [start];
    for (let lane = 1; lane < 4; lane++) first.push(Fr.mul(first[lane - 1], ratio));
    for (let g = 0; g < h / 4; g += POWERS_CHUNK_GROUPS) {
      jobs.push({
        offset: ELEMENT_BYTES * h + GROUP_BYTES * g,
        groups: Math.min(POWERS_CHUNK_GROUPS, h / 4 - g),
      });
      values.push(...encoded(first), ...encoded([ratio4]));
      for (let lane = 0; lane < 4; lane++) first[lane] = Fr.mul(first[lane], chunkRatio);
    }
  }
  return { small, jobs, values: Float64Array.from(values) };
}
