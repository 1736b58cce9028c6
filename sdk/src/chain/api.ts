/** What the actions, and a deployment with a client, are for their users. */
import type { ProveParameters, ProveResult } from '../attest/proof/prove.ts';
import type { Session } from '../attest/session/session.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import type { Hex } from '../plonk/keys/key.ts';
import type { RequestParameters } from './bounded.ts';
import type {
  AddRouteParameters,
  Attestation,
  AttestationId,
  AttestParameters,
  AttestResult,
  BatchResult,
  ChangeResult,
  DeployRegistryParameters,
  DeployResult,
  DeployVerifierParameters,
  FeeParameters,
  HasReturnedParameters,
  ProvenStatement,
  ReadAttestationParameters,
  RecordOfKey,
  RegistryState,
  SignAttestationParameters,
  SignedAttestation,
  StopByProofParameters,
  StopRouteParameters,
  Submission,
  SubmitBatchParameters,
  SubmitResult,
  SubmitSignedParameters,
  VerifierIdentity,
  VerifyOnChainParameters,
} from './calls.ts';
import type { CheckDeploymentParameters, CheckRegistryParameters } from './check-deployment.ts';
import type { DeployAllResult, DeployParameters, PlanParameters } from './deploy.ts';
import type { Deployment } from './deployments.ts';
import type { RegistryEvent } from './events.ts';
import type { OwnerCall, PrepareOwnerCallParameters } from './owner-calls.ts';
import type { DeploymentPlan } from './plan.ts';
import type { ProposeParameters, ProposeResult } from './propose.ts';
import type {
  CancelOperationParameters,
  CheckTimelockParameters,
  ReadTimelockParameters,
  TimelockAct,
  TimelockActParameters,
  TimelockCall,
  TimelockOperation,
  TimelockRoles,
} from './timelock-actions.ts';
import type { ReadEventsParameters, WatchParameters } from './watch.ts';

/**
 * All of them refuse names of parameters that there are not (INPUT_INVALID). Where a proof is meant, those of a proof file may stand among them, so that a
 * document can be spread. `Read`: a client that asks; `Write`: one with an account.
 */
