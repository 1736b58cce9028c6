/**
 * Scalar multiplications in batches, every step of all of them together: multiples of the generator from tables
 * (`fixedBase`), and the butterflies of an FFT in the group (`groupInterpolate`).
 */
import { ENDOMORPHISM_BETA } from '../../curve/endomorphism.ts';
import { createLimbField, LIMBS } from '../../field/limbs.ts';
import {
  type Code,
  call,
  forRange,
  i32,
  i64,
  increment,
  type Local,
  type Operand,
  set,
  when,
  whileLoop,
} from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import { type AffineFunctions, pushItem } from './msm-affine.ts';
import { boothDigit } from './msm-digits.ts';
import { emitJobs } from './msm-jobs.ts';
import {
  BUTTERFLIES,
  BUTTERFLY_JOB,
  FIXED_JOB,
  isInfinity,
  NEGATIVE,
  POINT_SIZE,
  TABLE_JOB,
  WORK,
  Y,
} from './msm-layout.ts';

/** Width of the digits of butterflies: tables of 2^(c−1) multiples. */
const BUTTERFLY_WIDTH = 4;
/** Bytes of the references and of the tables of a butterfly job, in `REFERENCES` and `POINTS`. */
export const BUTTERFLY_REFERENCES: number = 3 * BUTTERFLIES * 4;
const MULTIPLES: number = 2 ** (BUTTERFLY_WIDTH - 1);
/** Multiples 1 … 8 of b, their images under the endomorphism, the sum so far. */
const TABLE_BYTES: number = (2 * MULTIPLES + 1) * POINT_SIZE;
export const BUTTERFLY_POINTS: number = BUTTERFLIES * TABLE_BYTES;

export function emitMultiples(context: KernelContext, affine: AffineFunctions): void {
  emitJobs(context, 'msm.table', emitTableJob(context, affine), TABLE_JOB.BYTES);
  emitJobs(context, 'msm.fixed', emitFixedJob(context, affine), FIXED_JOB.BYTES);
  emitJobs(context, 'msm.butterflies', emitButterflyJob(context, affine), BUTTERFLY_JOB.BYTES);
}

/** `point + index·80` */
function at(points: Operand, index: Operand): Code {
  return i32.add(points, i32.mul(index, POINT_SIZE));
}

/** Reference of an address. */
function toReference(address: Operand): Code {
  return i32.shr_u(address, 3);
}

/** `tableJob(job, work)`: 1·P is there; 2^j·P by doubling, then d·P + 2^j·P for d < 2^j. */
function emitTableJob({ module }: KernelContext, { add, double }: AffineFunctions): FunctionHandle {
  return module.func('msm.tableJob', ['i32', 'i32'], [], (fn, job, work) => {
    const [points, power, end, d, from, to] = fn.locals('i32', 6);
    const pushAdd = pushItem(add, fn, work);
    const pushDouble = pushItem(double, fn, work);
    // No sum is infinity here, so the slots are never written.
    return [
      set(points, i32.load(job, TABLE_JOB.POINTS)),
      set(end, i32.shl(1, i32.sub(i32.load(job, TABLE_JOB.WIDTH), 1))),
      set(power, 1),
      whileLoop(i32.lt_u(power, end), [
        set(from, at(points, i32.sub(power, 1))),
        set(to, at(points, i32.sub(i32.shl(power, 1), 1))),
        pushDouble(toReference(from), 0, to, work),
        call(double, work),
        set(power, i32.shl(power, 1)),
        // All d·P + 2^j·P with d < 2^j, where d·P is known and the sum is below the end.
        forRange(d, 1, power, [
          when(
            i32.le_u(i32.add(d, power), end),
            pushAdd(
              toReference(at(points, i32.sub(d, 1))),
              toReference(to),
              at(points, i32.sub(i32.add(d, power), 1)),
              work,
            ),
          ),
        ]),
        call(add, work),
      ]),
    ];
  });
}

