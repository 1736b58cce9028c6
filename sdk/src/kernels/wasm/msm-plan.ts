/**
 * How a multi-scalar multiplication is cut: which parts go together, how wide the windows are, how the work is
 * shared. Costs are in additions of points; what is not an addition is small.
 */
import { digitCount } from './msm-digits.ts';

/** A part, as the scan of its scalars found it. */
export interface Measured {
  /** Bits of the longest scalar, without sign. */
  readonly bits: number;
  /** Scalars that are not 0. */
  readonly nonzero: number;
  readonly count: number;
}

/** Parts that share windows and buckets. */
export interface Plan<P extends Measured> {
  readonly parts: readonly P[];
  /** Width of the windows and their number; `2^(width−1)` buckets each. */
  readonly width: number;
  readonly windows: number;
  /** Windows in one job of the first task; pieces the scalars are cut to. */
  readonly together: number;
  readonly slices: number;
  /**
   * log2 of the runs a window's buckets are cut to in the second task; absent where jobs of the first task do the second for
   * their windows.
   */
  readonly split?: number;
  readonly cost: number;
}

const MAX_WIDTH = 17;
/** Fewer additions than this in a job waste inversions. */
const SMALL_JOB = 2048;
/** Inversion and rounds, in additions, that a job costs. */
const JOB_COST = 300;
/** To read a digit twice and sort a reference, in additions. */
const REFERENCE_COST = 0.2;
/** Buckets of a run at least. */
const MIN_RUN_LOG = 7;

/** Parts whose longest scalars differ much should not share a width: they are grouped at these lengths. */
const CLASS_BITS = [20, 40, 80, 256] as const;

/**
 * The plans of several sums that are computed together. Each is done as cheaply as on one thread, but for those whose jobs would
 * be too large to share among threads.
 */
export function planMany<P extends Measured>(sums: readonly (readonly P[])[], threads: number): Plan<P>[][] {
  if (sums.length === 1 || threads === 1) return sums.map((parts) => planMsm(parts, threads));
  const alone = sums.map((parts) => planMsm(parts, 1));
  const total = alone.flat().reduce((sum, { cost }) => sum + cost, 0);
  return alone.map((plans, i) => {
    const largest = Math.max(0, ...plans.map(({ cost, windows, together }) => (cost * together) / windows));
    return largest > total / (8 * threads) ? planMsm(sums[i], threads) : plans;
  });
}

/** The plans of all parts: the cheapest grouping of neighbouring classes. */
export function planMsm<P extends Measured>(parts: readonly P[], threads: number): Plan<P>[] {
  let low = 0;
  const classes = CLASS_BITS.map((high) => {
    const members = parts.filter((p) => p.nonzero > 0 && p.bits > low && p.bits <= high);
    low = high;
    return members;
  }).filter((members) => members.length > 0);
  // best[i]: plans of the first i classes.
  const best: { cost: number; plans: Plan<P>[] }[] = [{ cost: 0, plans: [] }];
  for (let end = 1; end <= classes.length; end++) {
    let found: { cost: number; plans: Plan<P>[] } | undefined;
    for (let start = 0; start < end; start++) {
      const plan = planTogether(classes.slice(start, end).flat(), threads);
      const cost = best[start].cost + plan.cost;
      if (found === undefined || cost < found.cost) found = { cost, plans: [...best[start].plans, plan] };
    }
    best.push(found as { cost: number; plans: Plan<P>[] });
  }
  return best[classes.length].plans;
}

function planTogether<P extends Measured>(parts: readonly P[], threads: number): Plan<P> {
  const bits = Math.max(...parts.map((p) => p.bits));
  const slicings = threads === 1 ? [0] : [0, 1, 2, threads];
  let best: Plan<P> | undefined;
  for (let width = 2; width <= MAX_WIDTH; width++) {
    for (const slices of slicings) {
      const plan = planWidth(parts, bits, width, slices, threads);
      if (best === undefined || plan.cost < best.cost) best = plan;
    }
  }
  return best as Plan<P>;
}

/** With `slices` 0, both tasks in one. */
function planWidth<P extends Measured>(
  parts: readonly P[],
  bits: number,
  width: number,
  slices: number,
  threads: number,
): Plan<P> {
  const windows = digitCount(bits, width);
  const log = width - 1;
  const digits = parts.reduce((sum, p) => sum + p.nonzero * digitCount(p.bits, width), 0);
  const cut = Math.max(1, slices);
  const perWindow = digits / windows / cut;
  // Windows together until a job is worth it, but not so many that threads idle.
  const wanted = Math.max(1, Math.ceil(SMALL_JOB / Math.max(1, perWindow)));
  const together = Math.min(wanted, Math.max(1, Math.ceil((windows * cut) / threads)), windows);
  const jobs = Math.ceil(windows / together) * cut;
  // The first reference to a bucket is no addition.
  const occupied = 2 ** log * (1 - Math.exp(-perWindow / 2 ** log));
  const first = (1 + REFERENCE_COST) * perWindow - occupied;
  const second = (cut - 1) * occupied + Math.min(2 * 2 ** log, log * occupied);
  const rounds = Math.ceil(jobs / threads);
  const plan = { parts, width, windows, together, slices: cut };
  if (slices === 0) return { ...plan, cost: rounds * ((first + second) * together + JOB_COST) };

  let split = 0;
  while (windows << split < 2 * threads && log - split > MIN_RUN_LOG) split++;
  const runs = windows << split;
  const cost =
    rounds * (first * together + JOB_COST) + Math.ceil(runs / threads) * (second / 2 ** split) + JOB_COST;
  return { ...plan, split, cost };
}

/** Runs of buckets in one job of the second task. */
export function runsTogether(runs: number, log: number, threads: number): number {
  const wanted = Math.max(1, Math.floor(SMALL_JOB / 2 ** log));
  return Math.min(wanted, Math.max(1, Math.ceil(runs / threads)));
}
