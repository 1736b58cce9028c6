/**
 * Pippenger's multi-scalar multiplication in two tasks.
 *
 * `msm.buckets`: signed (Booth) digits of width c, each known from its bits and the one below, so windows are
 * independent; references to points are sorted by bucket with a counting sort, and every bucket's run is summed as a tree,
 * all runs of a group of buckets together, so that batches are large and memory is read in order.
 *
 * `msm.sums`: `Σ_k (k+1)·B_k` of the buckets `B_k`, `k < 2^m`, as `A + Σ_j 2^j·O_j` with `A` the sum of all and `O_j` the sum
 * of those with bit j of k set; in place, with twice as many additions as buckets, all of a round independent.
 */
import {
  type Code,
  call,
  forRange,
  i32,
  increment,
  type Local,
  memoryCopy,
  memoryFill,
  type Operand,
  select,
  set,
  when,
} from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import { type AffineFunctions, pushItem } from './msm-affine.ts';
import { emitJobs } from './msm-jobs.ts';
import { BUCKET_JOB, END, POINT_SIZE, SEGMENT, SUM_JOB, WORK } from './msm-layout.ts';
import { emitReduceRuns } from './msm-runs.ts';
import { emitScan } from './msm-scan.ts';

export function emitBuckets(context: KernelContext, affine: AffineFunctions): void {
  const reduceRuns = emitReduceRuns(context, affine);
  const sums = emitSumJob(context, affine);
  const buckets = emitBucketJob(context, reduceRuns, emitSumHere(context, sums));
  emitJobs(context, 'msm.buckets', buckets, BUCKET_JOB.BYTES);
  emitJobs(context, 'msm.sums', sums, SUM_JOB.BYTES);
}

/** `bucketJob(job, work)` */
function emitBucketJob(
  context: KernelContext,
  reduceRuns: FunctionHandle,
  sumHere: FunctionHandle,
): FunctionHandle {
  const { module } = context;
  const { count, place } = emitScan(context);
  return module.func('msm.bucketJob', ['i32', 'i32'], [], (fn, job, work) => {
    const [segment, i, keys, k, from, sum, n, positions, lengths, digits, last] = fn.locals('i32', 11);
    const pass = (scan: Code): Code => [
      set(segment, i32.load(job, BUCKET_JOB.SEGMENTS)),
      set(digits, i32.load(work, WORK.DIGITS)),
      forRange(i, 0, i32.load(job, BUCKET_JOB.SEGMENT_COUNT), [scan, increment(segment, SEGMENT.BYTES)]),
    ];
    return [
      set(positions, i32.load(work, WORK.POSITIONS)),
      set(lengths, i32.load(work, WORK.LENGTHS)),
      set(keys, i32.shl(i32.load(job, BUCKET_JOB.WINDOWS), i32.sub(i32.load(job, BUCKET_JOB.WIDTH), 1))),
      when(i32.load(job, BUCKET_JOB.OUT), [
        i32.store(job, i32.load(work, WORK.BUCKETS), BUCKET_JOB.POINTS),
        i32.store(job, i32.add(i32.load(work, WORK.BUCKETS), i32.mul(keys, POINT_SIZE)), BUCKET_JOB.FLAGS),
      ]),
      memoryFill(lengths, 0, i32.shl(keys, 2)),
      pass(
        ([4, 8, 32] as const).map((width) =>
          when(
            i32.eq(i32.load(segment, SEGMENT.WIDTH), width),
            set(digits, call(count[width], job, segment, work, digits)),
          ),
        ),
      ),
      set(sum, i32.load(work, WORK.REFERENCES)),
      forRange(k, 0, keys, [
        i32.store(i32.add(positions, i32.shl(k, 2)), sum),
        set(sum, i32.add(sum, i32.shl(i32.load(i32.add(lengths, i32.shl(k, 2))), 2))),
      ]),
      // Read ahead, never used.
      i32.store(sum, 0),
      pass(set(digits, call(place, job, segment, work, digits))),
      // Positions are now ends. Groups of buckets with at most CAPACITY references, at least one bucket each.
      set(from, 0),
      set(sum, 0),
      forRange(k, 0, keys, [
        set(n, i32.load(i32.add(lengths, i32.shl(k, 2)))),
        when(i32.gt_u(i32.add(sum, n), i32.load(job, BUCKET_JOB.CAPACITY)), [
          call(reduceRuns, job, work, from, k),
          set(from, k),
          set(sum, 0),
        ]),
        when(n, [
          set(last, i32.sub(i32.load(i32.add(positions, i32.shl(k, 2))), 4)),
          i32.store(last, i32.or(i32.load(last), END)),
        ]),
        set(sum, i32.add(sum, n)),
      ]),
      call(reduceRuns, job, work, from, keys),
      when(i32.load(job, BUCKET_JOB.OUT), call(sumHere, job, work)),
    ];
  });
}

