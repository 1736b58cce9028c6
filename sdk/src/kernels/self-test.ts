/**
 * Fixed vectors through an engine before it is trusted: the edges of the field through products, sums, conversion, a
 * transform and an inversion, against bigint arithmetic. Some milliseconds.
 */
import { ADD, type FlatProgram, MUL, SUB } from '../expr/program.ts';
import { FR_MODULUS, Fr } from '../field/field.ts';
import type { Engine } from './contract.ts';
import { fft } from './reference/fft.ts';

const PROGRAM: FlatProgram = {
  columns: 2,
  challenges: [],
  constants: [],
  operations: [
    [MUL, 0, 1],
    [MUL, 0, 0],
    [SUB, 2, 3],
    [ADD, 4, 0],
  ],
  outputs: [2, 3, 5],
};

/** Limbs at their extremes: 2^50 in every limb, ones all over, values about p/2. */
const EDGES: readonly bigint[] = [
  0n,
  1n,
  2n,
  FR_MODULUS - 1n,
  FR_MODULUS - 2n,
  FR_MODULUS >> 1n,
  (FR_MODULUS >> 1n) + 1n,
  [0, 1, 2, 3, 4].reduce((sum, j) => sum + (1n << BigInt(51 * j + 50)), 0n) % FR_MODULUS,
  ((1n << 254n) - 1n) % FR_MODULUS,
  (1n << 255n) % FR_MODULUS,
  (1n << 204n) - 1n,
  (1n << 50n) - 1n,
  1n << 51n,
  0x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefn,
  Fr.inv(2n),
  Fr.inv(3n),
];

const WORDS: readonly number[] = [0, 1, 0xffffffff, 0x80000000, 0x7ffff, 0x80000];

/** Whether every result is right. Frees what it takes. */
export async function selfTest(engine: Engine): Promise<boolean> {
  const n = EDGES.length;
  const [x, y, ...outputs] = Array.from({ length: 5 }, () => engine.vector(n));
  const column = engine.ints(3, 2);
  const converted = engine.vector(3);
  const equals = (vector: typeof x, expected: readonly bigint[]): boolean =>
    engine.read(vector, 0, expected.length).every((value, i) => value === expected[i]);
  try {
    const reversed = [...EDGES].reverse();
    engine.write(x, 0, EDGES);
    engine.write(y, 0, reversed);
    await engine.evaluate(engine.compile(PROGRAM), [x, y], [], outputs);
    const products = EDGES.map((v, i) => Fr.mul(v, reversed[i]));
    const squares = EDGES.map((v) => Fr.mul(v, v));
    const mixed = EDGES.map((v, i) => Fr.from(products[i] - squares[i] + v));
    if (!equals(outputs[0], products) || !equals(outputs[1], squares) || !equals(outputs[2], mixed))
      return false;

    await engine.cosetEvaluate([y], [x], 7n, [[5n]]);
    const shifted = EDGES.map((v, i) => Fr.mul(Fr.from(v + (i === 0 ? 5n : 0n)), Fr.pow(7n, BigInt(i))));
    if (!equals(y, fft(shifted, false))) return false;
    await engine.cosetInterpolate([y], 7n);
    if (!equals(y, [5n, ...EDGES.slice(1)])) return false;

    engine.words(column).set(WORDS);
    await engine.toField(converted, column);
    const wide = [0, 2, 4].map((i) => BigInt(WORDS[i]) + (BigInt(WORDS[i + 1]) << 32n));
    if (!equals(converted, wide)) return false;
    if (await engine.batchInvert(converted)) {
      if (!equals(converted, wide.map(Fr.inv))) return false;
    } else return false;
    return !(await engine.batchInvert(x));
  } finally {
    engine.free(x, y, ...outputs, column, converted);
  }
}
