/** Entry point `wattest/ethers`: deployment, submission and reading with ethers v6 (an optional peer). */

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
  type EthersActions,
  freezeRoute,
  hasReturned,
  planDeployment,
  prepareOwnerCall,
  proposeVerifier,
  readAttestation,
  readEvents,
  readOperation,
  readRecords,
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
} from './chain/ethers/actions.ts';
export type { ReadRunner } from './chain/ethers/port.ts';
export { createWattest } from './chain/ethers/wattest.ts';
export * from './chain/public.ts';
