/** Column polynomials as the prover holds them: the interpolant in the engine, the blinding on the host. */
import { Fr } from '../../field/field.ts';
import type { Engine, Vector } from '../../kernels/contract.ts';

/**
 * `f(X) = Σ_{k<n} coefficients[k]·X^k + (Σ_m blinding[m]·X^m)·(X^n − 1)`; no blinding for fixed columns, two coefficients for
 * main and helper columns, three for φ and for main columns of runs of several proofs.
 */
export interface Polynomial {
  /** Length n, a power of two (any length for a chunk of the quotient, whose masks are folded in). */
  readonly coefficients: Vector;
  readonly blinding: readonly bigint[];
}

export const heightOf = (f: Polynomial): number => f.coefficients.length;

/** Number of coefficients of `f`, blinding included. */
export const lengthOf = (f: Polynomial): number => f.coefficients.length + f.blinding.length;

/** The blinding as it acts on the coset `shift·H_n`, where `X^n − 1` is a constant: the `low` of `cosetEvaluate`. */
export function lowOnCoset(polynomials: readonly Polynomial[], shift: bigint): bigint[][] {
  const vanishing = new Map<number, bigint>();
  return polynomials.map(({ coefficients: { length }, blinding }) => {
    let value = vanishing.get(length);
    if (value === undefined) {
      value = Fr.sub(Fr.pow(shift, BigInt(length)), 1n);
      vanishing.set(length, value);
    }
    const factor = value;
    return blinding.map((rho) => Fr.mul(rho, factor));
  });
}

/** Values at one point, of polynomials of one height. */
export async function evaluatePolynomials(
  engine: Engine,
  polynomials: readonly Polynomial[],
  point: bigint,
): Promise<bigint[]> {
  const values = await engine.evaluateAt(
    polynomials.map((f) => f.coefficients),
    point,
  );
  return lowOnCoset(polynomials, point).map((low, i) =>
    Fr.add(
      values[i]!,
      low.reduceRight((sum, c) => Fr.add(Fr.mul(sum, point), c), 0n),
    ),
  );
}

/**
 * The top `count` coefficients, highest first, of `f` written with `n + blinding` coefficients: entry `i` belongs to `X^{n+blinding-1-i}`.
 * `blinding < count`, at least the number that `f` has.
 */
export function topCoefficients(engine: Engine, f: Polynomial, blinding: number, count: number): bigint[] {
  const n = heightOf(f);
  const rho = Array.from({ length: blinding }, (_, m) => f.blinding[blinding - 1 - m] ?? 0n);
  const below = count - blinding;
  return [...rho, ...engine.read(f.coefficients, n - below, below).reverse()];
}
