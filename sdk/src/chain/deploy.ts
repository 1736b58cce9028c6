/** Deploys a verifier with a registry, or to one that stands, and describes all of it. */
import type { ContractKind } from '../attest/session/contract-kinds.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import { GENERATOR_VERSION, type GeneratedVerifier } from '../solidity/generate.ts';
import { addRoute, routeCall } from './actions.ts';
import type {
  DeployResult,
  FeeParameters,
  PlaceParameters,
  RegistryRoles,
  Route,
  SentTransactions,
  VerifierOfKind,
} from './calls.ts';
import { checkRegistry } from './check-deployment.ts';
import {
  REGISTRY_DEPLOYED_BYTECODE,
  REGISTRY_IMMUTABLES,
  REGISTRY_STANDARD_INPUT,
} from './contracts.generated.ts';
import { createContract, registryArguments, registryInitcode } from './create.ts';
import {
  codeHash,
  type DeployedContract,
  type DeployedTimelock,
  type Deployment,
  isCode,
  verifierOfKind,
  withVerifier,
} from './deployments.ts';
import { create2Address, DEFAULT_SALT } from './factory.ts';
import {
  type DeploymentPlan,
  keepingToPlan,
  makePlan,
  REGISTRY_GAS,
  ROUTE_GAS,
  type StepDraft,
} from './plan.ts';
import type { ChainReader, ChainWriter } from './port.ts';
import { creationOf, readRoute, readState } from './registry.ts';
import { onChain } from './reverts.ts';
import {
  ANYBODY,
  isTimelock,
  requireTimelock,
  TIMELOCK_STANDARD_INPUT,
  type TimelockSetup,
  timelockArguments,
  timelockInitcode,
} from './timelock.ts';

/** What is to be deployed. */
export interface PlanParameters extends VerifierOfKind, RegistryRoles, FeeParameters, PlaceParameters {
  /** Name of the network: the name of the file. */
  readonly network: string;
  /** A deployment whose registry the verifier is added to; default: a registry of its own. The account must be its owner. */
  readonly deployment?: Deployment | undefined;
  /** Deploys a timelock first, which becomes the owner of a new registry. */
  readonly timelock?: TimelockSetup | undefined;
  /**
   * What an attempt before this one sent. A transaction that the chain knows and that creates what this deployment would create is waited
   * for and taken; any other is sent anew.
   */
  readonly sent?: SentTransactions;
}

export interface DeployParameters extends PlanParameters {
  /** Called as soon as a transaction is sent, with all that were: what a later attempt needs to go on where this one stops. */
  readonly onSent?: (sent: SentTransactions) => void | Promise<void>;
  /** Called before anything is sent, with addresses and cost; what it throws keeps everything from being sent. Then no more is signed than twice the cost. */
  readonly onPlan?: (plan: DeploymentPlan) => void | Promise<void>;
}

