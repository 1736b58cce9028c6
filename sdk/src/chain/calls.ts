/** What viem and ethers actions share: ABIs and the arguments of calls. No client library is imported here. */
import { hexToBytes } from '@noble/hashes/utils.js';
import type { Statement } from '../plonk/declare.ts';
import type { Hex, ProgramKey } from '../plonk/key.ts';
import {
  type EncodedStatement,
  encodeCallProof,
  encodeStatement,
  statementHash,
} from '../solidity/encode.ts';
import { errorInputs, VERIFIER_ERROR_NAMES } from '../solidity/errors.ts';

/** A proof with what it is about; a proof document of `prove` is one. */
export interface ProvenStatement {
  readonly programId: Hex;
  readonly programKey: ProgramKey;
  readonly statement: Statement;
  /** As the TypeScript verifier takes it; the program key is put in front for the contract. */
  readonly proof: Hex | Uint8Array;
}

/** Arguments of `verify` and `attest`. */
export type VerifyArguments = readonly [programId: Hex, statement: EncodedStatement, proof: Hex];

export function verifyArguments({
  programId,
  programKey,
  statement,
  proof,
}: ProvenStatement): VerifyArguments {
  const bytes = typeof proof === 'string' ? hexToBytes(proof.slice(2)) : proof;
  return [programId, encodeStatement(statement), encodeCallProof(bytes, programKey)];
}

/** Which record: a statement, or its hash. */
export type AttestationId =
  | { readonly programId: Hex; readonly statement: Statement }
  | { readonly programId: Hex; readonly statementHash: Hex };

export function hashOf(id: AttestationId): Hex {
  return 'statementHash' in id ? id.statementHash : statementHash(id.statement);
}

/** A record of the registry. */
export interface Attestation {
  readonly programId: Hex;
  readonly statementHash: Hex;
  readonly submitter: Hex;
  readonly blockNumber: bigint;
}

export interface AttestResult {
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  /** Of the whole transaction. */
  readonly gasUsed: bigint;
  readonly statementHash: Hex;
  /** False if the statement was recorded before: nothing was verified or written. */
  readonly recorded: boolean;
}

export interface DeployResult {
  readonly address: Hex;
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  readonly gasUsed: bigint;
}

export const VERIFIER_ABI = [
  {
    type: 'function',
    name: 'verify',
    stateMutability: 'view',
    inputs: [
      { name: 'programId', type: 'bytes32' },
      {
        name: 'statement',
        type: 'tuple',
        components: [
          { name: 'publicInputs', type: 'bytes' },
          { name: 'publicOutputs', type: 'bytes' },
          { name: 'status', type: 'uint64' },
        ],
      },
      { name: 'proof', type: 'bytes' },
    ],
    outputs: [],
  },
  {
    type: 'function',
    name: 'VK_DIGEST',
    stateMutability: 'view',
    inputs: [],
    outputs: [{ name: '', type: 'bytes32' }],
  },
  {
    type: 'function',
    name: 'SELECTOR',
    stateMutability: 'view',
    inputs: [],
    outputs: [{ name: '', type: 'bytes4' }],
  },
  {
    type: 'function',
    name: 'INSECURE_SRS',
    stateMutability: 'view',
    inputs: [],
    outputs: [{ name: '', type: 'bool' }],
  },
] as const;

/** ABI entries of the verifier's custom errors, for clients that decode them by themselves. */
export const VERIFIER_ERROR_ABI: readonly {
  readonly type: 'error';
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
}[] = VERIFIER_ERROR_NAMES.map((name) => ({
  type: 'error',
  name,
  inputs: errorInputs(name).map(([type, parameter]) => ({ name: parameter, type })),
}));
