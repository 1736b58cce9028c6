/** What a prover can put into a cell besides words: any field element. */

import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { Fr } from '../../../sdk/src/field/field.ts';

/** The product of the two primes by which the row checker once judged. */
export const PRIMES: bigint = 67_108_859n * 67_108_837n;

/**
 * Instead of a value: minus one, a quarter, itself negated, off by a half, by a quarter, by 2^64 and by {@link PRIMES}, and an
 * element without any such relation, always the same for the value.
 */
export function fieldElements(value: bigint): bigint[] {
  const any = bytesToNumberBE(keccak_256(numberToBytesBE(value, 32)));
  const [half, quarter] = [Fr.inv(2n), Fr.inv(4n)];
  return [-1n, quarter, -value, value + half, value + quarter, value + (1n << 64n), value + PRIMES, any].map(
    Fr.from,
  );
}
