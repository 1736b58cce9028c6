/** Entry point `wattest/viem`: deployment, submission and reading with viem (an optional peer). */
export * from './chain/public.ts';
export {
  actByTimelock,
  addRoute,
  attest,
  cancelOperation,
  checkDeployment,
  checkRegistry,
  checkTimelock,
  deploy,
  deployRegistry,
  deployVerifier,
  freezeRoute,
  hasReturned,
  planDeployment,
  proposeVerifier,
  readAttestation,
  readEvents,
  readOperation,
  readRegistry,
  readTimelock,
  readVerifier,
  signAttestation,
  stopByProof,
  stopRoute,
  submit,
  submitBatch,
  submitSigned,
  verifyOnChain,
  watchAttestations,
} from './chain/viem/actions.ts';
export type { ReadClient, WalletClient } from './chain/viem/port.ts';
export { createWattest, type ViemClient } from './chain/viem/wattest.ts';
