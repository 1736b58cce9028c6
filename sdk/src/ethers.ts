/** Entry point `wattest/ethers`: deployment, submission and reading with ethers v6 (an optional peer). */
export type {
  Attestation,
  AttestationId,
  AttestResult,
  DeployResult,
  HasReturnedParameters,
  ProvenStatement,
  ReadAttestationParameters,
  VerifierIdentity,
  VerifyOnChainParameters,
} from './chain/calls.ts';
export { VERIFIER_ABI, VERIFIER_ERROR_ABI } from './chain/calls.ts';
export { REGISTRY_ABI } from './chain/contracts.generated.ts';
export {
  attest,
  deployRegistry,
  deployVerifier,
  hasReturned,
  readAttestation,
  readVerifier,
  verifyOnChain,
} from './chain/ethers/actions.ts';