export interface Actions<Read, Write> {
  /**
   * Deploys a generated verifier (with the evaluators that it may have, in the same transaction).
   * @throws KEY_INSECURE for a development key on a public chain, FEE_TOO_HIGH, CHAIN_CALL_FAILED
   */
  deployVerifier(client: Write, parameters: DeployVerifierParameters): Promise<DeployResult>;
  /**
   * Deploys a registry with a route to a verifier, which it has for good. Other kinds of proofs follow with {@link addRoute}.
   * @throws CHAIN_REJECTED if there is no verifier at the address, KEY_INSECURE for a development verifier on a public chain,
   *   FEE_TOO_HIGH, CHAIN_CALL_FAILED
   */
  deployRegistry(client: Write, parameters: DeployRegistryParameters): Promise<DeployResult>;
  /**
   * Adds a verifier to a registry, for good; the account must be its owner.
   * @throws CHAIN_REJECTED if it is not, there is no verifier at the address, or its selector has or had a route; KEY_INSECURE;
   *   FEE_TOO_HIGH; CHAIN_CALL_FAILED
   */
  addRoute(client: Write, parameters: AddRouteParameters): Promise<ChangeResult>;
  /**
   * Retires a key: the registry takes no more proofs under it, what it has on record stays good. For good; the account must be the owner.
   * @throws CHAIN_REJECTED, KEY_STOPPED where it is retired or stopped already, FEE_TOO_HIGH, CHAIN_CALL_FAILED
   */
  freezeRoute(client: Write, parameters: StopRouteParameters): Promise<ChangeResult>;
  /**
   * Stops a key that is broken: no more proofs under it, and what is on record under it counts for nothing. For good; the account must be
   * owner or guardian.
   * @throws as {@link freezeRoute}
   */
  stopRoute(client: Write, parameters: StopRouteParameters): Promise<ChangeResult>;
  /**
   * The same by anyone, with an accepted proof that the program returned which cannot: what the registry has as `cannotReturn`.
   * @throws PROOF_… with the verifier's reason; otherwise as {@link freezeRoute}
   */
  stopByProof(client: Write, parameters: StopByProofParameters): Promise<ChangeResult>;
  /**
   * Owner, guardian and all routes of a registry.
   * @throws CHAIN_REJECTED where the address has no code or none of a registry, CHAIN_CALL_FAILED
   */
  readRegistry(
    client: Read,
    parameters: { readonly registry: Hex } & RequestParameters,
  ): Promise<RegistryState>;
  /**
   * Deploys a verifier and a registry with a route to it, or adds the verifier to the registry of a deployment, and describes all of it. An attempt that stops between the two, or while it waits, can be
   * gone on with: see `sent` and `onSent`.
   * @throws KEY_INSECURE for a development key on a public chain, FEE_TOO_HIGH, CHAIN_CALL_FAILED
   */
  deploy(client: Write, parameters: DeployParameters): Promise<DeployAllResult>;
  /**
   * Addresses and cost of what {@link deploy} would send, which is not sent.
   * @throws as {@link deploy} before it sends
   */
  planDeployment(client: Write, parameters: PlanParameters): Promise<DeploymentPlan>;
  /** What waits in a timelock, of one call. @throws CHAIN_REJECTED where there is no timelock */
  readOperation(client: Read, parameters: TimelockCall & RequestParameters): Promise<TimelockOperation>;
  /**
   * Has a timelock call a contract: schedules what is not scheduled, carries out what has waited.
   * @throws TIMELOCK_WAITING between the two; CHAIN_REJECTED for an account that may not, or where it is done
   */
  actByTimelock(client: Write, parameters: TimelockActParameters): Promise<TimelockAct>;
  /** Takes back what is scheduled. @throws CHAIN_REJECTED for an account that may not, or where nothing waits under the id */
  cancelOperation(client: Write, parameters: CancelOperationParameters): Promise<ChangeResult>;
  /**
   * What the registry's owner has to send where it is another account, such as a multisig: the call is checked as it, and nothing is sent. Of an owner that is a
   * timelock what it is to be called with next, to schedule or to carry out.
   * @throws DEPLOYMENT_MISMATCH where the endpoint names another owner than `owner`; TIMELOCK_WAITING between the two; otherwise what the call would be refused with
   */
  prepareOwnerCall(client: Read, parameters: PrepareOwnerCallParameters): Promise<OwnerCall>;
  /** Delay and roles of a timelock, from all that was ever given and taken. @throws CHAIN_REJECTED where there is no timelock */
  readTimelock(client: Read, parameters: ReadTimelockParameters): Promise<TimelockRoles>;
  /**
   * Whether the registry's owner is the timelock of the file, made by this version's initcode, with the delay and the roles that the file names and nobody above it.
   * @throws DEPLOYMENT_MISMATCH
   */
  checkTimelock(client: Read, parameters: CheckTimelockParameters): Promise<TimelockRoles>;
  /**
   * Deploys a verifier and has the timelock that owns the registry add it: scheduled at first, carried out when this is called again after its delay. With
   * `prepareOnly` any owner can: the verifier is deployed, and what the owner has to send is returned ({@link prepareOwnerCall}). Where the registry has this very
   * route, whoever added it, it is described.
   * @throws TIMELOCK_WAITING between the two; DEPLOYMENT_EXISTS for a kind that the deployment has; CHAIN_MISMATCH; CHAIN_REJECTED where the owner is no timelock,
   *   the key has another route, or the account may not; with `prepareOnly` DEPLOYMENT_MISMATCH where the endpoint names another owner than the deployment or `owner`
   */
  proposeVerifier(client: Write, parameters: ProposeParameters): Promise<ProposeResult>;
  /**
   * Checks a deployment against its file and against the generator: chain, code hashes, the code itself with the value of every
   * immutable wherever it is used, evaluators, the digest that the verifier computes, and the transactions that created the
   * contracts: their initcode, which alone could have written to the storage before the first call.
   * @throws DEPLOYMENT_MISMATCH with what differs or cannot be checked, CHAIN_REJECTED, CHAIN_CALL_FAILED
   */
  checkDeployment(client: Read, parameters: CheckDeploymentParameters): Promise<void>;
  /**
   * The part of {@link checkDeployment} that needs no key and no compiler: that the registry is the one of this version, created by its
   * own initcode and bound to the verifier of the file. Of the verifier nothing but that its code has the hash of the file, and names its
   * key: whoever wrote the file is believed that this code verifies.
   * @throws DEPLOYMENT_MISMATCH, CHAIN_REJECTED, CHAIN_CALL_FAILED
   */
  checkRegistry(client: Read, parameters: CheckRegistryParameters): Promise<void>;
  /**
   * Submits a proof to a registry and waits for the record. The registry must first name the key that the proof is for, and the
   * call is simulated: a wrong address and a proof that the verifier refuses cost nothing. Any true statement is recorded, also that
   * a run trapped or exited with an error; whoever relies on a record asks {@link hasReturned}. Whoever copies the transaction and is
   * mined first stands in the record as `submitter`; then `recorded` is false.
   * @throws PROOF_… with the verifier's reason; CHAIN_REJECTED where the address has no code, none of a registry, or one for
   *   another key; KEY_INSECURE for a development key on a public chain; FEE_TOO_HIGH; CHAIN_CALL_FAILED
   */
  attest(client: Write, parameters: AttestParameters): Promise<AttestResult>;
  /**
   * {@link attest} in two steps: returns as soon as the transaction is sent, with its hash; `wait` says what came of it. Where the record stands already
   * nothing is sent.
   * @throws as {@link attest}
   */
  submit(
    client: Write,
    parameters: AttestParameters,
  ): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }>;
  /**
   * Several proofs in one transaction. Those on record already, or that the registry refuses by a call, are not sent; the entries of the result say
   * what became of each.
   * @throws with `requireAll` what the first is refused with; otherwise as {@link attest} of what is not about one proof
   */
  submitBatch(client: Write, parameters: SubmitBatchParameters): Promise<Submission<BatchResult>>;
  /**
   * Signs (EIP-712) that whoever has this signature may submit the proof with this account as submitter. The proof is checked first, as by {@link attest}; nothing is
   * sent. Whoever has the proof can still submit it in a name of their own.
   * @throws WALLET_REFUSED; INPUT_INVALID for a lifetime that is none; as {@link attest}
   */
  signAttestation(client: Write, parameters: SignAttestationParameters): Promise<SignedAttestation>;
  /**
   * Submits a proof in the name of whoever signed it; this account pays.
   * @throws SIGNATURE_FOREIGN where the signature is for something else, or used; CHAIN_REJECTED where its deadline has passed; as {@link attest}
   */
  submitSigned(
    client: Write,
    parameters: SubmitSignedParameters,
  ): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }>;
  /**
   * The record of a statement, however the run ended; undefined where there is none. What it is worth depends on the registry's
   * address alone. A record is no result: a run that trapped or exited with an error has one too. For results ask {@link hasReturned}.
   * @throws CHAIN_REJECTED where the address has no code or none of a registry, KEY_INSECURE for a development key on a public chain,
   *   CHAIN_CALL_FAILED
   */
  readAttestation(client: Read, parameters: ReadAttestationParameters): Promise<Attestation | undefined>;
  /**
   * The records of a statement under each key of the registry, stopped ones too, or under the given key; none where there is none.
   * @throws as {@link readAttestation}
   */
  readRecords(client: Read, parameters: ReadAttestationParameters): Promise<readonly RecordOfKey[]>;
  /**
   * Whether a registry has on record that the program *returned* (status 0) with these inputs and outputs: all of them, nothing less and
   * nothing more. Never true of a run that trapped or exited with an error.
   * @throws CHAIN_REJECTED where the address has no code or none of a registry, KEY_INSECURE for a development key on a public chain,
   *   CHAIN_CALL_FAILED
   */
  hasReturned(client: Read, parameters: HasReturnedParameters): Promise<boolean>;
  /**
   * Asks a deployed verifier by `eth_call`; returns if it accepts and the run ended as expected. The contract must first name the
   * key that the proof is for.
   * @throws PROOF_… with the verifier's reason; PROOF_STATUS; CHAIN_REJECTED where the address has no code, none of a verifier, or one for
   *   another key; KEY_INSECURE for a development key on a public chain; CHAIN_CALL_FAILED
   */
  verifyOnChain(client: Read, parameters: VerifyOnChainParameters): Promise<void>;
  /**
   * What a deployed verifier says of itself.
   * @throws CHAIN_REJECTED where the address has no code or none of a verifier, CHAIN_CALL_FAILED
   */
  readVerifier(
    client: Read,
    parameters: { readonly verifier: Hex } & RequestParameters,
  ): Promise<VerifierIdentity>;
  /**
   * What a registry has recorded, which routes it has added, retired and stopped, and who its owner and guardian became, from block to block, in order.
   * @throws INPUT_INVALID; CHAIN_REJECTED for events that no registry emits, CHAIN_UNREACHABLE, ENDPOINT_REFUSED, CHAIN_CALL_FAILED
   */
  readEvents(client: Read, parameters: ReadEventsParameters): Promise<readonly RegistryEvent[]>;
  /**
   * The same as it happens, by polling: each event once, in order, from `fromBlock` on; what a reorganisation takes back is told, too.
   * @returns stops it
   * @throws INPUT_INVALID for numbers of blocks that are none
   */
  watchAttestations(client: Read, parameters: WatchParameters): () => void;
}

