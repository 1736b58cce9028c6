/** What `wattest deploy` and the task of Hardhat share: a deployment that is gone on with, and the one that stands. */
import { stat } from 'node:fs/promises';
import type { SentTransactions, VerifierOfKind } from '../chain/calls.ts';
import type { DeployAllResult, PlanParameters } from '../chain/deploy.ts';
import { type Deployment, formatDeployment, verifierOfKind } from '../chain/deployments.ts';
import type { DeploymentPlan } from '../chain/plan.ts';
import type { ReadClient, WalletClient } from '../chain/viem/port.ts';
import { type ErrorCode, fail, isWattestError, WattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { kindOf } from './contracts.ts';
import { requireWritable } from './files.ts';
import type { NetworkFlags } from './network.ts';
import { warn } from './options.ts';

/** Options that say where the contracts come to stand, and whose they are. */
export interface PlaceFlags {
  readonly owner?: Hex | undefined;
  readonly guardian?: Hex | undefined;
  /** Seconds. */
  readonly timelock?: number | undefined;
  readonly proposer?: readonly Hex[] | undefined;
  readonly executor?: readonly Hex[] | undefined;
  readonly salt?: Hex | undefined;
  readonly create?: boolean | undefined;
  readonly publishFactory?: boolean | undefined;
}

export interface DeployFlags extends PlaceFlags, Pick<NetworkFlags, 'network' | 'deployments' | 'maxFee'> {
  readonly replace?: boolean | undefined;
}

/**
 * What is sent is written down before it is waited for, so that what was paid for is found again however this ends.
 * @throws what deploying throws, with the advice to run the command again where something was sent
 */
export async function deployOrGoOn(
  client: WalletClient,
  flags: DeployFlags & {
    /** Shows what it will send, and may refuse; default: nothing. */
    readonly onPlan?: (plan: DeploymentPlan) => void | Promise<void>;
  },
  made: VerifierOfKind,
  standing: Deployment | undefined,
): Promise<{ readonly result: DeployAllResult; readonly path: string }> {
  const {
    deploymentPath,
    readUnfinished,
    removeUnfinished,
    unfinishedPath,
    writeDeployment,
    writeUnfinished,
  } = await import('../chain/deployment-files.ts');
  const { deploy } = await import('../chain/viem/actions.ts');
  const { network, deployments: folder, maxFee } = flags;
  const attempt = { network, chainId: client.chain!.id, vkDigest: made.generated.digest };
  const unfinished = unfinishedPath(folder, network);
  for (const path of [deploymentPath(folder, network), unfinished]) await requireWritable(path);
  const earlier = await readUnfinished(folder, network);
  let sent: SentTransactions = {};
  if (earlier?.chainId === attempt.chainId && earlier.vkDigest === attempt.vkDigest) {
    ({ sent } = earlier);
    warn(`going on with the deployment that ${unfinished} is about`);
  } else if (earlier !== undefined && flags.replace !== true) {
    fail(
      'DEPLOYMENT_EXISTS',
      `a deployment on chain ${earlier.chainId} of key ${earlier.vkDigest} is unfinished`,
      {
        where: unfinished,
        fix: 'Finish it with the options that it was begun with, or forget it with --replace',
      },
    );
  }
  try {
    const result = await deploy(client, {
      network,
      ...made,
      deployment: standing,
      ...placeOf(client, flags),
      onPlan: flags.onPlan,
      maxFee,
      sent,
      onSent: async (all) => {
        sent = all;
        await writeUnfinished(folder, { ...attempt, sent });
      },
    });
    // Before the files: a disk that is full must not be all that knew where the contracts stand.
    process.stderr.write(`verifier ${result.verifier.address}, registry ${result.registry.address}\n`);
    const path = await writeDeployment(folder, result.deployment, result.inputs).catch((error: unknown) => {
      process.stderr.write(
        `the file of the deployment, which could not be written:\n${formatDeployment(result.deployment)}`,
      );
      throw error;
    });
    await removeUnfinished(folder, network);
    return { result, path };
  } catch (error) {
    if (!isWattestError(error) || Object.keys(sent).length === 0) throw error;
    throw new WattestError(error.code, error.message, {
      fix: `${error.fix}; then run the command again: it goes on with what was sent (${unfinished}; without this file it begins anew)`,
      cause: error,
    });
  }
}

/** What options say of where and whose the contracts are. */
export function placeOf(
  client: WalletClient,
  { owner, guardian, timelock, proposer, executor, salt, create, publishFactory }: PlaceFlags,
): Pick<PlanParameters, 'owner' | 'guardian' | 'timelock' | 'salt' | 'publishFactory'> {
  return {
    owner,
    guardian,
    salt: create === true ? null : salt,
    publishFactory,
    timelock:
      timelock === undefined
        ? undefined
        : { minDelay: timelock, proposers: proposer ?? [client.account.address], executors: executor },
  };
}

/** What would be sent; nothing is. */
export async function dryRun(
  client: WalletClient,
  flags: DeployFlags,
  made: VerifierOfKind,
  standing: Deployment | undefined,
): Promise<DeploymentPlan> {
  const { planDeployment } = await import('../chain/viem/actions.ts');
  const { network } = flags;
  return planDeployment(client, {
    network,
    ...made,
    deployment: standing,
    ...placeOf(client, flags),
  });
}

/** Chain of the network's deployment file. */
export async function deployedOn(
  flags: Pick<DeployFlags, 'network' | 'deployments'>,
): Promise<number | undefined> {
  const { readDeployment, readUnfinished } = await import('../chain/deployment-files.ts');
  const { deployments: folder, network } = flags;
  try {
    return (await readDeployment(folder, network)).chainId;
  } catch (error) {
    const codes: readonly ErrorCode[] = ['FILE_UNREADABLE', 'DEPLOYMENT_INVALID', 'DEPLOYMENT_VERSION'];
    if (!codes.some((code) => isWattestError(error, code))) throw error;
    return (await readUnfinished(folder, network))?.chainId;
  }
}

/**
 * The deployment that the verifier is added to, if there is one. Refuses to forget contracts that still stand; those of a local node that was
 * started anew are gone, and their file is overwritten.
 */
export async function standingDeployment(
  client: WalletClient,
  flags: Pick<NetworkFlags, 'network' | 'deployments'> & Parameters<typeof kindOf>[0],
): Promise<Deployment | undefined> {
  const { deploymentPath, readDeployment } = await import('../chain/deployment-files.ts');
  const path = deploymentPath(flags.deployments, flags.network);
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const refuse = (problem: string): never =>
    fail('DEPLOYMENT_EXISTS', problem, {
      where: path,
      fix: 'Look at it with --check, or overwrite the file with --replace: what stands is found again, and another --salt deploys anew',
    });
  let deployment: Deployment;
  try {
    deployment = await readDeployment(flags.deployments, flags.network);
  } catch (error) {
    if (isWattestError(error, 'DEPLOYMENT_INVALID')) return refuse('there is a file, and it is damaged');
    throw error;
  }
  const { chainId, verifiers, registry } = deployment;
  if (chainId !== client.chain?.id) {
    refuse(`it is about a deployment on chain ${chainId}, and this is chain ${client.chain?.id}`);
  }
  const stands = await hasCode(client, registry.address);
  if (stands && verifierOfKind(deployment, kindOf(flags)) === undefined) return deployment;
  for (const { contract, address } of [...verifiers, registry]) {
    if (await hasCode(client, address)) refuse(`its ${contract} still stands at ${address}`);
  }
  return undefined;
}

export async function hasCode(client: ReadClient, address: Hex): Promise<boolean> {
  const { getCode } = await import('viem/actions');
  try {
    return ((await getCode(client, { address })) ?? '0x') !== '0x';
  } catch (cause) {
    fail('CHAIN_CALL_FAILED', 'the node does not say what code it has', {
      where: address,
      fix: 'Check the endpoint',
      cause,
    });
  }
}
