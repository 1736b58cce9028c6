/**
 * Points between bytes and kernel memory, the check of the curve equation, and scalars as integers for digits. Tasks
 * over groups of four; arguments end with groups per chunk and groups (see `vectors-emitter.ts`).
 */
import { createField } from '../../field/field.ts';
import { createLimbField, GROUP_BYTES, LIMB_BITS, LIMBS } from '../../field/limbs.ts';
import { type Code, call, f64, forRange, i32, i64, increment, type Local, set, when } from './assembler.ts';
import { bitsOf, loadLimbs } from './field-functions.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import { POINT_SIZE, Y } from './msm-layout.ts';
import { argument, chunkGroups } from './vectors-emitter.ts';

/** Bytes of one point outside. */
const BYTES = 64;

/** Bytes of a job and of a report of `msm.survey`; a report is four words of seen bits and a number of scalars. */
export const SURVEY_JOB_BYTES = 16;
export const REPORT_BYTES = 40;

export function emitPoints(context: KernelContext, isZero: FunctionHandle): void {
  const { module, fq } = context;
  const load = emitLoadGroup(context);

  /** args: points, bytes, factor (see `load`), groups per chunk, groups */
  module.task('points.fromBytes', (fn, chunk, args, scratch) => {
    const [from, count, i, src, dst] = fn.locals('i32', 5);
    return [
      chunkGroups(chunk, args, 3, from, count),
      set(src, i32.add(argument(args, 1), i32.mul(from, 4 * BYTES))),
      set(dst, i32.add(argument(args, 0), i32.mul(from, 4 * POINT_SIZE))),
      forRange(i, 0, count, [
        call(load, scratch, src, argument(args, 2)),
        [0, 1, 2, 3].map((l) =>
          [0, 1].map((k) =>
            Array.from({ length: LIMBS }, (_, j) =>
              i64.store(
                dst,
                i64.load(scratch, k * GROUP_BYTES + 32 * j + 8 * l),
                l * POINT_SIZE + k * Y + 8 * j,
              ),
            ),
          ),
        ),
        increment(src, 4 * BYTES),
        increment(dst, 4 * POINT_SIZE),
      ]),
    ];
  });

  /** args: bytes, points, -, groups per chunk, groups */
  module.task('points.toBytes', (fn, chunk, args, scratch) => {
    const [from, count, i, src, dst] = fn.locals('i32', 5);
    const limbs = fn.locals('i64', LIMBS);
    const [carry, sign] = fn.locals('i64', 2);
    const a = fq.element(fn);
    const place = (l: number, k: number, j: number): number => k * GROUP_BYTES + 32 * j + 8 * l;
    const each = (body: (l: number, k: number) => Code): Code =>
      [0, 1, 2, 3].map((l) => [0, 1].map((k) => body(l, k)));
    return [
      chunkGroups(chunk, args, 3, from, count),
      set(dst, i32.add(argument(args, 0), i32.mul(from, 4 * BYTES))),
      set(src, i32.add(argument(args, 1), i32.mul(from, 4 * POINT_SIZE))),
      forRange(i, 0, count, [
        each((l, k) =>
          Array.from({ length: LIMBS }, (_, j) =>
            i64.store(scratch, i64.load(src, l * POINT_SIZE + k * Y + 8 * j), place(l, k, j)),
          ),
        ),
        [0, 1].map((k) =>
          fq.group(() => [
            fq.reduce(fn, a, { group: scratch, offset: k * GROUP_BYTES }),
            fq.store(scratch, a, k * GROUP_BYTES),
          ]),
        ),
        each((l, k) => [
          canonicalLimbs(limbs, i32.add(scratch, place(l, k, 0)), fq.modulus, carry, sign),
          storeWords(dst, l * BYTES + k * 32, limbs),
        ]),
        increment(src, 4 * POINT_SIZE),
        increment(dst, 4 * BYTES),
      ]),
    ];
  });

  /**
   * The first point of each chunk that is not on the curve, or −1, to word `chunk` of the output.
   * args: output, bytes, factor, groups per chunk, groups
   */
  module.task('points.check', (fn, chunk, args, scratch) => {
    const [from, count, i, src, first] = fn.locals('i32', 5);
    const below = fn.local('i32');
    const [a, b] = [fq.element(fn), fq.element(fn)];
    const three = createLimbField(fq.modulus).encode(3n);
    const word = (l: number, k: number, w: number): Code => i64.load(src, l * BYTES + k * 32 + 8 * w);
    const digit = (w: number): Code => i64.const(fq.modulus >> BigInt(64 * w));
    /** Lexicographic comparison with p, from the low word up. */
    const isBelow = (l: number, k: number): Code => [
      set(below, 0),
      [0, 1, 2, 3].map((w) =>
        set(
          below,
          i32.or(i64.lt_u(word(l, k, w), digit(w)), i32.and(i64.eq(word(l, k, w), digit(w)), below)),
        ),
      ),
    ];
    const all = (l: number): Code =>
      [0, 1].flatMap((k) => [0, 1, 2, 3].map((w) => word(l, k, w))).reduce((any, w) => i64.or(any, w));
    const fault = (l: number): Code =>
      when(i32.lt_s(first, 0), set(first, i32.add(i32.shl(i32.add(from, i), 2), l)));
    return [
      chunkGroups(chunk, args, 3, from, count),
      set(src, i32.add(argument(args, 1), i32.mul(from, 4 * BYTES))),
      set(first, -1),
      forRange(i, 0, count, [
        call(load, scratch, src, argument(args, 2)),
        // x³ + 3 − y²
        fq.group(() => [
          fq.load(a, scratch),
          fq.square(fn, b, a),
          fq.mul(fn, a, a, b),
          fq.load(b, scratch, GROUP_BYTES),
          fq.square(fn, b, b),
          fq.sub(a, a, b),
          fq.eachHalf((h) => b[h].map((local, j) => set(local, context.constants.load(three[j], 0)))),
          fq.add(a, a, b),
          fq.normalise(fn, a),
          fq.store(scratch, a),
        ]),
        [0, 1, 2, 3].map((l) => [
          isBelow(l, 0),
          when(i32.eqz(below), fault(l)),
          isBelow(l, 1),
          when(i32.eqz(below), fault(l)),
          when(i32.eqz(i32.or(call(isZero, i32.add(scratch, 8 * l)), i64.eqz(all(l)))), fault(l)),
        ]),
        increment(src, 4 * BYTES),
      ]),
      i32.store(i32.add(argument(args, 0), i32.shl(chunk, 2)), first),
    ];
  });

  emitSurvey(context);
}

