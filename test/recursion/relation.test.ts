/** The bounds of `recursion/relation.ts` as integers, and false relations before the best quotient that there is for them. */
import assert from 'node:assert/strict';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import {
  CARRY_LIMBS,
  CARRY_LIMBS_OFFSET,
  CARRY_OFFSET,
  CARRY_SHIFT,
  carryInLimbs,
  carryWords,
  leftSide,
  MOST_COEFFICIENTS,
  QUOTIENT_OFFSET,
  type RelationValues,
  solveRelation,
  VALUE_BOUND,
  wordCoefficients,
  wordsOf,
} from '../../sdk/src/recursion/relation.ts';
import { createRandom } from '../kernels/random.ts';

const p = FQ_MODULUS;
const r = FR_MODULUS;
const E = BigInt(MOST_COEFFICIENTS);
const WORD = 1n << 64n;
/** Largest value of each word of a value, of a quotient, and of |q'_i − offset_i|. */
const VALUE_WORDS = [WORD - 1n, WORD - 1n, WORD - 1n, (1n << 62n) + (1n << 48n) - 1n];
const QUOTIENT_WORDS = [WORD - 1n, WORD - 1n, WORD - 1n, 1n << 63n];

describe('recursion: bounds of a relation', () => {
  const largest = wordsOf(VALUE_BOUND - 1n);
  /** Of |t_i|, whatever the words are, with one product and coefficients that add up to 16. */
  const t = [0, 1, 2, 3].map((n) => {
    let most = E * (WORD - 1n);
    for (let i = 0; i <= n; i++) {
      // A·(B − C): each difference of words is below a word in magnitude, as A itself is for a square.
      most += VALUE_WORDS[i]! * VALUE_WORDS[n - i]! + QUOTIENT_WORDS[i]! * wordsOf(p)[n - i]!;
    }
    return most;
  });
  /** Of |c|, whatever its words of 64 bits are. */
  const carry = WORD - 1n + ((WORD - 1n) << CARRY_SHIFT);

  it('limbs bound a value: top word below 2^62 + 2^48, so below 2^254 + 2^240, and that is below 2p', () => {
    // 4·limb is below 2^16 modulo r iff the limb is below 2^14: it is below 2^16 by its own look-up, so nothing wraps.
    const top = (1n << 14n) - 1n;
    assert.ok(4n * top < 1n << 16n && 4n * (top + 1n) >= 1n << 16n && 4n * 0xffffn < r);
    assert.ok(VALUE_BOUND > (top << 240n) + (1n << 240n) - 1n);
    assert.ok(largest[3]! <= VALUE_WORDS[3]!);
    assert.ok(VALUE_BOUND < 2n * p);
  });

  it('the halves do not wrap modulo r: both sides together are below r/2', () => {
    assert.ok(t.every((most) => most <= 8n * (1n << 128n) + E * WORD));
    const both = (low: bigint, high: bigint, more: bigint): bigint =>
      low + (high << 64n) + more + (carry << 128n);
    assert.ok(2n * both(t[0]!, t[1]!, 0n) < r);
    assert.ok(2n * both(t[2]!, t[3]!, carry) < r);
  });

  it('carries in limbs are narrower than carries in words, whatever their limbs are', () => {
    const most = (1n << BigInt(16 * CARRY_LIMBS)) - 1n - CARRY_LIMBS_OFFSET;
    assert.ok(most < CARRY_LIMBS_OFFSET && CARRY_LIMBS_OFFSET < carry);
  });

  it('left and right side are closer than r·2^256', () => {
    const left = VALUE_BOUND ** 2n + E * VALUE_BOUND;
    assert.ok(left + QUOTIENT_OFFSET * p < r << 256n);
    // With two products they would not be.
    assert.ok(left + VALUE_BOUND ** 2n + QUOTIENT_OFFSET * p >= r << 256n);
  });

  it('the words of 2^256 and above are what the native equation is for: both moduli have no common factor', () => {
    assert.equal(r % 2n, 1n);
  });

  it('honest quotients and carries fit', () => {
    assert.ok(VALUE_BOUND ** 2n + E * VALUE_BOUND < QUOTIENT_OFFSET * p);
    const low = ((t[0]! + (t[1]! << 64n)) >> 128n) + 1n;
    const high = ((t[2]! + (t[3]! << 64n) + low) >> 128n) + 1n;
    for (const most of [low, high]) {
      assert.ok(most < CARRY_OFFSET);
      assert.ok(CARRY_OFFSET + most < WORD << CARRY_SHIFT);
      assert.ok(most < CARRY_LIMBS_OFFSET);
    }
  });

  it('abscissae that are equal modulo p have differences −p, 0, p, and these are apart modulo r', () => {
    assert.ok(VALUE_BOUND <= 2n * p);
    assert.equal(new Set([-p, 0n, p].map(Fr.from)).size, 3);
  });
});

