/** Roots of unity of Fr and the coset generator: one convention for prover, verifiers and kernels. */
import { FR_MODULUS, Fr } from './field.ts';

/** Largest `k` with `2^k` dividing `r − 1`. */
export const TWO_ADICITY = 28;

/** 5 generates the multiplicative group of Fr. */
export const MULTIPLICATIVE_GENERATOR = 5n;

/** Cosets of evaluation are `7^i·H`; 7 lies in no coset `5^j·H` the protocol uses and in no subgroup `H`. */
export const COSET_GENERATOR = 7n;

const roots: readonly bigint[] = (() => {
  const table = new Array<bigint>(TWO_ADICITY + 1);
  table[TWO_ADICITY] = Fr.pow(MULTIPLICATIVE_GENERATOR, (FR_MODULUS - 1n) >> BigInt(TWO_ADICITY));
  for (let k = TWO_ADICITY; k > 0; k--) table[k - 1] = Fr.mul(table[k] as bigint, table[k] as bigint);
  return table;
})();

/** `log2` of a power of two `1 ≤ n ≤ 2^28`; throws `RangeError` for anything else. */
export function log2Exact(n: number): number {
  const k = Math.round(Math.log2(n));
  if (!(k >= 0 && k <= TWO_ADICITY) || 2 ** k !== n)
    throw new RangeError(`${n} is not a power of two up to 2^28`);
  return k;
}

/** Generator of the subgroup of order `n = 2^k`, `0 ≤ k ≤ 28`: `ω_n = 5^((r−1)/n)`. */
export function rootOfUnity(n: number): bigint {
  return roots[log2Exact(n)] as bigint;
}
