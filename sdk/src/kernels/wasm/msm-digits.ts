/**
 * Signed digits of scalars. Booth's recoding takes digit w of width c from bits `c·w − 1 … c·(w+1) − 1`: the window as a
 * two's complement number plus the bit below it, in `[−2^(c−1), 2^(c−1)]`. No carries, so windows are independent, and
 * small negative scalars have small digits.
 */
import { type Code, i32, i64, type Local, type Operand, select, set, when } from './assembler.ts';
import type { FunctionBuilder } from './module-builder.ts';

const bytes = new WeakMap<FunctionBuilder, Local>();

/** `digit = ` the digit at `bit = c·w − 1` (−1 for the lowest) of the 32 bytes at `scalar`, in two's complement. */
export function boothDigit(
  fn: FunctionBuilder,
  digit: Local,
  scalar: Operand,
  bit: Local,
  c: Local | number,
): Code {
  let byte = bytes.get(fn);
  if (byte === undefined) {
    byte = fn.local();
    bytes.set(fn, byte);
  }
  const above: Code = [
    // Eight bytes hold the digit wherever it begins; the last eight bring the sign.
    set(byte, i32.shr_u(bit, 3)),
    set(byte, select(24, byte, i32.gt_u(byte, 24))),
    set(
      digit,
      i32.wrap_i64(
        i64.shr_s(i64.load(i32.add(scalar, byte)), i64.extend_i32_u(i32.sub(bit, i32.shl(byte, 3)))),
      ),
    ),
  ];
  return [
    when(i32.lt_s(bit, 0), set(digit, i32.shl(i32.load(scalar), 1)), above),
    set(digit, i32.and(digit, i32.sub(i32.shl(2, c), 1))),
    set(digit, i32.sub(i32.shr_u(i32.add(digit, 1), 1), i32.shl(i32.shr_u(digit, c), c))),
  ];
}

/** How many digits of width c a scalar of `bits` bits (and a sign) has. */
export function digitCount(bits: number, c: number): number {
  return Math.ceil((bits + 1) / c);
}
