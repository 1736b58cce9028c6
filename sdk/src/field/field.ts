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

  // Extended Euclid: ten times faster than exponentiation at this size.
  const inv = (a: bigint): bigint => {
    if (a % modulus === 0n) throw new RangeError('zero has no inverse');
    let [r0, r1, s0, s1] = [modulus, from(a), 0n, 1n];
    while (r1 > 0n) {
      const q = r0 / r1;
      [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
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

/** The scalar field of BN254. */
export const Fr: Field = createField(FR_MODULUS);

/** The base field of BN254. */
export const Fq: Field = createField(FQ_MODULUS);
