/** Arithmetic on 64-bit values as pairs of words (low, high), for filling rows without BigInt. */

/** `a < b`. */
export function below(aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  return aHigh < bHigh || (aHigh === bHigh && aLow < bLow);
}

/**
 * `out = x·y` as eight limbs of 16 bits, lowest first. Columns are summed below 2^53: at most four products of
 * 32 bits and a carry.
 */
export function multiply(out: Uint32Array, xLow: number, xHigh: number, yLow: number, yHigh: number): void {
  const [x0, x1, x2, x3] = [xLow & 0xffff, xLow >>> 16, xHigh & 0xffff, xHigh >>> 16];
  const [y0, y1, y2, y3] = [yLow & 0xffff, yLow >>> 16, yHigh & 0xffff, yHigh >>> 16];
  let sum = x0 * y0;
  out[0] = sum & 0xffff;
  sum = Math.floor(sum / 0x10000) + x0 * y1 + x1 * y0;
  out[1] = sum % 0x10000;
  sum = Math.floor(sum / 0x10000) + x0 * y2 + x1 * y1 + x2 * y0;
  out[2] = sum % 0x10000;
  sum = Math.floor(sum / 0x10000) + x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0;
  out[3] = sum % 0x10000;
  sum = Math.floor(sum / 0x10000) + x1 * y3 + x2 * y2 + x3 * y1;
  out[4] = sum % 0x10000;
  sum = Math.floor(sum / 0x10000) + x2 * y3 + x3 * y2;
  out[5] = sum % 0x10000;
  sum = Math.floor(sum / 0x10000) + x3 * y3;
  out[6] = sum % 0x10000;
  out[7] = Math.floor(sum / 0x10000);
}
