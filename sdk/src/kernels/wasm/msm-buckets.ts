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
  brIf,
  type Code,
  call,
  forRange,
  i32,
  i64,
  increment,
  type Local,
  loop,
  memoryCopy,
  memoryFill,
  type Operand,
  ret,
  select,
  set,
  when,
  whileLoop,
} from './assembler.ts';
import type { KernelContext } from './kernels.ts';
import type { FunctionHandle } from './module-builder.ts';
import { type AffineFunctions, pushItem } from './msm-affine.ts';
import { boothDigit } from './msm-digits.ts';
import { emitJobs } from './msm-jobs.ts';
import { BUCKET_JOB, NEGATIVE, POINT_SIZE, SEGMENT, SUM_JOB, WORK, Y } from './msm-layout.ts';

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
  const scan = [4, 8, 32].map((width) => ({
    width,
    count: emitScan(context, width as 4 | 8 | 32, 'count'),
    place: emitScan(context, width as 4 | 8 | 32, 'place'),
  }));
  return module.func('msm.bucketJob', ['i32', 'i32'], [], (fn, job, work) => {
    const [segment, i, keys, k, from, sum, n, positions, lengths] = fn.locals('i32', 9);
    const pass = (phase: 'count' | 'place'): Code => [
      set(segment, i32.load(job, BUCKET_JOB.SEGMENTS)),
      forRange(i, 0, i32.load(job, BUCKET_JOB.SEGMENT_COUNT), [
        scan.map((s) =>
          when(i32.eq(i32.load(segment, SEGMENT.WIDTH), s.width), call(s[phase], job, segment, work)),
        ),
        increment(segment, SEGMENT.BYTES),
      ]),
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
      pass('count'),
      set(sum, 0),
      forRange(k, 0, keys, [
        i32.store(i32.add(positions, i32.shl(k, 2)), sum),
        set(sum, i32.add(sum, i32.load(i32.add(lengths, i32.shl(k, 2))))),
      ]),
      pass('place'),
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

/**
 * `scan(job, segment, work)`: for each digit that is not zero, `count` adds one to its bucket's length, `place` puts the
 * reference to its point at the bucket's next position.
 */
function emitScan({ module }: KernelContext, width: 4 | 8 | 32, phase: 'count' | 'place'): FunctionHandle {
  return module.func(`msm.${phase}${8 * width}`, ['i32', 'i32', 'i32'], [], (fn, job, segment, work) => {
    const [scalar, base, stride, i, w, bit, end, c, digit, sign, key, at, windows] = fn.locals('i32', 13);
    const value = fn.local('i64');
    const bump = (array: number, put: Code): Code => [
      set(at, i32.add(i32.load(work, array), i32.shl(key, 2))),
      put,
      i32.store(at, i32.add(i32.load(at), 1)),
    ];
    const use: Code =
      phase === 'count'
        ? bump(WORK.LENGTHS, [])
        : bump(
            WORK.POSITIONS,
            i32.store(
              i32.add(i32.load(work, WORK.REFERENCES), i32.shl(i32.load(at), 2)),
              i32.or(i32.shr_u(base, 3), i32.and(sign, NEGATIVE)),
            ),
          );
    const digits: Code = [
      set(bit, i32.sub(i32.mul(c, i32.load(job, BUCKET_JOB.WINDOW)), 1)),
      forRange(w, 0, windows, [
        boothDigit(fn, digit, width === 32 ? { words: scalar } : { value }, bit, c),
        when(digit, [
          set(sign, i32.shr_s(digit, 31)),
          set(key, i32.add(i32.shl(w, i32.sub(c, 1)), i32.sub(i32.sub(i32.xor(digit, sign), sign), 1))),
          use,
        ]),
        set(bit, i32.add(bit, c)),
      ]),
    ];
    const infinite = [0, 1, 2, 3, 4]
      .map((j) => i64.load(base, Y + 8 * j))
      .reduce((all, limb) => i64.or(all, limb));
    const present: Code = i32.or(
      i32.eqz(i32.load(segment, SEGMENT.INFINITY)),
      i32.eqz(i64.eqz(i64.shl(infinite, i64.const(1n)))),
    );
    return [
      // Windows above this segment's scalars have nothing of it.
      set(windows, i32.sub(i32.load(segment, SEGMENT.DIGITS), i32.load(job, BUCKET_JOB.WINDOW))),
      when(i32.le_s(windows, 0), ret()),
      set(
        windows,
        select(
          windows,
          i32.load(job, BUCKET_JOB.WINDOWS),
          i32.lt_u(windows, i32.load(job, BUCKET_JOB.WINDOWS)),
        ),
      ),
      set(c, i32.load(job, BUCKET_JOB.WIDTH)),
      set(scalar, i32.load(segment, SEGMENT.SCALARS)),
      set(base, i32.load(segment, SEGMENT.BASES)),
      set(stride, i32.load(segment, SEGMENT.STRIDE)),
      set(end, i32.load(segment, SEGMENT.COUNT)),
      forRange(i, 0, end, [
        width === 32
          ? when(present, digits)
          : [
              set(value, width === 4 ? i64.load32_u(scalar) : i64.load(scalar)),
              when(i32.eqz(i64.eqz(value)), when(present, digits)),
            ],
        increment(scalar, width),
        increment(base, stride),
      ]),
    ];
  });
}

/**
 * `reduceRuns(job, work, from, to)`: sums the runs of buckets `from ≤ k < to` and stores them. Run k ends at
 * `POSITIONS[k]` and has `LENGTHS[k]` references. Together they have at most CAPACITY references, or there is one run.
 */
function emitReduceRuns({ module }: KernelContext, { add, copy }: AffineFunctions): FunctionHandle {
  /** `sumRuns(work, from, to, starts?)`: rounds of pairwise additions until every run has at most one reference. */
  const rounds = module.func('msm.rounds', ['i32', 'i32', 'i32'], [], (fn, work, from, to) => {
    const [k, n, i, read, write, a, b, active, positions, lengths, references, sum] = fn.locals('i32', 12);
    const push = pushItem(add, fn, work);
    return [
      set(positions, i32.load(work, WORK.POSITIONS)),
      set(lengths, i32.load(work, WORK.LENGTHS)),
      set(references, i32.load(work, WORK.REFERENCES)),
      loop(
        set(active, 0),
        forRange(k, from, to, [
          set(n, i32.load(i32.add(lengths, i32.shl(k, 2)))),
          when(i32.gt_u(n, 1), [
            set(active, 1),
            set(read, i32.add(references, i32.shl(i32.load(i32.add(positions, i32.shl(k, 2))), 2))),
            set(write, read),
            set(sum, i32.load(work, WORK.BUMP)),
            forRange(
              i,
              1,
              n,
              [
                set(a, i32.load(read)),
                set(b, i32.load(read, 4)),
                when(
                  i32.and(i32.ne(a, 0), i32.ne(b, 0)),
                  [
                    i32.store(write, i32.shr_u(sum, 3)),
                    push(a, b, sum, write),
                    increment(sum, POINT_SIZE),
                    increment(write, 4),
                  ],
                  when(i32.or(a, b), [i32.store(write, i32.or(a, b)), increment(write, 4)]),
                ),
                increment(read, 8),
              ],
              2,
            ),
            i32.store(work, sum, WORK.BUMP),
            when(i32.and(n, 1), [i32.store(write, i32.load(read)), increment(write, 4)]),
            set(read, i32.add(references, i32.shl(i32.load(i32.add(positions, i32.shl(k, 2))), 2))),
            i32.store(i32.add(lengths, i32.shl(k, 2)), i32.shr_u(i32.sub(write, read), 2)),
          ]),
        ]),
        call(add, work),
        brIf(0, active),
      ),
    ];
  });

  return module.func('msm.reduceRuns', ['i32', 'i32', 'i32', 'i32'], [], (fn, job, work, from, to) => {
    const [k, n, at, length, reference, out, capacity, start] = fn.locals('i32', 8);
    const resetPoints: Code = i32.store(work, i32.load(work, WORK.POINTS), WORK.BUMP);
    const places = (index: Operand): Code => [
      set(at, i32.add(i32.load(work, WORK.POSITIONS), i32.shl(index, 2))),
      set(length, i32.add(i32.load(work, WORK.LENGTHS), i32.shl(index, 2))),
      set(out, i32.add(i32.load(job, BUCKET_JOB.POINTS), i32.mul(index, POINT_SIZE))),
    ];
    /** Puts the sum of run `index` to its place, with its sign; `reference` becomes that of the place, or none. */
    const store = (): Code => [
      set(
        reference,
        select(
          i32.load(i32.add(i32.load(work, WORK.REFERENCES), i32.shl(i32.load(at), 2))),
          0,
          i32.load(length),
        ),
      ),
      when(reference, [call(copy, reference, out), set(reference, i32.shr_u(out, 3))]),
    ];
    return [
      when(i32.ge_u(from, to), ret()),
      set(capacity, i32.load(job, BUCKET_JOB.CAPACITY)),
      // Ends to starts.
      forRange(k, from, to, [places(k), i32.store(at, i32.sub(i32.load(at), i32.load(length)))]),
      // A run that is longer than the working memory allows: piece by piece, the sum so far leading the next piece.
      set(k, from),
      places(k),
      whileLoop(i32.gt_u(i32.load(length), capacity), [
        set(n, i32.load(length)),
        set(start, i32.load(at)),
        i32.store(length, capacity),
        resetPoints,
        call(rounds, work, k, i32.add(k, 1)),
        store(),
        set(start, i32.add(start, i32.sub(capacity, 1))),
        i32.store(at, start),
        i32.store(i32.add(i32.load(work, WORK.REFERENCES), i32.shl(start, 2)), reference),
        i32.store(length, i32.sub(n, i32.sub(capacity, 1))),
      ]),
      resetPoints,
      call(rounds, work, from, to),
      forRange(k, from, to, [
        places(k),
        store(),
        i32.store(i32.add(i32.load(job, BUCKET_JOB.FLAGS), i32.shl(k, 2)), reference),
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
