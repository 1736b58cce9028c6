/** Entry point `wattest/viem`: deployment, submission and reading with viem (an optional peer). */
export * from './chain/public.ts';
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
