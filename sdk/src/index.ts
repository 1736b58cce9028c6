/**
 * wattest: run a WebAssembly program, prove the run in zero knowledge, have it attested on an EVM chain.
 * `wattest/verify` verifies without the prover; `wattest/viem` and `wattest/ethers` speak to a chain.
 */
export { type CheckParameters, type CheckResult, check } from './attest/check.ts';
export {
  type DisassembledInstruction,
  type DisassembledRow,
  type DisassembledSection,
  type DisassembleParameters,
  type Disassembly,
  disassemble,
} from './attest/disassemble.ts';
export {
  PROOF_FORMAT,
  PROOF_FORMAT_VERSION,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from './attest/document.ts';
export { programIdOf as programId } from './attest/identify.ts';
export type { InputParameters, WordLike } from './attest/inputs.ts';
export { type EntryReport, type InspectReport, inspect } from './attest/inspect.ts';
export {
  type ChipCost,
  type Cost,
  type ProfiledFunction,
  type ProfiledLine,
  type ProfiledStack,
  type ProfileParameters,
  type ProfileResult,
  profile,
} from './attest/profile.ts';
export { type SpeedscopeFile, speedscope } from './attest/profile-speedscope.ts';
export { type ProveParameters, type ProveResult, prove } from './attest/prove.ts';
export { type RunParameters, type RunResult, run } from './attest/run.ts';
export {
  DEFAULT_MAX_LOG,
  type Keys,
  openKeys,
  openSession,
  type Session,
  type SessionOptions,
  type SessionProgress,
} from './attest/session.ts';
export type { LeastHeights } from './attest/shape.ts';
export type { SourcePosition } from './attest/source.ts';
export { decodeStdout, encodeStream, type PrivateStreams, type StreamLike } from './attest/streams.ts';
export { type Accepted, type VerifyParameters, verify } from './attest/verify.ts';
export { type ErrorCode, formatError, isWattestError, WattestError } from './errors/index.ts';
export { describeStatus, type ExpectedStatus, type StatusDescription } from './machine/status.ts';
export { type BlobStore, type ByteSource, bytesSource } from './platform/storage.ts';
export type { Statement } from './plonk/declare.ts';
export type { Hex, ProgramKey, VerifyingKey } from './plonk/key.ts';
export { type CompiledContract, compileVerifier } from './solidity/compile.ts';
export {
  encodeCallProof,
  encodeSpecialisedCallProof,
  encodeStatement,
  statementHash,
} from './solidity/encode.ts';
export { type GeneratedVerifier, type GenerateOptions, generateVerifier } from './solidity/generate.ts';
export { floatOfWord, formatFloat, wordOfFloat } from './wasm/floats.ts';
