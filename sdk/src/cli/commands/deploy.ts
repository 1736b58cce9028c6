import { stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DeployResult, SentTransactions } from '../../chain/calls.ts';
import type { DeployAllResult, VerifierOfKind } from '../../chain/deploy.ts';
import { type Deployment, formatDeployment, verifierOfKind } from '../../chain/deployments.ts';
import type { WalletClient } from '../../chain/viem/port.ts';
import { type ErrorCode, fail, isWattestError, WattestError } from '../../errors/index.ts';
import { namedStore } from '../../platform/files.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../../solidity/abi.ts';
import { DEVELOPMENT_CHAINS } from '../../solidity/chains.ts';
import { compileVerifier } from '../../solidity/compile.ts';
import { compileCached } from '../../solidity/compile-cache.ts';
import { kindOf, makeVerifiers } from '../contracts.ts';
import { requireFolder, requireWritable } from '../files.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { printJson, printTable, warn } from '../options.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { grouped } from '../tables.ts';

interface Flags extends SessionFlags, NetworkFlags {
  readonly wrap?: boolean;
  readonly joined?: boolean;
  readonly owner?: Hex;
  readonly guardian?: Hex;
  readonly check?: boolean;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** `wattest deploy`: deploys a verifier with a registry, or to the one that stands, or checks a deployment. */
export function registerDeploy(program: Command): void {
  withSessionOptions(withNetworkOptions(program.command('deploy')))
    .option('--wrap', 'the verifier of small proofs (prove --wrap), not of direct ones')
    .addOption(
      new Option('--joined', 'the verifier of small proofs of runs that took several').conflicts('wrap'),
    )
    .option(
      '--owner <address>',
      'who may add kinds of proofs to a new registry; default: this account',
      addressOf,
    )
    .option(
      '--guardian <address>',
      'who else may stop a key of a new registry, and nothing more; default: this account',
      addressOf,
    )
    .option('--check', 'deploy nothing: compare the deployment with its file and with the generator')
    .option('--replace', 'deploy anew where a deployment of this network stands; its file is overwritten')
    .option('--json', 'one JSON object on standard output')
    .action(deployCommand);
}

/** @throws InvalidArgumentError */
export function addressOf(text: string): Hex {
  if (!/^0x[\da-f]{40}$/i.test(text))
    throw new InvalidArgumentError('It is not an address: 0x and 40 digits');
  if (/[a-f]/.test(text) && /[A-F]/.test(text) && checksumAddress(text as Hex) !== text)
    throw new InvalidArgumentError('Its capitals do not fit its digits (ERC-55): it was mistyped');
  return text as Hex;
}

async function deployCommand(flags: Flags): Promise<void> {
  if (flags.check === true && flags.replace === true) {
    fail('USAGE', '--check deploys nothing, --replace deploys anew', { fix: 'Give one of them' });
  }
  if (flags.check === true) return checkCommand(flags);
  const client = await connect(flags, await deployedOn(flags));
  const standing = flags.replace === true ? undefined : await standingDeployment(client, flags);
  if (standing !== undefined && (flags.owner ?? flags.guardian) !== undefined) {
    fail('USAGE', 'the registry stands, and has owner and guardian', {
      fix: 'Leave out --owner and --guardian; its owner can change them by its functions',
    });
  }
  const store = await namedStore();
  const [made] = await makeVerifiers(flags, [kindOf(flags)], (generated) => compileCached(generated, store));
  await requireFolder(flags.deployments);
  const { result, path } = await deployOrGoOn(client, flags, made!, standing);
  const { deployment, verifier, registry } = result;
  if (made!.generated.insecure)
    warn('this verifier stands on a development SRS: its attestations prove nothing');
  const unguarded =
    standing === undefined ? unguardedRegistry(deployment.chainId, client.account.address, flags) : undefined;
  if (unguarded !== undefined) warn(unguarded);
  if (flags.json === true) {
    printJson(deployment);
    return;
  }
  const gas = ({ gasUsed }: DeployResult): string => `${grouped(Number(gasUsed))} gas`;
  printTable([
    ['network', `${deployment.network}, chain ${deployment.chainId}`],
    ['verifier', `${verifier.address} of ${made!.kind} proofs (${gas(verifier)})`],
    ['registry', `${registry.address} (${standing === undefined ? gas(registry) : 'stood before'})`],
    ['key digest', made!.generated.digest],
    ['written', path],
  ]);
}

/** What to warn of where the key of one account is all that stands between a thief and the routes of a new registry. */
export function unguardedRegistry(
  chainId: number,
  account: string,
  { owner, guardian }: Pick<Flags, 'owner' | 'guardian'>,
): string | undefined {
  if (DEVELOPMENT_CHAINS.includes(chainId)) return undefined;
  const isAccount = (address: string | undefined): boolean =>
    address === undefined || isSameHex(address, account);
  const held = [...(isAccount(owner) ? ['owner'] : []), ...(isAccount(guardian) ? ['guardian'] : [])];
  if (held.length === 0) return undefined;
  return (
    `the account that deploys is ${held.join(' and ')} of the registry: whoever has its key can ` +
    (held.includes('owner') ? 'add a verifier that accepts anything' : 'stop every key for good') +
    '. Hand over to a timelock and to somebody else (docs/onchain.md#gateway), or give --owner and --guardian'
  );
}

async function checkCommand(flags: Flags): Promise<void> {
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const { checkDeployment, readRegistry } = await import('../../chain/viem/actions.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const client = await connect(flags, deployment.chainId);
  const kinds = deployment.verifiers.map(({ kind }) => kind);
  if (kindOf(flags) !== 'direct') kinds.push(kindOf(flags));
  // Compiled anew, so that what code must stand on chain follows from the key alone.
  const [made, ...others] = await makeVerifiers(flags, kinds, compileVerifier);
  await checkDeployment(client, { deployment, ...made!, others });
  const { owner, guardian, routes } = await readRegistry(client, { registry: deployment.registry.address });
  if (flags.json === true) {
    printJson({ ok: true, ...deployment, owner, guardian, routes });
    return;
  }
  process.stdout.write(`${flags.network}: the contracts are what the file and the generator say\n`);
  printTable([
    ['owner', owner],
    ['guardian', guardian],
    ...routes.map(({ selector, state, vkDigest }): [string, string] => [
      `${selector} ${state}`,
      `key ${vkDigest}`,
    ]),
  ]);
}

/**
 * What is sent is written down before it is waited for, so that what was paid for is found again however this ends.
 * @throws what deploying throws, with the advice to run the command again where something was sent
 */
export async function deployOrGoOn(
  client: WalletClient,
  flags: Pick<Flags, 'network' | 'deployments' | 'maxFee' | 'owner' | 'guardian' | 'replace'>,
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
  } = await import('../../chain/deployment-files.ts');
  const { deploy } = await import('../../chain/viem/actions.ts');
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
        fix: 'Finish it with the options that it was begun with, or deploy anew with --replace, which forgets it',
      },
    );
  }
  try {
    const result = await deploy(client, {
      network,
      ...made,
      deployment: standing,
      owner: flags.owner,
      guardian: flags.guardian,
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
  flags: Pick<Flags, 'network' | 'deployments' | 'wrap' | 'joined'>,
): Promise<Deployment | undefined> {
  const { deploymentPath, readDeployment } = await import('../../chain/deployment-files.ts');
  const path = deploymentPath(flags.deployments, flags.network);
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
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
  const { chainId, verifiers, registry } = deployment;
  if (chainId !== client.chain?.id) {
    refuse(`it is about a deployment on chain ${chainId}, and this is chain ${client.chain?.id}`);
  }
  const stands = await hasCode(client, registry.address);
  if (stands && verifierOfKind(deployment, kindOf(flags)) === undefined) {
    const { checkRegistry } = await import('../../chain/viem/actions.ts');
    await checkRegistry(client, { deployment });
    return deployment;
  }
  for (const { contract, address } of [...verifiers, registry]) {
    if (await hasCode(client, address)) refuse(`its ${contract} still stands at ${address}`);
  }
  return undefined;
}

export async function hasCode(client: WalletClient, address: Hex): Promise<boolean> {
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
