/** Deploys a verifier with a registry, or to one that stands, and describes all of it. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress } from '../solidity/abi.ts';
import { addRoute, routeCall } from './actions.ts';
import { isRoute, requireRoom, routed } from './adding.ts';
import type {
  DeployResult,
  FeeParameters,
  PlaceParameters,
  RegistryRoles,
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
import { type Deployment, isCode, withVerifier } from './deployments.ts';
import { describe, describeTimelock, describeVerifier, inputName } from './describe.ts';
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
import { creationOf, readRoute } from './registry.ts';
import { onChain } from './reverts.ts';
import {
  isTimelock,
  requireTimelock,
  TIMELOCK_STANDARD_INPUT,
  type TimelockSetup,
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
