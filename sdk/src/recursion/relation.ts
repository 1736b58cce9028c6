/**
 * Arithmetic of the base field (modulo p) in a field of order r: what a relation shows, and why it suffices.
 *
 * A value is v = v0 + 2^64·v1 + 2^128·v2 + 2^192·v3, words below 2^64, v3 < 2^62 + 2^48 (look-ups of 16-bit limbs, the top one also of 4·limb), so
 * v < V = 2^254 + 2^240. A relation of value L over the integers holds modulo p iff L = q·p. With q = q' − 2^255, 0 ≤ q' < 2^256 (limbs again), a row shows
 *
 *   (1)  L = q·p                                              modulo r
 *   (2)  t0 + 2^64·t1 = 2^128·c0                              modulo r
 *   (3)  t2 + 2^64·t3 + c0 = 2^128·c1                         modulo r
 *
 * where t_i is the coefficient of 2^(64·i) in L − q·p as polynomials in 2^64, and c = w0 + 2^56·w1 − 2^119 with words w of 64 bits, or five limbs less 2^79. Then:
 *
 *   - |t_i| ≤ 8·2^128 + 16·2^64 and |c| < 2^120 + 2^64, so both sides of (2) and (3) are below r/2 in magnitude and the equations hold over the integers;
 *     together L − q·p ≡ 0 modulo 2^256, since what they leave out is a multiple of that.
 *   - With (1), L − q·p ≡ 0 modulo r·2^256, and |L − q·p| ≤ V² + 16·V + 2^255·p < r·2^256. So it is 0.
 *   - An honest quotient fits: |L| ≤ V² + 16·V < 2^255·p.
 *
 * All this needs one product a relation, which its form has, and small coefficients with Σ|e| ≤ 16, which `checkProgram` sees to; test/recursion/relation.test.ts checks the
 * inequalities as integers.
 */
import { FQ_MODULUS } from '../field/field.ts';
import type { RelationOperation } from './program.ts';

export const WORD_BITS = 64n;
/** q' = q + this. */
export const QUOTIENT_OFFSET: bigint = 1n << 255n;
/** c = w0 + 2^CARRY_SHIFT·w1 − CARRY_OFFSET */
export const CARRY_SHIFT = 56n;
export const CARRY_OFFSET: bigint = 1n << 119n;
/** Of a carry in limbs: c = Σ 2^(16·i)·limb_i − CARRY_LIMBS_OFFSET. */
export const CARRY_LIMBS = 5;
export const CARRY_LIMBS_OFFSET: bigint = 1n << 79n;
/** Values are below this. */
export const VALUE_BOUND: bigint = (1n << 254n) + (1n << 240n);
/** Bound of Σ|e| over the coefficients of a relation's single values; B and C of a guarded square are two. */
export const MOST_COEFFICIENTS = 16;

/** The four words of an integer of [0, 2^256). */
export function wordsOf(value: bigint): bigint[] {
  return [0n, 1n, 2n, 3n].map((i) => BigInt.asUintN(64, value >> (WORD_BITS * i)));
}

/** Operands of a relation as integers; `sign` is −1 where a digit negates E1. */
export interface RelationValues {
  readonly A: bigint;
  readonly B: bigint;
  readonly C: bigint;
  readonly E1: bigint;
  readonly E2: bigint;
  readonly sign: 1n | -1n;
}

type Form = Pick<RelationOperation, 'square' | 'guard' | 'e1' | 'e2'>;

/** L over the integers. */
export function leftSide(form: Form, { A, B, C, E1, E2, sign }: RelationValues): bigint {
  const { square, guard, e1, e2 } = form;
  const first = square ? A * A - (guard ? B + C : 0n) : A * (B - C);
  return first + BigInt(e1) * sign * E1 + BigInt(e2) * E2;
}

/** What a prover writes beside the operands of a relation that holds modulo p: q' and both carries. */
export interface RelationWitness {
  readonly quotient: bigint;
  readonly carries: readonly [bigint, bigint];
}

