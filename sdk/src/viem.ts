/** Entry point `wattest/viem`: deployment, submission and reading with viem (an optional peer). */
export type { Actions } from './chain/bind.ts';
export type {
  Attestation,
  AttestationId,
  AttestParameters,
  AttestResult,
  DeployRegistryParameters,
  DeployResult,
  DeployVerifierParameters,
  HasReturnedParameters,
  ProvenStatement,
  ReadAttestationParameters,
  SentTransactions,
  VerifierIdentity,
  VerifyOnChainParameters,
} from './chain/calls.ts';
export { VERIFIER_ABI, VERIFIER_ERROR_ABI } from './chain/calls.ts';
export type { CheckDeploymentParameters, CheckRegistryParameters } from './chain/check-deployment.ts';
export { REGISTRY_ABI } from './chain/contracts.generated.ts';
export type { DeployAllResult, DeployParameters } from './chain/deploy.ts';
export {
  type DeployedContract,
  type DeployedVerifier,
  type Deployment,
  formatDeployment,
  parseDeployment,
} from './chain/deployments.ts';
export {
  attest,
  checkDeployment,
  checkRegistry,
  deploy,
  deployRegistry,
  deployVerifier,
  hasReturned,
  readAttestation,
  readVerifier,
  verifyOnChain,
} from './chain/viem/actions.ts';
export type { ReadClient, WalletClient } from './chain/viem/port.ts';
