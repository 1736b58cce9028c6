/** What a prover can put into a cell besides words: any field element. */

import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { Fr } from '../../../sdk/src/field/field.ts';
import type { MainColumn } from '../../../sdk/src/plonk/declare/declare.ts';

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

/** Words that the column could hold, and field elements that it could not: all or, in a bounded run, one, another for each column. */
export function valuesFor(column: MainColumn, value: bigint, all: boolean): bigint[] {
  const elements = fieldElements(value);
  const others = all ? elements : [elements[column.index % elements.length]!];
  return [...new Set([...wordsFor(column, value, all), ...others])].filter((v) => v !== value);
}

function wordsFor({ range }: MainColumn, value: bigint, all: boolean): bigint[] {
  if (range === 'bit') return [1n - value];
  const bounded = range === 'limb16' ? 16 : range === 'byte' ? 8 : undefined;
  const list =
    bounded === undefined
      ? [value + 1n, value + (1n << 32n), ...(all ? [value - 1n, 0n, value ^ 1n, value + 65536n] : [])]
      : [value + 1n, ...(all ? [0n, value - 1n, value ^ 128n] : [])];
  return list.map((v) => (bounded === undefined ? Fr.from(v) : BigInt.asUintN(bounded, v)));
}
