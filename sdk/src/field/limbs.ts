/**
 * The "S51" layout of the kernels: an element is five signed 51-bit limbs held as f64, in Montgomery form with
 * `R = 2^255`. Here are its constants and the conversion from and to `bigint`; the arithmetic is in
 * `kernels/wasm/field-emitter.ts`, with the bounds.
 */
import { createField } from './field.ts';

export const LIMB_BITS = 51;
export const LIMBS = 5;
/** Elements side by side in one group of the layout (four f64 lanes: two v128). */
export const GROUP_LANES = 4;
/** Bytes of one element and of one group: limb-major, then lane. */
export const ELEMENT_BYTES: number = LIMBS * 8;
export const GROUP_BYTES: number = GROUP_LANES * ELEMENT_BYTES;

/** Splits any integer into `count` limbs, all but the top one in `[-2^50, 2^50)`. */
export function signedLimbs(value: bigint, count: number = LIMBS): bigint[] {
  const limbs: bigint[] = [];
  let rest = value;
  for (let i = 0; i < count - 1; i++) {
    const limb = BigInt.asIntN(LIMB_BITS, rest);
    limbs.push(limb);
    rest = (rest - limb) >> BigInt(LIMB_BITS);
  }
  limbs.push(rest);
  return limbs;
}

const SHIFT = BigInt(LIMB_BITS);
const SHIFTS = Array.from({ length: LIMBS }, (_, i) => BigInt(LIMB_BITS * i));

/** The five limbs of {@link signedLimbs}, carried as numbers: a third of the time. */
function limbNumbers(value: bigint): number[] {
  const limbs = new Array<number>(LIMBS);
  let carry = 0;
  for (let i = 0; i < LIMBS - 1; i++) {
    const limb = Number(BigInt.asUintN(LIMB_BITS, value >> (SHIFTS[i] as bigint))) + carry;
    carry = limb >= 2 ** (LIMB_BITS - 1) ? 1 : 0;
    limbs[i] = limb - carry * 2 ** LIMB_BITS;
  }
  limbs[LIMBS - 1] = Number(value >> (SHIFTS[LIMBS - 1] as bigint)) + carry;
  return limbs;
}

export interface LimbField {
  readonly modulus: bigint;
  /** `R mod modulus`. */
  readonly one: bigint;
  /** Canonical value to limbs: Montgomery form, centred in `(−modulus/2, modulus/2)`, so every limb ≤ 2^50. */
  encode(value: bigint): number[];
  /** Any limbs (redundant ones too) to the canonical value. */
  decode(limbs: ArrayLike<number>): bigint;
}

export function createLimbField(modulus: bigint): LimbField {
  const field = createField(modulus);
  const one = (1n << BigInt(LIMB_BITS * LIMBS)) % modulus;
  const inverse = field.inv(one);
  const half = modulus >> 1n;
  return {
    modulus,
    one,
    encode: (value) => {
      const montgomery = field.mul(value, one);
      return limbNumbers(montgomery > half ? montgomery - modulus : montgomery);
    },
    decode: (limbs) => {
      let value = 0n;
      for (let i = LIMBS - 1; i >= 0; i--) value = (value << SHIFT) + BigInt(limbs[i] as number);
      return field.from(value * inverse);
    },
  };
}
