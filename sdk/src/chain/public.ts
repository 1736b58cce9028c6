/** What `wattest/viem` and `wattest/ethers` export alike: all but the actions, which take clients of their library. */
export type {
  Actions,
  DeploymentLike,
  Prover,
  SubmitOptions,
  Wattest,
  WattestParameters,
} from './api.ts';
export type { RequestParameters } from './bounded.ts';
export type {
  AddRouteParameters,
  Attestation,
  AttestationId,
  AttestParameters,
  AttestResult,
  BatchEntry,
  BatchResult,
  ChangeResult,
  DeployRegistryParameters,
  DeployResult,
  DeployVerifierParameters,
  FeeParameters,
  HasReturnedParameters,
  IdentityExpected,
  PlaceParameters,
  ProvenStatement,
  ReadAttestationParameters,
  RecordOfKey,
  RegistryRoles,
  RegistryState,
  Route,
  RouteState,
  SentTransactions,
  SignAttestationParameters,
  SignedAttestation,
  StopByProofParameters,
  StopRouteParameters,
  Submission,
  SubmitBatchParameters,
  SubmitResult,
  SubmitSignedParameters,
  TargetParameters,
  VerifierIdentity,
  VerifierOfKind,
  VerifyOnChainParameters,
} from './calls.ts';
export { VERIFIER_ABI, VERIFIER_ERROR_ABI } from './calls.ts';
export type { CheckDeploymentParameters, CheckRegistryParameters } from './check-deployment.ts';
export { REGISTRY_ABI } from './contracts.generated.ts';
export type { DeployAllResult, DeployParameters, PlanParameters } from './deploy.ts';
export {
  type DeployedContract,
  type DeployedTimelock,
  type DeployedVerifier,
  type Deployment,
  formatDeployment,
  parseDeployment,
} from './deployments.ts';
export type {
  AttestedEvent,
  EventPlace,
  GuardianChangedEvent,
  OwnershipTransferredEvent,
  OwnershipTransferStartedEvent,
  RefusedEvent,
  RegistryEvent,
  RouteAddedEvent,
  RouteFrozenEvent,
  RouteStoppedEvent,
} from './events.ts';
export { create2Address, FACTORY } from './factory.ts';
export type { OwnerAct, OwnerCall, PrepareOwnerCallParameters } from './owner-calls.ts';
export { type DeploymentPlan, type PlannedStep, planCost, type StepName } from './plan.ts';
export type { TransactionCost } from './port.ts';
export type { ProposeParameters, ProposeResult } from './propose.ts';
export { formatSignature, parseSignature } from './signatures.ts';
export type { TimelockSetup } from './timelock.ts';
export type {
  CancelOperationParameters,
  CheckTimelockParameters,
  ReadTimelockParameters,
  TimelockAct,
  TimelockActParameters,
  TimelockCall,
  TimelockOperation,
  TimelockRoles,
} from './timelock-actions.ts';
export type { WaitParameters } from './wait.ts';
export type { EventFilter, ReadEventsParameters, WatchParameters } from './watch.ts';
