/** Floating-point numbers as people write them, to the words that machine and statement know. */
import { fail } from '../../errors/index.ts';
import { type FloatType, floatOfWord, wordOfFloat, wordOfText } from '../../wasm/floats.ts';

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

/**
 * The bit pattern of an argument: a number or a decimal text (`1.5`, `-2e-3`), `nan`, `inf`, `-inf` (also `infinity`); a bigint or an
 * 0x-hexadecimal text is a bit pattern itself. The value never appears in the error.
 */
export function parseFloatWord(value: bigint | number | string, type: FloatType, where: string): bigint {
  if (typeof value === 'number') {
    const word = wordOfFloat(value, type);
    return Number.isFinite(value) ? finite(word, type, where) : word;
  }
  const bits = type === 'f32' ? 32n : 64n;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const pattern = typeof value === 'bigint' ? value : /^0x[\da-f]+$/.test(text) ? BigInt(text) : undefined;
  if (pattern !== undefined && pattern >= 0n && pattern >> bits === 0n) return pattern;
  const special = SPECIAL.get(text);
  if (special !== undefined) return wordOfFloat(special, type);
  const word = wordOfText(text, type);
  if (pattern === undefined && word !== undefined) return finite(word, type, where);
  fail(
    'INPUT_INVALID',
    pattern === undefined ? 'not a number' : `the bit pattern does not fit ${bits} bits`,
    {
      where,
      fix: `Give an ${type} as a decimal number, nan, inf or -inf, or its bits as 0x-hexadecimal`,
    },
  );
}

/** Refuses infinity for a number that is none: a typing error more likely than a wish. */
function finite(word: bigint, type: FloatType, where: string): bigint {
  if (Number.isFinite(floatOfWord(word, type))) return word;
  fail('INPUT_INVALID', `the number is out of the range of an ${type}`, {
    where,
    fix: 'Give a smaller one, or inf or -inf where infinity is meant',
  });
}