/** A deployment as `deploy` returns it; the contents of its file, parsed or not. */
export type DeploymentLike = Deployment | { readonly format: string } | string;

/** A session, or whatever proves in its place: a worker's client. */
export type Prover = Session | { prove(parameters: ProveParameters): Promise<ProveResult> };

export interface WattestParameters<Client> extends FeeParameters {
  readonly deployment: DeploymentLike;
  /** Of viem or wagmi: a client, or `{ public, wallet }`; of ethers: a provider or a signer. One with an account sends, too. */
  readonly client: Client;
  /** Who proves, for {@link Wattest.prove}. */
  readonly prover?: Prover | undefined;
  /** Take a deployment on a development SRS on any chain: what is on record there proves nothing. */
  readonly allowInsecure?: boolean | undefined;
}

/** See {@link Actions} for what each of these refuses, by the name of the action. */
export interface Wattest {
  /** Addresses in the mixed case of ERC-55. */
  readonly deployment: Deployment;
  readonly registry: Hex;
  readonly chainId: number;
  /** A verifier of it stands on a development SRS, whose secret is published: such records prove nothing. */
  readonly insecure: boolean;
  /**
   * Proves by the prover that was given, for a contract of this deployment: a key that it has no verifier of is refused before anything is proven where that can be
   * known, else before the proof is returned.
   * @throws PROOF_FOREIGN_KEY; INPUT_INVALID without a prover; what `prove` throws
   */
  prove(parameters: ProveParameters): Promise<ProveResult>;
  /** Sends, unless the record stands: the hash at once, then `wait`. @throws CHAIN_MISMATCH where the client is on another chain */
  submit(
    proof: ProvenStatement,
    parameters?: SubmitOptions,
  ): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }>;
  /** Several in one transaction. */
  submitBatch(
    proofs: readonly ProvenStatement[],
    parameters?: SubmitOptions & { readonly requireAll?: boolean },
  ): Promise<Submission<BatchResult>>;
  /** A signature with which anyone may submit the proof in this account's name. */
  sign(
    proof: ProvenStatement,
    parameters?: RequestParameters & { readonly lifetime?: number },
  ): Promise<SignedAttestation>;
  submitSigned(
    proof: ProvenStatement,
    signed: SignedAttestation,
    parameters?: SubmitOptions,
  ): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }>;
  /** The record of a statement under any key, or under the given one. */
  read(id: AttestationId & { readonly verifyingKey?: Hex }): Promise<Attestation | undefined>;
  /** Whether it is on record, under a key that has not been stopped, that the program returned with these inputs and outputs. */
  hasReturned(question: {
    readonly programId: Hex;
    readonly statement: Pick<Statement, 'publicInputs' | 'publicOutputs'>;
    readonly verifyingKey?: Hex;
  }): Promise<boolean>;
  /** Owner, guardian and routes: which keys are live, retired and stopped. */
  state(): Promise<RegistryState>;
  /** Retires a key for good, as owner: no more proofs under it, and what is on record stays good. */
  freeze(verifyingKey: Hex, parameters?: SubmitOptions): Promise<ChangeResult>;
  /** Stops a key that is broken for good, as owner or guardian: what is on record under it counts for nothing. */
  stop(verifyingKey: Hex, parameters?: SubmitOptions): Promise<ChangeResult>;
  /** The same by any account, with a proof that the program returned which cannot. */
  stopByProof(proof: ProvenStatement, parameters?: SubmitOptions): Promise<ChangeResult>;
  /** Records and changes of routes, owner and guardian; as if not given `fromBlock: 'deployment'`, the registry's block. */
  events(
    parameters?: Omit<ReadEventsParameters, 'registry' | 'fromBlock'> & {
      readonly fromBlock?: bigint | 'deployment' | undefined;
    },
  ): Promise<readonly RegistryEvent[]>;
  /** `fromBlock: 'deployment'` begins with what has happened since the registry stands. @returns stops it */
  watchAttestations(
    parameters: Omit<WatchParameters, 'registry' | 'fromBlock'> & {
      readonly fromBlock?: bigint | 'deployment' | undefined;
    },
  ): () => void;
  /** With the verifiers that are expected: `checkDeployment`; without: `checkRegistry`, which believes the deployment about its verifiers. */
  check(expected?: Omit<CheckDeploymentParameters, 'deployment'>): Promise<void>;
}

/** What a submission takes in place of what the object was made with. */
export type SubmitOptions = FeeParameters;
