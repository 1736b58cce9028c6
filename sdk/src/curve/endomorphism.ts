/**
 * The endomorphism of G1 (Gallant, Lambert, Vanstone, CRYPTO 2001): `(x, y) → (β·x, y)` with β³ = 1 is the
 * multiplication by λ, λ³ = 1 mod r, so a scalar k may be replaced by two of half its length, `k = k1 + k2·λ`.
 */
import { FQ_MODULUS, Fq, FR_MODULUS, Fr } from '../field/field.ts';
import { G1_GENERATOR, multiplyG1 } from './g1.ts';

/** β, a cube root of unity in Fq. */
export const ENDOMORPHISM_BETA: bigint = Fq.pow(3n, (FQ_MODULUS - 1n) / 3n);

/** Bits of the halves that {@link splitScalar} returns, without sign. */
export const HALF_BITS = 127;

interface Lattice {
  readonly lambda: bigint;
  /** Short vectors `(a, b)` with `a + b·λ = 0 mod r`. */
  readonly first: readonly [bigint, bigint];
  readonly second: readonly [bigint, bigint];
}

let cached: Lattice | undefined;

function lattice(): Lattice {
  if (cached !== undefined) return cached;
  // Of the two primitive cube roots of unity mod r, the one that belongs to β.
  const root = Fr.pow(5n, (FR_MODULUS - 1n) / 3n);
  const image = Fq.mul(ENDOMORPHISM_BETA, G1_GENERATOR.x);
  const lambda = multiplyG1(G1_GENERATOR, root)?.x === image ? root : Fr.mul(root, root);
  // Remainders of Euclid's algorithm on r and λ are short once below √r.
  let [r0, r1, t0, t1] = [FR_MODULUS, lambda, 0n, 1n];
  while (r1 * r1 >= FR_MODULUS) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  // The second vector is the shorter of the neighbours.
  const q = r0 / r1;
  const [r2, t2] = [r0 - q * r1, t0 - q * t1];
  const next = r2 * r2 + t2 * t2 < r0 * r0 + t0 * t0;
  cached = { lambda, first: [r1, -t1], second: next ? [r2, -t2] : [r0, -t0] };
  return cached;
}

/** Halves with `k1 + k2·λ = scalar mod r`, `|k1|, |k2| < 2^HALF_BITS`. */
export function splitScalar(scalar: bigint): readonly [bigint, bigint] {
  const { first, second } = lattice();
  const determinant = first[0] * second[1] - first[1] * second[0];
  const c1 = roundedQuotient(second[1] * scalar, determinant);
  const c2 = roundedQuotient(-first[1] * scalar, determinant);
  return [scalar - c1 * first[0] - c2 * second[0], -c1 * first[1] - c2 * second[1]];
}

/** λ itself. */
export function endomorphismLambda(): bigint {
  return lattice().lambda;
}

/** Short vectors `(a, b)` with `a + b·λ = 0 mod r`, a basis of all of them. */
export function shortVectors(): readonly [readonly [bigint, bigint], readonly [bigint, bigint]] {
  const { first, second } = lattice();
  return [first, second];
}

function roundedQuotient(a: bigint, b: bigint): bigint {
  const [n, d] = b < 0n ? [-a, -b] : [a, b];
  const twice = 2n * n + d;
  const quotient = twice / (2n * d);
  return twice < 0n && quotient * 2n * d !== twice ? quotient - 1n : quotient;
}
