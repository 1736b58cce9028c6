import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import { createField, FQ_MODULUS, Fq, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { createLimbField, LIMBS, signedLimbs } from '../../sdk/src/field/limbs.ts';
import { COSET_GENERATOR, log2Exact, rootOfUnity, TWO_ADICITY } from '../../sdk/src/field/roots.ts';
import { createRandom } from '../kernels/random.ts';

const random = createRandom('field');

for (const [name, field, noble] of [
  ['Fr', Fr, bn254.fields.Fr],
  ['Fq', Fq, bn254.fields.Fp],
] as const) {
  describe(`reference field ${name}`, () => {
    it('agrees with an independent implementation', () => {
      assert.equal(field.modulus, noble.ORDER);
      for (let t = 0; t < 200; t++) {
        const [a, b] = random.elements(field.modulus, 2);
        assert.equal(field.add(a, b), noble.add(a, b));
        assert.equal(field.sub(a, b), noble.sub(a, b));
        assert.equal(field.mul(a, b), noble.mul(a, b));
        assert.equal(field.neg(a), noble.neg(a));
        assert.equal(field.pow(a, b & 0xffffn), noble.pow(a, b & 0xffffn));
        if (a !== 0n) assert.equal(field.inv(a), noble.inv(a));
      }
    });

    it('inverts what makes quotients large, numbers near, and all of small fields', () => {
      // Near n-th parts of the modulus and powers of two the first division leaves next to nothing, so that no guess of several is sure.
      const edges = Array.from({ length: 254 }, (_, i) => BigInt(i + 1)).flatMap((i) => [
        ...[1n << (i - 1n), (1n << (i - 1n)) + 1n, field.modulus - (1n << (i - 1n))],
        ...[field.modulus / i, field.modulus / i + 1n, field.modulus / (1n << (i - 1n)) + 1n],
      ]);
      for (const edge of edges.map(field.from)) {
        if (edge !== 0n) assert.equal(field.inv(edge), noble.inv(edge), `${edge}`);
      }
      for (const modulus of [2n, 3n, 7n, 65537n]) {
        const small = createField(modulus);
        for (let a = 1n; a < modulus; a += modulus > 1000n ? 97n : 1n) {
          assert.equal(small.mul(small.inv(a), a), 1n);
        }
      }
    });

    it('inverts batches and refuses zero', () => {
      const values = random.elements(field.modulus, 20).map((v) => (v === 0n ? 1n : v));
      assert.deepEqual(field.batchInv(values), values.map(field.inv));
      assert.deepEqual(field.batchInv([]), []);
      assert.throws(() => field.inv(0n), RangeError);
      assert.throws(() => field.inv(field.modulus), RangeError);
      assert.throws(() => field.batchInv([1n, 0n]), RangeError);
      assert.throws(() => field.pow(2n, -1n), RangeError);
    });

    it('makes any integer canonical', () => {
      assert.equal(field.from(-1), field.modulus - 1n);
      assert.equal(field.from(field.modulus), 0n);
      assert.equal(field.from(3 * 2 ** 40), 3n << 40n);
    });
  });
}

describe('roots of unity', () => {
  it('have exactly their order, each the square of the next', () => {
    for (let k = 1; k <= TWO_ADICITY; k++) {
      const root = rootOfUnity(2 ** k);
      assert.equal(Fr.pow(root, 1n << BigInt(k - 1)), FR_MODULUS - 1n);
      assert.equal(Fr.mul(root, root), rootOfUnity(2 ** (k - 1)));
    }
    assert.equal(rootOfUnity(1), 1n);
    assert.equal(rootOfUnity(2 ** 28), Fr.pow(5n, (FR_MODULUS - 1n) >> 28n));
  });

  it('exist for powers of two only', () => {
    for (const n of [0, 3, 2 ** 29, -4, 1.5, Number.NaN])
      assert.throws(() => log2Exact(n), RangeError, `${n}`);
  });

  it('leave the coset generator outside of every subgroup, and its small powers in different cosets', () => {
    const order = 1n << BigInt(TWO_ADICITY);
    for (let i = 1n; i <= 8n; i++) assert.notEqual(Fr.pow(Fr.pow(COSET_GENERATOR, i), order), 1n);
  });
});

describe('limbs', () => {
  for (const modulus of [FR_MODULUS, FQ_MODULUS]) {
    const limbField = createLimbField(modulus);
    it(`encode and decode, normal, modulo ${modulus.toString(16).slice(-8)}`, () => {
      for (const value of [0n, 1n, modulus - 1n, modulus >> 1n, ...random.elements(modulus, 200)]) {
        const limbs = limbField.encode(value);
        assert.equal(limbField.decode(limbs), value);
        limbs.slice(0, 4).forEach((limb) => {
          assert.ok(Math.abs(limb) <= 2 ** 50);
        });
        const integer = limbs.reduceRight((sum, limb) => (sum << 51n) + BigInt(limb), 0n);
        assert.ok(2n * (integer < 0n ? -integer : integer) <= modulus);
        assert.equal(createField(modulus).from(integer), (value << 255n) % modulus);
      }
    });

    it(`decode redundant limbs, modulo ${modulus.toString(16).slice(-8)}`, () => {
      const limbs = limbField.encode(12345n);
      assert.equal(limbField.decode([limbs[0] + 2 ** 51, limbs[1] - 1, ...limbs.slice(2)]), 12345n);
    });
  }

  it('are signed and as many as asked for', () => {
    assert.deepEqual(signedLimbs(-1n), [-1n, 0n, 0n, 0n, 0n]);
    assert.deepEqual(signedLimbs(1n << 50n, 2), [-(1n << 50n), 1n]);
    assert.equal(signedLimbs(FR_MODULUS).length, LIMBS);
  });
});
