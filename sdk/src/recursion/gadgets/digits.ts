/** Scalars as odd signed digits: what a prover writes for `digits` operations. */
import { shortVectors, splitScalar } from '../../curve/endomorphism.ts';

/** Bits of a window. 4 is within 2 % of the rows, both ways. */
export const WINDOW = 5;
/** Windows of a half: odd digits of 26 windows are all odd integers below 2^130 in magnitude, and halves are below 2^129. */
export const WINDOWS = 26;

/** Odd halves with `k1 + k2·λ = scalar mod r`, magnitudes below 2^129. */
export function splitOdd(scalar: bigint): readonly [bigint, bigint] {
  const [k1, k2] = splitScalar(scalar);
  const [[a1, b1], [a2, b2]] = shortVectors();
  // The determinant of the vectors is r, which is odd: one of these four has two odd halves.
  for (const [i, j] of [
    [0n, 0n],
    [1n, 0n],
    [0n, 1n],
    [1n, 1n],
  ] as const) {
    const [x, y] = [k1 + i * a1 + j * a2, k2 + i * b1 + j * b2];
    if (x % 2n !== 0n && y % 2n !== 0n) return [x, y];
  }
  throw new RangeError('the short vectors are no basis');
}

/** Digits `d_j`, odd, below 2^WINDOW in magnitude, with `value = Σ d_j·2^(WINDOW·j)`; `RangeError` where there are none. */
export function oddDigits(value: bigint): bigint[] {
  const digits: bigint[] = [];
  const half = 1n << BigInt(WINDOW);
  let rest = value;
  for (let j = 0; j < WINDOWS - 1; j++) {
    const digit = BigInt.asUintN(WINDOW + 1, rest) - half;
    digits.push(digit);
    rest = (rest - digit) >> BigInt(WINDOW);
  }
  digits.push(rest);
  if (value % 2n === 0n || rest >= half || rest <= -half) throw new RangeError(`${value} has no odd digits`);
  return digits;
}

/** Digits of both halves of a scalar, window by window, the lowest first. */
export function scalarDigits(scalar: bigint): bigint[] {
  const [k1, k2] = splitOdd(scalar).map(oddDigits);
  return k1!.flatMap((digit, j) => [digit, k2![j]!]);
}
