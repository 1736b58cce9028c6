/**
 * wattest: run a WebAssembly program, prove the run in zero knowledge, have it attested on an EVM chain.
 * `wattest/compile` compiles generated verifiers; `wattest/verify` verifies without the prover; `wattest/viem` and `wattest/ethers` speak to a chain.
 */
export { type CheckParameters, type CheckResult, check } from './attest/inspect/check.ts';
export {
  type DisassembledInstruction,
  type DisassembledRow,
  type DisassembledSection,
  type DisassembleParameters,
  type Disassembly,
  disassemble,
} from './attest/inspect/disassemble.ts';
export {
  type EntryReport,
  type InspectParameters,
  type InspectReport,
  inspect,
} from './attest/inspect/inspect.ts';
export {
  type ChipCost,
  type Cost,
  type ProfiledFunction,
  type ProfiledLine,
  type ProfiledStack,
  type ProfileParameters,
  type ProfileResult,
  profile,
} from './attest/inspect/profile.ts';
export { type SpeedscopeFile, speedscope } from './attest/inspect/profile-speedscope.ts';
export type {
  EngineJoining,
  EngineRun,
  JobEngine,
  JoinEngine,
  OpenEngine,
  OpenJoinEngine,
} from './attest/jobs/engine.ts';
export type {
  CommitJob,
  CommitResult,
  JobOptions,
  JoinJob,
  PartResult,
  ProveJob,
  ShardResult,
  WrapJob,
} from './attest/jobs/jobs.ts';
export type { JobsDone } from './attest/jobs/kept.ts';
export type { ImportParameters } from './attest/module/imports.ts';
export type { SourcePosition } from './attest/module/source.ts';
export type { WordLike } from './attest/module/words.ts';
export {
  PROOF_FORMAT,
  PROOF_FORMAT_VERSION,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from './attest/proof/document.ts';
export { type Estimate, type EstimateParameters, estimate } from './attest/proof/estimate.ts';
export { DEFAULT_MEMORY_BYTES } from './attest/proof/limits.ts';
export type { OneProof } from './attest/proof/one-proof.ts';
export { type ProveParameters, type ProveResult, prove } from './attest/proof/prove.ts';
export { type VerifyParameters, verify } from './attest/proof/verify.ts';
export type { Accepted } from './attest/proof/verify-document.ts';
export { type WrapParameters, wrap } from './attest/proof/wrap.ts';
export type { ArgumentLike, ReturnedOfCall, ReturnedValue, ScalarValue } from './attest/run/arguments.ts';
export type { InputParameters } from './attest/run/inputs.ts';
export { type RunParameters, type RunResult, run } from './attest/run/run.ts';
export { decodeStdout, encodeStream, type PrivateStreams, type StreamLike } from './attest/run/streams.ts';
export {
  CONTRACT_KINDS,
  type ContractKind,
  cannotReturn,
  contractKey,
} from './attest/session/contract-kinds.ts';
export { type ProgramParameters, programIdOf as programId } from './attest/session/identify.ts';
export type { LeastHeights } from './attest/session/least-heights.ts';
export {
  DEFAULT_MAX_LOG,
  type Ids,
  type Keys,
  openIds,
  openKeys,
  openSession,
  type Session,
  type SessionOptions,
  type SessionProgress,
} from './attest/session/session.ts';
export type { G1Point } from './curve/g1.ts';
export type { Fq2 } from './curve/g2.ts';
export {
  type ErrorCode,
  type ErrorDetails,
  formatError,
  isWattestError,
  WattestError,
} from './errors/index.ts';
export type { ChipName } from './machine/instructions.ts';
export { describeStatus, type ExpectedStatus, type StatusDescription } from './machine/status.ts';
export { type BlobStore, type ByteSource, bytesSource, type PrivateFile } from './platform/storage.ts';
export type { Statement } from './plonk/declare/declare.ts';
export type { Circuit, Hex, ProgramKey, VerifyingKey } from './plonk/keys/key.ts';
export type { AbiEntry, CodeRange, CompiledContract } from './solidity/compile.ts';
export {
  type EncodedStatement,
  encodeCallProof,
  encodeSpecialisedCallProof,
  encodeStatement,
  statementHash,
} from './solidity/encode.ts';
export { type GeneratedVerifier, type GenerateOptions, generateVerifier } from './solidity/generate.ts';
export { type FloatType, floatOfWord, formatFloat, wordOfFloat } from './wasm/floats.ts';
export type { NumberType } from './wasm/types.ts';