/** `fixedJob(job, work)`: all scalars of the job, window after window. */
function emitFixedJob({ module }: KernelContext, { add, copy }: AffineFunctions): FunctionHandle {
  return module.func('msm.fixedJob', ['i32', 'i32'], [], (fn, job, work) => {
    const [i, count, scalar, c, bit, table, digit, sign, out, slot, known, end] = fn.locals('i32', 12);
    const push = pushItem(add, fn, work);
    const each = (body: Code): Code => [
      set(slot, i32.load(work, WORK.REFERENCES)),
      set(out, i32.load(job, FIXED_JOB.OUT)),
      set(scalar, i32.load(job, FIXED_JOB.SCALARS)),
      forRange(i, 0, count, [body, increment(slot, 4), increment(out, POINT_SIZE), increment(scalar, 32)]),
    ];
    return [
      set(count, i32.load(job, FIXED_JOB.COUNT)),
      set(c, i32.load(job, FIXED_JOB.WIDTH)),
      set(table, i32.load(job, FIXED_JOB.TABLE)),
      each(i32.store(slot, 0)),
      set(bit, -1),
      // Scalars have at most 254 bits with their sign.
      set(end, 253),
      whileLoop(i32.lt_s(bit, end), [
        each([
          boothDigit(fn, digit, scalar, bit, c),
          when(digit, [
            set(sign, i32.shr_s(digit, 31)),
            set(digit, i32.sub(i32.sub(i32.xor(digit, sign), sign), 1)),
            set(digit, i32.or(toReference(at(table, digit)), i32.and(sign, NEGATIVE))),
            set(known, i32.load(slot)),
            when(
              known,
              [i32.store(slot, toReference(out)), push(known, digit, out, slot)],
              i32.store(slot, digit),
            ),
          ]),
        ]),
        call(add, work),
        set(table, at(table, i32.shl(1, i32.sub(c, 1)))),
        set(bit, i32.add(bit, c)),
      ]),
      each(when(i32.ne(i32.load(slot), toReference(out)), call(copy, i32.load(slot), out))),
    ];
  });
}

/** Places of one butterfly's data in the working memory of its job. */
const REFERENCE_B = 4 * BUTTERFLIES;
const REFERENCE_A = 8 * BUTTERFLIES;

/** `endomorphism(from, to, work)`: the images of four points, one after another; see `curve/endomorphism.ts`. */
function emitEndomorphism({ module, fq, constants }: KernelContext): FunctionHandle {
  const beta = createLimbField(fq.modulus).encode(ENDOMORPHISM_BETA);
  return module.func('msm.endomorphism', ['i32', 'i32', 'i32'], [], (fn, from, to, work) => {
    const [a, b] = [fq.element(fn), fq.element(fn)];
    const each = (body: (l: number, j: number) => Code): Code =>
      [0, 1, 2, 3].map((l) => Array.from({ length: LIMBS }, (_, j) => body(l, j)));
    const lane = (l: number, j: number): number => WORK.SUM + 32 * j + 8 * l;
    const limb = (l: number, j: number): number => l * POINT_SIZE + 8 * j;
    return [
      each((l, j) => i64.store(work, i64.load(from, limb(l, j)), lane(l, j))),
      fq.group(() => [
        fq.eachHalf((h) => b[h].map((local, j) => set(local, constants.load(beta[j], 0)))),
        fq.mul(fn, a, { group: work, offset: WORK.SUM }, b),
        fq.normalise(fn, a),
        fq.store(work, a, WORK.SUM),
      ]),
      each((l, j) => [
        i64.store(to, i64.load(work, lane(l, j)), limb(l, j)),
        i64.store(to, i64.load(from, Y + limb(l, j)), Y + limb(l, j)),
      ]),
    ];
  });
}

