/** The row checker's arithmetic against BigInt, on random programs over cells of every size. */
import assert from 'node:assert/strict';
import { evaluateProgram, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import { constant, type Expression, mul, sub } from '../../sdk/src/expr/expression.ts';
import { flatten } from '../../sdk/src/expr/flatten.ts';
import type { FlatProgram } from '../../sdk/src/expr/program.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { CHUNK, IntegerRows, isZero, type Numbers } from '../../sdk/src/plonk/check/integer-rows.ts';
import { type ColumnValues, valueAt } from '../../sdk/src/plonk/columns/fixed.ts';
import { Random } from '../machine/lib/random.ts';

type E = Expression<number>;
const column = (index: number): E => ({ op: 'column', column: index });
const program = (outputs: readonly E[], columns: number): FlatProgram =>
  flatten(outputs, { columns, indexOf: (index) => index, challenges: [] });

/** Numerator of a row's number, and the field element that it stands for. */
function read({ limbs, bounds, scale }: Numbers, row: number): { numerator: bigint; value: bigint } {
  const numerator = limbs.reduce((sum, limb, k) => {
    const digit = typeof limb === 'number' ? limb : limb[row]!;
    assert.ok(Number.isInteger(digit) && Math.abs(digit) <= bounds[k]! && bounds[k]! <= 2 ** 51);
    return sum + (BigInt(digit) << BigInt(22 * k));
  }, 0n);
  return { numerator, value: Fr.mul(Fr.from(numerator), Fr.inv(Fr.from(1n << BigInt(scale)))) };
}

const EDGES = [0n, 1n, 2n, 0x3f_ffffn, 0x40_0000n, (1n << 32n) - 1n, 1n << 32n, (1n << 51n) - 1n, 1n << 51n];
const FIELD = [FR_MODULUS - 1n, FR_MODULUS >> 1n, (FR_MODULUS >> 1n) + 1n, Fr.inv(4n), 1n << 64n, 1n << 253n];

/** Bits, words of 16, 32 and 64 bits, now and then an edge; in a column of field elements, any of them. */
function randomColumn(random: Random, rows: number): ColumnValues {
  const bits = random.pick([0, 1, 1, 16, 21, 32, 43, 64, 254]);
  const cell = (): bigint => {
    const word = (BigInt(random.next()) << 32n) | BigInt(random.next());
    if (bits === 254 && random.chance(20)) return random.pick(FIELD);
    if (bits === 254 && random.chance(20)) return Fr.mul(Fr.from(word), Fr.inv(word | 1n));
    const value = random.chance(10) ? random.pick(EDGES) : word;
    return BigInt.asUintN(Math.min(bits, 64), value);
  };
  const cells = Array.from({ length: random.chance(20) ? rows >> 1 : rows }, cell);
  if (bits === 254) return cells;
  if (bits <= 32) return { words: 1, data: Uint32Array.from(cells, Number) };
  return {
    words: 2,
    data: Uint32Array.from(cells.flatMap((v) => [Number(v & 0xffff_ffffn), Number(v >> 32n)])),
  };
}

const CONSTANTS = [
  1n,
  -1n,
  2n,
  1n << 16n,
  1n << 32n,
  1n << 64n,
  -(1n << 48n),
  Fr.inv(4n),
  Fr.inv(1n << 64n),
  Fr.inv(3n),
];

/** Of degree 6 at most, so that products of products come up. */
function randomExpression(random: Random, columns: number, depth: number): E {
  if (depth === 0 || random.chance(15)) {
    return random.chance(25) ? constant(random.pick(CONSTANTS)) : column(random.below(columns));
  }
  const op = random.pick(['add', 'sub', 'mul'] as const);
  const left = randomExpression(random, columns, op === 'mul' && depth > 2 ? 1 : depth - 1);
  return { op, left, right: randomExpression(random, columns, depth - 1) };
}

describe('programs over integer rows', () => {
  it('are the same as in the field, exactly, and their words too', () => {
    let [zeros, words, wide] = [0, 0, 0];
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed);
      const rows = random.pick([1, 1, 8, 8, CHUNK, 3 * CHUNK - 6]);
      const columns = Array.from({ length: 6 }, () => randomColumn(random, rows));
      const expressions = Array.from({ length: 4 }, () => randomExpression(random, 6, 5));
      const flat = program(expressions, 6);
      const integers = new IntegerRows(flat, columns);
      const [low, high] = [new Uint32Array(CHUNK), new Uint32Array(CHUNK)];
      for (let first = 0; first < rows; first += CHUNK) {
        const count = Math.min(CHUNK, rows - first);
        integers.seek(first, count);
        flat.outputs.forEach((_, o) => {
          const number = integers.output(o);
          const nonZero = new Set(integers.nonZero(number));
          const outside = new Uint8Array(CHUNK);
          integers.words(number, low, high, outside);
          for (let i = 0; i < count; i++) {
            const cells = columns.map((values) => valueAt(values, first + i));
            const expected = evaluateProgram(flat, scalarRing, cells, [])[o]!;
            const { numerator, value } = read(number, i);
            assert.equal(value, expected, `seed ${seed}, output ${o}, row ${first + i}`);
            assert.equal(nonZero.has(i), numerator !== 0n, `seed ${seed}: zero or not`);
            if (isZero(number)) assert.equal(numerator, 0n);
            const inside = number.scale === 0 && numerator >= 0n && numerator < 1n << 64n;
            assert.equal(outside[i], inside ? 0 : 1, `seed ${seed}: a 64-bit word or not`);
            if (inside) assert.equal((BigInt(high[i]!) << 32n) | BigInt(low[i]!), numerator);
            if (numerator === 0n) zeros++;
            if (inside) words++;
            if (number.limbs.length > 12) wide++;
          }
        });
      }
    }
    assert.ok(zeros > 1000 && words > 1000 && wide > 1000, `${zeros} zeros, ${words} words, ${wide} wide`);
  });

  it('take the inverse of 4 for a quarter, and constants above r/2 for negative ones', () => {
    const nonZero = (expression: E, cells: readonly (readonly [bigint, bigint])[]): number[] => {
      const columns = [0, 1].map((i) => cells.map((row) => row[i]!));
      const integers = new IntegerRows(program([expression], 2), columns);
      integers.seek(0, cells.length);
      return integers.nonZero(integers.output(0));
    };
    const [x, y] = [column(0), column(1)];
    const quarter = sub(mul(x, Fr.inv(4n)), y);
    assert.deepEqual(
      nonZero(quarter, [
        [8n, 2n],
        [8n, 3n],
        [(1n << 66n) - 4n, (1n << 64n) - 1n],
      ]),
      [1],
    );
    // 2/4 is a field element, and not a small one.
    assert.deepEqual(nonZero(quarter, [[2n, Fr.inv(2n)]]), [0], 'zero in the field, but not as an integer');
    const negative = sub(sub(x, mul(y, 1n << 64n)), constant(Fr.neg(5n)));
    assert.deepEqual(
      nonZero(negative, [
        [(1n << 64n) - 5n, 1n],
        [(1n << 64n) - 4n, 1n],
      ]),
      [1],
    );
  });

  it('see differences that are multiples of any primes', () => {
    const primes = [67_108_859n * 67_108_837n, (1n << 61n) - 1n, 0xffff_ffff_ffff_ffc5n];
    const cells = primes.flatMap(
      (p) =>
        [
          [0n, 0n],
          [p, 0n],
          [Fr.from(-p), 0n],
          [p, p],
        ] as const,
    );
    const columns = [0, 1].map((i) => cells.map((row) => row[i]!));
    const integers = new IntegerRows(program([sub(column(0), column(1))], 2), columns);
    integers.seek(0, cells.length);
    assert.deepEqual(integers.nonZero(integers.output(0)), [1, 2, 5, 6, 9, 10]);
  });
});
