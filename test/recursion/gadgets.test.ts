/** Each gadget against the reference, on edges and at random, as evaluated; that rows say the same is `rows.test.ts`. */
import assert from 'node:assert/strict';
import { endomorphismLambda } from '../../sdk/src/curve/endomorphism.ts';
import { addG1, G1_GENERATOR, isOnG1, multiExpG1, multiplyG1, negateG1 } from '../../sdk/src/curve/g1.ts';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import { type Evaluation, evaluate } from '../../sdk/src/recursion/evaluate.ts';
import { addPoints, doublePoint, hashToPoint, inputPoint } from '../../sdk/src/recursion/gadgets/curve.ts';
import {
  oddDigits,
  scalarDigits,
  splitOdd,
  WINDOW,
  WINDOWS,
} from '../../sdk/src/recursion/gadgets/digits.ts';
import { msm } from '../../sdk/src/recursion/gadgets/msm.ts';
import type { Point } from '../../sdk/src/recursion/program.ts';
import { permute } from '../../sdk/src/transcript/poseidon2.ts';
import { createRandom } from '../kernels/random.ts';

const random = createRandom('recursion gadgets');
const point = (k = random.element(FR_MODULUS)): { x: bigint; y: bigint } =>
  multiplyG1(G1_GENERATOR, k === 0n ? 1n : k)!;
const at = (evaluation: Evaluation, { x, y }: Point): { x: bigint; y: bigint } => ({
  x: evaluation.values[x.id]!,
  y: evaluation.values[y.id]!,
});
const SCALARS = [
  0n,
  1n,
  2n,
  FR_MODULUS - 1n,
  FR_MODULUS >> 1n,
  endomorphismLambda(),
  Fr.neg(endomorphismLambda()),
  1n << 128n,
];

describe('recursion: gadgets equal the reference', () => {
  it('operations of Fr', () => {
    for (let i = 0; i < 200; i++) {
      const b = new ProgramBuilder();
      const [x, y, z] = [b.input(), b.input(), b.input()];
      const [scale, constant] = [random.element(FR_MODULUS), random.element(FR_MODULUS)];
      const all = b.combine({ a: x, b: y, c: z, scale, constant });
      const others = [b.add(x, y), b.sub(x, y), b.mul(x, y), b.mulAdd(x, y, z), b.constant(constant)];
      const values = random.elements(FR_MODULUS, 3);
      const { elements } = evaluate(b.build(), { publics: [], elements: values, points: [] });
      const [u, v, w] = values as [bigint, bigint, bigint];
      assert.equal(elements[all.id], Fr.from(u * v + scale * w + constant));
      assert.deepEqual(
        others.map(({ id }) => elements[id]),
        [u + v, u - v, u * v, u * v + w, constant].map(Fr.from),
      );
    }
  });

  it('inverses, of everything but zero', () => {
    const b = new ProgramBuilder();
    const inverse = b.scope('denominator', () => b.inverse(b.input()));
    const program = b.build();
    for (const x of [1n, FR_MODULUS - 1n, random.element(FR_MODULUS) || 2n]) {
      const { elements } = evaluate(program, { publics: [], elements: [x], points: [] });
      assert.equal(Fr.mul(elements[inverse.id]!, x), 1n);
    }
    assert.throws(
      () => evaluate(program, { publics: [], elements: [0n], points: [] }),
      /denominator: zero has no inverse/,
    );
  });

  it('Poseidon2 of state and absorbed elements', () => {
    const b = new ProgramBuilder();
    const state = [b.input(), b.input(), b.input()] as const;
    const out = b.permute(state, [b.input(), b.input()]);
    const program = b.build();
    for (let i = 0; i < 50; i++) {
      const elements = random.elements(FR_MODULUS, 5);
      const found = evaluate(program, { publics: [], elements, points: [] });
      const [s0, s1, s2, a0, a1] = elements as [bigint, bigint, bigint, bigint, bigint];
      assert.deepEqual(
        out.map(({ id }) => found.elements[id]),
        permute([Fr.add(s0, a0), Fr.add(s1, a1), s2]),
      );
    }
  });

  it('points: on the curve, doubled, added; not on the curve, or of equal x, is refused', () => {
    const b = new ProgramBuilder();
    const [p, q] = [inputPoint(b), inputPoint(b)];
    const twice = doublePoint(b, p);
    const sum = b.scope('addition', () => addPoints(b, p, q));
    const program = b.build();
    const run = (points: { x: bigint; y: bigint }[]): Evaluation =>
      evaluate(program, { publics: [], elements: [], points });
    for (let i = 0; i < 50; i++) {
      const P = point();
      const Q = addG1(P, multiplyG1(G1_GENERATOR, BigInt(i + 1)))!;
      const found = run([P, Q]);
      assert.deepEqual(at(found, twice), addG1(P, P));
      assert.deepEqual(at(found, sum), addG1(P, Q));
    }
    const P = point();
    for (const Q of [P, negateG1(P)!])
      assert.throws(() => run([P, Q]), /addition: two points that are added have the same x/);
    for (const bad of [
      { x: 0n, y: 0n },
      { x: P.x, y: P.y + 1n },
      { x: (P.x + 1n) % FQ_MODULUS, y: P.y },
    ]) {
      assert.equal(isOnG1(bad), false);
      assert.throws(() => run([bad, P]), /a relation over the base field does not hold/);
    }
    assert.throws(() => run([{ x: P.x + FQ_MODULUS, y: P.y }, P]), RangeError);
  });

  it('words of points', () => {
    const b = new ProgramBuilder();
    const out = b.packPoint(inputPoint(b));
    const program = b.build();
    for (const P of [G1_GENERATOR, point(), point()]) {
      const { elements } = evaluate(program, { publics: [], elements: [], points: [P] });
      const joined = (P.y << 256n) + P.x;
      assert.equal(
        out.reduce((sum, { id }, i) => sum + (elements[id]! << BigInt(192 * i)), 0n),
        joined,
      );
    }
  });

  it('sums of one to five points, edge scalars among them', () => {
    for (const count of [1, 2, 3, 5]) {
      const b = new ProgramBuilder();
      const points = Array.from({ length: count }, () => inputPoint(b));
      const scalars = points.map(() => b.input());
      const sum = msm(
        b,
        points.map((each, i) => ({ point: each, scalar: scalars[i]! })),
      );
      const program = b.build();
      for (let i = 0; i < 6; i++) {
        const P = points.map(() => point());
        const s = points.map(
          (_, k) => SCALARS[(i * count + k) % SCALARS.length] ?? random.element(FR_MODULUS),
        );
        if (multiExpG1(P, s) === null) continue;
        const found = evaluate(program, { publics: [], elements: s, points: P });
        assert.deepEqual(at(found, sum), multiExpG1(P, s));
      }
    }
  });

  it('a sum that is infinity has no witness', () => {
    const b = new ProgramBuilder();
    const p = inputPoint(b);
    msm(b, [{ point: p, scalar: b.input() }]);
    assert.throws(
      () => evaluate(b.build(), { publics: [], elements: [0n], points: [point()] }),
      /two points that are added have the same x/,
    );
  });
});