export interface DeployAllResult {
  readonly deployment: Deployment;
  readonly verifier: DeployResult;
  /** The one that stood, without gas, where the verifier was added to it. */
  readonly registry: DeployResult;
  /** Standard JSON inputs by contract, for `writeDeployment`. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** What {@link deploy} would send and what it may cost; nothing is sent. */
export async function planDeployment(
  writer: ChainWriter,
  parameters: PlanParameters,
): Promise<DeploymentPlan> {
  let found: DeploymentPlan | undefined;
  const enough = new Error('planned');
  const onPlan = (plan: DeploymentPlan): never => {
    found = plan;
    throw enough;
  };
  await deploy(writer, { ...parameters, onPlan }).catch((error: unknown) => {
    if (found === undefined) throw error;
  });
  return found!;
}

export type Creates = (
  name: keyof SentTransactions,
  initcode: Hex,
  isGenuine: (code: Hex) => boolean,
) => Promise<DeployResult>;

export function deploy(asked: ChainWriter, given: DeployParameters): Promise<DeployAllResult> {
  const { writer, agree } = keepingToPlan(asked);
  const onPlan = async (plan: DeploymentPlan): Promise<void> => {
    await given.onPlan?.(plan);
    agree(plan);
  };
  const parameters = { ...given, onPlan: given.onPlan === undefined ? undefined : onPlan };
  const { maxFee, salt = DEFAULT_SALT, publishFactory } = parameters;
  const { deployment: standing, sent: earlier = {}, onSent } = parameters;
  let sent = earlier;
  const note = async (name: keyof SentTransactions, hash: Hex): Promise<void> => {
    sent = { ...sent, [name]: hash };
    await onSent?.(sent);
  };
  const creates: Creates = (name, initcode, isGenuine) =>
    onChain(name, () =>
      createContract(writer, initcode, {
        where: name,
        maxFee,
        salt,
        publishFactory,
        isGenuine,
        sent: earlier[name],
        onSent: (hash) => note(name, hash),
      }),
    );
  return onChain('deploy', () =>
    standing === undefined
      ? deployAll(writer, { ...parameters, salt }, creates)
      : deployTo(writer, standing, { ...parameters, salt }, creates),
  );
}

export type Settled = DeployParameters & { readonly salt: Hex | null };

/** With a registry, and an owner of it where one is wanted. */
async function deployAll(
  writer: ChainWriter,
  parameters: Settled,
  creates: Creates,
): Promise<DeployAllResult> {
  const { network, contract, cannotReturn, timelock, guardian, salt } = parameters;
  if (timelock !== undefined) {
    requireTimelock(timelock);
    if (parameters.owner !== undefined)
      fail('INPUT_INVALID', 'the timelock is to be the owner, and another one is named', {
        where: 'deploy',
        fix: 'Leave out the owner (--owner), or the timelock (--timelock)',
      });
  }
  const chainId = await writer.chainId();
  const at = placeOf(salt);
  const lockCode = timelock === undefined ? undefined : timelockInitcode(timelock);
  const planned = {
    owner: lockCode === undefined ? parameters.owner : at(lockCode),
    guardian,
    verifier: at(contract.bytecode),
  };
  const { owner: ownerAt, verifier: verifierAt } = planned;
  const argumentsOf = (owner: Hex | undefined, verifier: Hex): Promise<readonly Hex[]> =>
    registryArguments(writer, { owner, guardian, verifier, cannotReturn });
  const isKnown = verifierAt !== undefined && (lockCode === undefined || ownerAt !== undefined);
  const registryCode = isKnown ? registryInitcode(await argumentsOf(ownerAt, verifierAt)) : undefined;
  const draft = draftOf(writer, at);
  const verifierStep = await draft('verifier', contract.bytecode);
  await plan(writer, parameters, [
    ...(lockCode === undefined ? [] : [await draft('timelock', lockCode)]),
    verifierStep,
    await draft('registry', registryCode, verifierStep.stands ? undefined : REGISTRY_GAS),
  ]);

  const lock = lockCode === undefined ? undefined : await creates('timelock', lockCode, isTimelock);
  const made = await createVerifier(writer, parameters, creates);
  const { verifier, described, inputs } = made;
  const given = await argumentsOf(lock?.address ?? parameters.owner, verifier.address);
  const created = await creates('registry', registryInitcode(given), (code) =>
    isCode(code, REGISTRY_DEPLOYED_BYTECODE, REGISTRY_IMMUTABLES),
  );
  // Who made what stands, and when, goes into the file alone: nothing was sent.
  const creation =
    created.transactionHash === undefined ? await creationOf(writer, created.address) : undefined;
  const registry = { ...created, blockNumber: creation?.blockNumber ?? created.blockNumber };
  const route = await readRoute(writer, registry.address, described.selector, 'deploy');
  if (route.state !== 'live') routed(route, 'deploy');
  return {
    deployment: {
      network,
      chainId,
      registry: await describe(writer, 'AttestationRegistry', { ...created, ...creation }, { salt, given }),
      verifiers: [described],
      timelock: lock === undefined ? undefined : await describeTimelock(writer, lock, timelock!, salt),
    },
    verifier,
    registry,
    inputs: {
      ...inputs,
      AttestationRegistry: REGISTRY_STANDARD_INPUT,
      ...(lock === undefined ? {} : { TimelockController: TIMELOCK_STANDARD_INPUT }),
    },
  };
}

/** To a registry that stands. */
async function deployTo(
  writer: ChainWriter,
  standing: Deployment,
  parameters: Settled,
  creates: Creates,
): Promise<DeployAllResult> {
  const { generated, contract, cannotReturn, maxFee, salt, sent = {} } = parameters;
  const { kind = 'direct' } = parameters;
  const { address: registryAt, blockNumber } = standing.registry;
  const at = placeOf(salt);
  const route = await requireRoom(writer, standing, {
    kind,
    generated,
    verifier: at(contract.bytecode),
    resumed: sent.verifier !== undefined,
  });
  await checkRegistry(writer, { deployment: standing, adding: generated.selector, allowStopped: true });
  const draft = draftOf(writer, at);
  const step = await draft('verifier', contract.bytecode);
  const call = step.address === undefined ? undefined : routeCall({ verifier: step.address, cannotReturn });
  await plan(writer, parameters, [
    step,
    {
      what: 'route',
      address: undefined,
      stands: route.state !== 'none',
      takes: step.stands && call !== undefined ? { to: registryAt, data: call } : ROUTE_GAS,
    },
  ]);
  const { verifier, described, inputs } = await createVerifier(writer, parameters, creates);
  if (route.state === 'none')
    await addRoute(writer, { registry: registryAt, verifier: verifier.address, cannotReturn, maxFee });
  else if (!isRoute(route, verifier.address, cannotReturn)) routed(route, 'deploy');
  const registry = {
    address: checksumAddress(registryAt),
    transactionHash: undefined,
    blockNumber: blockNumber === undefined ? undefined : BigInt(blockNumber),
    gasUsed: 0n,
  };
  return { deployment: withVerifier(standing, described), verifier, registry, inputs };
}

async function plan(writer: ChainWriter, parameters: Settled, drafts: readonly StepDraft[]): Promise<void> {
  const { onPlan } = parameters;
  if (onPlan === undefined) return;
  await onPlan(await makePlan(writer, parameters, drafts));
}

/** Where initcode comes to stand; undefined where only the account's nonce says so. */
const placeOf =
  (salt: Hex | null) =>
  (initcode: Hex): Hex | undefined =>
    salt === null ? undefined : create2Address(salt, initcode);

/** @param gas where the node cannot say yet what it takes */
function draftOf(
  reader: ChainReader,
  at: (initcode: Hex) => Hex | undefined,
): (what: StepDraft['what'], initcode: Hex | undefined, gas?: bigint) => Promise<StepDraft> {
  return async (what, initcode, gas) => {
    const address = initcode === undefined ? undefined : at(initcode);
    const stands = address !== undefined && (await reader.code(address)) !== '0x';
    return {
      what,
      address,
      stands,
      takes: gas ?? (initcode === undefined ? REGISTRY_GAS : { data: initcode }),
    };
  };
}

/** The verifier of a kind, made or found, as the file describes it. */
export async function createVerifier(
  writer: ChainWriter,
  { generated, contract, cannotReturn, kind = 'direct', salt }: Settled,
  creates: Creates,
): Promise<
  Pick<DeployAllResult, 'verifier' | 'inputs'> & { readonly described: Deployment['verifiers'][number] }
> {
  const verifier = await creates('verifier', contract.bytecode, (code) =>
    isCode(code, contract.deployedBytecode, contract.immutables),
  );
  const described = await describeVerifier(writer, verifier, { kind, generated, cannotReturn, salt });
  return { verifier, described, inputs: { [inputName(generated.name, kind)]: contract.standardInput } };
}

/** A verifier as the file has it. */
export async function describeVerifier(
  reader: ChainReader,
  verifier: Pick<DeployResult, 'address' | 'blockNumber' | 'transactionHash'>,
  made: Omit<VerifierOfKind, 'contract'> & { readonly kind: ContractKind; readonly salt: Hex | null },
): Promise<Deployment['verifiers'][number]> {
  const { kind, generated, cannotReturn, salt } = made;
  return {
    kind,
    ...(await describe(reader, generated.name, verifier, { salt, given: [] })),
    vkDigest: generated.digest,
    selector: generated.selector,
    insecure: generated.insecure,
    generator: GENERATOR_VERSION,
    cannotReturn,
  };
}

/** Contracts of all kinds have one name. */
export function inputName(contract: string, kind: ContractKind = 'direct'): string {
  return kind === 'direct' ? contract : `${contract}.${kind}`;
}

export function isRoute(route: Route, verifier: Hex, cannotReturn: Hex): boolean {
  const { state, verifier: own, cannotReturn: id } = route;
  return state === 'live' && isSameHex(own, verifier) && isSameHex(id, cannotReturn);
}

/** The selector is taken, for good. */
export function routed({ vkDigest, verifier, state }: Route, where: string): never {
  fail('CHAIN_REJECTED', `the registry has ${verifier} for key ${vkDigest} (${state})`, {
    where,
    fix: 'Restore the deployment file that names this verifier, or deploy a registry of its own',
  });
}

/**
 * Nothing is added to a deployment of another chain, nor a kind that it has.
 * @returns its name, for messages
 * @throws DEPLOYMENT_EXISTS, CHAIN_MISMATCH
 */
export async function requireNew(
  reader: ChainReader,
  standing: Deployment,
  kind: ContractKind,
): Promise<string> {
  const where = `deployment on ${standing.network}`;
  if (verifierOfKind(standing, kind) !== undefined) {
    fail('DEPLOYMENT_EXISTS', `it has a verifier of ${kind} proofs`, {
      where,
      fix: 'Deploy another kind, or deploy anew',
    });
  }
  const chainId = await reader.chainId();
  if (chainId !== standing.chainId) {
    fail('CHAIN_MISMATCH', `this is chain ${chainId}, the deployment is on ${standing.chainId}`, {
      where,
      fix: 'Use an endpoint of this network, or name the chain with --chain-id',
    });
  }
  return where;
}

/**
 * Before anything is paid for.
 * @returns the route that the verifier has already
 * @throws DEPLOYMENT_EXISTS, CHAIN_MISMATCH, CHAIN_REJECTED where the account may not add routes
 */
async function requireRoom(
  writer: ChainWriter,
  standing: Deployment,
  {
    kind,
    generated,
    verifier,
    resumed,
  }: {
    readonly kind: ContractKind;
    readonly generated: GeneratedVerifier;
    /** Where it comes to stand, if that is known. */
    readonly verifier: Hex | undefined;
    /** An earlier attempt made a verifier, which may have its route. */
    readonly resumed: boolean;
  },
): Promise<Route> {
  const where = await requireNew(writer, standing, kind);
  const { owner } = await readState(writer, standing.registry.address, where);
  const route = await readRoute(writer, standing.registry.address, generated.selector, where);
  if (route.state !== 'none') {
    const isOwn = verifier === undefined ? resumed : isSameHex(route.verifier, verifier);
    return isOwn ? route : routed(route, where);
  }
  const account = await writer.account();
  if (isSameHex(owner, account)) return route;
  return fail('CHAIN_REJECTED', `its registry belongs to ${owner}, and this account is ${account}`, {
    where,
    fix: `Deploy with the owner's account; an owner that is a timelock or another contract calls addRoute of a verifier of key ${generated.digest} by itself: wattest route add`,
  });
}

async function describeTimelock(
  reader: ChainReader,
  lock: DeployResult,
  setup: TimelockSetup,
  salt: Hex | null,
): Promise<DeployedTimelock> {
  const given = timelockArguments(setup);
  return {
    ...(await describe(reader, 'TimelockController', lock, { salt, given })),
    minDelay: setup.minDelay,
    proposers: setup.proposers.map((each) => each.toLowerCase() as Hex),
    executors: (setup.executors ?? [ANYBODY]).map((each) => each.toLowerCase() as Hex),
  };
}

export async function describe(
  reader: ChainReader,
  contract: string,
  {
    address,
    blockNumber,
    transactionHash,
  }: Pick<DeployResult, 'address' | 'blockNumber' | 'transactionHash'>,
  { salt, given }: { readonly salt: Hex | null; readonly given: readonly string[] },
): Promise<DeployedContract> {
  const code = await reader.code(address);
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
    constructorArguments: given,
    codeHash: codeHash(code),
    salt: salt ?? undefined,
    blockNumber: blockNumber === undefined ? undefined : Number(blockNumber),
    transactionHash,
  };
}
