import assert from 'node:assert/strict';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { evaluateInterpolant } from '../../sdk/src/field/interpolant.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { createRandom } from '../kernels/random.ts';

const random = createRandom('interpolant');
const horner = (coefficients: readonly bigint[], x: bigint): bigint =>
  coefficients.reduceRight((sum, c) => Fr.add(Fr.mul(sum, x), c), 0n);

describe('a polynomial at a point, from its values', () => {
  for (const n of [1, 2, 4, 32, 128]) {
    const root = rootOfUnity(n);
    const points = Array.from({ length: n }, (_, j) => Fr.pow(root, BigInt(j)));

    it(`is that of its coefficients, n = ${n}`, () => {
      const coefficients = random.elements(FR_MODULUS, n);
      const values = points.map((w) => horner(coefficients, w));
      for (const x of [0n, 1n, FR_MODULUS - 1n, 5n, ...random.elements(FR_MODULUS, 3)])
        assert.equal(evaluateInterpolant(values, x), horner(coefficients, x));
    });

    it(`is the value itself in H_n, n = ${n}`, () => {
      const values = random.elements(FR_MODULUS, n);
      points.forEach((w, j) => {
        assert.equal(evaluateInterpolant(values, w), values[j]);
      });
    });
  }

  it('takes integers that are not reduced, and changes none', () => {
    const values = [FR_MODULUS ** 2n + 3n, -FR_MODULUS, -1n, 7n];
    const given = [...values];
    const [x] = random.elements(FR_MODULUS, 1) as [bigint];
    assert.equal(evaluateInterpolant(values, x), evaluateInterpolant(values.map(Fr.from), x));
    assert.deepEqual(values, given);
  });

  it('takes powers of two', () => {
    for (const n of [0, 3, 6])
      assert.throws(() => evaluateInterpolant(new Array(n).fill(1n), 2n), RangeError);
  });
});
