/** Floating-point numbers as people write them, to the words that machine and statement know, and back. */
import { fail } from '../errors/index.ts';
import { type FloatType, floatOfWord, wordOfFloat } from '../wasm/floats.ts';

const F32_INFINITY = 0x7f80_0000n;
/** Digits before and after the point, exponent. */
const NUMBER = /^[+-]?(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
]);

/** The shortest decimal text that {@link parseFloatWord} takes for this bit pattern, or `nan`, `inf`, `-inf`. */
export function formatFloat(word: bigint, type: FloatType): string {
  const value = floatOfWord(word, type);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0';
  if (type === 'f64') return String(value);
  let digits = 1;
  while (wordOfText(value.toPrecision(digits), type) !== word) digits++;
  return String(Number(value.toPrecision(digits)));
}

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

/**
 * The bit pattern of the number nearest to a decimal text, of two the even one; undefined for other texts. `Number` rounds
 * to an f64; where that is half-way between two f32, which one is nearer depends on what it rounded away.
 */
function wordOfText(text: string, type: FloatType): bigint | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const value = Number(text);
  const word = wordOfFloat(value, type);
  if (type === 'f64') return word;
  const magnitude = Math.abs(value);
  const sign = word & 0x8000_0000n;
  const nearest = word ^ sign;
  const lower = Math.fround(magnitude) <= magnitude ? nearest : nearest - 1n;
  const upper = lower + 1n === F32_INFINITY ? 2 ** 128 : floatOfWord(lower + 1n, 'f32');
  if (lower >= F32_INFINITY || floatOfWord(lower, 'f32') + upper !== 2 * magnitude) return word;
  const [, whole, fraction, exponent = '0'] = match;
  const digits = BigInt(whole + fraction) << 150n;
  const scale = BigInt(exponent) - BigInt(fraction.length);
  // In units of 2^-150, which all f32 and the middles between them are multiples of.
  const middle = BigInt(magnitude * 2 ** 150);
  const [exact, rounded] = scale >= 0n ? [digits * 10n ** scale, middle] : [digits, middle * 10n ** -scale];
  if (exact === rounded) return word;
  return sign | (exact > rounded ? lower + 1n : lower);
}
