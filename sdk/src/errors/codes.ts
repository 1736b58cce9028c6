/**
 * Every error that a user can see, declared once. Append yours under its heading; the code is part of the public
 * surface, so renaming one is a breaking change. A test checks that every code thrown is here and every code
 * here is thrown.
 *
 * `exit` is the exit code of the command line: 1 the answer is "no" (rejected, check failed), 2 the question
 * could not be answered (bad input, environment), 130 it was interrupted, as a shell says it of SIGINT. `docs` is a heading of docs/errors.md.
 */
export interface ErrorEntry {
  readonly exit: 1 | 2 | 130;
  readonly docs: string;
}

export const ERROR_CODES = {
  // Command line and inputs
  USAGE: { exit: 2, docs: 'command-line' },
  INPUT_INVALID: { exit: 2, docs: 'inputs' },
  INPUT_MISSING: { exit: 2, docs: 'inputs' },
  FILE_UNREADABLE: { exit: 2, docs: 'files' },
  FILE_UNWRITABLE: { exit: 2, docs: 'files' },
  ABORTED: { exit: 130, docs: 'interrupted' },

  // Typed programs
  MANIFEST_INVALID: { exit: 2, docs: 'manifests' },
  ENCODING_INVALID: { exit: 1, docs: 'encodings' },
  BINDINGS_STALE: { exit: 1, docs: 'bindings' },

  // WebAssembly modules
  MODULE_MALFORMED: { exit: 2, docs: 'modules' },
  MODULE_INVALID: { exit: 2, docs: 'modules' },
  MODULE_TOO_LARGE: { exit: 2, docs: 'modules' },
  MODULE_UNSUPPORTED: { exit: 2, docs: 'modules' },
  EXPORT_MISSING: { exit: 2, docs: 'modules' },
  SIGNATURE_INVALID: { exit: 2, docs: 'typed-entries' },
  COMPILER_MISSING: { exit: 2, docs: 'compilers' },
  COMPILER_FAILED: { exit: 2, docs: 'compilers' },
  INSTANTIATION_FAILED: { exit: 2, docs: 'modules' },
  RUN_TOO_LONG: { exit: 2, docs: 'runs' },
  IMAGE_INVALID: { exit: 2, docs: 'images' },

  // Points, structured reference strings
  POINT_INVALID: { exit: 2, docs: 'points' },
  SRS_MALFORMED: { exit: 2, docs: 'srs' },
  SRS_INVALID: { exit: 2, docs: 'srs' },
  SRS_TOO_SMALL: { exit: 2, docs: 'srs' },
  DOWNLOAD_FAILED: { exit: 2, docs: 'downloads' },
  HASH_MISMATCH: { exit: 1, docs: 'downloads' },

  // Proof system: declarations, keys, proving
  SYSTEM_INVALID: { exit: 2, docs: 'keys' },
  KEY_INVALID: { exit: 2, docs: 'keys' },
  STATEMENT_INVALID: { exit: 2, docs: 'statements' },
  TRACE_TOO_TALL: { exit: 2, docs: 'proving' },
  WITNESS_INVALID: { exit: 1, docs: 'proving' },

  // Runs of several proofs that are kept or done elsewhere
  RESUME_MALFORMED: { exit: 2, docs: 'long-runs' },
  RESUME_BUSY: { exit: 2, docs: 'long-runs' },
  RUN_MISMATCH: { exit: 2, docs: 'long-runs' },
  SEED_SPENT: { exit: 2, docs: 'long-runs' },
  SHARD_REFUSED: { exit: 2, docs: 'long-runs' },
  JOIN_REFUSED: { exit: 2, docs: 'long-runs' },

  // Proof files
  PROOF_MALFORMED: { exit: 2, docs: 'proof-files' },
  PROOF_VERSION: { exit: 2, docs: 'proof-files' },
  PROOF_SHARDED: { exit: 2, docs: 'proof-files' },
  PROOF_UNWRAPPABLE: { exit: 2, docs: 'proof-files' },
  PROOF_FOREIGN_KEY: { exit: 2, docs: 'proof-files' },

  // Proofs that are refused
  PROOF_STATUS: { exit: 1, docs: 'rejected-proofs' },
  PROOF_PROGRAM: { exit: 1, docs: 'rejected-proofs' },
  PROOF_ARGUMENTS: { exit: 1, docs: 'rejected-proofs' },
  PROOF_FILES: { exit: 1, docs: 'rejected-proofs' },
  PROOF_SELECTOR: { exit: 1, docs: 'rejected-proofs' },
  PROOF_LENGTH: { exit: 1, docs: 'rejected-proofs' },
  PROOF_HEIGHTS: { exit: 1, docs: 'rejected-proofs' },
  PROOF_POINT: { exit: 1, docs: 'rejected-proofs' },
  PROOF_SCALAR: { exit: 1, docs: 'rejected-proofs' },
  PROOF_CHALLENGE: { exit: 1, docs: 'rejected-proofs' },
  PROOF_INVERSE: { exit: 1, docs: 'rejected-proofs' },
  PROOF_PUBLIC_TERM: { exit: 1, docs: 'rejected-proofs' },
  PROOF_SUM: { exit: 1, docs: 'rejected-proofs' },
  PROOF_IDENTITY: { exit: 1, docs: 'rejected-proofs' },
  PROOF_PART: { exit: 1, docs: 'rejected-proofs' },
  PROOF_PAIRING: { exit: 1, docs: 'rejected-proofs' },

  // Runs
  RUN_TRAPPED: { exit: 1, docs: 'traps' },
  RUN_REFUSED: { exit: 1, docs: 'refusals' },
  RUN_EXITED: { exit: 1, docs: 'traps' },

  // Contracts and chains
  KEY_INSECURE: { exit: 2, docs: 'keys' },
  SOLC_MISSING: { exit: 2, docs: 'contracts' },
  SOLC_FAILED: { exit: 2, docs: 'contracts' },
  VERIFIER_TOO_LARGE: { exit: 2, docs: 'contracts' },
  NETWORK_UNKNOWN: { exit: 2, docs: 'chains' },
  PEER_MISSING: { exit: 2, docs: 'contracts' },
  CHAIN_CALL_FAILED: { exit: 2, docs: 'chains' },
  CHAIN_UNREACHABLE: { exit: 2, docs: 'endpoints' },
  ENDPOINT_INVALID: { exit: 2, docs: 'endpoints' },
  ENDPOINT_REFUSED: { exit: 2, docs: 'endpoints' },
  WALLET_REFUSED: { exit: 2, docs: 'transactions' },
  FUNDS_INSUFFICIENT: { exit: 2, docs: 'transactions' },
  TRANSACTION_PENDING: { exit: 2, docs: 'transactions' },
  TRANSACTION_REPLACED: { exit: 2, docs: 'transactions' },
  CHAIN_REORGANISED: { exit: 2, docs: 'transactions' },
  SIGNATURE_MALFORMED: { exit: 2, docs: 'transactions' },
  SIGNATURE_FOREIGN: { exit: 2, docs: 'transactions' },
  WATCHER_FAILED: { exit: 2, docs: 'watching' },
  FEE_TOO_HIGH: { exit: 2, docs: 'chains' },
  CHAIN_MISMATCH: { exit: 2, docs: 'chains' },
  FACTORY_MISSING: { exit: 2, docs: 'costs-and-confirmation' },
  CONFIRMATION_MISSING: { exit: 2, docs: 'costs-and-confirmation' },
  TIMELOCK_WAITING: { exit: 1, docs: 'timelocks' },
  SOURCE_REFUSED: { exit: 1, docs: 'sources-of-contracts' },
  EXPLORER_UNREACHABLE: { exit: 2, docs: 'sources-of-contracts' },
  CHAIN_REJECTED: { exit: 1, docs: 'chains' },
  KEY_STOPPED: { exit: 1, docs: 'stopped-keys' },
  DEPLOYMENT_EXISTS: { exit: 2, docs: 'existing-deployments' },
  DEPLOYMENT_INVALID: { exit: 2, docs: 'deployments' },
  DEPLOYMENT_VERSION: { exit: 2, docs: 'deployments' },
  DEPLOYMENT_MISMATCH: { exit: 1, docs: 'deployments' },

  // Many machines
  QUEUE_UNREACHABLE: { exit: 2, docs: 'queues' },
  QUEUE_LOST: { exit: 2, docs: 'queues' },
  QUEUE_KEY_INVALID: { exit: 2, docs: 'queues' },
  STORE_FULL: { exit: 2, docs: 'queues' },
  STORE_FAILED: { exit: 2, docs: 'queues' },
  STORE_FORGED: { exit: 2, docs: 'queues' },
  WORKER_MISMATCH: { exit: 2, docs: 'queues' },
  WORKER_FAILED: { exit: 2, docs: 'queues' },

  // Workers of pages
  PROVER_LOST: { exit: 2, docs: 'workers' },

  // Arithmetic kernels
  KERNEL_CONTRACT: { exit: 2, docs: 'internal' },
  KERNEL_UNSUPPORTED: { exit: 2, docs: 'kernels' },
  OUT_OF_MEMORY: { exit: 2, docs: 'kernels' },

  // A fault of wattest itself
  INTERNAL: { exit: 2, docs: 'internal' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
