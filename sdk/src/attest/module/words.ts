/** Words as callers write them, one at a time. */
import { fail } from '../../errors/index.ts';
import { wordBits } from '../../machine/program.ts';
import type { NumberType } from '../../wasm/types.ts';
import { parseFloatWord } from './floats.ts';

/** A word as a caller may give it: signed or unsigned. For f32 and f64 arguments numbers, see floats.ts. */
export type WordLike = bigint | number | string;

/**
 * One word of `bits` bits, from a signed or unsigned decimal or 0x-hexadecimal integer in `[−2^(bits−1), 2^bits)`.
 * The value itself never appears in the error: it may be private.
 */
export function parseWord(value: WordLike, bits: 32 | 64, where: string): bigint {
  let word: bigint | undefined;
  if (typeof value === 'bigint') word = value;
  else if (typeof value === 'number') word = Number.isSafeInteger(value) ? BigInt(value) : undefined;
  else if (typeof value === 'string' && /^[+-]?(?:\d+|0x[\da-f]+)$/i.test(value.trim())) {
    const text = value.trim().replace(/^\+/, '');
    word = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  }
  if (word === undefined) {
    fail('INPUT_INVALID', 'not an integer', {
      where,
      fix: 'Give decimal or 0x-hexadecimal integers, signed or unsigned',
    });
  }
  if (word < -(1n << BigInt(bits - 1)) || word >= 1n << BigInt(bits)) {
    fail('INPUT_INVALID', `the integer does not fit ${bits} bits`, {
      where,
      fix: `Give a value from −2^${bits - 1} to 2^${bits} − 1`,
    });
  }
  return BigInt.asUintN(bits, word);
}

/** A number of this type. */
export function parseNumber(value: WordLike, type: NumberType, where: string): bigint {
  if (type === 'f32' || type === 'f64') return parseFloatWord(value, type, where);
  return parseWord(value, wordBits(type), where);
}
