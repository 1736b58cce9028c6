import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import { FROBENIUS_GAMMA, finalExponentiation, frobenius } from '../../sdk/src/curve/final-exponentiation.ts';
import {
  addG1,
  decodeG1,
  encodeG1,
  equalG1,
  G1_GENERATOR,
  isOnG1,
  multiExpG1,
  multiplyG1,
  negateG1,
} from '../../sdk/src/curve/g1.ts';
import { decodeG2, encodeG2, equalG2, G2_GENERATOR, isInG2, multiplyG2 } from '../../sdk/src/curve/g2.ts';
import { pairingProductIsOne } from '../../sdk/src/curve/pairing.ts';
import { FQ_MODULUS, FR_MODULUS } from '../../sdk/src/field/field.ts';

const reject = { where: 'test point', infinity: 'reject' } as const;
const allow = { where: 'test point', infinity: 'allow' } as const;

describe('G1 of BN254', () => {
  it('agrees with the doubling of the generator given in EIP-196 test vectors', () => {
    assert.deepEqual(addG1(G1_GENERATOR, G1_GENERATOR), {
      x: 0x030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3n,
      y: 0x15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4n,
    });
  });

  it('obeys the group laws at the edges', () => {
    const p = multiplyG1(G1_GENERATOR, 12345n);
    assert.equal(multiplyG1(p, 0n), null);
    assert.equal(multiplyG1(p, FR_MODULUS), null);
    assert.equal(addG1(p, negateG1(p)), null);
    assert.ok(equalG1(multiplyG1(p, -1n), negateG1(p)));
    assert.ok(equalG1(addG1(p, null), p));
    assert.equal(negateG1(null), null);
  });

  it('sums products as single multiplications do', () => {
    const points = [G1_GENERATOR, multiplyG1(G1_GENERATOR, 7n), null, multiplyG1(G1_GENERATOR, 9n)];
    const scalars = [5n, FR_MODULUS - 1n, 3n, 0n];
    assert.ok(equalG1(multiExpG1(points, scalars), multiplyG1(G1_GENERATOR, 5n - 7n)));
    assert.equal(multiExpG1([], []), null);
    assert.throws(() => multiExpG1(points, [1n]), RangeError);
  });

  it('encodes and decodes', () => {
    for (const p of [G1_GENERATOR, multiplyG1(G1_GENERATOR, 99n), null]) {
      assert.ok(equalG1(decodeG1(encodeG1(p), allow), p));
    }
  });

  it('refuses infinity where it is not allowed', () => {
    assert.throws(() => decodeG1(encodeG1(null), reject), { code: 'POINT_INVALID' });
  });

  it('refuses a coordinate that is not below p, on the curve or not', () => {
    const shifted = encodeG1({ x: G1_GENERATOR.x + FQ_MODULUS, y: G1_GENERATOR.y });
    assert.throws(() => decodeG1(shifted, allow), { code: 'POINT_INVALID', message: /not below p/ });
  });

  it('refuses p, p as an alias of infinity', () => {
    const alias = encodeG1({ x: FQ_MODULUS, y: FQ_MODULUS });
    assert.throws(() => decodeG1(alias, allow), { code: 'POINT_INVALID' });
  });

  it('refuses a point off the curve and a wrong length', () => {
    assert.throws(() => decodeG1(encodeG1({ x: 1n, y: 3n }), allow), {
      code: 'POINT_INVALID',
      message: /curve/,
    });
    assert.throws(() => decodeG1(new Uint8Array(63), allow), { code: 'POINT_INVALID', message: /64 bytes/ });
    assert.ok(!isOnG1({ x: 1n, y: 3n }));
    assert.ok(!isOnG1({ x: 1n - FQ_MODULUS, y: 2n }));
  });
});