describe('recursion: relations', () => {
  const random = createRandom('relations');
  const edges = [0n, 1n, p - 1n, p, p + 1n, r, r - 1n, (1n << 254n) - 1n, VALUE_BOUND - 1n];
  const value = (): bigint =>
    random.below(3) === 0 ? edges[random.below(edges.length)]! : random.element(p);
  const shapes = [
    { square: false, guard: true, e1: 1, e2: -1 },
    { square: true, guard: false, e1: -8, e2: -4 },
    { square: false, guard: false, e1: -2, e2: -2 },
    { square: true, guard: true, e1: -1, e2: 0 },
    { square: true, guard: true, e1: 0, e2: -1 },
    { square: false, guard: false, e1: -7, e2: 9 },
  ];

  /** Whether words of 64 bits make `c` a carry. */
  const isCarry = (c: bigint): boolean => {
    const shifted = Fr.from(c + CARRY_OFFSET);
    return shifted <= WORD - 1n + ((WORD - 1n) << CARRY_SHIFT);
  };

  /** Tries every q' of [0, 2^256) that satisfies the equation modulo r, with the carries that follow from it. */
  function provable(shape: (typeof shapes)[number], values: RelationValues): boolean {
    const first = Fr.mul(Fr.from(leftSide(shape, values) + QUOTIENT_OFFSET * p), Fr.inv(Fr.from(p)));
    for (let quotient = first; quotient < 1n << 256n; quotient += r) {
      const t = wordCoefficients(shape, values, quotient);
      const inverse = Fr.inv(1n << 128n);
      const low = Fr.mul(Fr.from(t[0]! + (t[1]! << 64n)), inverse);
      const high = Fr.mul(Fr.from(t[2]! + (t[3]! << 64n) + low), inverse);
      if (isCarry(low) && isCarry(high)) return true;
    }
    return false;
  }

  it('4,000 true ones have a witness, 8,000 false ones have none, with values up to their bound', () => {
    let [held, refused] = [0, 0];
    for (let i = 0; i < 4_000; i++) {
      const shape = shapes[i % shapes.length]!;
      const sign = random.below(2) === 0 ? 1n : -1n;
      const values = { A: value(), B: value(), C: value(), E1: value(), E2: value(), sign } as const;
      // What E1 or E2 must be.
      const name = shape.e1 === 0 ? 'E2' : 'E1';
      const coefficient = name === 'E1' ? BigInt(shape.e1) * sign : BigInt(shape.e2);
      const rest = leftSide(shape, { ...values, [name]: 0n });
      const made = (((-rest * inverse(coefficient)) % p) + p) % p;
      const good: RelationValues = { ...values, [name]: made };
      const { quotient, carries } = solveRelation(shape, good);
      assert.ok(quotient >= 0n && quotient < 1n << 256n);
      const t = wordCoefficients(shape, good, quotient);
      assert.equal(carries[0] << 128n, t[0]! + (t[1]! << 64n));
      assert.equal(carries[1] << 128n, t[2]! + (t[3]! << 64n) + carries[0]);
      for (const carry of carries) {
        assert.ok(carryWords(carry).every((word) => word >= 0n && word < WORD));
        assert.ok(carryInLimbs(carry) < 1n << BigInt(16 * CARRY_LIMBS));
      }
      assert.ok(provable(shape, good));
      held++;
      for (const wrong of [made + 1n, made ^ (1n << 64n)]) {
        const bad: RelationValues = { ...values, [name]: wrong % VALUE_BOUND };
        assert.equal(provable(shape, bad), false);
        assert.throws(() => solveRelation(shape, bad), RangeError);
        refused++;
      }
    }
    assert.deepEqual([held, refused], [4_000, 8_000]);
  });

  it('a value has more than one representation, and both are honest', () => {
    const shape = { square: false, guard: false, e1: -1, e2: 0 };
    const values = { A: 5n, B: 7n, C: 0n, E2: 0n, sign: 1n } as const;
    assert.ok(provable(shape, { ...values, E1: 35n }) && provable(shape, { ...values, E1: 35n + p }));
  });

  function inverse(coefficient: bigint): bigint {
    const a = ((coefficient % p) + p) % p;
    let [x, y, u, v] = [a, p, 1n, 0n];
    while (x > 0n) {
      const q = y / x;
      [x, y, u, v] = [y - q * x, x, v - q * u, u];
    }
    return v;
  }
});
