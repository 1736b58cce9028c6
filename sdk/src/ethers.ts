/** Entry point `wattest/ethers`: deployment, submission and reading with ethers v6 (an optional peer). */

export {
  addRoute,
  attest,
  checkDeployment,
  checkRegistry,
  deploy,
  deployRegistry,
  deployVerifier,
  freezeRoute,
  hasReturned,
  readAttestation,
  readRegistry,
  readVerifier,
  stopByProof,
  stopRoute,
  verifyOnChain,
} from './chain/ethers/actions.ts';
export type { ReadRunner } from './chain/ethers/port.ts';
export * from './chain/public.ts';
