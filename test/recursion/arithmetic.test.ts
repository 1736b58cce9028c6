import assert from 'node:assert/strict';
import { evaluateProgram, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import { ADD, type FlatProgram, MUL, type Op, SUB } from '../../sdk/src/expr/program.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import { evaluate } from '../../sdk/src/recursion/evaluate.ts';
import { Arithmetic, type Term } from '../../sdk/src/recursion/verifier/arithmetic.ts';

let seed = 11n;
const random = (): bigint => {
  seed = Fr.pow(seed + 3n, 5n);
  return seed;
};
const below = (n: number): number => Number(random() % BigInt(n));

/** What `print` writes, run on these inputs: whether it shows its result to be `expected`, and in how many operations. */
function shows(
  inputs: readonly bigint[],
  print: (a: Arithmetic, terms: readonly Term[]) => Term,
  expected: bigint,
): number {
  const attempt = (value: bigint): number => {
    const b = new ProgramBuilder();
    const a = new Arithmetic(b);
    const terms = inputs.map(() => a.of(b.input()));
    const result = b.publicElement();
    a.assertEqual(print(a, terms), a.of(result));
    const program = b.build();
    evaluate(program, { publics: [value], elements: inputs, points: [] });
    return program.operations.filter(({ op }) => op === 'field').length;
  };
  assert.throws(() => attempt(Fr.add(expected, 1n)), { code: 'WITNESS_INVALID' });
  return attempt(expected);
}

describe('arithmetic that is written late', () => {
  it('signs, constants and a sum ride along with a product', () => {
    const [x, y, z] = [random(), random(), random()];
    const count = shows(
      [x, y, z],
      (a, [p, q, s]) => a.scale(a.add(a.sub(a.mul(a.scale(p!, 3n), q!), s!), a.constant(7n)), -2n),
      Fr.from(-2n * (3n * x * y - z + 7n)),
    );
    // Its one operation, and the comparison.
    assert.equal(count, 2);
    assert.equal(
      shows([x, y], (a, [p, q]) => a.mul(p!, a.sub(a.constant(1n), q!)), Fr.from(x * (1n - y))),
      2,
    );
  });

  it('equals the field on random expressions of everything that it does', () => {
    for (let round = 0; round < 200; round++) {
      const inputs = [random(), random(), BigInt(below(3)), 0n];
      const shape = Array.from({ length: 12 }, () => [below(6), random(), random(), random()] as const);
      const walk = <T>(
        leaves: readonly T[],
        add: (x: T, y: T) => T,
        sub: (x: T, y: T) => T,
        mul: (x: T, y: T) => T,
        constant: (v: bigint) => T,
      ): T => {
        const nodes = [...leaves];
        for (const [op, i, j, k] of shape) {
          const [x, y] = [nodes[Number(i % BigInt(nodes.length))]!, nodes[Number(j % BigInt(nodes.length))]!];
          const value = constant([0n, 1n, Fr.neg(1n), k][Number(k % 4n)]!);
          nodes.push([add(x, y), sub(x, y), mul(x, y), mul(x, value), add(x, value), sub(value, x)][op]!);
        }
        return nodes.at(-1)!;
      };
      const expected = walk(inputs, Fr.add, Fr.sub, Fr.mul, (v) => v);
      shows(
        inputs,
        (a, terms) =>
          walk<Term>(
            terms,
            (x, y) => a.add(x, y),
            (x, y) => a.sub(x, y),
            (x, y) => a.mul(x, y),
            (v) => a.constant(v),
          ),
        expected,
      );
    }
  });

  it('powers, polynomials, inverses, bits', () => {
    const x = random();
    for (const n of [0, 1, 2, 3, 10, 15, 18, 33]) {
      shows([x], (a, [p]) => a.add(a.pow(p!, n), p!), Fr.add(Fr.pow(x, BigInt(n)), x));
    }
    const c = [random(), random(), random()];
    shows([x, ...c], (a, [p, ...rest]) => a.polynomial(rest, p!), Fr.from(c[0]! + x * (c[1]! + x * c[2]!)));
    const holds = (value: bigint, print: (a: Arithmetic, term: Term) => void): boolean => {
      const b = new ProgramBuilder();
      const a = new Arithmetic(b);
      print(a, a.of(b.input()));
      try {
        evaluate(b.build(), { publics: [], elements: [value], points: [] });
        return true;
      } catch {
        return false;
      }
    };
    for (const value of [0n, 1n, 2n, Fr.neg(1n)]) {
      assert.equal(
        holds(value, (a, t) => a.assertBit(t)),
        value < 2n,
      );
      assert.equal(
        holds(value, (a, t) => a.assertNotZero(t)),
        value !== 0n,
      );
    }
    const a = new Arithmetic(new ProgramBuilder());
    assert.throws(() => a.assertZero(a.constant(1n)), RangeError);
    a.assertZero(a.sub(a.constant(5n), a.constant(5n)));
  });

  it('flat programs: random ones, and those of the machine in fewer operations than they have', () => {
    for (let round = 0; round < 50; round++) {
      const columns = 4;
      const constants = [0n, 1n, Fr.neg(1n), random()];
      const operations: [Op, number, number][] = [];
      for (let i = 0; i < 25; i++) {
        const nodes = columns + 1 + constants.length + i;
        operations.push([[ADD, SUB, MUL][below(3)] as Op, below(nodes), below(nodes)]);
      }
      const program: FlatProgram = {
        columns,
        challenges: ['y'],
        constants,
        operations,
        outputs: [columns + 1 + constants.length + 24],
      };
      const inputs = Array.from({ length: 5 }, random);
      const [expected] = evaluateProgram(program, scalarRing, inputs.slice(0, 4), inputs.slice(4));
      shows(inputs, (a, terms) => a.evaluate(program, terms.slice(0, 4), terms.slice(4)), expected!);
    }
    const { shape } = layout(machineSystem({ transcript: 'poseidon2' }));
    let [flat, written] = [0, 0];
    for (const { program } of shape.chips) {
      const inputs = Array.from({ length: program.columns + program.challenges.length }, random);
      const [columns, challenges] = [inputs.slice(0, program.columns), inputs.slice(program.columns)];
      const [expected] = evaluateProgram(program, scalarRing, columns, challenges);
      flat += program.operations.length;
      written += shows(
        inputs,
        (a, terms) => a.evaluate(program, terms.slice(0, program.columns), terms.slice(program.columns)),
        expected!,
      );
    }
    assert.ok(written < 0.7 * flat, `${written} of ${flat}`);
  });
});
