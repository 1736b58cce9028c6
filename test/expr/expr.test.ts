import assert from 'node:assert/strict';
import { evaluateProgram, programDegrees, type Ring, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import {
  add,
  constant,
  degree,
  type Expression,
  mul,
  not,
  sub,
  weighted,
} from '../../sdk/src/expr/expression.ts';
import { flatten } from '../../sdk/src/expr/flatten.ts';
import { printExpression } from '../../sdk/src/expr/print.ts';
import { ADD, MUL, SUB } from '../../sdk/src/expr/program.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';

type E = Expression<number>;
const col = (i: number): E => ({ op: 'column', column: i });
const beta: E = { op: 'challenge', name: 'beta' };
const leaves = { columns: 4, indexOf: (i: number): number => i, challenges: ['alpha', 'beta'] };

/** A small generator with a fixed seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomExpression(random: () => number, depth: number): E {
  const pick = random();
  if (depth === 0 || pick < 0.15) {
    if (pick < 0.03) return beta;
    if (pick < 0.06) return constant(BigInt(Math.floor(random() * 4) - 1));
    return col(Math.floor(random() * 4));
  }
  const op = (['add', 'sub', 'mul'] as const)[Math.floor(random() * 3)]!;
  return { op, left: randomExpression(random, depth - 1), right: randomExpression(random, depth - 1) };
}

function evaluateTree(
  e: E,
  columns: readonly bigint[],
  challenges: Readonly<Record<string, bigint>>,
): bigint {
  switch (e.op) {
    case 'constant':
      return Fr.from(e.value);
    case 'column':
      return columns[e.column]!;
    case 'challenge':
      return challenges[e.name]!;
    default: {
      const left = evaluateTree(e.left, columns, challenges);
      const right = evaluateTree(e.right, columns, challenges);
      return e.op === 'add'
        ? Fr.add(left, right)
        : e.op === 'sub'
          ? Fr.sub(left, right)
          : Fr.mul(left, right);
    }
  }
}

describe('flatten', () => {
  it('keeps the value of random expressions, several outputs at once', () => {
    const random = generator(1);
    const values = [3n, FR_MODULUS - 1n, 12345678901234567890n, 7n ** 80n % FR_MODULUS];
    for (let round = 0; round < 200; round++) {
      const outputs = [1, 2, 3].map(() => randomExpression(random, 5));
      const program = flatten(outputs, leaves);
      assert.deepEqual(
        evaluateProgram(program, scalarRing, values, [5n, 9n]),
        outputs.map((e) => evaluateTree(e, values, { alpha: 5n, beta: 9n })),
      );
    }
  });

  it('bounds degrees as the tree does, or better', () => {
    const random = generator(2);
    for (let round = 0; round < 100; round++) {
      const e = randomExpression(random, 4);
      assert.ok(programDegrees(flatten([e], leaves))[0]! <= degree(e));
    }
    assert.deepEqual(programDegrees(flatten([mul(col(0), col(1), beta), add(col(0), 1n)], leaves)), [2, 1]);
  });

  it('shares equal nodes, whatever object or order they come in', () => {
    const program = flatten([mul(col(0), col(1)), mul(col(1), col(0)), add(mul(col(0), col(1)), 3n)], leaves);
    assert.deepEqual(program.operations, [
      [MUL, 0, 1],
      [ADD, 6, 7],
    ]);
    assert.deepEqual(program.outputs, [7, 7, 8]);
  });

  it('folds constants and drops what nothing reaches', () => {
    const zero: E = {
      op: 'mul',
      left: { op: 'sub', left: col(0), right: col(0) },
      right: add(col(1), col(2)),
    };
    const program = flatten([add(zero, { op: 'mul', left: constant(2), right: constant(3) })], leaves);
    assert.deepEqual(program, { ...program, constants: [6n], operations: [], outputs: [6] });
    const negative = flatten([sub(0n, col(0))], leaves);
    assert.deepEqual(negative.operations, [[SUB, 6, 0]]);
    assert.deepEqual(negative.constants, [0n]);
  });

  it('is deterministic and canonical in its constants', () => {
    const e = weighted<number>([
      [col(0), 1],
      [col(1), -1],
      [not(col(2)), 256],
    ]);
    assert.deepEqual(flatten([e], leaves), flatten([structuredClone(e)], leaves));
    assert.ok(flatten([e], leaves).constants.includes(FR_MODULUS - 1n));
  });

  it('refuses a leaf it does not know', () => {
    assert.throws(() => flatten([{ op: 'challenge', name: 'gamma' }], leaves), RangeError);
    assert.throws(() => flatten([col(4)], leaves), RangeError);
  });

  it('walks shared objects once: 2^60 paths', () => {
    let e: E = col(0);
    for (let i = 0; i < 60; i++) e = { op: 'add', left: e, right: e };
    const program = flatten([e], leaves);
    assert.equal(program.operations.length, 60);
    assert.equal(evaluateProgram(program, scalarRing, [1n, 0n, 0n, 0n], [0n, 0n])[0], 1n << 60n);
  });
});

describe('evaluateProgram', () => {
  it('works over any ring', () => {
    const strings: Ring<string> = {
      add: (a, b) => `(${a}+${b})`,
      sub: (a, b) => `(${a}-${b})`,
      mul: (a, b) => `${a}*${b}`,
      constant: String,
    };
    const program = flatten([mul(add(col(0), 2n), sub(col(1), beta))], leaves);
    assert.deepEqual(evaluateProgram(program, strings, ['a', 'b', 'c', 'd'], ['α', 'β']), ['(2+a)*(b-β)']);
  });

  it('refuses the wrong number of leaves', () => {
    const program = flatten([col(0)], leaves);
    assert.throws(() => evaluateProgram(program, scalarRing, [1n], [1n, 1n]), RangeError);
    assert.throws(() => evaluateProgram(program, scalarRing, [1n, 1n, 1n, 1n], []), RangeError);
  });
});

describe('printExpression', () => {
  const print = (e: E): string => printExpression(e, (i) => 'xyzw'[i]!);
  it('writes brackets only where they are needed', () => {
    assert.equal(print(mul(col(0), sub(col(0), 1n))), 'x·(x − 1)');
    assert.equal(print(sub(col(0), sub(col(1), col(2)))), 'x − (y − z)');
    assert.equal(print(sub(sub(col(0), col(1)), col(2))), 'x − y − z');
    assert.equal(print(add(mul(col(0), col(1)), col(2))), 'x·y + z');
    assert.equal(print({ op: 'sub', left: constant(0), right: add(col(0), col(1)) }), '−(x + y)');
  });
  it('writes large constants so that they can be read', () => {
    assert.equal(print(mul(col(0), 1n << 32n)), 'x·2^32');
    assert.equal(print(mul(col(0), FR_MODULUS - 1n)), 'x·−1');
    assert.equal(print(constant(-(1n << 63n))), '−2^63');
    assert.equal(print(constant(256)), '256');
  });
});
