/**
 * wattest: run a WebAssembly program, prove the run in zero knowledge, have it attested on an EVM chain.
 * `wattest/verify` verifies without the prover; `wattest/viem` and `wattest/ethers` speak to a chain.
 */
export { check, type CheckParameters, type CheckResult } from './attest/check.ts';
export {
  PROOF_FORMAT,
  PROOF_FORMAT_VERSION,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from './attest/document.ts';
export { programIdOf as programId } from './attest/identify.ts';
export type { InputParameters, WordLike } from './attest/inputs.ts';
export { inspect, type EntryReport, type InspectReport } from './attest/inspect.ts';
export { prove, type ProveParameters, type ProveResult } from './attest/prove.ts';
export { run, type RunParameters, type RunResult } from './attest/run.ts';
export {
  DEFAULT_MAX_LOG,
  openSession,
  type Session,
  type SessionOptions,
  type SessionProgress,
} from './attest/session.ts';
export { verify, type VerifyParameters } from './attest/verify.ts';
export { type ErrorCode, formatError, isWattestError, WattestError } from './errors/index.ts';
export type { Statement } from './plonk/declare.ts';
export type { Hex, ProgramKey, VerifyingKey } from './plonk/key.ts';
export { type BlobStore, type ByteSource, bytesSource } from './platform/storage.ts';
