/** Entry point `wattest/ethers`: deployment, submission and reading with ethers v6 (an optional peer). */

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
} from './chain/ethers/actions.ts';
export type { ReadRunner } from './chain/ethers/port.ts';
export * from './chain/public.ts';
