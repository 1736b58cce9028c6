/**
 * Reference arithmetic of the two fields of BN254 on `bigint`: short and slow. Values are canonical, in
 * `[0, modulus)`, unless a parameter says otherwise.
 */

/** Order of G1, modulus of the scalar field Fr; 2-adicity 28. */
export const FR_MODULUS: bigint = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** Modulus of the base field Fq: coordinates of points. */
export const FQ_MODULUS: bigint = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

/** A prime field. All operations accept canonical values; `from` makes any integer canonical. */
export interface Field {
  readonly modulus: bigint;
  from(value: bigint | number): bigint;
  add(a: bigint, b: bigint): bigint;
  sub(a: bigint, b: bigint): bigint;
  neg(a: bigint): bigint;
  mul(a: bigint, b: bigint): bigint;
  /** `base^exponent`, `exponent ≥ 0`. */
  pow(base: bigint, exponent: bigint): bigint;
  /** Inverse; throws `RangeError` for zero, which callers exclude. */
  inv(a: bigint): bigint;
  /** Inverses of all elements with one inversion (Montgomery's trick); throws `RangeError` if one is zero. */
  batchInv(values: readonly bigint[]): bigint[];
}

export function createField(modulus: bigint): Field {
  const from = (value: bigint | number): bigint => {
    const v = BigInt(value) % modulus;
    return v < 0n ? v + modulus : v;
  };
  const mul = (a: bigint, b: bigint): bigint => (a * b) % modulus;

  const pow = (base: bigint, exponent: bigint): bigint => {
    if (exponent < 0n) throw new RangeError('negative exponent');
    let result = 1n % modulus;
    for (let square = base, e = exponent; e > 0n; e >>= 1n) {
      if (e & 1n) result = mul(result, square);
      square = mul(square, square);
    }
    return result;
  };

  // Extended Euclid, many divisions at once (Lehmer): quotients are guessed by doubles, and whatever they are, both rows stay combinations of determinant ±1.
  const inv = (a: bigint): bigint => {
    if (a % modulus === 0n) throw new RangeError('zero has no inverse');
    let [r0, r1, s0, s1] = [modulus, from(a), 0n, 1n];
    while (r1 > 0n) {
      const [a0, b0, a1, b1] = euclidSteps(Number(r0), Number(r1));
      if (b0 === 0) {
        const q = r0 / r1;
        [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
        continue;
      }
      const [x0, y0, x1, y1] = [BigInt(a0), BigInt(b0), BigInt(a1), BigInt(b1)];
      [r0, r1, s0, s1] = [x0 * r0 + y0 * r1, x1 * r0 + y1 * r1, x0 * s0 + y0 * s1, x1 * s0 + y1 * s1];
      if (r0 < 0n) [r0, s0] = [-r0, -s0];
      if (r1 < 0n) [r1, s1] = [-r1, -s1];
    }
    return from(s0);
  };

  const batchInv = (values: readonly bigint[]): bigint[] => {
    const prefix: bigint[] = [];
    let product = 1n;
    for (const value of values) {
      prefix.push(product);
      product = mul(product, value);
    }
    let inverse = values.length > 0 ? inv(product) : 1n;
    const result = new Array<bigint>(values.length);
    for (let i = values.length - 1; i >= 0; i--) {
      result[i] = mul(inverse, prefix[i] as bigint);
      inverse = mul(inverse, values[i] as bigint);
    }
    return result;
  };

  return {
    modulus,
    from,
    add: (a, b) => (a + b >= modulus ? a + b - modulus : a + b),
    sub: (a, b) => (a >= b ? a - b : a - b + modulus),
    neg: (a) => (a === 0n ? 0n : modulus - a),
    mul,
    pow,
    inv,
    batchInv,
  };
}

/** Cofactors stay below: half the bits of a double are left for the numbers themselves. */
const MOST_COFACTOR = 2 ** 26;

/** Rows `(a0, b0), (a1, b1)` of what some steps of Euclid's algorithm do to two positive numbers, of which these are the leading bits; `b0 = 0` where no step is sure. */
function euclidSteps(x: number, y: number): readonly [number, number, number, number] {
  let [a0, b0, a1, b1] = [1, 0, 0, 1];
  while (y > 0) {
    const q = Math.floor(x / y);
    const [a2, b2] = [a0 - q * a1, b0 - q * b1];
    if (Math.abs(a2) > MOST_COFACTOR || Math.abs(b2) > MOST_COFACTOR) break;
    [x, y, a0, b0, a1, b1] = [y, x - q * y, a1, b1, a2, b2];
  }
  return [a0, b0, a1, b1];
}

/** The scalar field of BN254. */
export const Fr: Field = createField(FR_MODULUS);

/** The base field of BN254. */
export const Fq: Field = createField(FQ_MODULUS);
