/**
 * The least time that counted work can take here: products and additions of points at what one of each is measured to cost, on all
 * threads at once, and nothing for memory, sorting, starting or waiting.
 */
import { MUL } from '../../sdk/src/expr/program.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { KINDS, type Kind, type Work } from './counting.ts';
import { fill } from './kernels.ts';

/** Nanoseconds of the whole engine, all threads at work, for one. */
export interface UnitCosts {
  /** A product of field elements, columns in the cache. */
  readonly product: number;
  /** An addition of affine points in batches, its share of the inversion included. */
  readonly addition: number;
}

/** Measured on this engine, now. */
export async function calibrate(engine: Engine): Promise<UnitCosts> {
  return { product: await productCost(engine), addition: await additionCost(engine) };
}

async function productCost(engine: Engine): Promise<number> {
  const n = 2 ** 13 * engine.threads;
  const rounds = 128;
  const [x, y, out] = [engine.vector(n), engine.vector(n), engine.vector(n)];
  await fill(engine, x);
  await fill(engine, y);
  const program = engine.compile({
    columns: 2,
    challenges: [],
    constants: [],
    operations: Array.from({ length: rounds }, (_, i) => [MUL, i === 0 ? 0 : i + 1, 1] as const),
    outputs: [rounds + 1],
  });
  const time = await least(40, () => engine.evaluate(program, [x, y], [], [out]));
  engine.free(x, y, out);
  return (time * 1e6) / (n * rounds);
}

/** A sum of points, every scalar 1: n − 1 additions, and the reading of n digits. */
async function additionCost(engine: Engine): Promise<number> {
  const n = 2 ** 16;
  const scalars = engine.vector(n);
  await fill(engine, scalars);
  const bases = await engine.fixedBase(scalars);
  const ones = engine.ints(n, 1);
  engine.words(ones).fill(1);
  const time = await least(24, () => engine.msm([{ bases, scalars: ones }]));
  engine.free(scalars, bases, ones);
  return (time * 1e6) / (n - 1);
}

/** Milliseconds of the fastest run: other work on the machine only ever adds. */
async function least(runs: number, work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Milliseconds by kind. */
export function bound(work: Work, costs: UnitCosts): Record<Kind, number> {
  const additions = work.msms.reduce((sum, lengths) => sum + leastAdditions(lengths), 0);
  return Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      kind === 'msm' ? (additions * costs.addition) / 1e6 : (work.products[kind] * costs.product) / 1e6,
    ]),
  ) as Record<Kind, number>;
}

const MAX_WIDTH = 20;
/** Scalars up to these lengths may have windows of their own. */
const CLASS_BITS = [8, 16, 32, 64, 256] as const;

/**
 * Additions of points that Pippenger's method takes with signed digits: one for each digit but the first of a bucket, two for
 * each bucket. Scalars of like length share windows; of the widths and groupings the best.
 */
export function leastAdditions(lengths: ReadonlyMap<number, number>): number {
  let low = 0;
  const classes = CLASS_BITS.map((high) => {
    const members = [...lengths].filter(([bits]) => bits > low && bits <= high);
    low = high;
    return members;
  }).filter((members) => members.length > 0);
  // best[i]: the first i classes.
  const best = [0];
  for (let end = 1; end <= classes.length; end++) {
    const totals = classes
      .slice(0, end)
      .map((_, start) => best[start]! + together(classes.slice(start, end).flat()));
    best.push(Math.min(...totals));
  }
  return best[classes.length]!;
}

function together(lengths: readonly (readonly [bits: number, count: number])[]): number {
  const longest = Math.max(...lengths.map(([bits]) => bits));
  const total = lengths.reduce((sum, [, count]) => sum + count, 0);
  let least = Number.POSITIVE_INFINITY;
  for (let width = 1; width <= MAX_WIDTH; width++) {
    const digits = lengths.reduce((sum, [bits, count]) => sum + count * digitsOf(bits, width), 0);
    const buckets = Math.min(2 ** (width - 1), total);
    least = Math.min(least, digits + buckets * digitsOf(longest, width));
  }
  return least;
}

/** Digits in −2^(width−1) … 2^(width−1) of a number of so many bits and a sign. */
const digitsOf = (bits: number, width: number): number => Math.ceil((bits + 1) / width);
