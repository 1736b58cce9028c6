/** The last word of a proof anew, for tests that change what it is computed from and want the check behind it. */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import { type VerifyParameters, verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import type { ManifestEntry } from '../../sdk/src/transcript/transcript.ts';

/** The proof with the `1/Z_T(u)` that belongs to its other bytes. `K` is log2 of the tallest chip. */
export function withInverse(parameters: VerifyParameters, K: number): Uint8Array {
  const manifest: ManifestEntry[] = [];
  try {
    verifyProof({ ...parameters, manifest });
  } catch (error) {
    if (!isWattestError(error)) throw error;
  }
  const drawn = (name: string): bigint =>
    Fr.from(bytesToNumberBE(manifest.find(({ label }) => label === `challenge ${name}`)!.bytes));
  const [z, u] = [drawn('z'), drawn('u')];
  const wz = Fr.mul(rootOfUnity(2 ** K), z);
  const moduli = schedule(parameters.key.shape).moduli.map(({ t, at }) =>
    Fr.sub(Fr.pow(u, BigInt(t)), at === 'z' ? z : wz),
  );
  const proof = parameters.proof.slice();
  proof.set(numberToBytesBE(Fr.inv(moduli.reduce(Fr.mul)), 32), proof.length - 32);
  return proof;
}
