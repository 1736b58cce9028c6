/** Floating-point numbers as the words that machine and statement know: their bit patterns. */
import { fail } from '../errors/index.ts';

export type FloatType = 'f32' | 'f64';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

/** The bit pattern of a number; an f32 is the nearest one. NaN is the positive canonical one. */
export function wordOfFloat(value: number, type: FloatType): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (Number.isNaN(value)) return type === 'f32' ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
  if (type === 'f64') {
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  }
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}

/** The number of a bit pattern, below 2^32 for an f32. All NaN are one number to JavaScript. */
export function floatOfWord(word: bigint, type: FloatType): number {
  const view = new DataView(new ArrayBuffer(8));
  if (type === 'f64') {
    view.setBigUint64(0, word);
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(word));
  return view.getFloat32(0);
}

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
