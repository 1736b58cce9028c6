/** What actions take and give, and the ABIs that users of a client library need. */
import { bytesOf } from '../attest/proof/document.ts';
import type { ContractKind } from '../attest/session/contract-kinds.ts';
import type { WattestError } from '../errors/index.ts';
import type { ExpectedStatus } from '../machine/status.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import type { Hex, ProgramKey } from '../plonk/keys/key.ts';
import type { CompiledContract } from '../solidity/compile.ts';
import {
  type EncodedStatement,
  encodeCallProof,
  encodeStatement,
  type Signed,
  statementHash,
} from '../solidity/encode.ts';
import { errorInputs, VERIFIER_ERROR_NAMES } from '../solidity/errors.ts';
import type { GeneratedVerifier } from '../solidity/generate.ts';
import type { RequestParameters, SendingParameters } from './bounded.ts';
import type { AttestMessage } from './eip712.ts';
import type { WaitParameters } from './wait.ts';

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

/** States of a route, by the numbers that the contract has for them. */
export const ROUTE_STATES = ['none', 'live', 'frozen', 'stopped'] as const;
/** `frozen`: takes no proofs any more, its records stay good. `stopped`: its records are worth nothing either. */
export type RouteState = (typeof ROUTE_STATES)[number];

/** What a registry says of a key. */
export interface Route {
  /** First four bytes of `vkDigest`, and of each proof under the key. */
  readonly selector: Hex;
  readonly state: RouteState;
  readonly verifier: Hex;
  readonly vkDigest: Hex;
  /** Id of the program that cannot return: a proof that it did stops the route. */
  readonly cannotReturn: Hex;
}

/** A route whose verifier was asked as well. */
export interface RouteIdentity extends Route {
  readonly insecure: boolean;
}

/** What a registry says of itself. */
export interface RegistryState {
  readonly owner: Hex;
  readonly guardian: Hex;
  /** All that ever were. */
  readonly routes: readonly Route[];
}

/** What the caller knows of a contract before asking it. */
export interface IdentityExpected {
  /** Digest of the key that the contract must be about, if known. */
  readonly verifyingKey?: Hex | undefined;
  /** Take a development verifier for one on any chain: what it accepts proves nothing. */
  readonly allowInsecure?: boolean | undefined;
}

/** Arguments of `verify` and `attest`. */
export type VerifyArguments = readonly [programId: Hex, statement: EncodedStatement, proof: Hex];

export function verifyArguments({
  programId,
  programKey,
  statement,
  proof,
}: ProvenStatement): VerifyArguments {
  const bytes = typeof proof === 'string' ? bytesOf(proof) : proof;
  return [programId, encodeStatement(statement), encodeCallProof(bytes, programKey)];
}

/** Which record: a statement, or its hash. */
export type AttestationId =
  | { readonly programId: Hex; readonly statement: Statement }
  | { readonly programId: Hex; readonly statementHash: Hex };

export function hashOf(id: AttestationId): Hex {
  return 'statementHash' in id ? id.statementHash : statementHash(id.statement);
}

/** A record to read from a registry. Without `verifyingKey`: a record under any key. */
export type ReadAttestationParameters = AttestationId &
  IdentityExpected &
  RequestParameters & { readonly registry: Hex };

/** A proof to show to a deployed verifier. */
export interface VerifyOnChainParameters extends ProvenStatement, IdentityExpected, RequestParameters {
  readonly verifier: Hex;
  /** How the run must have ended. Default: `returned`; everything else says that the program failed. */
  readonly expect?: ExpectedStatus | undefined;
}

/** Inputs and outputs to ask a registry about; without `verifyingKey` under any key that has not been stopped. */
export interface HasReturnedParameters extends IdentityExpected, RequestParameters {
  readonly registry: Hex;
  readonly programId: Hex;
  /** A status in it is not looked at: the question is of runs that returned. */
  readonly statement: Pick<Statement, 'publicInputs' | 'publicOutputs'>;
}

/** What a transaction may cost. */
export interface FeeParameters extends SendingParameters {
  /** Most that one transaction may cost, in wei (gas limit × fee per gas, and what is sent along to publish the factory); default: whatever node and wallet propose. */
  readonly maxFee?: bigint | undefined;
}

/** Where a contract comes to stand. */
export interface PlaceParameters {
  /**
   * 32 bytes. The contract is made by the well-known factory (CREATE2), at an address that follows from this and from what is deployed: the same on every
   * chain, and what stands there is taken instead of paid for. `null`: by a transaction of its own, anew, at an address that follows from the account and its
   * nonce. Default: zero of `deploy`, `null` of a single contract.
   */
  readonly salt?: Hex | null | undefined;
  /** Publish the factory where the chain has none, for 0.01 of its coin. Default: on development chains. */
  readonly publishFactory?: boolean | undefined;
}

/** A registry that proofs are submitted to. */
export interface TargetParameters extends FeeParameters, Pick<IdentityExpected, 'allowInsecure'> {
  readonly registry: Hex;
}

/** A proof to submit to a registry. */
export interface AttestParameters extends ProvenStatement, TargetParameters, WaitParameters {}

/** Proofs to submit in one transaction. */
export interface SubmitBatchParameters extends TargetParameters {
  readonly requests: readonly ProvenStatement[];
  /** All or none: an error for the first that is refused. Default: those that are refused are named, and the others recorded. */
  readonly requireAll?: boolean | undefined;
}

/** A proof whose submitter is to be the account that signs here, whoever sends it. */
export interface SignAttestationParameters extends ProvenStatement, TargetParameters {
  /** Seconds for which the signature is good; default an hour. */
  readonly lifetime?: number | undefined;
}

