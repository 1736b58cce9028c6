/** The optimal ate pairing of BN254 as a yes/no question (EIP-197). */
import { bn254 } from '@noble/curves/bn254.js';
import { finalExponentiation } from './final-exponentiation.ts';
import type { G1Point } from './g1.ts';
import { G2_GENERATOR, type G2Point, liftG2 } from './g2.ts';

type Lines = ReturnType<typeof bn254.utils.calcPairingPrecomputes>;

/** By point, which a key keeps: its lines, and with them that it is a point of G2. */
const known = new WeakMap<NonNullable<G2Point>, Lines>();

function linesOf(point: NonNullable<G2Point>): Lines {
  let lines = known.get(point);
  if (lines === undefined) {
    const lifted = liftG2(point);
    // The generator is a constant, and a test's matter.
    if (point !== G2_GENERATOR) lifted.assertValidity();
    lines = bn254.utils.calcPairingPrecomputes(lifted);
    known.set(point, lines);
  }
  return lines;
}

/**
 * Whether `Π e(a_i, b_i) = 1`. Points must be valid (`isOnG1`, `isInG2`); a pair with infinity contributes 1. About
 * 20 ms for two pairs, a third less where the points of G2 were met before.
 */
export function pairingProductIsOne(pairs: readonly (readonly [G1Point, G2Point])[]): boolean {
  const { Fp12 } = bn254.fields;
  const product = bn254.millerLoopBatch(
    pairs.flatMap(([a, b]): [Lines, bigint, bigint][] => {
      if (a === null || b === null) return [];
      bn254.G1.Point.fromAffine(a).assertValidity();
      return [[linesOf(b), a.x, a.y]];
    }),
  );
  return Fp12.eql(finalExponentiation(product), Fp12.ONE);
}
