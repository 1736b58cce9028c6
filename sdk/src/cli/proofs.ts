/** Proof files that contracts take, and whether a network has a verifier for them. */
import { type ProofDocument, readProofDocument, requireOneProof } from '../attest/proof/document.ts';
import { type ContractKind, contractKind } from '../attest/session/contract-kinds.ts';
import { type DeployedVerifier, type Deployment, verifierOfKind } from '../chain/deployments.ts';
import { fail } from '../errors/index.ts';
import { readProofText } from './files.ts';

/** A proof file that was read. */
export interface GivenProof {
  readonly file: string;
  readonly document: ProofDocument;
}

/** Many times what fits a block. */
export const MOST_BYTES: number = 2 ** 24;

/** A proof that contracts take. */
export async function readProof(file: string): Promise<GivenProof> {
  const document = readProofDocument(await readProofText(file, MOST_BYTES), file);
  requireOneProof(document, file);
  return { file, document };
}

/** What `deploy` is given for a kind of proofs. */
const ADDED_BY: Readonly<Record<ContractKind, string>> = {
  direct: '',
  small: ' --wrap',
  joined: ' --joined',
};

/** @throws PROOF_FOREIGN_KEY where the network has no verifier for the proof */
export function requireDeployed(
  document: ProofDocument,
  deployment: Deployment,
  file: string,
): DeployedVerifier {
  const kind = contractKind(document);
  const verifier = verifierOfKind(deployment, kind);
  const where = { where: file, who: deployment.network };
  if (verifier === undefined) {
    fail('PROOF_FOREIGN_KEY', `${deployment.network} has no verifier of ${kind} proofs`, {
      where: file,
      fix: `Add it to the deployment: wattest deploy --network ${deployment.network}${ADDED_BY[kind]}`,
    });
  }
  requireSameKey(document, verifier.vkDigest, where);
  return verifier;
}

/** @throws PROOF_FOREIGN_KEY */
export function requireSameKey(
  { verifyingKey }: ProofDocument,
  digest: string,
  { where, who }: { readonly where: string; readonly who: string },
): void {
  if (verifyingKey === digest) return;
  fail('PROOF_FOREIGN_KEY', `the proof is for key ${verifyingKey}, ${who} has ${digest}`, {
    where,
    fix: 'Deploy the verifier of this key (--deployments FOLDER keeps several deployments), or prove with the release, SRS and limits of the deployed one',
  });
}
