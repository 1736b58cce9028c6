/** What `wattest/viem` and `wattest/ethers` export alike: all but the actions, which take clients of their library. */
export type { Actions } from './bind.ts';
export type {
  AddRouteParameters,
  Attestation,
  AttestationId,
  AttestParameters,
  AttestResult,
  ChangeResult,
  DeployRegistryParameters,
  DeployResult,
  DeployVerifierParameters,
  HasReturnedParameters,
  ProvenStatement,
  ReadAttestationParameters,
  RegistryRoles,
  RegistryState,
  Route,
  RouteState,
  SentTransactions,
  StopByProofParameters,
  StopRouteParameters,
  VerifierIdentity,
  VerifyOnChainParameters,
} from './calls.ts';
export { VERIFIER_ABI, VERIFIER_ERROR_ABI } from './calls.ts';
export type { CheckDeploymentParameters, CheckRegistryParameters } from './check-deployment.ts';
export { REGISTRY_ABI } from './contracts.generated.ts';
export type { DeployAllResult, DeployParameters, VerifierOfKind } from './deploy.ts';
export {
  type DeployedContract,
  type DeployedVerifier,
  type Deployment,
  formatDeployment,
  parseDeployment,
} from './deployments.ts';