/** `sumHere(job, work)`: the second task on the buckets of a job of the first, while they are in a near cache. */
function emitSumHere({ module }: KernelContext, sumJob: FunctionHandle): FunctionHandle {
  return module.func('msm.sumHere', ['i32', 'i32'], [], (fn, job, work) => {
    const [sums, run, bit, index, out, flags, flag, from] = fn.locals('i32', 8);
    const inJob = (field: number): Code => i32.load(job, field);
    const width = inJob(BUCKET_JOB.WIDTH);
    return [
      set(sums, i32.add(work, WORK.SUM_JOB)),
      i32.store(sums, inJob(BUCKET_JOB.POINTS), SUM_JOB.POINTS),
      i32.store(sums, inJob(BUCKET_JOB.FLAGS), SUM_JOB.FLAGS),
      i32.store(sums, inJob(BUCKET_JOB.WINDOWS), SUM_JOB.RUNS),
      i32.store(sums, i32.sub(width, 1), SUM_JOB.LOG),
      i32.store(sums, 1, SUM_JOB.SLICES),
      call(sumJob, sums, work),
      set(out, inJob(BUCKET_JOB.OUT)),
      forRange(run, 0, inJob(BUCKET_JOB.WINDOWS), [
        set(flags, i32.add(out, i32.mul(width, POINT_SIZE))),
        // Bucket 0 has become A, bucket 2^j has become O_j.
        set(index, i32.shl(run, i32.sub(width, 1))),
        forRange(bit, 0, width, [
          set(from, i32.add(index, i32.and(i32.shl(1, i32.sub(bit, 1)), i32.sub(0, i32.ne(bit, 0))))),
          set(flag, i32.load(i32.add(inJob(BUCKET_JOB.FLAGS), i32.shl(from, 2)))),
          when(flag, [
            memoryCopy(out, i32.add(inJob(BUCKET_JOB.POINTS), i32.mul(from, POINT_SIZE)), POINT_SIZE),
            set(flag, i32.shr_u(out, 3)),
          ]),
          i32.store(flags, flag),
          increment(flags, 4),
          increment(out, POINT_SIZE),
        ]),
        set(out, i32.and(i32.add(flags, 15), -16)),
      ]),
    ];
  });
}

/** `sumJob(job, work)` */
function emitSumJob({ module }: KernelContext, { add }: AffineFunctions): FunctionHandle {
  return module.func('msm.sumJob', ['i32', 'i32'], [], (fn, job, work) => {
    const [round, run, j, i, half, log, offset, dst, src, points, flags, slice, all] = fn.locals('i32', 13);
    const [toFlag, fromFlag, toPoint, fromPoint] = fn.locals('i32', 4);
    const push = pushItem(add, fn, work);
    /** `bucket[dst] += bucket[src]`, where the second is `away` bytes of points and flags further. */
    const addBucket = (to: Local, from: Local, pointsAway: Operand = 0, flagsAway: Operand = 0): Code => {
      return [
        set(fromFlag, i32.add(i32.add(flags, flagsAway), i32.shl(from, 2))),
        when(i32.load(fromFlag), [
          set(toFlag, i32.add(flags, i32.shl(to, 2))),
          set(toPoint, i32.add(points, i32.mul(to, POINT_SIZE))),
          set(fromPoint, i32.add(i32.add(points, pointsAway), i32.mul(from, POINT_SIZE))),
          when(i32.load(toFlag), push(i32.shr_u(toPoint, 3), i32.shr_u(fromPoint, 3), toPoint, toFlag), [
            memoryCopy(toPoint, fromPoint, POINT_SIZE),
            i32.store(toFlag, i32.shr_u(toPoint, 3)),
          ]),
        ]),
      ];
    };
    return [
      set(points, i32.load(job, SUM_JOB.POINTS)),
      set(flags, i32.load(job, SUM_JOB.FLAGS)),
      set(log, i32.load(job, SUM_JOB.LOG)),
      set(all, i32.shl(i32.load(job, SUM_JOB.RUNS), log)),
      forRange(slice, 1, i32.load(job, SUM_JOB.SLICES), [
        forRange(i, 0, all, [
          addBucket(
            i,
            i,
            i32.mul(slice, i32.load(job, SUM_JOB.POINTS_STEP)),
            i32.mul(slice, i32.load(job, SUM_JOB.FLAGS_STEP)),
          ),
        ]),
        call(add, work),
      ]),
      forRange(round, 0, log, [
        set(half, i32.shl(1, round)),
        // List 0 is the sum of all so far; list j + 1, those with bit j set.
        forRange(j, 0, i32.add(round, 1), [
          set(offset, select(0, i32.shl(1, i32.sub(j, 1)), i32.eqz(j))),
          forRange(run, 0, i32.load(job, SUM_JOB.RUNS), [
            set(dst, i32.add(i32.shl(run, log), offset)),
            forRange(i, 0, i32.shl(1, i32.sub(i32.sub(log, round), 1)), [
              set(src, i32.add(dst, half)),
              addBucket(dst, src),
              set(dst, i32.add(src, half)),
            ]),
          ]),
        ]),
        call(add, work),
      ]),
    ];
  });
}
