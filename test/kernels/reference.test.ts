import assert from 'node:assert/strict';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import { createRandom } from './random.ts';

const horner = (coefficients: readonly bigint[], x: bigint): bigint =>
  coefficients.reduceRight((sum, c) => Fr.add(Fr.mul(sum, x), c), 0n);

describe('reference engine, against definitions', () => {
  const random = createRandom('reference');
  const engine = createReferenceEngine();
  const vectorOf = (values: readonly bigint[]) => {
    const vector = engine.vector(values.length);
    engine.write(vector, 0, values);
    return vector;
  };

  for (const n of [1, 2, 8]) {
    it(`interpolates and evaluates on cosets, n = ${n}`, async () => {
      const coefficients = random.elements(FR_MODULUS, n);
      const at = (shift: bigint): bigint[] =>
        Array.from({ length: n }, (_, i) =>
          horner(coefficients, Fr.mul(shift, Fr.pow(rootOfUnity(n), BigInt(i)))),
        );
      const values = vectorOf(at(1n));
      await engine.interpolate([values]);
      assert.deepEqual(engine.read(values, 0, n), coefficients);
      const out = engine.vector(n);
      const low = n > 1 ? [[5n, 6n]] : [[5n]];
      await engine.cosetEvaluate(
        [out],
        [vectorOf(coefficients.map((c, i) => Fr.sub(c, low[0][i] ?? 0n)))],
        49n,
        low,
      );
      assert.deepEqual(engine.read(out, 0, n), at(49n));
      await engine.cosetInterpolate([out], 49n);
      assert.deepEqual(engine.read(out, 0, n), coefficients);
    });
  }

  it('divides by a linear polynomial', async () => {
    const [f, point, x] = [random.elements(FR_MODULUS, 9), 12345n, 678n];
    const quotient = vectorOf(f);
    assert.equal(await engine.divideByLinear(quotient, point), horner(f, point));
    const q = engine.read(quotient, 0, 9);
    assert.equal(q[8], 0n);
    assert.equal(Fr.mul(horner(q, x), Fr.sub(x, point)), Fr.sub(horner(f, x), horner(f, point)));
  });

  it('interpolates in the group as in the field', async () => {
    const scalars = random.elements(FR_MODULUS, 4);
    const points = await engine.fixedBase(vectorOf(scalars));
    await engine.groupInterpolate(points);
    const field = vectorOf(scalars);
    await engine.interpolate([field]);
    const expected = await engine.fixedBase(field);
    assert.deepEqual(await engine.pointsToBytes(points, 0, 4), await engine.pointsToBytes(expected, 0, 4));
  });

  it('refuses misuse by name', async () => {
    await assert.rejects(engine.interpolate([engine.vector(3)]), { code: 'KERNEL_CONTRACT' });
    assert.throws(() => engine.read(engine.vector(3), 2, 2), { code: 'KERNEL_CONTRACT' });
  });
});
