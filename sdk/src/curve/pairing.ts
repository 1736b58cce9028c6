/** The optimal ate pairing of BN254 as a yes/no question (EIP-197). */
import { bn254 } from '@noble/curves/bn254.js';
import type { G1Point } from './g1.ts';
import { type G2Point, liftG2 } from './g2.ts';

/**
 * Whether `Π e(a_i, b_i) = 1`. Points must be valid (`isOnG1`, `isInG2`); a pair with infinity contributes 1. About
 * 10 ms for two pairs.
 */
export function pairingProductIsOne(pairs: readonly (readonly [G1Point, G2Point])[]): boolean {
  const { Fp12 } = bn254.fields;
  const product = bn254.pairingBatch(
    pairs.flatMap(([a, b]) =>
      a === null || b === null ? [] : [{ g1: bn254.G1.Point.fromAffine(a), g2: liftG2(b) }],
    ),
  );
  return Fp12.eql(product, Fp12.ONE);
}
