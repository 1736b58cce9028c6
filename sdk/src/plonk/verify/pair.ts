/** What is left of a proof when all but the pairing is checked, and that check. */
import { addG1, G1_GENERATOR, type G1Point, multiExpG1, multiplyG1, negateG1 } from '../../curve/g1.ts';
import { G2_GENERATOR } from '../../curve/g2.ts';
import { pairingProductIsOne } from '../../curve/pairing.ts';
import { fail } from '../../errors/index.ts';
import { Fr } from '../../field/field.ts';
import { rootOfUnity } from '../../field/roots.ts';
import type { Schedule } from '../declare/schedule.ts';
import type { ProgramKey, VerifyingKey } from '../keys/key.ts';
import { type Challenges, REJECTED } from './proof.ts';
import type { Carried } from './public-terms.ts';

/** The claim `e(first, [1]_2) = e(second, [τ]_2)`. */
export interface Pair {
  readonly first: G1Point;
  readonly second: G1Point;
}

/**
 * SHPLONK on packs: `e(Σ_g γ^g/Z_g(u)·(C_g − [r_g(u)]_1) − W + u·W', [1]_2) = e(W', [τ]_2)`. The prover sends the inverse of
 * `Z_T(u)`, the product of the moduli, and `1/Z_g(u)` is that times the others. A false value survives with probability at
 * most (claims + degree)/r, in the algebraic group model. Returns both sides.
 */
export function openingPair(parts: {
  key: VerifyingKey;
  plan: Schedule;
  program: ProgramKey;
  logs: readonly number[];
  points: readonly G1Point[];
  values: readonly bigint[];
  inverse: bigint;
  challenges: Challenges;
}): Pair {
  const { key, plan, program, logs, points, values, inverse, challenges } = parts;
  const { z, gamma, u } = challenges;
  const wz = Fr.mul(rootOfUnity(2 ** Math.max(...logs)), z);

  const moduli = plan.moduli.map(({ t, at }) => Fr.sub(Fr.pow(u, BigInt(t)), at === 'z' ? z : wz));
  const product = (without?: number): bigint =>
    moduli.reduce((all, factor, k) => (k === without ? all : Fr.mul(all, factor)), 1n);
  if (Fr.mul(inverse, product()) !== 1n) {
    fail('PROOF_INVERSE', 'the last word is not 1/Z_T(u)', { where: 'proof', fix: REJECTED });
  }
  const inverses = moduli.map((_, k) => Fr.mul(inverse, product(k)));

  // One coefficient for each pack (φ has two claims), one for the generator.
  const coefficients = plan.packs.map(() => 0n);
  let constant = 0n;
  let gammaPower = 1n;
  for (const claim of plan.claims) {
    const weight = Fr.mul(gammaPower, inverses[claim.modulus]!);
    const { first, count } = claim.values;
    const r = values
      .slice(first, first + count)
      .reduceRight((sum, value) => Fr.add(Fr.mul(sum, u), value), 0n);
    coefficients[claim.pack] = Fr.add(coefficients[claim.pack]!, weight);
    constant = Fr.sub(constant, Fr.mul(weight, r));
    gammaPower = Fr.mul(gammaPower, gamma);
  }

  const commitments = plan.packs.map(({ commitment }): G1Point => {
    if (commitment.from === 'proof') return points[commitment.index]!;
    if (commitment.from === 'program') return program.commitments[commitment.index]!;
    return key.commitments[commitment.index]!;
  });
  const W = points[plan.points.W]!;
  const W2 = points[plan.points.W2]!;
  const first = multiExpG1([...commitments, G1_GENERATOR, W, W2], [...coefficients, constant, Fr.neg(1n), u]);
  return { first, second: W2 };
}

export function checkPairing(key: VerifyingKey, { first, second }: Pair): void {
  const accepted = pairingProductIsOne([
    [first, G2_GENERATOR],
    [negateG1(second), key.tau2],
  ]);
  if (!accepted) {
    fail('PROOF_PAIRING', 'the values are not those of the commitments', { where: 'proof', fix: REJECTED });
  }
}

/**
 * One claim for two: `c` times the proof's own plus the pair that it carries. A false one survives with probability 1/r, since `c` follows from
 * both; otherwise either could make up for the other.
 */
export const withPair = ({ first, second }: Pair, { A, B }: Carried['pair'], c: bigint): Pair => ({
  first: addG1(multiplyG1(first, c), A),
  second: addG1(multiplyG1(second, c), B),
});