/** `butterflyJob(job, work)` */
function emitButterflyJob(context: KernelContext, { add, double, copy }: AffineFunctions): FunctionHandle {
  const { module } = context;
  const endomorphism = emitEndomorphism(context);
  return module.func('msm.butterflyJob', ['i32', 'i32'], [], (fn, job, work) => {
    const [i, count, scalar, bit, k, digit, sign, a, b, slot, table, known, sum] = fn.locals('i32', 13);
    const pushAdd = pushItem(add, fn, work);
    const pushDouble = pushItem(double, fn, work);
    const multiple = (m: number): Code => i32.add(table, (m - 1) * POINT_SIZE);
    const each = (body: Code): Code => [
      set(slot, i32.load(work, WORK.REFERENCES)),
      set(table, i32.load(work, WORK.POINTS)),
      set(scalar, i32.load(job, BUTTERFLY_JOB.SCALARS)),
      set(a, i32.load(job, BUTTERFLY_JOB.A)),
      set(b, i32.load(job, BUTTERFLY_JOB.B)),
      forRange(i, 0, count, [
        set(sum, multiple(2 * MULTIPLES + 1)),
        body,
        increment(slot, 4),
        increment(table, TABLE_BYTES),
        increment(scalar, i32.load(job, BUTTERFLY_JOB.SCALAR_STEP)),
        increment(a, i32.load(job, BUTTERFLY_JOB.STEP)),
        increment(b, i32.load(job, BUTTERFLY_JOB.STEP)),
      ]),
    ];
    /** Multiples of every b that is not infinity, in one batch. */
    const multiples = (of: FunctionHandle, body: Code): Code => [
      each(when(i32.load(slot, REFERENCE_B), body)),
      call(of, work),
    ];
    const sumOf = (m: number, x: number, y: number): Code =>
      pushAdd(toReference(multiple(x)), toReference(multiple(y)), multiple(m), slot);
    const twice = (m: number): Code => pushDouble(toReference(multiple(m)), 0, multiple(2 * m), slot);
    /** Adds the digits of one half, of multiples of b or of its image. */
    const half = (scalarAt: number, multiplesAt: number): Code => [
      each([
        boothDigit(fn, digit, i32.add(scalar, scalarAt), bit, BUTTERFLY_WIDTH),
        when(i32.and(i32.ne(digit, 0), i32.ne(i32.load(slot, REFERENCE_B), 0)), [
          set(sign, i32.shr_s(digit, 31)),
          set(digit, i32.sub(i32.sub(i32.xor(digit, sign), sign), 1)),
          set(
            digit,
            i32.or(toReference(at(i32.add(table, multiplesAt * POINT_SIZE), digit)), i32.and(sign, NEGATIVE)),
          ),
          set(known, i32.load(slot)),
          when(
            known,
            [i32.store(slot, toReference(sum)), pushAdd(known, digit, sum, slot)],
            i32.store(slot, digit),
          ),
        ]),
      ]),
      call(add, work),
    ];
    const step: Code = [half(0, 0), half(32, MULTIPLES)];
    const doubling: Code = [
      each([
        set(known, i32.load(slot)),
        when(known, [i32.store(slot, toReference(sum)), pushDouble(known, 0, sum, slot)]),
      ]),
      call(double, work),
    ];
    /** Reference of a point, or none. */
    const referenceOf = (point: Local, to: Local): Code => [
      set(to, 0),
      when(i32.eqz(isInfinity(point)), set(to, toReference(point))),
    ];
    const clearWhere = (word: number, point: Local): Code =>
      when(i32.eqz(i32.load(slot, word)), call(copy, 0, point));
    return [
      set(count, i32.load(job, BUTTERFLY_JOB.COUNT)),
      each([
        i32.store(slot, 0),
        referenceOf(b, known),
        i32.store(slot, known, REFERENCE_B),
        when(known, call(copy, known, table)),
      ]),
      multiples(double, twice(1)),
      multiples(add, sumOf(3, 2, 1)),
      multiples(double, twice(2)),
      multiples(add, [sumOf(5, 4, 1), sumOf(6, 4, 2), sumOf(7, 4, 3)]),
      multiples(double, twice(4)),
      each(
        when(i32.load(slot, REFERENCE_B), [
          call(endomorphism, table, multiple(MULTIPLES + 1), work),
          call(endomorphism, multiple(5), multiple(MULTIPLES + 5), work),
        ]),
      ),
      // From the highest digit down.
      set(
        bit,
        i32.sub(
          i32.mul(
            i32.div_u(i32.add(i32.load(job, BUTTERFLY_JOB.BITS), BUTTERFLY_WIDTH), BUTTERFLY_WIDTH),
            BUTTERFLY_WIDTH,
          ),
          BUTTERFLY_WIDTH + 1,
        ),
      ),
      step,
      whileLoop(i32.ge_s(bit, 0), [
        forRange(k, 0, BUTTERFLY_WIDTH, doubling),
        set(bit, i32.sub(bit, BUTTERFLY_WIDTH)),
        step,
      ]),
      when(
        i32.load(job, BUTTERFLY_JOB.A),
        [
          each([
            referenceOf(a, known),
            set(digit, i32.load(slot)),
            i32.store(slot, 1, REFERENCE_A),
            i32.store(slot, 1, REFERENCE_B),
            when(
              i32.and(i32.ne(known, 0), i32.ne(digit, 0)),
              [
                // b first: a is still needed.
                pushAdd(known, i32.xor(digit, NEGATIVE), b, i32.add(slot, REFERENCE_B)),
                pushAdd(known, digit, a, i32.add(slot, REFERENCE_A)),
              ],
              when(known, call(copy, known, b), [
                when(
                  digit,
                  [call(copy, i32.xor(digit, NEGATIVE), b), call(copy, digit, a)],
                  [i32.store(slot, 0, REFERENCE_B)],
                ),
              ]),
            ),
          ]),
          call(add, work),
          each([clearWhere(REFERENCE_A, a), clearWhere(REFERENCE_B, b)]),
        ],
        each(call(copy, i32.load(slot), b)),
      ),
    ];
  });
}
