/**
 * Digits of scalars to buckets, by a counting sort in two passes. The first reads the scalars, keeps their digits and counts those
 * of each bucket; the second reads digits only, in order, and puts references to points at the places of their buckets.
 */
import {
  type Code,
  forRange,
  get,
  i32,
  i64,
  increment,
  type Local,
  ret,
  select,
  set,
  when,
} from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import { BUCKET_JOB, isInfinity, NEGATIVE, SEGMENT, WORK } from './msm-layout.ts';

export interface ScanFunctions {
  /**
   * By bytes of a scalar, `count(job, segment, work, digits) → digits`: writes a word for each digit, 0 or the number of its
   * bucket + 1 with the sign in bit 31, and adds one to the bucket's length; returns the address after the last.
   */
  readonly count: Readonly<Record<4 | 8 | 32, FunctionHandle>>;
  /**
   * `place(job, segment, work, digits) → digits`: puts the reference to each digit's point at the bucket's next position, an
   * address.
   */
  readonly place: FunctionHandle;
}

export function emitScan(context: KernelContext): ScanFunctions {
  return {
    count: { 4: emitCount(context, 4), 8: emitCount(context, 8), 32: emitCount(context, 32) },
    place: emitPlace(context),
  };
}

/** `windows = ` those of the job that scalars of the segment reach; returns `digits` where there are none. */
function windowsOf(windows: Local, job: Local, segment: Local, digits: Local): Code {
  const most = i32.load(job, BUCKET_JOB.WINDOWS);
  return [
    set(windows, i32.sub(i32.load(segment, SEGMENT.DIGITS), i32.load(job, BUCKET_JOB.WINDOW))),
    when(i32.le_s(windows, 0), ret(digits)),
    set(windows, select(windows, most, i32.lt_u(windows, most))),
  ];
}

/** Booth's digits (see `msm-digits.ts`); where they lie in a scalar is the same for all scalars of a window. */
function emitCount({ module }: KernelContext, width: 4 | 8 | 32): FunctionHandle {
  return module.func(
    `msm.count${8 * width}`,
    ['i32', 'i32', 'i32', 'i32'],
    ['i32'],
    (fn, job, segment, work, digits) => {
      const [scalar, base, stride, i, w, bit, end, c, digit, sign, at, windows] = fn.locals('i32', 12);
      const [mask, lengths, buckets, infinity] = fn.locals('i32', 4);
      const [value, left, right] = fn.locals('i64', 3);
      return [
        windowsOf(windows, job, segment, digits),
        set(c, i32.load(job, BUCKET_JOB.WIDTH)),
        set(mask, i32.sub(i32.shl(2, c), 1)),
        set(stride, i32.load(segment, SEGMENT.STRIDE)),
        set(infinity, i32.load(segment, SEGMENT.INFINITY)),
        set(end, i32.load(segment, SEGMENT.COUNT)),
        set(lengths, i32.sub(i32.load(work, WORK.LENGTHS), 4)),
        forRange(w, 0, windows, [
          set(bit, i32.sub(i32.mul(c, i32.add(i32.load(job, BUCKET_JOB.WINDOW), w)), 1)),
          // The lowest digit has a zero below it.
          set(left, i64.extend_i32_u(i32.lt_s(bit, 0))),
          set(bit, select(0, bit, i32.lt_s(bit, 0))),
          set(scalar, i32.load(segment, SEGMENT.SCALARS)),
          width === 32
            ? [
                // Eight bytes hold the digit wherever it begins; the last eight bring the sign.
                set(at, i32.shr_u(bit, 3)),
                set(at, select(24, at, i32.gt_u(at, 24))),
                increment(scalar, at),
                set(bit, i32.sub(bit, i32.shl(at, 3))),
              ]
            : [],
          set(right, i64.extend_i32_u(bit)),
          set(base, i32.load(segment, SEGMENT.BASES)),
          set(buckets, i32.shl(w, i32.sub(c, 1))),
          forRange(i, 0, end, [
            set(value, width === 4 ? i64.load32_u(scalar) : i64.load(scalar)),
            set(value, width === 32 ? i64.shr_s(value, right) : i64.shr_u(value, right)),
            set(digit, i32.and(i32.wrap_i64(i64.shl(value, left)), mask)),
            set(digit, i32.sub(i32.shr_u(i32.add(digit, 1), 1), i32.shl(i32.shr_u(digit, c), c))),
            when(infinity, when(isInfinity(base), set(digit, 0))),
            when(digit, [
              set(sign, i32.shr_s(digit, 31)),
              set(digit, i32.add(buckets, i32.sub(i32.xor(digit, sign), sign))),
              set(at, i32.add(lengths, i32.shl(digit, 2))),
              i32.store(at, i32.add(i32.load(at), 1)),
              set(digit, i32.or(digit, i32.and(sign, NEGATIVE))),
            ]),
            i32.store(digits, digit),
            increment(digits, 4),
            increment(scalar, width),
            increment(base, stride),
          ]),
        ]),
        get(digits),
      ];
    },
  );
}

function emitPlace({ module }: KernelContext): FunctionHandle {
  return module.func('msm.place', ['i32', 'i32', 'i32', 'i32'], ['i32'], (fn, job, segment, work, digits) => {
    const [i, w, windows, digit, reference, step, end, positions, at] = fn.locals('i32', 9);
    return [
      windowsOf(windows, job, segment, digits),
      set(step, i32.shr_u(i32.load(segment, SEGMENT.STRIDE), 3)),
      set(end, i32.load(segment, SEGMENT.COUNT)),
      set(positions, i32.sub(i32.load(work, WORK.POSITIONS), 4)),
      forRange(w, 0, windows, [
        set(reference, i32.shr_u(i32.load(segment, SEGMENT.BASES), 3)),
        forRange(i, 0, end, [
          set(digit, i32.load(digits)),
          when(digit, [
            // The shift drops the sign.
            set(at, i32.add(positions, i32.shl(digit, 2))),
            i32.store(i32.load(at), i32.or(reference, i32.and(digit, NEGATIVE))),
            i32.store(at, i32.add(i32.load(at), 4)),
          ]),
          increment(digits, 4),
          increment(reference, step),
        ]),
      ]),
      get(digits),
    ];
  });
}
