/** W' of a proof that ends with it and one word. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { encodeG1, type G1Point } from '../../../sdk/src/curve/g1.ts';

export const w2 = (proof: Uint8Array): NonNullable<G1Point> => ({
  x: bytesToNumberBE(proof.subarray(-96, -64)),
  y: bytesToNumberBE(proof.subarray(-64, -32)),
});

/** A copy with another one. */
export function withW2(proof: Uint8Array, point: G1Point): Uint8Array {
  const moved = proof.slice();
  moved.set(encodeG1(point), proof.length - 96);
  return moved;
}