describe('G2 of BN254', () => {
  it('has a generator of the group, which the pairing takes at its word', () => {
    assert.ok(isInG2(G2_GENERATOR));
  });

  it('encodes the generator in the order of EIP-197: imaginary part first', () => {
    const bytes = Buffer.from(encodeG2(G2_GENERATOR)).toString('hex');
    assert.ok(bytes.startsWith('198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2'));
    assert.ok(equalG2(decodeG2(encodeG2(G2_GENERATOR), reject), G2_GENERATOR));
  });

  it('refuses infinity, a coordinate that is not below p, and a point off the twist', () => {
    assert.throws(() => decodeG2(encodeG2(null), reject), { code: 'POINT_INVALID' });
    assert.equal(decodeG2(encodeG2(null), allow), null);
    const { x, y } = G2_GENERATOR;
    const shifted = { x: { ...x, real: x.real + FQ_MODULUS }, y };
    assert.throws(() => decodeG2(encodeG2(shifted), reject), {
      code: 'POINT_INVALID',
      message: /not below p/,
    });
    const off = { x: { ...x, real: x.real + 1n }, y };
    assert.throws(() => decodeG2(encodeG2(off), reject), {
      code: 'POINT_INVALID',
      message: /not in the group/,
    });
  });

  it('refuses a point on the twist outside the subgroup', () => {
    const { Fp2 } = bn254.fields;
    const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
    let found = 0;
    for (let i = 1n; found < 2; i++) {
      const x = Fp2.fromBigTuple([i, 0n]);
      const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
      let y: ReturnType<typeof Fp2.sqrt>;
      try {
        y = Fp2.sqrt(square);
      } catch {
        continue;
      }
      found++;
      const point = { x: { real: x.c0, imaginary: x.c1 }, y: { real: y.c0, imaginary: y.c1 } };
      assert.ok(!isInG2(point));
      assert.throws(() => decodeG2(encodeG2(point), reject), { code: 'POINT_INVALID' });
    }
  });
});

describe('the final exponentiation', () => {
  const { Fp2, Fp12 } = bn254.fields;
  // Twelve coordinates without a pattern.
  const element = (seed: bigint): Parameters<typeof frobenius>[0] =>
    Fp12.fromBigTwelve(
      Array.from({ length: 12 }, (_, i) => (seed + BigInt(i)) ** 97n % FQ_MODULUS) as Parameters<
        typeof Fp12.fromBigTwelve
      >[0],
    );

  it('raises to p as an exponentiation does, from a constant that is what it says', () => {
    assert.deepEqual(FROBENIUS_GAMMA, Fp2.pow(Fp2.fromBigTuple([9n, 1n]), (FQ_MODULUS - 1n) / 6n));
    const f = element(3n);
    assert.ok(Fp12.eql(frobenius(f), Fp12.pow(f, FQ_MODULUS)));
  });

  it('is that of the library, and one for what lies in a smaller field', () => {
    for (const seed of [5n, 2n ** 40n]) {
      const f = element(seed);
      assert.ok(Fp12.eql(finalExponentiation(f), Fp12.finalExponentiate(f)));
      assert.ok(!Fp12.eql(finalExponentiation(f), Fp12.ONE));
    }
    const { c0 } = element(7n);
    assert.ok(Fp12.eql(finalExponentiation({ c0, c1: bn254.fields.Fp6.ZERO }), Fp12.ONE));
  });
});

describe('pairing of BN254', () => {
  const a = multiplyG1(G1_GENERATOR, 6n);
  it('is bilinear', () => {
    const b = multiplyG2(G2_GENERATOR, 7n);
    assert.ok(
      pairingProductIsOne([
        [a, b],
        [multiplyG1(G1_GENERATOR, -42n), G2_GENERATOR],
      ]),
    );
  });

  it('tells a false product', () => {
    assert.ok(
      !pairingProductIsOne([
        [a, G2_GENERATOR],
        [multiplyG1(G1_GENERATOR, -7n), G2_GENERATOR],
      ]),
    );
  });

  it('takes infinity for 1 on either side, and nothing for 1', () => {
    assert.ok(
      pairingProductIsOne([
        [null, G2_GENERATOR],
        [a, null],
      ]),
    );
    assert.ok(pairingProductIsOne([]));
    assert.ok(!pairingProductIsOne([[a, G2_GENERATOR]]));
  });
});
