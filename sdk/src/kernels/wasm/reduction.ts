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

/**
 * Columns to be cleared carry 2^62, the exponent of 2: masked with it, a column is `2 + low·2^-51` as f64, and one
 * subtraction makes the digit, scaled by 2^-51. Its factor is scaled by 2^51 instead.
 */
const EXPONENT_2: bigint = 1n << 62n;
export const SCALED_MASK: bigint = MASK | EXPONENT_2;
export const SCALED_DIGIT: number = 2 + 2 ** 50 / 2 ** LIMB_BITS;
export const SCALE: number = 2 ** LIMB_BITS;
/** Keeps columns positive for a logical shift, whatever their terms. */
const POSITIVE: bigint = 1n << 58n;

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

/** Columns `[from, to)` that are cleared together by a multiple of p; digit d's products begin at column `to + d − from`. */
export interface ReductionStep {
  readonly from: number;
  readonly to: number;
}

/**
 * All but the last column. Two at once shorten the chain of digits that wait for one another; their multiple of p has twice
 * as many bits, which is nothing in the result only if three more columns follow.
 */
export function reductionSteps(rounds: number): ReductionStep[] {
  const steps: ReductionStep[] = [];
  for (let from = 0; from < rounds - 1; from = steps[steps.length - 1].to) {
    steps.push({ from, to: from === 0 && rounds >= LIMBS ? 2 : from + 1 });
  }
  return steps;
}

/**
 * What columns start from: minus the patterns that will be added, plus 2^50 (to round the digit), 2^58 (to be
 * positive) and 2^62 (see `SCALED_MASK`) where a column will be shifted, minus what that carries into the next.
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
  }
  for (const { from, to } of reductionSteps(rounds)) {
    for (let d = from; d < to; d++) product(to + d - from, to + d - from + LIMBS);
  }
  // The digit of the last column is read before the first product of the last multiple is added to it.
  const last = rounds - 1;
  product(last, last + LIMBS);
  bias[last] += LOW_BITS;
  bias[last + 1] -= LOW_BITS >> BigInt(LIMB_BITS);
  const most = EXPONENT_2 + POSITIVE;
  for (let column = 0; column < rounds + LIMBS - 1; column++) {
    bias[column] += most + 2n ** 50n;
    bias[column + 1] -= most >> BigInt(LIMB_BITS);
  }
  if (plan.initial) for (let j = 0; j < LIMBS; j++) bias[j] -= LOW_BITS;
  return bias;
}

/** `−1/odd mod 2^bits`, centred, by Newton's iteration. */
export function negativeInverse(odd: bigint, bits: number): bigint {
  let inverse = 1n;
  for (let known = 1; known < bits; known *= 2)
    inverse = BigInt.asUintN(bits, inverse * (2n - odd * inverse));
  return BigInt.asIntN(bits, -inverse);
}
