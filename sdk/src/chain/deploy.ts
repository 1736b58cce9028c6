/** Deploys a verifier with a registry, or to one that stands, and describes all of it. */
import type { ContractKind } from '../attest/session/contract-kinds.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import type { CompiledContract } from '../solidity/compile.ts';
import { GENERATOR_VERSION, type GeneratedVerifier } from '../solidity/generate.ts';
import { addRoute } from './actions.ts';
import type { DeployResult, FeeParameters, RegistryRoles, Route, SentTransactions } from './calls.ts';
import { REGISTRY_STANDARD_INPUT } from './contracts.generated.ts';
import { createContract, registryArguments, registryInitcode } from './create.ts';
import {
  codeHash,
  type DeployedContract,
  type Deployment,
  verifierOfKind,
  withVerifier,
} from './deployments.ts';
import type { ChainWriter } from './port.ts';
import { readRoute, readState } from './registry.ts';
import { onChain } from './reverts.ts';

/** The verifier of a kind of proofs, as it is deployed and checked. */
export interface VerifierOfKind {
  /** Default: direct. */
  readonly kind?: ContractKind | undefined;
  readonly generated: GeneratedVerifier;
  readonly contract: CompiledContract;
  /** Id of a program that cannot return: `cannotReturn(session)`. Whoever shows an accepted proof that it returned stops the route. */
  readonly cannotReturn: Hex;
}

export interface DeployParameters extends VerifierOfKind, RegistryRoles, FeeParameters {
  /** Name of the network: the name of the file. */
  readonly network: string;
  /** A deployment whose registry the verifier is added to; default: a registry of its own. The account must be its owner. */
  readonly deployment?: Deployment | undefined;
  /**
   * What an attempt before this one sent. A transaction that the chain knows and that creates what this deployment would create is waited
   * for and taken; any other is sent anew.
   */
  readonly sent?: SentTransactions;
  /** Called as soon as a transaction is sent, with all that were: what a later attempt needs to go on where this one stops. */
  readonly onSent?: (sent: SentTransactions) => void | Promise<void>;
}

export interface DeployAllResult {
  readonly deployment: Deployment;
  readonly verifier: DeployResult;
  /** The one that stood, without gas, where the verifier was added to it. */
  readonly registry: DeployResult;
  /** Standard JSON inputs by contract, for `writeDeployment`. */
  readonly inputs: Readonly<Record<string, string>>;
}

export function deploy(writer: ChainWriter, parameters: DeployParameters): Promise<DeployAllResult> {
  const { network, generated, contract, cannotReturn, kind = 'direct', maxFee } = parameters;
  const { deployment: standing, sent: earlier = {}, onSent } = parameters;
  let sent = earlier;
  const note = async (name: keyof SentTransactions, hash: Hex): Promise<void> => {
    sent = { ...sent, [name]: hash };
    await onSent?.(sent);
  };
  const create = (name: 'verifier' | 'registry', initcode: Hex): Promise<DeployResult> =>
    onChain(name, () =>
      createContract(writer, initcode, {
        where: name,
        maxFee,
        sent: earlier[name],
        onSent: (hash) => note(name, hash),
      }),
    );
  return onChain('deploy', async () => {
    const chainId = await writer.chainId();
    const room = { kind, generated, chainId, resumed: earlier.verifier !== undefined };
    if (standing !== undefined) await requireRoom(writer, standing, room);
    const verifier = await create('verifier', contract.bytecode);
    const described = {
      kind,
      ...(await describe(writer, generated.name, verifier, [])),
      vkDigest: generated.digest,
      selector: generated.selector,
      insecure: generated.insecure,
      generator: GENERATOR_VERSION,
      cannotReturn,
    };
    const inputs = { [inputName(generated.name, kind)]: contract.standardInput };
    if (standing !== undefined) {
      const { address, transactionHash, blockNumber } = standing.registry;
      const { address: at } = verifier;
      const route = await readRoute(writer, address, generated.selector, 'deploy');
      if (route.state === 'none')
        await addRoute(writer, { registry: address, verifier: at, cannotReturn, maxFee });
      else if (
        route.state !== 'live' ||
        route.verifier !== at ||
        route.cannotReturn !== cannotReturn.toLowerCase()
      )
        routed(route, 'deploy');
      const registry = {
        address: checksumAddress(address),
        transactionHash,
        blockNumber: BigInt(blockNumber),
        gasUsed: 0n,
      };
      return { deployment: withVerifier(standing, described), verifier, registry, inputs };
    }
    const { owner, guardian } = parameters;
    const roles = { owner, guardian };
    const given = await registryArguments(writer, { ...roles, verifier: verifier.address, cannotReturn });
    const registry = await create('registry', registryInitcode(given));
    return {
      deployment: {
        network,
        chainId,
        registry: await describe(writer, 'AttestationRegistry', registry, given),
        verifiers: [described],
      },
      verifier,
      registry,
      inputs: { ...inputs, AttestationRegistry: REGISTRY_STANDARD_INPUT },
    };
  });
}

