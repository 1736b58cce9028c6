/** Floating-point numbers as people write them, to the words that machine and statement know, and back. */
import { fail } from '../errors/index.ts';
import { type FloatType, floatOfWord, wordOfFloat } from '../wasm/floats.ts';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

/** The shortest decimal text that {@link parseFloatWord} takes for this bit pattern, or `nan`, `inf`, `-inf`. */
export function formatFloat(word: bigint, type: FloatType): string {
  const value = floatOfWord(word, type);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0';
  if (type === 'f64') return String(value);
  let digits = 1;
  while (Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
  return String(Number(value.toPrecision(digits)));
}

/**
 * The bit pattern of an argument: a number or a decimal text (`1.5`, `-2e-3`), `nan`, `inf`, `-inf`; a bigint or an
 * 0x-hexadecimal text is a bit pattern itself. The value never appears in the error.
 */
export function parseFloatWord(value: bigint | number | string, type: FloatType, where: string): bigint {
  if (typeof value === 'number') return wordOfFloat(value, type);
  const bits = type === 'f32' ? 32n : 64n;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const pattern = typeof value === 'bigint' ? value : /^0x[\da-f]+$/.test(text) ? BigInt(text) : undefined;
  if (pattern !== undefined && pattern >= 0n && pattern >> bits === 0n) return pattern;
  const number = SPECIAL.get(text) ?? (NUMBER.test(text) ? Number(text) : undefined);
  if (pattern === undefined && number !== undefined) return wordOfFloat(number, type);
  fail(
    'INPUT_INVALID',
    pattern === undefined ? 'not a number' : `the bit pattern does not fit ${bits} bits`,
    {
      where,
      fix: `Give an ${type} as a decimal number, nan, inf or -inf, or its bits as 0x-hexadecimal`,
    },
  );
}