/** A signature for `attestFor`, and what it is for. */
export interface SignedAttestation extends AttestMessage, Signed {
  readonly registry: Hex;
  readonly chainId: number;
}

export interface SubmitSignedParameters extends ProvenStatement, TargetParameters {
  readonly signed: SignedAttestation;
}

/** The verifier of a kind of proofs, as it is deployed and checked. */
export interface VerifierOfKind {
  /** Default: direct. */
  readonly kind?: ContractKind | undefined;
  readonly generated: GeneratedVerifier;
  readonly contract: CompiledContract;
  /** Id of a program that cannot return: `cannotReturn(session)`. Whoever shows an accepted proof that it returned stops the route. */
  readonly cannotReturn: Hex;
}

export interface DeployVerifierParameters extends FeeParameters, PlaceParameters {
  /** What `compileVerifier` returned. */
  readonly contract: { readonly bytecode: Hex };
}

/** Who may do what with a registry; default: all of it the account that deploys. */
export interface RegistryRoles {
  /** Adds and freezes routes, stops them, names the guardian. A TimelockController where anything depends on it. */
  readonly owner?: Hex | undefined;
  /** Stops routes. The zero address: nobody but the owner. */
  readonly guardian?: Hex | undefined;
}

export interface DeployRegistryParameters extends FeeParameters, PlaceParameters, RegistryRoles {
  /** Address of the verifier of the first route; the zero address: none. */
  readonly verifier: Hex;
  /** Id of a program of the verifier's machine that cannot return: `cannotReturn(session)`. */
  readonly cannotReturn: Hex;
}

export interface AddRouteParameters extends FeeParameters {
  readonly registry: Hex;
  readonly verifier: Hex;
  readonly cannotReturn: Hex;
}

export interface StopRouteParameters extends FeeParameters {
  readonly registry: Hex;
  /** Digest of the key. */
  readonly verifyingKey: Hex;
}

/** A proof that the program returned which cannot. */
export interface StopByProofParameters extends FeeParameters {
  readonly registry: Hex;
  readonly programKey: ProgramKey;
  readonly statement: Statement;
  readonly proof: Hex | Uint8Array;
  /** Of a proof document: nothing is stopped but the key of this digest. */
  readonly verifyingKey?: Hex | undefined;
}

export interface ChangeResult {
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  readonly gasUsed: bigint;
}

/** A record of the registry. */
export interface Attestation {
  readonly programId: Hex;
  readonly statementHash: Hex;
  readonly submitter: Hex;
  readonly blockNumber: bigint;
  /** First four bytes of the digest of the key under which it was proven. */
  readonly selector: Hex;
  /** The key has been stopped since: the record is worth nothing. */
  readonly stopped: boolean;
}

/** A record, and the route of the key that it stands under. */
export interface RecordOfKey {
  readonly route: Route;
  readonly record: Attestation;
}

export interface AttestResult {
  /** Undefined if the record was there already: then nothing was sent. */
  readonly transactionHash: Hex | undefined;
  /** Of the transaction, or of the record that was there. */
  readonly blockNumber: bigint;
  /** Of the whole transaction. */
  readonly gasUsed: bigint;
  readonly statementHash: Hex;
  /** False if somebody's record was there before: nothing was verified or written. */
  readonly recorded: boolean;
}

/** What was sent: `wait` says what came of it, as often as it is asked. */
export interface Submission<Result> {
  /** Undefined where nothing was sent, because there was nothing to record. */
  readonly transactionHash: Hex | undefined;
  /**
   * Waits for the chain.
   * @throws TRANSACTION_PENDING, CHAIN_REORGANISED, TRANSACTION_REPLACED, ABORTED; CHAIN_CALL_FAILED for a transaction that failed
   */
  wait(parameters?: WaitParameters): Promise<Result>;
}

export interface SubmitResult {
  /** `already-recorded`: somebody's record stood before. Nothing was verified or written, and `record` says whose it is. */
  readonly outcome: 'recorded' | 'already-recorded';
  readonly statementHash: Hex;
  readonly record: Attestation;
  /** The transaction that was mined; undefined where none was needed. */
  readonly transactionHash: Hex | undefined;
  /** Of the whole transaction. */
  readonly gasUsed: bigint;
}

/** The same as `attest` says it: the record apart, of which it has the block. */
export function attestResult({ outcome, record, ...rest }: SubmitResult): AttestResult {
  return { ...rest, blockNumber: record.blockNumber, recorded: outcome === 'recorded' };
}

/** What became of one of a batch. */
export type BatchEntry =
  | {
      readonly outcome: 'recorded' | 'already-recorded';
      readonly statementHash: Hex;
      readonly record: Attestation;
    }
  | { readonly outcome: 'refused'; readonly statementHash: Hex; readonly error: WattestError };

export interface BatchResult {
  readonly transactionHash: Hex | undefined;
  readonly gasUsed: bigint;
  /** In the order of the requests. */
  readonly entries: readonly BatchEntry[];
}

export interface DeployResult {
  readonly address: Hex;
  /** Undefined where it stood before: then nothing was sent. */
  readonly transactionHash: Hex | undefined;
  /** Undefined where it stood before and the chain does not say since when. */
  readonly blockNumber: bigint | undefined;
  readonly gasUsed: bigint;
}

/** The transactions of a deployment that may not have come to its end. */
export interface SentTransactions {
  readonly timelock?: Hex | undefined;
  readonly verifier?: Hex | undefined;
  readonly registry?: Hex | undefined;
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
