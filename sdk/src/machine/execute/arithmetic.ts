/** 64-bit words as pairs of 32-bit halves, given and returned as signed numbers; high halves of results by {@link high}. */

let upper = 0;

/** The high half of the last result of this module. */
export function high(): number {
  return upper;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
export function multiplyHigh(x: number, y: number): number {
  const x0 = x & 0xffff;
  const x1 = x >>> 16;
  const y0 = y & 0xffff;
  const y1 = y >>> 16;
  const middle = x1 * y0 + ((x0 * y0) >>> 16);
  const cross = x0 * y1 + (middle & 0xffff);
  // All partial sums are below 2^33, exact as doubles.
  return (x1 * y1 + Math.floor(middle / 65536) + Math.floor(cross / 65536)) | 0;
}

/** x·y mod 2^64. */
export function multiply(xl: number, xh: number, yl: number, yh: number): number {
  upper = (multiplyHigh(xl, yl) + Math.imul(xl, yh) + Math.imul(xh, yl)) | 0;
  return Math.imul(xl, yl);
}

/** x << k, 0 ≤ k < 64. */
export function shiftLeft(xl: number, xh: number, k: number): number {
  if (k >= 32) {
    upper = xl << (k - 32);
    return 0;
  }
  upper = k === 0 ? xh : (xh << k) | (xl >>> (32 - k));
  return xl << k;
}

/** x >>u k, 0 ≤ k < 64. */
export function shiftRight(xl: number, xh: number, k: number): number {
  if (k >= 32) {
    upper = 0;
    return xh >>> (k - 32);
  }
  upper = xh >>> k;
  return k === 0 ? xl : (xl >>> k) | (xh << (32 - k));
}

/** rotl(x, k) of 64 bits, 0 ≤ k ≤ 64. */
export function rotateLeft(xl: number, xh: number, k: number): number {
  const [l, h] = k & 32 ? [xh, xl] : [xl, xh];
  const s = k & 31;
  if (s === 0) {
    upper = h;
    return l;
  }
  upper = (h << s) | (l >>> (32 - s));
  return (l << s) | (h >>> (32 - s));
}

/** floor(x / y) of unsigned 64-bit numbers, y ≠ 0. */
export function divide(xl: number, xh: number, yl: number, yh: number): number {
  if ((xh | yh) === 0) {
    upper = 0;
    return Math.floor((xl >>> 0) / (yl >>> 0)) | 0;
  }
  const quotient = join(xl, xh) / join(yl, yh);
  upper = Number(BigInt.asIntN(32, quotient >> 32n));
  return Number(BigInt.asIntN(32, quotient));
}

/** The bigint of two halves. */
export function join(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
