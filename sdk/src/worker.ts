/** Entry point `wattest/worker`: a prover in a worker of its own, for pages and for Node. Nothing of kernels or machine is loaded here. */
export {
  type ErrorCode,
  type ErrorDetails,
  formatError,
  isWattestError,
  WattestError,
} from './errors/index.ts';
export type { SessionInfo, WorkerSessionOptions } from './worker/messages.ts';
export { type CallOptions, openProver, type Prover, type ProverOptions } from './worker/prover.ts';
export type { StartWorker } from './worker/thread.ts';
