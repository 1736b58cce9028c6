/** Floating-point numbers as words, their bit patterns, and as texts. */

export type FloatType = 'f32' | 'f64';

const F32_INFINITY = 0x7f80_0000n;
/** Digits before and after the point, exponent. */
const NUMBER = /^[+-]?(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

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

/** The shortest decimal text that `wordOfText` takes for this bit pattern (of an f32 the low 32 bits), or `nan`, `inf`, `-inf`. */
export function formatFloat(bits: bigint, type: FloatType): string {
  const word = BigInt.asUintN(type === 'f32' ? 32 : 64, bits);
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
 * The bit pattern of the number nearest to a decimal text, of two the even one; undefined for other texts. `Number` rounds
 * to an f64; where that is half-way between two f32, which one is nearer depends on what it rounded away.
 */
export function wordOfText(text: string, type: FloatType): bigint | undefined {
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
