import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { contractKey } from '../../attest/session/session.ts';
import type { SentTransactions } from '../../chain/calls.ts';
import type { DeployAllResult } from '../../chain/deploy.ts';
import type { Deployment } from '../../chain/deployments.ts';
import type { WalletClient } from '../../chain/viem/port.ts';
import { fail, isWattestError, WattestError } from '../../errors/index.ts';
import { namedStore } from '../../platform/files.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { type CompiledContract, compileVerifier } from '../../solidity/compile.ts';
import { compileCached } from '../../solidity/compile-cache.ts';
import { type GeneratedVerifier, generateVerifier } from '../../solidity/generate.ts';
import { requireFolder, requireWritable } from '../files.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { printJson, printTable, warn } from '../options.ts';
import { withKeys } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { grouped } from '../tables.ts';

interface Flags extends SessionFlags, NetworkFlags {
  readonly wrap?: boolean;
  readonly check?: boolean;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** `wattest deploy`: deploys verifier and registry, or checks a deployment. */
export function registerDeploy(program: Command): void {
  withSessionOptions(
    withNetworkOptions(
      program.command('deploy').description('deploy the verifier and an attestation registry bound to it'),
    ),
  )
    .option('--wrap', 'the verifier of small proofs (prove --wrap), not of direct ones')
    .option('--check', 'deploy nothing: compare the deployment with its file and with the generator')
    .option('--replace', 'deploy anew where a deployment of this network stands; its file is overwritten')
    .option('--json', 'one JSON object on standard output')
    .action(deployCommand);
}

async function deployCommand(flags: Flags): Promise<void> {
  if (flags.check === true && flags.replace === true) {
    fail('USAGE', '--check deploys nothing, --replace deploys anew', { fix: 'Give one of them' });
  }
  if (flags.check === true) return checkCommand(flags);
  const client = await connect(flags, await deployedOn(flags));
  if (flags.replace !== true) await requireNoDeployment(client, flags);
  const generated = await withKeys(flags, async ({ session }) =>
    generateVerifier(await contractKey(session, flags.wrap === true)),
  );
  const contract = await compileCached(generated, await namedStore());
  await requireFolder(flags.deployments);
  const { result, path } = await deployOrGoOn(client, flags, generated, contract);
  const { deployment, verifier, registry } = result;
  if (deployment.verifier.insecure)
    warn('this verifier stands on a development SRS: its attestations prove nothing');
  if (flags.json === true) {
    printJson(deployment);
    return;
  }
  printTable([
    ['network', `${deployment.network}, chain ${deployment.chainId}`],
    ['verifier', `${verifier.address} (${grouped(Number(verifier.gasUsed))} gas)`],
    ['registry', `${registry.address} (${grouped(Number(registry.gasUsed))} gas)`],
    ['key digest', deployment.verifier.vkDigest],
    ['written', path],
  ]);
}

async function checkCommand(flags: Flags): Promise<void> {
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const { checkDeployment } = await import('../../chain/viem/actions.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const client = await connect(flags, deployment.chainId);
  const generated = await withKeys(flags, async ({ session }) =>
    generateVerifier(await contractKey(session, flags.wrap === true)),
  );
  // Compiled anew, so that what code must stand on chain follows from the key alone.
  await checkDeployment(client, { deployment, generated, contract: await compileVerifier(generated) });
  if (flags.json === true) printJson({ ok: true, ...deployment });
  else process.stdout.write(`${flags.network}: the contracts are what the file and the generator say\n`);
}

/**
 * What is sent is written down before it is waited for, so that what was paid for is found again however this ends.
 * @throws what deploying throws, with the advice to run the command again where something was sent
 */
async function deployOrGoOn(
  client: WalletClient,
  flags: Flags,
  generated: GeneratedVerifier,
  contract: CompiledContract,
): Promise<{ readonly result: DeployAllResult; readonly path: string }> {
  const {
    deploymentPath,
    readUnfinished,
    removeUnfinished,
    unfinishedPath,
    writeDeployment,
    writeUnfinished,
  } = await import('../../chain/deployment-files.ts');
  const { deploy } = await import('../../chain/viem/actions.ts');
  const { network, deployments: folder, maxFee } = flags;
  const attempt = { network, chainId: client.chain!.id, vkDigest: generated.digest };
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
        fix: 'Finish it with the options that it was begun with, or deploy anew with --replace, which forgets it',
      },
    );
  }
  try {
    const result = await deploy(client, {
      network,
      generated,
      contract,
      maxFee,
      sent,
      onSent: async (all) => {
        sent = all;
        await writeUnfinished(folder, { ...attempt, sent });
      },
    });
    const path = await writeDeployment(folder, result.deployment, result.inputs);
    await removeUnfinished(folder, network);
    return { result, path };
  } catch (error) {
    if (!isWattestError(error) || sent.verifier === undefined) throw error;
    throw new WattestError(error.code, error.message, {
      fix: `${error.fix}; then run the command again: it goes on with what was sent (${unfinished}; without this file it begins anew)`,
      cause: error,
    });
  }
}

/** Chain of the network's deployment file. */
async function deployedOn(flags: Flags): Promise<number | undefined> {
  const { readDeployment, readUnfinished } = await import('../../chain/deployment-files.ts');
  const { deployments: folder, network } = flags;
  try {
    return (await readDeployment(folder, network)).chainId;
  } catch (error) {
    if (!isWattestError(error, 'FILE_UNREADABLE') && !isWattestError(error, 'DEPLOYMENT_INVALID'))
      throw error;
    return (await readUnfinished(folder, network))?.chainId;
  }
}

/** Refuses to forget contracts that still stand. Those of a local node that was started anew are gone: their file is overwritten. */
async function requireNoDeployment(client: WalletClient, flags: Flags): Promise<void> {
  const { deploymentPath, readDeployment } = await import('../../chain/deployment-files.ts');
  const path = deploymentPath(flags.deployments, flags.network);
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  const refuse = (problem: string): never =>
    fail('DEPLOYMENT_EXISTS', problem, {
      where: path,
      fix: 'Look at it with --check, or deploy anew with --replace, which overwrites the file',
    });
  let deployment: Deployment;
  try {
    deployment = await readDeployment(flags.deployments, flags.network);
  } catch (error) {
    if (isWattestError(error, 'DEPLOYMENT_INVALID')) return refuse('there is a file, and it is damaged');
    throw error;
  }
  const { chainId, verifier, registry } = deployment;
  if (chainId !== client.chain?.id) {
    refuse(`it is about a deployment on chain ${chainId}, and this is chain ${client.chain?.id}`);
  }
  for (const { contract, address } of [verifier, registry]) {
    if (await hasCode(client, address)) refuse(`its ${contract} still stands at ${address}`);
  }
}

async function hasCode(client: WalletClient, address: Hex): Promise<boolean> {
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
