/** A deployment and a client, as one object: what applications use. Written once over the port, like the actions. */
import type { ProveParameters, ProveResult } from '../attest/proof/prove.ts';
import { type ContractKind, contractKind } from '../attest/session/contract-kinds.ts';
import { fail } from '../errors/index.ts';
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
import type { DeploymentLike, Prover, SubmitOptions, Wattest, WattestParameters } from './api.ts';
import { boundedReader, boundedWriter, type RequestParameters, type SendingParameters } from './bounded.ts';
import type { FeeParameters } from './calls.ts';
import { checkDeployment, checkRegistry } from './check-deployment.ts';
import { type Deployment, parseDeployment, verifierOfKind } from './deployments.ts';
import { type Method, requireArguments, requireCreation } from './parameters.ts';
import type { ChainReader, ChainWriter } from './port.ts';
import { onChain } from './reverts.ts';
import { signAttestation, submit, submitBatch, submitSigned } from './submit.ts';
import { readEvents, watchAttestations } from './watch.ts';

/** How the two kinds of clients are told apart. */
export interface Ports {
  readonly reader: ChainReader;
  /** Undefined of a client without an account. */
  readonly writer: ChainWriter | undefined;
}

/** @throws DEPLOYMENT_INVALID, DEPLOYMENT_VERSION; INPUT_INVALID for options that there are not */
export function createWattest<Client>(
  parameters: WattestParameters<Client>,
  portsOf: (client: Client) => Ports,
): Wattest {
  requireCreation(parameters);
  const { client, prover, allowInsecure, maxFee, onFee, requestTimeout, signal } = parameters;
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
    more: SendingParameters = {},
  ): Promise<T> => {
    const { writer } = portsOf(client);
    if (writer === undefined) {
      fail('INPUT_INVALID', 'the client has no account, so it can ask and not send', {
        where: 'createWattest',
        fix: 'Give a client with an account: a wallet client of viem, a signer of ethers',
      });
    }
    const bounded = boundedWriter(writer, { ...limits, ...more, onFee: more.onFee ?? onFee });
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

  const since = <B extends bigint | undefined>(block: B | 'deployment'): B | bigint =>
    block === 'deployment' ? BigInt(blockNumber) : block;

  /** Rejects, as a method that promises does, what it does not know. */
  const checked =
    <A extends readonly unknown[], R>(method: Method, work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      requireArguments(method, args);
      return work(...args);
    };

  return {
    deployment,
    registry,
    chainId,
    insecure: verifiers.some(({ insecure }) => insecure),
    prove: (given) => proveFor(deployment, prover, given),
    submit: checked('submit', (proof, more) =>
      writing((writer) => submit(writer, { ...more, ...proof, ...sent(more) }), more),
    ),
    submitBatch: checked('submitBatch', (requests, more) =>
      writing((writer) => submitBatch(writer, { ...more, requests, ...sent(more) }), more),
    ),
    sign: checked('sign', (proof, more) =>
      writing((writer) => signAttestation(writer, { ...more, ...proof, ...target }), more),
    ),
    submitSigned: checked('submitSigned', (proof, signed, more) =>
      writing((writer) => submitSigned(writer, { ...more, ...proof, ...sent(more), signed }), more),
    ),
    read: checked('read', (id) => reading((reader) => readAttestation(reader, { ...id, ...target }))),
    hasReturned: checked('hasReturned', (question) =>
      reading((reader) => hasReturned(reader, { ...question, ...target })),
    ),
    state: () => reading((reader) => readRegistry(reader, { registry })),
    freeze: checked('freeze', (verifyingKey, more) =>
      writing((writer) => freezeRoute(writer, { verifyingKey, ...sent(more) }), more),
    ),
    stop: checked('stop', (verifyingKey, more) =>
      writing((writer) => stopRoute(writer, { verifyingKey, ...sent(more) }), more),
    ),
    stopByProof: checked('stopByProof', (proof, more) =>
      writing((writer) => stopByProof(writer, { ...proof, ...sent(more) }), more),
    ),
    events: checked('events', (more = {}) =>
      reading((reader) => {
        const { fromBlock = 'deployment' } = more;
        return readEvents(reader, { ...more, fromBlock: since(fromBlock), registry });
      }, more),
    ),
    watchAttestations: (given) => {
      requireArguments('watchAttestations', [given]);
      const { fromBlock, ...more } = given;
      const asked = boundedReader(portsOf(client).reader, { ...limits, ...more });
      // Every round begins with this question, and a wallet can be switched between two.
      const newest = async (): Promise<bigint> => {
        await onOwnChain(asked);
        return asked.blockNumber();
      };
      const reader = { ...asked, blockNumber: newest };
      return watchAttestations(reader, { ...more, fromBlock: since(fromBlock), registry });
    },
    check: checked('check', (expected) =>
      reading((reader) =>
        expected === undefined
          ? checkRegistry(reader, { deployment: parsed(deployment) })
          : checkDeployment(reader, { ...expected, deployment: parsed(deployment) }),
      ),
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
