/**
 * The arithmetic of the alu and wide opcodes on 64-bit words in 32-bit halves, as signed numbers. Functions return the
 * low half of a result and leave the high one for {@link upperHalf}.
 */

import { scaleOf } from '../flags.ts';
import * as I from '../instructions.ts';

let upper = 0;

/** The high half of the last result. */
export function upperHalf(): number {
  return upper;
}

/** `x op y` for every opcode of alu and wide but br and select. */
export function compute(op: number, xl: number, xh: number, yl: number, yh: number): number {
  const wide = (op & I.WIDE) !== 0;
  upper = 0;
  switch (op & I.CODE_MASK) {
    case I.ADD.code: {
      const low = (xl + yl) | 0;
      if (wide) upper = (xh + yh + (low >>> 0 < xl >>> 0 ? 1 : 0)) | 0;
      return low;
    }
    case I.SUB.code:
      return subtract(wide, xl, xh, yl, yh);
    case I.RSUB.code:
      return subtract(wide, yl, yh, xl, xh);
    case I.COMPARE_SET.code:
      return (op & relation(op, xl, xh, yl, yh)) !== 0 ? 1 : 0;
    case I.PRODUCT_LOW.code:
      return Math.imul(xl, yl);
    case I.PRODUCT_HIGH.code:
      multiply(xl, xh, yl, yh);
      return takeUpper();
    case I.PRODUCT_ROTATE.code:
      return (Math.imul(xl, yl) + multiplyHigh(xl, yl)) | 0;
    case I.SHIFT_SIGNED.code:
      // y = 2^(32 − k), so k is the number of leading zeros of y, plus 1.
      return xl >> (Math.clz32(yl) + 1);
    case I.INDEX.code:
      return (Math.imul(xl, scaleOf(op)) + yl) | 0;
    case I.EXTEND_SIGNED.code:
      upper = xl >> 31;
      return xl;
    case I.AND.code:
      upper = xh & yh;
      return xl & yl;
    case I.OR.code:
      upper = xh | yh;
      return xl | yl;
    case I.XOR.code:
      upper = xh ^ yh;
      return xl ^ yl;
    case I.MUL64.code:
      return wide ? multiplyHigh64(xl, xh, yl, yh) : multiply(xl, xh, yl, yh);
    case I.SHL.code:
      return wide ? shiftLeft(xl, xh, yl) : xl << yl;
    case I.SHR.code:
      return wide ? shiftRight(xl, xh, yl) : xl >>> yl;
    case I.ROTL.code:
      return wide ? rotateLeft(xl, xh, yl) : (xl << yl) | (xl >>> (32 - yl));
    case I.SAR.code:
      return xl >> yl;
    case I.DIV.code:
      return divide(xl, xh, yl, yh);
    case I.REM.code: {
      const quotient = divide(xl, xh, yl, yh);
      const product = multiply(quotient, upper, yl, yh);
      return subtract(true, xl, xh, product, upper);
    }
    default:
      throw new Error(`opcode ${op} computes nothing`);
  }
}

/** The flag of the relation that holds between x and y: unsigned in 64 bits, or with SIGNED in the lower 32. */
export function relation(op: number, xl: number, xh: number, yl: number, yh: number): number {
  if ((op & I.SIGNED) !== 0) return xl === yl ? I.EQUAL : xl < yl ? I.LESS : I.GREATER;
  if (xh !== yh) return xh >>> 0 < yh >>> 0 ? I.LESS : I.GREATER;
  return xl === yl ? I.EQUAL : xl >>> 0 < yl >>> 0 ? I.LESS : I.GREATER;
}

/** The bigint of two halves. */
export function join(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function takeUpper(): number {
  const value = upper;
  upper = 0;
  return value;
}

function subtract(wide: boolean, xl: number, xh: number, yl: number, yh: number): number {
  upper = wide ? (xh - yh - (xl >>> 0 < yl >>> 0 ? 1 : 0)) | 0 : 0;
  return (xl - yl) | 0;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(x: number, y: number): number {
  const x0 = x & 0xffff;
  const x1 = x >>> 16;
  const y0 = y & 0xffff;
  const y1 = y >>> 16;
  // All partial sums are below 2^33, exact as doubles.
  const middle = x1 * y0 + ((x0 * y0) >>> 16);
  const cross = x0 * y1 + (middle & 0xffff);
  return (x1 * y1 + Math.floor(middle / 65536) + Math.floor(cross / 65536)) | 0;
}

/** x·y mod 2^64. */
function multiply(xl: number, xh: number, yl: number, yh: number): number {
  upper = (multiplyHigh(xl, yl) + Math.imul(xl, yh) + Math.imul(xh, yl)) | 0;
  return Math.imul(xl, yl);
}

/** floor(x·y / 2^64): the products of halves, whose sums are below 2^34 and so exact as doubles. */
function multiplyHigh64(xl: number, xh: number, yl: number, yh: number): number {
  const middle = (multiplyHigh(xl, yl) >>> 0) + (Math.imul(xl, yh) >>> 0) + (Math.imul(xh, yl) >>> 0);
  const low =
    (multiplyHigh(xl, yh) >>> 0) +
    (multiplyHigh(xh, yl) >>> 0) +
    (Math.imul(xh, yh) >>> 0) +
    Math.floor(middle / 2 ** 32);
  upper = (multiplyHigh(xh, yh) + Math.floor(low / 2 ** 32)) | 0;
  return low | 0;
}

/** x << k, 0 ≤ k < 64. */
function shiftLeft(xl: number, xh: number, k: number): number {
  if (k >= 32) {
    upper = xl << (k - 32);
    return 0;
  }
  upper = k === 0 ? xh : (xh << k) | (xl >>> (32 - k));
  return xl << k;
}

/** x >>u k, 0 ≤ k < 64. */
function shiftRight(xl: number, xh: number, k: number): number {
  if (k >= 32) {
    upper = 0;
    return xh >>> (k - 32);
  }
  upper = xh >>> k;
  return k === 0 ? xl : (xl >>> k) | (xh << (32 - k));
}

/** rotl(x, k) of 64 bits, 0 ≤ k ≤ 64. */
function rotateLeft(xl: number, xh: number, k: number): number {
  const low = k & 32 ? xh : xl;
  const high = k & 32 ? xl : xh;
  const s = k & 31;
  // A shift by 32 − 0 would be one by 0.
  upper = s === 0 ? high : (high << s) | (low >>> (32 - s));
  return s === 0 ? low : (low << s) | (high >>> (32 - s));
}

/** floor(x / y) of unsigned 64-bit numbers, y ≠ 0. */
function divide(xl: number, xh: number, yl: number, yh: number): number {
  if ((xh | yh) === 0) {
    upper = 0;
    return Math.floor((xl >>> 0) / (yl >>> 0)) | 0;
  }
  const quotient = join(xl, xh) / join(yl, yh);
  upper = Number(BigInt.asIntN(32, quotient >> 32n));
  return Number(BigInt.asIntN(32, quotient));
}
