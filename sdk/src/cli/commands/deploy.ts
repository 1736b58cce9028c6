import { type Command, Option } from 'commander';
import type { ContractKind } from '../../attest/session/contract-kinds.ts';
import type { DeployResult, VerifierOfKind } from '../../chain/calls.ts';
import type { Deployment } from '../../chain/deployments.ts';
import { type DeploymentPlan, planCost } from '../../chain/plan.ts';
import type { ReadClient } from '../../chain/viem/port.ts';
import { fail } from '../../errors/index.ts';
import { namedStore } from '../../platform/files.ts';
import { checksumAddress, isSameHex } from '../../solidity/abi.ts';
import { DEVELOPMENT_CHAINS } from '../../solidity/chains.ts';
import { compileVerifier } from '../../solidity/compile.ts';
import { compileCached } from '../../solidity/compile-cache.ts';
import { kindOf, makeVerifiers } from '../contracts.ts';
import { deployedOn, deployOrGoOn, dryRun, type PlaceFlags, standingDeployment } from '../deployment.ts';
import { requireFolder } from '../files.ts';
import { connect, connectReader, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { printJson, printTable, warn } from '../options.ts';
import { routeRows } from '../routes.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { confirmSpending, planRows, requireConfirmable, withYesOption } from '../spending.ts';
import { grouped } from '../tables.ts';
import { addressesOf, addressOf, saltOf, secondsOf } from '../values.ts';

interface Flags extends SessionFlags, NetworkFlags, PlaceFlags {
  readonly wrap?: boolean;
  readonly joined?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly check?: boolean;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** `wattest deploy`: deploys a verifier with a registry, or to the one that stands, or checks a deployment. */
export function registerDeploy(program: Command): void {
  withYesOption(withSessionOptions(withNetworkOptions(program.command('deploy'))))
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
    .addOption(
      new Option(
        '--timelock <delay>',
        'deploy a timelock first, as the owner of a new registry: what it does is announced so long before (1d, 12h, 90m; a number: seconds)',
      )
        .argParser(secondsOf)
        .conflicts('owner'),
    )
    .option(
      '--proposer <addresses>',
      'who may have the timelock do something; default: this account',
      addressesOf,
    )
    .option('--executor <addresses>', 'who may carry out what has waited; default: anybody', addressesOf)
    .addOption(
      new Option(
        '--salt <number>',
        'another set of addresses; they follow from it and from what is deployed, on every chain alike',
      ).argParser(saltOf),
    )
    .addOption(
      new Option(
        '--create',
        'plain transactions instead of the factory for CREATE2; addresses of this chain alone',
      ).conflicts(['salt', 'publishFactory']),
    )
    .option(
      '--publish-factory',
      'send the transaction that makes the factory where the chain has none (0.01 of its coin)',
    )
    .option('--dry-run', 'send nothing: show addresses and cost')
    .option('--check', 'deploy nothing: compare the deployment with its file and with the generator')
    .option(
      '--replace',
      'overwrite the file of a deployment of this network; what stands of the same key, owner, guardian and salt is found again, another --salt deploys anew',
    )
    .option('--json', 'one JSON object on standard output')
    .action(deployCommand);
}

async function deployCommand(flags: Flags): Promise<void> {
  if (flags.check === true && flags.replace === true) {
    fail('USAGE', '--check deploys nothing, --replace overwrites the file', { fix: 'Give one of them' });
  }
  if (flags.check === true) return checkCommand(flags);
  if (flags.timelock === undefined && (flags.proposer ?? flags.executor) !== undefined) {
    fail('USAGE', '--proposer and --executor are of a timelock', { fix: 'Give its delay: --timelock 2d' });
  }
  const client = await connect(flags, await deployedOn(flags));
  if (flags.dryRun !== true) requireConfirmable(client.chain!.id, flags);
  const standing = flags.replace === true ? undefined : await standingDeployment(client, flags);
  if (standing !== undefined && (flags.owner ?? flags.guardian ?? flags.timelock) !== undefined) {
    fail('USAGE', 'the registry stands, and has owner and guardian', {
      fix: 'Leave out --owner, --guardian and --timelock; its owner can change them by its functions',
    });
  }
  const store = await namedStore();
  const [made] = await makeVerifiers(flags, [kindOf(flags)], (generated) => compileCached(generated, store));
  await requireFolder(flags.deployments);
  const planned = flags.dryRun === true ? await dryRun(client, flags, made!, standing) : undefined;
  if (planned !== undefined) {
    if (flags.json === true) printJson({ ...planned, most: planCost(planned) });
    else printTable(planRows(planned));
    return;
  }
  const onPlan = (plan: DeploymentPlan): Promise<void> =>
    confirmSpending(plan.chainId, planRows(plan), plan.gas === 0n ? { ...flags, yes: true } : flags);
  const { result, path } = await deployOrGoOn(client, { ...flags, onPlan }, made!, standing);
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
  const gas = ({ gasUsed, transactionHash }: DeployResult): string =>
    transactionHash === undefined ? 'stood before' : `${grouped(Number(gasUsed))} gas`;
  const { timelock } = deployment;
  printTable([
    ['network', `${deployment.network}, chain ${deployment.chainId}`],
    ...(timelock === undefined
      ? []
      : ([['timelock', `${checksumAddress(timelock.address)}, ${timelock.minDelay} s, the owner`]] as const)),
    ['verifier', `${verifier.address} of ${made!.kind} proofs (${gas(verifier)})`],
    ['registry', `${registry.address} (${gas(registry)})`],
    ['key digest', made!.generated.digest],
    ['written', path],
  ]);
}

/** What to warn of where the key of one account is all that stands between a thief and the routes of a new registry. */
export function unguardedRegistry(
  chainId: number,
  account: string,
  { owner, guardian, timelock }: Pick<Flags, 'owner' | 'guardian' | 'timelock'>,
): string | undefined {
  if (DEVELOPMENT_CHAINS.includes(chainId)) return undefined;
  const isAccount = (address: string | undefined): boolean =>
    address === undefined || isSameHex(address, account);
  const isOwner = timelock === undefined && isAccount(owner);
  const held = [...(isOwner ? ['owner'] : []), ...(isAccount(guardian) ? ['guardian'] : [])];
  if (held.length === 0) return undefined;
  return (
    `the account that deploys is ${held.join(' and ')} of the registry: whoever has its key can ` +
    (held.includes('owner') ? 'add a verifier that accepts anything' : 'stop every key for good') +
    '. Give --timelock and --guardian, or --owner (docs/contracts.md#a-timelock-as-owner)'
  );
}

async function checkCommand(flags: Flags): Promise<void> {
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const client = await connectReader(flags, deployment.chainId);
  // Compiled anew, so that what code must stand on chain follows from the key alone.
  const made = (kinds: readonly ContractKind[]): ReturnType<typeof makeVerifiers> =>
    makeVerifiers(flags, kinds, compileVerifier);
  await checkDeployed(client, deployment, made, flags);
}

/**
 * Compares a deployment with the chain and with what the generator makes, and shows it with the state of its registry.
 * @param make the verifiers of kinds, those of the deployment and the one of the flags, in any order
 * @throws DEPLOYMENT_MISMATCH
 */
export async function checkDeployed(
  client: ReadClient,
  deployment: Deployment,
  make: (kinds: readonly ContractKind[]) => Promise<readonly VerifierOfKind[]>,
  flags: Pick<Flags, 'wrap' | 'joined' | 'json'>,
): Promise<void> {
  const { checkDeployment, checkTimelock, readRegistry } = await import('../../chain/viem/actions.ts');
  const kinds = deployment.verifiers.map(({ kind }) => kind);
  if (kindOf(flags) !== 'direct') kinds.push(kindOf(flags));
  const [made, ...others] = await make([...new Set(kinds)]);
  await checkDeployment(client, { deployment, ...made!, others });
  const lock = deployment.timelock === undefined ? undefined : await checkTimelock(client, { deployment });
  const { owner, guardian, routes } = await readRegistry(client, { registry: deployment.registry.address });
  if (flags.json === true) {
    printJson({ ok: true, ...deployment, owner, guardian, routes, roles: lock });
    return;
  }
  process.stdout.write(`${deployment.network}: the contracts are what the file and the generator say\n`);
  printTable([
    ['owner', lock === undefined ? owner : `${owner}, a timelock of ${lock.minDelay} s`],
    ['guardian', guardian],
    ...routeRows(routes),
  ]);
}
