import assert from 'node:assert/strict';
import {
  ENDOMORPHISM_BETA,
  endomorphismLambda,
  HALF_BITS,
  splitScalar,
} from '../../sdk/src/curve/endomorphism.ts';
import { G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { Fq, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { createRandom } from '../kernels/random.ts';

describe('endomorphism of G1', () => {
  it('is the multiplication by λ', () => {
    const lambda = endomorphismLambda();
    assert.equal(Fr.pow(lambda, 3n), 1n);
    for (const k of [1n, 2n, 12345n, FR_MODULUS - 1n]) {
      const { x, y } = multiplyG1(G1_GENERATOR, k)!;
      const image = { x: Fq.mul(ENDOMORPHISM_BETA, x), y };
      assert.deepEqual(multiplyG1(G1_GENERATOR, Fr.mul(k, lambda)), image);
    }
  });

  it('splits every scalar into two short ones', () => {
    const lambda = endomorphismLambda();
    const random = createRandom('split');
    const scalars = [0n, 1n, FR_MODULUS - 1n, lambda, FR_MODULUS - lambda, FR_MODULUS >> 1n];
    for (const scalar of [...scalars, ...random.elements(FR_MODULUS, 2000)]) {
      const [a, b] = splitScalar(scalar);
      assert.equal(Fr.from(a + b * lambda), scalar);
      for (const half of [a, b])
        assert.ok(half < 1n << BigInt(HALF_BITS) && half > -(1n << BigInt(HALF_BITS)));
    }
  });
});
