/**
 * Sums of runs of references, all runs of a list together, so that batches are large and memory is read in order. A reference
 * with `END` is the last of its run.
 */
import {
  type Code,
  call,
  forRange,
  i32,
  increment,
  type Local,
  ret,
  select,
  set,
  when,
  whileLoop,
} from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import type { AffineFunctions } from './msm-affine.ts';
import { BATCH, BUCKET_JOB, END, ITEM, POINT_SIZE, pointAddress, WORK } from './msm-layout.ts';

/**
 * `reduceRuns(job, work, from, to)`: sums the runs of buckets `from ≤ k < to` and stores them. Run k ends at the address
 * `POSITIONS[k]` and has `LENGTHS[k]` references. Together they have at most CAPACITY references, or there is one run.
 */
export function emitReduceRuns(context: KernelContext, affine: AffineFunctions): FunctionHandle {
  const { copy } = affine;
  const rounds = emitRounds(context, affine);
  return context.module.func(
    'msm.reduceRuns',
    ['i32', 'i32', 'i32', 'i32'],
    [],
    (fn, job, work, from, to) => {
      const [k, start, end, lengths, reference, out, flags, capacity] = fn.locals('i32', 8);
      const entry = (array: number, index: Local): Code =>
        i32.load(i32.add(i32.load(work, array), i32.shl(index, 2)));
      const sum = (): Code => [
        i32.store(work, i32.load(work, WORK.POINTS), WORK.BUMP),
        call(rounds, work, start, end),
      ];
      /** The sum at `start` to its bucket, with its sign; `reference` becomes that of the place, or none. */
      const store = (): Code => [
        set(reference, i32.and(i32.load(start), ~END)),
        when(reference, [call(copy, reference, out), set(reference, i32.shr_u(out, 3))]),
      ];
      return [
        when(i32.ge_u(from, to), ret()),
        set(capacity, i32.shl(i32.load(job, BUCKET_JOB.CAPACITY), 2)),
        set(start, i32.sub(entry(WORK.POSITIONS, from), i32.shl(entry(WORK.LENGTHS, from), 2))),
        set(out, i32.add(i32.load(job, BUCKET_JOB.POINTS), i32.mul(from, POINT_SIZE))),
        set(k, i32.sub(to, 1)),
        // A run that is longer than the working memory allows: piece by piece, the sum so far leading the next piece.
        whileLoop(i32.gt_u(i32.sub(entry(WORK.POSITIONS, k), start), capacity), [
          set(end, i32.add(start, capacity)),
          i32.store(i32.sub(end, 4), i32.or(i32.load(i32.sub(end, 4)), END)),
          sum(),
          store(),
          set(start, i32.sub(end, 4)),
          i32.store(start, reference),
        ]),
        set(end, entry(WORK.POSITIONS, k)),
        sum(),
        set(lengths, i32.add(i32.load(work, WORK.LENGTHS), i32.shl(from, 2))),
        set(flags, i32.add(i32.load(job, BUCKET_JOB.FLAGS), i32.shl(from, 2))),
        forRange(k, from, to, [
          set(reference, 0),
          when(i32.load(lengths), [store(), increment(start, 4)]),
          i32.store(flags, reference),
          increment(lengths, 4),
          increment(flags, 4),
          increment(out, POINT_SIZE),
        ]),
      ];
    },
  );
}

/**
 * `rounds(work, start, end)`: rounds of pairwise additions of the references from `start` to `end`, until there is one for each
 * run, with `END`; what is infinity is `END` alone. Sums are put at BUMP.
 *
 * Lengths of runs are random, so nothing branches on them: every step writes the addition of two neighbours and moves on by what
 * it was worth.
 *
 * The first round asks for the points, far apart in memory, when it lists them: nothing waits for them here, so many are on their
 * way at once; where additions ask for them one after another, a few.
 */
function emitRounds({ module }: KernelContext, { add }: AffineFunctions): FunctionHandle {
  return module.func('msm.rounds', ['i32', 'i32', 'i32'], [], (fn, work, start, end) => {
    const [read, write, a, b, pair, sum, list, item, full, ends, seen, at] = fn.locals('i32', 12);
    /** Reads a word of each of a point's cache lines. */
    const look = (reference: Local): Code => [
      set(at, pointAddress(reference)),
      set(seen, i32.add(seen, i32.load(at))),
      set(seen, i32.add(seen, i32.load(at, POINT_SIZE - 4))),
    ];
    const flush: Code = [
      i32.store(work, i32.shr_u(i32.sub(item, list), Math.log2(ITEM.BYTES)), WORK.COUNT),
      i32.store(work, sum, WORK.BUMP),
      call(add, work),
      set(item, list),
    ];
    const round = (far: boolean): Code => [
      set(read, start),
      set(write, start),
      set(sum, i32.load(work, WORK.BUMP)),
      set(item, list),
      set(ends, END),
      whileLoop(i32.lt_u(read, end), [
        set(a, i32.load(read)),
        set(b, i32.load(read, 4)),
        far ? [look(a), look(b)] : [],
        set(pair, i32.eqz(i32.and(a, END))),
        i32.store(item, a, ITEM.A),
        i32.store(item, b, ITEM.B),
        i32.store(item, sum, ITEM.OUT),
        i32.store(item, write, ITEM.SLOT),
        increment(read, i32.add(i32.shl(pair, 2), 4)),
        // Infinity plus something, which is as rare as points that add up to it.
        when(
          i32.and(pair, i32.or(i32.eqz(a), i32.eqz(i32.and(b, ~END)))),
          [set(a, i32.or(a, b)), set(pair, 0)],
          set(a, select(i32.or(i32.shr_u(sum, 3), i32.and(b, END)), a, pair)),
        ),
        i32.store(write, a),
        set(ends, i32.and(ends, a)),
        increment(write, 4),
        increment(sum, i32.mul(pair, POINT_SIZE)),
        increment(item, i32.mul(pair, ITEM.BYTES)),
        when(i32.eq(item, full), flush),
      ]),
      // A use, for compilers that drop loads without one.
      far ? i32.store(work, seen, WORK.TOUCHED) : [],
      set(end, write),
      flush,
    ];
    return [
      set(list, i32.add(work, WORK.LIST)),
      set(full, i32.add(list, ITEM.BYTES * BATCH)),
      round(true),
      whileLoop(i32.eqz(ends), round(false)),
    ];
  });
}
