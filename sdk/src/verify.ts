/**
 * Verification alone (`wattest/verify`): no kernels, no workers, no machine. What a service or a page needs that only
 * checks proofs.
 */
export {
  bytesOf,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from './attest/proof/document.ts';
export {
  type Accepted,
  type Entered,
  type VerifierKeys,
  type VerifyDocumentParameters,
  verifyDocument,
} from './attest/proof/verify-document.ts';
export {
  type ErrorCode,
  type ErrorDetails,
  formatError,
  isWattestError,
  WattestError,
} from './errors/index.ts';
export type { ExpectedStatus, StatusDescription } from './machine/status.ts';
export type { Statement } from './plonk/declare/declare.ts';
export { type Hex, machineDigest, type ProgramKey, programId, type VerifyingKey } from './plonk/keys/key.ts';
export {
  programKeyFromJson,
  programKeyToJson,
  verifyingKeyFromJson,
  verifyingKeyToJson,
} from './plonk/keys/key-json.ts';
export type { SharedChallenges } from './plonk/verify/proof.ts';
export {
  decodeRun,
  type OpenedRun,
  type RunKeys,
  runDigest,
  type VerifyRunParameters,
  verifyRun,
} from './plonk/verify/run.ts';
export { type VerifyParameters, verifyProof } from './plonk/verify/verifier.ts';
export type { ManifestEntry } from './transcript/transcript.ts';
