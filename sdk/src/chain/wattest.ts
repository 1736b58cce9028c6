/** A deployment and a client, as one object: what applications use. Written once over the port, like the actions. */
import type { ProveParameters, ProveResult } from '../attest/proof/prove.ts';
import { type ContractKind, contractKind } from '../attest/session/contract-kinds.ts';
import type { Session } from '../attest/session/session.ts';
import { fail } from '../errors/index.ts';
import { requireNames } from '../json/options.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress } from '../solidity/abi.ts';
import {
  freezeRoute,
  hasReturned,
  readAttestation,
  readRegistry,
  stopByProof,
  stopRoute,
} from './actions.ts';
import { boundedReader, boundedWriter, type RequestParameters } from './bounded.ts';
import type {
  Attestation,
  AttestationId,
  BatchResult,
  ChangeResult,
  FeeParameters,
  ProvenStatement,
  RegistryState,
  SignedAttestation,
  Submission,
  SubmitResult,
} from './calls.ts';
import { type CheckDeploymentParameters, checkDeployment, checkRegistry } from './check-deployment.ts';
import { type Deployment, parseDeployment, verifierOfKind } from './deployments.ts';
import type { ChainReader, ChainWriter } from './port.ts';
import { onChain } from './reverts.ts';
import { signAttestation, submit, submitBatch, submitSigned } from './submit.ts';
import {
  type ReadEventsParameters,
  type RegistryEvent,
  readEvents,
  type WatchParameters,
  watchAttestations,
} from './watch.ts';

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

/** How the two kinds of clients are told apart. */
export interface Ports {
  readonly reader: ChainReader;
  /** Undefined of a client without an account. */
  readonly writer: ChainWriter | undefined;
}

const NAMES = {
  deployment: true,
  client: true,
  prover: true,
  allowInsecure: true,
  maxFee: true,
  requestTimeout: true,
  signal: true,
} as const;

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
  /** Records and changes of routes; default: from the registry's block on. */
  events(parameters?: Partial<Omit<ReadEventsParameters, 'registry'>>): Promise<readonly RegistryEvent[]>;
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
export type SubmitOptions = Pick<FeeParameters, 'maxFee' | 'signal' | 'requestTimeout'>;

/** @throws DEPLOYMENT_INVALID, DEPLOYMENT_VERSION; INPUT_INVALID for options that there are not */
export function createWattest<Client>(
  parameters: WattestParameters<Client>,
  portsOf: (client: Client) => Ports,
): Wattest {
  requireNames(parameters, NAMES, 'createWattest');
  const { client, prover, allowInsecure, maxFee, requestTimeout, signal } = parameters;
  const deployment = checksummed(deploymentOf(parameters.deployment));
  const { chainId, verifiers } = deployment;
  const { address: registry, blockNumber = 0 } = deployment.registry;
  const limits = { requestTimeout, signal };
  const target = { registry, allowInsecure };

  const onOwnChain = async (port: ChainReader): Promise<void> => {
    const actual = await port.chainId();
    if (actual === chainId) return;
    fail('CHAIN_MISMATCH', `the client is on chain ${actual}, the deployment is on ${chainId}`, {
      where: deployment.network,
      fix: 'Switch the wallet to this chain, or use the deployment of the other one',
    });
  };
  const reading = async <T>(
    work: (reader: ChainReader) => Promise<T>,
    more: RequestParameters = {},
  ): Promise<T> => {
    const reader = boundedReader(portsOf(client).reader, { ...limits, ...more });
    await onChain('createWattest', () => onOwnChain(reader));
    return work(reader);
  };
  const writing = async <T>(
    work: (writer: ChainWriter) => Promise<T>,
    more: RequestParameters = {},
  ): Promise<T> => {
    const { writer } = portsOf(client);
    if (writer === undefined) {
      fail('INPUT_INVALID', 'the client has no account, so it can ask and not send', {
        where: 'createWattest',
        fix: 'Give a client with an account: a wallet client of viem, a signer of ethers',
      });
    }
    const bounded = boundedWriter(writer, { ...limits, ...more });
    await onChain('createWattest', () => onOwnChain(bounded));
    // Asked anew before anything is signed: a wallet can be switched while a proof is looked at.
    return work({
      ...bounded,
      send: async (request) => {
        await onOwnChain(bounded);
        return bounded.send({ ...request, chainId });
      },
      signTypedData: async (data) => {
        await onOwnChain(bounded);
        return bounded.signTypedData({ ...data, domain: { ...data.domain, chainId } });
      },
    });
  };

  // Behind what the caller spreads: neither an option that is undefined nor a member of a proof file lifts the limit.
  const sent = (more: SubmitOptions | undefined): typeof target & FeeParameters => ({
    ...target,
    maxFee: more?.maxFee ?? maxFee,
  });

  return {
    deployment,
    registry,
    chainId,
    insecure: verifiers.some(({ insecure }) => insecure),
    prove: (given) => proveFor(deployment, prover, given),
    submit: (proof, more) => writing((writer) => submit(writer, { ...more, ...proof, ...sent(more) }), more),
    submitBatch: (requests, more) =>
      writing((writer) => submitBatch(writer, { ...more, requests, ...sent(more) }), more),
    sign: (proof, more) =>
      writing((writer) => signAttestation(writer, { ...more, ...proof, ...target }), more),
    submitSigned: (proof, signed, more) =>
      writing((writer) => submitSigned(writer, { ...more, ...proof, ...sent(more), signed }), more),
    read: (id) => reading((reader) => readAttestation(reader, { ...id, ...target })),
    hasReturned: (question) => reading((reader) => hasReturned(reader, { ...question, ...target })),
    state: () => reading((reader) => readRegistry(reader, { registry })),
    freeze: (verifyingKey, more) =>
      writing((writer) => freezeRoute(writer, { verifyingKey, ...sent(more) }), more),
    stop: (verifyingKey, more) =>
      writing((writer) => stopRoute(writer, { verifyingKey, ...sent(more) }), more),
    stopByProof: (proof, more) => writing((writer) => stopByProof(writer, { ...proof, ...sent(more) }), more),
    events: (more = {}) =>
      reading((reader) => {
        const { fromBlock = BigInt(blockNumber) } = more;
        return readEvents(reader, { ...more, fromBlock, registry });
      }, more),
    watchAttestations: ({ fromBlock, ...more }) => {
      const asked = boundedReader(portsOf(client).reader, { ...limits, ...more });
      // Every round begins with this question, and a wallet can be switched between two.
      const newest = async (): Promise<bigint> => {
        await onOwnChain(asked);
        return asked.blockNumber();
      };
      const reader = { ...asked, blockNumber: newest };
      const from = fromBlock === 'deployment' ? BigInt(blockNumber) : fromBlock;
      return watchAttestations(reader, { ...more, fromBlock: from, registry });
    },
    check: (expected) =>
      reading((reader) =>
        expected === undefined
          ? checkRegistry(reader, { deployment: parsed(deployment) })
          : checkDeployment(reader, { ...expected, deployment: parsed(deployment) }),
      ),
  };
}