/** Contracts of all kinds have one name. */
function inputName(contract: string, kind: ContractKind): string {
  return kind === 'direct' ? contract : `${contract}.${kind}`;
}

/** The selector is taken, for good. */
function routed({ vkDigest, verifier, state }: Route, where: string): never {
  fail('CHAIN_REJECTED', `the registry has ${verifier} for key ${vkDigest} (${state})`, {
    where,
    fix: 'Restore the deployment file that names this verifier, or deploy a registry of its own',
  });
}

/** Before anything is paid for. @throws DEPLOYMENT_EXISTS, CHAIN_MISMATCH, CHAIN_REJECTED where the account may not add routes */
async function requireRoom(
  writer: ChainWriter,
  standing: Deployment,
  {
    kind,
    generated,
    chainId,
    resumed,
  }: {
    readonly kind: ContractKind;
    readonly generated: GeneratedVerifier;
    readonly chainId: number;
    /** An earlier attempt made a verifier, which may have its route. */
    readonly resumed: boolean;
  },
): Promise<void> {
  const where = `deployment on ${standing.network}`;
  if (verifierOfKind(standing, kind) !== undefined) {
    fail('DEPLOYMENT_EXISTS', `it has a verifier of ${kind} proofs`, {
      where,
      fix: 'Deploy another kind, or deploy anew',
    });
  }
  if (chainId !== standing.chainId) {
    fail('CHAIN_MISMATCH', `this is chain ${chainId}, the deployment is on ${standing.chainId}`, {
      where,
      fix: 'Use an endpoint of this network, or name the chain with --chain-id',
    });
  }
  const { owner } = await readState(writer, standing.registry.address, where);
  const route = await readRoute(writer, standing.registry.address, generated.selector, where);
  if (route.state !== 'none' && !resumed) routed(route, where);
  const account = await writer.account();
  if (isSameHex(owner, account)) return;
  fail('CHAIN_REJECTED', `its registry belongs to ${owner}, and this account is ${account}`, {
    where,
    fix: `Deploy with the owner's account; an owner that is a contract calls addRoute of a verifier of key ${generated.digest} by itself`,
  });
}

async function describe(
  writer: ChainWriter,
  contract: string,
  { address, blockNumber, transactionHash }: DeployResult,
  constructorArguments: readonly string[],
): Promise<DeployedContract> {
  const code = await writer.code(address);
  if (code === '0x') {
    fail(
      'CHAIN_CALL_FAILED',
      `there is no contract at ${address}, where transaction ${transactionHash} made one`,
      {
        where: 'deploy',
        fix: 'Try again when the node has caught up: what was sent is not sent again',
      },
    );
  }
  return {
    contract,
    address: address.toLowerCase() as Hex,
    constructorArguments,
    codeHash: codeHash(code),
    blockNumber: Number(blockNumber),
    transactionHash,
  };
}