/** Factors that bring integers, and values in Montgomery form with 2^256, to the form of the kernels. */
export function conversionFactors(modulus: bigint): {
  readonly canonical: bigint;
  readonly montgomery: bigint;
} {
  const field = createField(modulus);
  const r = 1n << BigInt(LIMB_BITS * LIMBS);
  return { canonical: field.from(r), montgomery: field.mul(field.from(r), field.inv(field.from(r << 1n))) };
}

/**
 * `load(groups, bytes, factor)`: four points of 64 bytes to two groups, x and y, normalised. `factor` is the address of
 * an element of 40 bytes. A value of up to 2^256 is below 5.3·p, its product below 1.7·p.
 */
function emitLoadGroup({ module, fq }: KernelContext): FunctionHandle {
  return module.func('points.load', ['i32', 'i32', 'i32'], [], (fn, groups, src, factor) => {
    const words = fn.locals('i64', 4);
    const [a, b] = [fq.element(fn), fq.element(fn)];
    const limb = (j: number): Code => {
      const bits = bitsOf(words, 64, LIMB_BITS * j, j + 1 < LIMBS ? LIMB_BITS : 64);
      return f64.convert_i64_s(bits);
    };
    return [
      [0, 1, 2, 3].map((l) =>
        [0, 1].map((k) => [
          words.map((word, w) => set(word, i64.load(src, l * BYTES + k * 32 + 8 * w))),
          Array.from({ length: LIMBS }, (_, j) =>
            f64.store(groups, limb(j), k * GROUP_BYTES + 32 * j + 8 * l),
          ),
        ]),
      ),
      [0, 1].map((k) =>
        fq.group(() => [
          fq.loadSplat(b, factor),
          fq.mul(fn, a, { group: groups, offset: k * GROUP_BYTES }, b),
          fq.normalise(fn, a),
          fq.store(groups, a, k * GROUP_BYTES),
        ]),
      ),
    ];
  });
}

/** Limbs of the representative in `[0, p)` of an element of `(−p, p)`. */
function canonicalLimbs(limbs: readonly Local[], src: Code, p: bigint, carry: Local, sign: Local): Code {
  return [
    loadLimbs(limbs, src, 0n, carry),
    set(sign, i64.shr_s(limbs[LIMBS - 1], i64.const(63n))),
    set(carry, i64.const(0n)),
    limbs.map((limb, j) => {
      const digit = p >> BigInt(LIMB_BITS * j);
      const last = j + 1 === LIMBS;
      const part = last ? digit : BigInt.asUintN(LIMB_BITS, digit);
      return [
        set(limb, i64.add(i64.add(limb, carry), i64.and(sign, i64.const(part)))),
        last
          ? []
          : [
              set(carry, i64.shr_s(limb, i64.const(BigInt(LIMB_BITS)))),
              set(limb, i64.and(limb, i64.const((1n << BigInt(LIMB_BITS)) - 1n))),
            ],
      ];
    }),
  ];
}