function deploymentOf(given: DeploymentLike): Deployment {
  if (typeof given === 'string') return parseDeployment(given, 'deployment');
  return 'format' in given ? parseDeployment(JSON.stringify(given), 'deployment') : given;
}

/** With every address in mixed case. */
function checksummed(deployment: Deployment): Deployment {
  const own = <C extends { readonly address: Hex }>(contract: C): C => ({
    ...contract,
    address: checksumAddress(contract.address),
  });
  return { ...deployment, registry: own(deployment.registry), verifiers: deployment.verifiers.map(own) };
}

/** As the file has it. */
function parsed(deployment: Deployment): Deployment {
  const own = <C extends { readonly address: Hex }>(contract: C): C => ({
    ...contract,
    address: contract.address.toLowerCase() as Hex,
  });
  return { ...deployment, registry: own(deployment.registry), verifiers: deployment.verifiers.map(own) };
}

async function proveFor(
  deployment: Deployment,
  prover: Prover | undefined,
  parameters: ProveParameters,
): Promise<ProveResult> {
  if (prover === undefined) {
    fail('INPUT_INVALID', 'there is no prover', {
      where: 'createWattest',
      fix: 'Give createWattest a session as prover: await openSession()',
    });
  }
  if (parameters.wrap !== true && parameters.transcript === undefined && 'verifyingKey' in prover)
    requireVerifier(deployment, 'direct', prover.verifyingKey.digest);
  const result =
    'prove' in prover
      ? await prover.prove(parameters)
      : await (await import('../attest/proof/prove.ts')).prove(prover, parameters);
  requireVerifier(deployment, contractKind(result.document), result.document.verifyingKey);
  return result;
}

function requireVerifier(deployment: Deployment, kind: ContractKind, digest: Hex): void {
  const verifier = verifierOfKind(deployment, kind);
  if (verifier?.vkDigest === digest) return;
  const has = verifier === undefined ? `no verifier of ${kind} proofs` : `one of key ${verifier.vkDigest}`;
  fail('PROOF_FOREIGN_KEY', `the prover's key is ${digest}, and ${deployment.network} has ${has}`, {
    where: 'createWattest',
    fix: 'Open the session with SRS and limits of the deployment, or prove a kind that it has a verifier of (wrap)',
  });
}
