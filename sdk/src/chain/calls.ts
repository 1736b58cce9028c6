/** What viem and ethers actions share: ABIs and the arguments of calls. No client library is imported here. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { ExpectedStatus } from '../machine/status.ts';
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
  /** Digest of the key that the proof is for. Where it is given, the contract must be about this very key. */
  readonly verifyingKey?: Hex | undefined;
}

/** What a deployed verifier says of itself. */
export interface VerifierIdentity {
  readonly vkDigest: Hex;
  readonly selector: Hex;
  /** Made from a development SRS: what it accepts proves nothing. */
  readonly insecure: boolean;
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

/** A record to read from a registry. */
export type ReadAttestationParameters = AttestationId & {
  readonly registry: Hex;
  /** Digest of the key that the registry must be about, if known. */
  readonly verifyingKey?: Hex | undefined;
};

/** A proof to show to a deployed verifier. */
export interface VerifyOnChainParameters extends ProvenStatement {
  readonly verifier: Hex;
  /** How the run must have ended. Default: `returned`; everything else says that the program failed. */
  readonly expect?: ExpectedStatus | undefined;
}

/** Inputs and outputs to ask a registry about. */
export interface HasReturnedParameters {
  readonly registry: Hex;
  readonly programId: Hex;
  /** A status in it is not looked at: the question is of runs that returned. */
  readonly statement: Pick<Statement, 'publicInputs' | 'publicOutputs'>;
  /** Digest of the key that the registry must be about, if known. */
  readonly verifyingKey?: Hex | undefined;
}

/** Arguments of `hasReturned`. */
export function hasReturnedArguments({
  programId,
  statement: { publicInputs, publicOutputs },
}: HasReturnedParameters): readonly [programId: Hex, publicInputs: Hex, publicOutputs: Hex] {
  const encoded = encodeStatement({ publicInputs, publicOutputs, status: 0n });
  return [programId, encoded.publicInputs, encoded.publicOutputs];
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

interface Log {
  readonly address: string;
  readonly topics: readonly string[];
}

const ATTESTED: string = keccakHex('Attested(bytes32,bytes32,address,uint64)');

/**
 * Whether a transaction's logs hold the registry's event of a new record.
 * @param hash of the statement
 */
export function isRecorded(logs: readonly Log[], registry: Hex, programId: Hex, hash: Hex): boolean {
  const expected = [ATTESTED, programId.toLowerCase(), hash];
  return logs.some(
    ({ address, topics }) =>
      address.toLowerCase() === registry.toLowerCase() && expected.every((topic, i) => topics[i] === topic),
  );
}

/**
 * A registry that announces no new record must hold an old one.
 * @throws CHAIN_REJECTED
 */
export function requireRecord(record: Attestation | undefined, registry: Hex): void {
  if (record === undefined) notRegistry(registry, 'it took the proof and has no record of it');
}

/**
 * A registry's answer to `attest` must be the hash of the statement.
 * @throws CHAIN_REJECTED
 */
export function requireHash(answer: unknown, hash: Hex, registry: Hex): void {
  if (answer !== hash) notRegistry(registry, `it answers ${String(answer)}, the statement's hash is ${hash}`);
}

function notRegistry(registry: Hex, problem: string): never {
  fail('CHAIN_REJECTED', `the contract at ${registry} is no registry: ${problem}`, {
    where: 'attest',
    fix: 'Check the address against the deployment file: wattest deploy --network NAME --check',
  });
}

function keccakHex(text: string): Hex {
  return `0x${bytesToHex(keccak_256(utf8ToBytes(text)))}`;
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