/** Stores limbs as 32 little-endian bytes, the top one with its sign. */
function storeWords(dst: Local, offset: number, limbs: readonly Local[]): Code {
  return [0, 1, 2, 3].map((w) => i64.store(dst, bitsOf(limbs, LIMB_BITS, 64 * w, 64), offset + 8 * w));
}

/**
 * Chunk j looks at scalars: job j of the table has words width (4, 8, or 32 for field elements), address, groups, and for
 * field elements the place of their integers: 32 bytes in two's complement, `|k| < 0.63·r`, so that −1 is as short
 * as 1. Its report says what was seen: the bits (of two's complement, exclusive or the sign) and how many are not 0.
 * args: table, reports
 */
function emitSurvey(context: KernelContext): void {
  const { module } = context;
  const surveys = [
    { width: 4, survey: emitMeasure(context, 4) },
    { width: 8, survey: emitMeasure(context, 8) },
    { width: 32, survey: emitRecode(context) },
  ];
  module.task('msm.survey', (fn, chunk, args, scratch) => {
    const [job, report] = fn.locals('i32', 2);
    const word = (k: number): Code => i32.load(job, 4 * k);
    return [
      set(job, i32.add(argument(args, 0), i32.mul(chunk, SURVEY_JOB_BYTES))),
      set(report, i32.add(argument(args, 1), i32.mul(chunk, REPORT_BYTES))),
      surveys.map(({ width, survey }) =>
        when(i32.eq(word(0), width), call(survey, word(3), word(1), report, word(2), scratch)),
      ),
    ];
  });
}

/** `recode(dst, src, report, groups, scratch)` */
function emitRecode({ module, fr }: KernelContext): FunctionHandle {
  return module.func(
    'msm.recode',
    ['i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (fn, dst, src, report, count, scratch) => {
      const [i, nonzero] = fn.locals('i32', 2);
      const limbs = fn.locals('i64', LIMBS);
      const seen = fn.locals('i64', 4);
      const [carry, sign, word, any] = fn.locals('i64', 4);
      const a = fr.element(fn);
      return [
        set(nonzero, 0),
        seen.map((s) => set(s, i64.const(0n))),
        forRange(i, 0, count, [
          fr.group(() => [fr.reduce(fn, a, { group: src }), fr.store(scratch, a)]),
          [0, 1, 2, 3].map((l) => [
            loadLimbs(limbs, i32.add(scratch, 8 * l), 0n, carry),
            set(sign, i64.shr_s(limbs[LIMBS - 1], i64.const(63n))),
            set(any, i64.const(0n)),
            [0, 1, 2, 3].map((w) => [
              set(word, bitsOf(limbs, LIMB_BITS, 64 * w, 64)),
              i64.store(dst, word, 32 * l + 8 * w),
              set(any, i64.or(any, word)),
              set(seen[w], i64.or(seen[w], i64.xor(word, sign))),
            ]),
            set(nonzero, i32.add(nonzero, i32.eqz(i64.eqz(any)))),
          ]),
          increment(src, GROUP_BYTES),
          increment(dst, 128),
        ]),
        seen.map((s, w) => i64.store(report, s, 8 * w)),
        i64.store(report, i64.extend_i32_u(nonzero), 32),
      ];
    },
  );
}

/** `measure(-, src, report, groups, -)` */
function emitMeasure({ module }: KernelContext, width: 4 | 8): FunctionHandle {
  const name = `msm.measure${8 * width}`;
  return module.func(name, ['i32', 'i32', 'i32', 'i32', 'i32'], [], (fn, _dst, src, report, count) => {
    const [i, nonzero] = fn.locals('i32', 2);
    const [seen, word] = fn.locals('i64', 2);
    return [
      set(nonzero, 0),
      set(seen, i64.const(0n)),
      forRange(i, 0, i32.shl(count, 2), [
        set(word, width === 4 ? i64.load32_u(src) : i64.load(src)),
        set(seen, i64.or(seen, word)),
        set(nonzero, i32.add(nonzero, i32.eqz(i64.eqz(word)))),
        increment(src, width),
      ]),
      i64.store(report, seen),
      [1, 2, 3].map((w) => i64.store(report, i64.const(0n), 8 * w)),
      i64.store(report, i64.extend_i32_u(nonzero), 32),
    ];
  });
}
