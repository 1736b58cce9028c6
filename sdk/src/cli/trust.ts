/** Whether the contracts of a deployment are what its file says, and its verifiers those of their keys. */
import { contractKind } from '../attest/session/contract-kinds.ts';
import type { Deployment } from '../chain/deployments.ts';
import type { ReadClient } from '../chain/viem/port.ts';
import { fail, isWattestError } from '../errors/index.ts';
import { type CompiledContract, compileVerifier } from '../solidity/compile.ts';
import type { GeneratedVerifier } from '../solidity/generate.ts';
import { makeVerifiers } from './contracts.ts';
import { type GivenProof, requireSameKey } from './proofs.ts';
import type { SessionFlags } from './session-options.ts';

/** Whether the deployment is believed about its verifiers. */
export interface TrustFlags {
  readonly trustVerifier?: boolean;
}

export const TRUST_VERIFIER: readonly [flags: string, about: string] = [
  '--trust-verifier',
  'believe the deployment file that its verifier verifies: no key is made and nothing compiled; the registry is checked all the same',
];

/**
 * The file may have been replaced, and a contract that answers as it likes would make any proof look attested.
 * @throws DEPLOYMENT_MISMATCH, PROOF_FOREIGN_KEY
 */
export async function requireGenuine(
  client: ReadClient,
  flags: SessionFlags & TrustFlags,
  { deployment, proofs }: { readonly proofs: readonly GivenProof[]; readonly deployment: Deployment },
): Promise<void> {
  const { checkDeployment, checkRegistry } = await import('../chain/viem/actions.ts');
  if (flags.trustVerifier === true) {
    await checkRegistry(client, { deployment, allowStopped: true });
    return;
  }
  const kinds = new Map(proofs.map((proof) => [contractKind(proof.document), proof]));
  for (const [kind, { document, file }] of kinds) {
    // Compiled anew, so that what code must stand on chain follows from the key alone.
    const [made] = await makeVerifiers(flags, [kind], (generated) => {
      requireSameKey(document, generated.digest, { where: file, who: 'this command (--srs, --max-log)' });
      return compileOrAdvise(generated);
    });
    // Submitted and read back under the keys of these proofs: verifiers of other kinds have no part in it, stopped or not.
    await checkDeployment(client, { deployment, ...made!, trustOthers: true, allowStopped: true });
  }
}

function compileOrAdvise(generated: GeneratedVerifier): Promise<CompiledContract> {
  return compileVerifier(generated).catch((error: unknown) => {
    if (!isWattestError(error, 'SOLC_MISSING')) throw error;
    fail(error.code, error.message, {
      fix: `${error.fix}, which checks the verifier; or believe the deployment file with --trust-verifier`,
      cause: error,
    });
  });
}
