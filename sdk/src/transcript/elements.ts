/** What a transcript absorbs, as field elements: the same bytes that keccak256 would take. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { FR_MODULUS } from '../field/field.ts';
import type { ItemKind } from './encode.ts';

/**
 * Field elements of an item of a transcript.
 * `bytes32` its halves of 128 bits, the high one first · `digest`, `word`, `scalar` the element itself, canonical · `heights` the word as a number (below
 * 2^253 where heights are possible) · `words64` an element a word · `point` three elements of its eight 64-bit words, see {@link pointElements}.
 */
export function elementsOf(kind: ItemKind, bytes: Uint8Array): bigint[] {
  switch (kind) {
    case 'bytes32':
      return [bytesToNumberBE(bytes.subarray(0, 16)), bytesToNumberBE(bytes.subarray(16))];
    case 'heights':
      // Absorbed before it is known whether they are possible.
      return [bytesToNumberBE(bytes) % FR_MODULUS];
    case 'digest':
    case 'word':
    case 'scalar': {
      const value = bytesToNumberBE(bytes);
      if (value >= FR_MODULUS) throw new RangeError(`a ${kind} of r or more is no element`);
      return [value];
    }
    case 'words64':
      return Array.from({ length: bytes.length / 8 }, (_, i) =>
        bytesToNumberBE(bytes.subarray(8 * i, 8 * i + 8)),
      );
    case 'point':
      return pointElements(bytesToNumberBE(bytes.subarray(0, 32)), bytesToNumberBE(bytes.subarray(32)));
  }
}

const WORD = 64n;
const LOW = (1n << (3n * WORD)) - 1n;

/**
 * A point as three elements below 2^192: of its words `x_0 … x_3, y_0 … y_3`, the least significant first, three, three and two. Coordinates are below
 * 2^256, so no two points have the same; infinity is (0, 0).
 */
export function pointElements(x: bigint, y: bigint): [bigint, bigint, bigint] {
  const words = x + (y << (4n * WORD));
  return [words & LOW, (words >> (3n * WORD)) & LOW, words >> (6n * WORD)];
}
