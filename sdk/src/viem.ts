/** Entry point `wattest/viem`: deployment, submission and reading with viem (an optional peer). */
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
  type DeployedContract,
  type DeployedVerifier,
  type Deployment,
  formatDeployment,
  parseDeployment,
} from './chain/deployments.ts';
export { type AttestParameters, attest } from './chain/viem/attest.ts';
export {
  type DeployRegistryParameters,
  type DeployVerifierParameters,
  deployRegistry,
  deployVerifier,
  type WalletClient,
} from './chain/viem/deploy.ts';
export {
  type CheckDeploymentParameters,
  checkDeployment,
  type DeployAllResult,
  type DeployParameters,
  deploy,
} from './chain/viem/deployment.ts';
export {
  hasReturned,
  type ReadClient,
  readAttestation,
  readVerifier,
  verifyOnChain,
} from './chain/viem/read.ts';
