/**
 * Rounds 6 and 7, SHPLONK on packs. Opening a pack `F(X) = Σ_i X^i·f_i(X^t)` at `z` is opening it modulo `X^t − z`, where it agrees
 * with `r(X) = Σ_i f_i(z)·X^i`; division by `X^t − z` works residue by residue: `(f_i(Y) − f_i(z))/(Y − z)` at `Y = X^t`.
 *
 * So the claims of one modulus are summed first, residue by residue, with their powers of γ: `P_{k,i} = Σ_g γ^g·f_{g,i}`. Both W
 * and W' are made of these few sums.
 */
import { Fr } from '../../field/field.ts';
import type { Engine, Vector } from '../../kernels/contract.ts';
import { heightOf, lengthOf, type Polynomial } from '../columns/polynomial.ts';
import type { Scratch } from '../columns/scratch.ts';
import type { Claim, Modulus } from '../declare/schedule.ts';

export interface OpeningParts {
  readonly engine: Engine;
  readonly scratch: Scratch;
  readonly claims: readonly Claim[];
  readonly moduli: readonly Modulus[];
  /** Columns of each pack of the schedule, in residue order. */
  readonly packs: readonly (readonly Polynomial[])[];
  readonly points: { readonly z: bigint; readonly wz: bigint };
}

/** `P_{k,i}` of one modulus. */
interface Combination {
  readonly modulus: Modulus;
  readonly point: bigint;
  readonly residues: readonly Vector[];
}

export interface Opening {
  readonly W: Vector;
  readonly combinations: readonly Combination[];
}

/** `W = Σ_g γ^g·(F_g − r_g)/Z_g`. The result is for {@link finishOpening}. */
export async function openClaims(parts: OpeningParts, gamma: bigint): Promise<Opening> {
  const { engine, scratch, moduli, points } = parts;
  const combinations: Combination[] = [];
  for (const [k, modulus] of moduli.entries()) {
    combinations.push({ modulus, point: points[modulus.at], residues: await combine(parts, k, gamma) });
  }
  const W = scratch.vector(
    Math.max(...combinations.flatMap(({ modulus: { t }, residues }) => residues.map((P) => t * P.length))),
  );
  for (const { modulus, point, residues } of combinations) {
    for (const [i, P] of residues.entries()) {
      const quotient = scratch.vector(P.length);
      await engine.copy(quotient, P);
      await engine.divideByLinear(quotient, point);
      await engine.scatterAdd(W, i, modulus.t, quotient);
      scratch.free(quotient);
    }
  }
  return { W, combinations };
}

/**
 * `W' = L/(X − u)` for `L = Σ_g γ^g/Z_g(u)·(F_g − r_g(u)) − W`, and the inverse of `Z_T(u)`, the product of the moduli. `L(u) = 0`, so
 * the constants `r_g(u)` are whatever division by `X − u` leaves; deg L < D because no pack and no quotient by its modulus is
 * longer. Undefined where a modulus is zero at `u`.
 */
export async function finishOpening(
  engine: Engine,
  scratch: Scratch,
  opening: Opening,
  u: bigint,
): Promise<{ readonly W2: Vector; readonly inverse: bigint } | undefined> {
  const { W, combinations } = opening;
  const factors = combinations.map(({ modulus, point }) => Fr.sub(Fr.pow(u, BigInt(modulus.t)), point));
  if (factors.includes(0n)) return undefined;
  const inverses = factors.map(Fr.inv);

  const L = W;
  await engine.scale(L, Fr.neg(1n));
  for (const [k, { modulus, residues }] of combinations.entries()) {
    for (const [i, P] of residues.entries()) {
      await engine.scale(P, inverses[k]!);
      await engine.scatterAdd(L, i, modulus.t, P);
    }
    scratch.free(...residues);
  }
  await engine.divideByLinear(L, u);
  return { W2: L, inverse: inverses.reduce(Fr.mul) };
}

/** The sums `P_{k,i}` of modulus `k` for every residue that some pack has. */
async function combine(parts: OpeningParts, k: number, gamma: bigint): Promise<Vector[]> {
  const { claims, packs } = parts;
  const weighted = claims
    .map((claim, g) => ({ claim, weight: Fr.pow(gamma, BigInt(g)) }))
    .filter(({ claim }) => claim.modulus === k);
  const width = Math.max(...weighted.map(({ claim }) => packs[claim.pack]!.length));
  const residues: Vector[] = [];
  for (let i = 0; i < width; i++) {
    const terms = weighted.flatMap(({ claim, weight }) => {
      const f = packs[claim.pack]![i];
      return f === undefined ? [] : [{ f, weight }];
    });
    // Columns of one residue may have different heights, as those of one pack.
    residues.push(await weightedSum(parts, terms, Math.max(...terms.map(({ f }) => lengthOf(f)))));
  }
  return residues;
}

/** `Σ weight·f`, blinding included, in a vector of `length`. */
async function weightedSum(
  { engine, scratch }: OpeningParts,
  terms: readonly { readonly f: Polynomial; readonly weight: bigint }[],
  length: number,
): Promise<Vector> {
  const sum = scratch.vector(length);
  await engine.accumulateMany(
    sum,
    terms.map(({ f }) => f.coefficients),
    terms.map(({ weight }) => weight),
  );
  // Blinding of all terms together, by where it stands: a few elements of the sum, not of each term.
  const low: bigint[] = [];
  const above = new Map<number, bigint[]>();
  for (const { f, weight } of terms) {
    const high = above.get(heightOf(f)) ?? [];
    above.set(heightOf(f), high);
    f.blinding.forEach((value, m) => {
      const rho = Fr.mul(value, weight);
      high[m] = Fr.add(high[m] ?? 0n, rho);
      low[m] = Fr.sub(low[m] ?? 0n, rho);
    });
  }
  engine.addAt(sum, 0, low);
  for (const [height, high] of above) engine.addAt(sum, height, high);
  return sum;
}