const lower = (value: bigint): bigint => BigInt.asUintN(128, value);
const word1 = (value: bigint): bigint => BigInt.asUintN(64, value >> WORD_BITS);
const P = {
  low: lower(FQ_MODULUS),
  high: FQ_MODULUS >> 128n,
  w1: word1(FQ_MODULUS),
  w3: FQ_MODULUS >> 192n,
} as const;

/**
 * `RangeError` where the relation does not hold. Carries by halves of 128 bits: `t_0 + 2^64·t_1` is the product of lower halves without that of both words 1; and as all
 * seven coefficients come to 0, `c_1 = −(t_4 + 2^64·t_5 + 2^128·t_6)`, the product of upper halves with those of words 1 and 3 ({@link wordCoefficients} is what they are by).
 */
export function solveRelation(relation: Form, values: RelationValues): RelationWitness {
  const { square, guard, e1, e2 } = relation;
  const { A, B, C, E1, E2, sign } = values;
  const left = leftSide(relation, values);
  const q = left / FQ_MODULUS;
  if (q * FQ_MODULUS !== left) throw new RangeError('the relation does not hold');
  const quotient = q + QUOTIENT_OFFSET;
  // What A is multiplied with, word by word: of B − C each word has its own sign.
  const of = (part: (value: bigint) => bigint): bigint => (square ? part(A) : part(B) - part(C));
  const [a1, a3, s1, s3] = [word1(A), A >> 192n, of(word1), of((value) => value >> 192n)];
  const [q1, q3] = [word1(quotient), (quotient >> 192n) - (QUOTIENT_OFFSET >> 192n)];
  let low = lower(A) * of(lower) - lower(quotient) * P.low;
  low += BigInt(e1) * sign * lower(E1) + BigInt(e2) * lower(E2);
  if (square && guard) low -= lower(B) + lower(C);
  const high =
    (A >> 128n) * of((value) => value >> 128n) -
    ((quotient >> 128n) - (QUOTIENT_OFFSET >> 128n)) * P.high +
    (a1 * s3 + a3 * s1 - q1 * P.w3 - q3 * P.w1);
  return { quotient, carries: [(low >> 128n) - a1 * s1 + q1 * P.w1, -high] };
}

/** t0 … t3 for any q'. */
export function wordCoefficients(
  { square, guard, e1, e2 }: Form,
  { A, B, C, E1, E2, sign }: RelationValues,
  quotient: bigint,
): bigint[] {
  const [wa, wb, wc, w1, w2] = [A, B, C, E1, E2].map(wordsOf) as [
    bigint[],
    bigint[],
    bigint[],
    bigint[],
    bigint[],
  ];
  const second = square ? wa : wb.map((word, j) => word - wc[j]!);
  const sum = square && guard ? 1n : 0n;
  const offset = wordsOf(QUOTIENT_OFFSET);
  const q = wordsOf(quotient).map((word, i) => word - offset[i]!);
  const p = wordsOf(FQ_MODULUS);
  return [0, 1, 2, 3].map((n) => {
    let t = BigInt(e1) * sign * w1[n]! + BigInt(e2) * w2[n]! - sum * (wb[n]! + wc[n]!);
    for (let i = 0; i <= n; i++) t += wa[i]! * second[n - i]! - q[i]! * p[n - i]!;
    return t;
  });
}

/** w0, w1; `RangeError` for a carry that has none. */
export function carryWords(carry: bigint): [bigint, bigint] {
  const shifted = carry + CARRY_OFFSET;
  const words: [bigint, bigint] = [BigInt.asUintN(Number(CARRY_SHIFT), shifted), shifted >> CARRY_SHIFT];
  if (shifted < 0n || words[1] >= 1n << WORD_BITS) throw new RangeError('a carry is out of its bounds');
  return words;
}

/** Limbs of 16 bits as one number; `RangeError` for a carry that has none. */
export function carryInLimbs(carry: bigint): bigint {
  const shifted = carry + CARRY_LIMBS_OFFSET;
  if (shifted < 0n || shifted >= 2n * CARRY_LIMBS_OFFSET)
    throw new RangeError('a carry is out of its bounds');
  return shifted;
}