describe('recursion: digits', () => {
  const all = [...SCALARS, ...random.elements(FR_MODULUS, 2_000)];

  it('of both halves are odd, below 2^WINDOW, and give the scalar', () => {
    for (const scalar of all) {
      const digits = scalarDigits(scalar);
      assert.equal(digits.length, 2 * WINDOWS);
      let sum = 0n;
      digits.forEach((digit, i) => {
        assert.ok(digit % 2n !== 0n && digit < 2 ** WINDOW && digit > -(2 ** WINDOW), `${scalar}: ${digit}`);
        const weight = 1n << BigInt(WINDOW * (i >> 1));
        sum += digit * weight * (i % 2 === 0 ? 1n : endomorphismLambda());
      });
      assert.equal(Fr.from(sum), scalar);
    }
  });

  it('halves are odd and below 2^129, for which 26 windows have room', () => {
    for (const scalar of all) {
      for (const half of splitOdd(scalar))
        assert.ok(half % 2n !== 0n && half < 1n << 129n && half > -(1n << 129n));
    }
    const most = (1n << BigInt(WINDOW * WINDOWS)) - 1n;
    for (const edge of [most, -most, 1n, -1n, (1n << 129n) - 1n]) {
      assert.equal(
        oddDigits(edge).reduce((sum, d, j) => sum + (d << BigInt(WINDOW * j)), 0n),
        edge,
      );
    }
    for (const outside of [most + 2n, -most - 2n, 2n]) assert.throws(() => oddDigits(outside), RangeError);
  });

  it('the offset is a point that nobody knows the logarithm of, the same every time', () => {
    const offset = hashToPoint('wattest recursion msm offset 1');
    assert.ok(isOnG1(offset) && offset.y % 2n === 0n);
    assert.notDeepEqual(hashToPoint('another'), offset);
  });
});
