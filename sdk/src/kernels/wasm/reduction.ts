/** Constants of the splitting of products and of Montgomery reduction on columns; see `field-emitter.ts` for what they do. */
import { LIMB_BITS, LIMBS } from '../../field/limbs.ts';
import type { Code } from './assembler.ts';

export const MASK: bigint = (1n << 51n) - 1n;
export const C1: number = 1.5 * 2 ** 103;
export const LOW: number = 1.5 * 2 ** 52;
export const C2: number = C1 + LOW;
/** Takes off the exponent of 2^52 and the bias 2^50 of a masked column. */
export const DIGIT: number = 2 ** 52 + 2 ** 50;
/** The top 26 bits of a mantissa with sign and exponent: Dekker's splitting of a factor. */
export const SPLIT_MASK: bigint = ~((1n << 27n) - 1n);

const bitsOf = (value: number): bigint => new BigInt64Array(new Float64Array([value]).buffer)[0];
export const LOW_BITS: bigint = bitsOf(LOW);
export const HIGH_BITS: bigint = bitsOf(C1);
export const EXPONENT_52: bigint = bitsOf(2 ** 52);

/** What a Montgomery reduction sums up. */
export interface ReductionPlan {
  /** Adds the products of round `i`. */
  readonly row?: (i: number) => Code;
  /** Columns `[from, to)` which receive the low parts of round `i`. */
  readonly columns?: (i: number) => readonly [number, number];
  /** How often they do; default 1. */
  readonly times?: number;
  /** Bit patterns `LOW + limb` the columns start with. */
  readonly initial?: (h: number, j: number) => Code;
}

/**
 * What columns start from: minus the patterns that will be added, plus 2^50 (to round the digit) and 2^58 (to be
 * positive) where a column will be shifted, minus the 2^7 which that carries into the next.
 */
export function columnBiases(rounds: number, plan: ReductionPlan): bigint[] {
  const bias = new Array<bigint>(rounds + LIMBS + 1).fill(0n);
  const product = (from: number, to: number): void => {
    for (let column = from; column < to; column++) {
      bias[column] -= LOW_BITS;
      bias[column + 1] -= HIGH_BITS;
    }
  };
  for (let i = 0; i < rounds; i++) {
    for (let t = plan.times ?? 1; plan.columns && t > 0; t--) product(...plan.columns(i));
    const from = i + 1 < rounds ? i + 1 : i;
    product(from, from + LIMBS);
  }
  for (let column = 0; column < rounds + LIMBS - 1; column++) {
    bias[column] += 2n ** 50n + 2n ** 58n;
    bias[column + 1] -= 2n ** 7n;
  }
  if (plan.initial) for (let j = 0; j < LIMBS; j++) bias[j] -= LOW_BITS;
  return bias;
}

/** `1/odd mod 2^51`, by Newton's iteration. */
export function inverseModPowerOfTwo(odd: bigint): bigint {
  let inverse = 1n;
  for (let i = 0; i < 6; i++) inverse = BigInt.asUintN(LIMB_BITS, inverse * (2n - odd * inverse));
  return inverse;
}
