/** Floating-point numbers as words: their bit patterns. */

export type FloatType = 'f32' | 'f64';

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
