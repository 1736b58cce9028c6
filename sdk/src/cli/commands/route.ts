import { type Command, Option } from 'commander';
import type { Deployment } from '../../chain/deployments.ts';
import { timeText } from '../../chain/timelock-actions.ts';
import type { WalletClient } from '../../chain/viem/port.ts';
import { fail } from '../../errors/index.ts';
import { namedStore } from '../../platform/files.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { abiCall, abiSelectorWord } from '../../solidity/abi.ts';
import { compileCached } from '../../solidity/compile-cache.ts';
import { kindOf, makeVerifiers } from '../contracts.ts';
import { requireWritable } from '../files.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { printJson, printTable } from '../options.ts';
import { KEY_ARGUMENT, keyOf, wordOf } from '../routes.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { askingFee, type SpendingFlags, withYesOption } from '../spending.ts';
import { saltOf } from './deploy.ts';

interface Flags extends SessionFlags, NetworkFlags, SpendingFlags {
  readonly wrap?: boolean;
  readonly joined?: boolean;
  readonly salt?: Hex;
  readonly json?: boolean;
}

const ACTIONS = ['add', 'freeze', 'cancel', 'list'] as const;

/** `wattest route`: what the timelock that owns a registry does. */
export function registerRoute(program: Command): void {
  withYesOption(withSessionOptions(withNetworkOptions(program.command('route'))))
    .argument(
      '<action>',
      'add: deploy the verifier and have the timelock add it; freeze: have it retire a key; cancel: take back what waits; list. Those that wait are begun by the first call and done by one after the delay',
    )
    .argument('[what]', `for freeze ${KEY_ARGUMENT}; for cancel the id of the operation`)
    .option('--wrap', 'add the verifier of small proofs (prove --wrap)')
    .addOption(new Option('--joined', 'add that of small proofs of runs that took several').conflicts('wrap'))
    .addOption(new Option('--salt <number>', 'of the verifier: another address').argParser(saltOf))
    .option('--json', 'one JSON object on standard output')
    .action(routeCommand);
}

async function routeCommand(action: string, what: string | undefined, flags: Flags): Promise<void> {
  if (
    !(ACTIONS as readonly string[]).includes(action) ||
    (['add', 'list'].includes(action) ? what !== undefined : what === undefined)
  ) {
    fail('USAGE', `there is no \`route ${action}\` with these arguments`, {
      fix: 'Say `route add`, `route freeze KEY`, `route cancel ID` or `route list`',
    });
  }
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const client = await connect(flags, deployment.chainId);
  if (action === 'add') return addCommand(client, flags, deployment);
  if (action === 'list') return listCommand(client, flags, deployment);
  const { cancelOperation, actByTimelock, readRegistry } = await import('../../chain/viem/actions.ts');
  const registry = deployment.registry.address;
  const { owner: timelock } = await readRegistry(client, { registry });
  const sending = { timelock, maxFee: flags.maxFee, ...askingFee(client.chain!.id, flags) };
  if (action === 'cancel') {
    const { transactionHash } = await cancelOperation(client, { ...sending, id: wordOf(what!) });
    report({ cancelled: what!, transaction: transactionHash }, flags);
    return;
  }
  const verifyingKey = await keyOf(client, what!, deployment);
  const data = abiCall('freeze(bytes4)', abiSelectorWord(verifyingKey.slice(0, 10) as Hex));
  const { outcome, operation } = await actByTimelock(client, { ...sending, to: registry, data });
  if (outcome === 'done') report({ frozen: `key ${verifyingKey}` }, flags);
  else reportScheduled(`freeze key ${verifyingKey}`, operation, flags);
}

async function addCommand(client: WalletClient, flags: Flags, deployment: Deployment): Promise<void> {
  const { deploymentPath, writeDeployment } = await import('../../chain/deployment-files.ts');
  const { checkRegistry, proposeVerifier } = await import('../../chain/viem/actions.ts');
  const { network, deployments: folder, salt, maxFee } = flags;
  await requireWritable(deploymentPath(folder, network));
  const store = await namedStore();
  const [made] = await makeVerifiers(flags, [kindOf(flags)], (generated) => compileCached(generated, store));
  await checkRegistry(client, { deployment, adding: made!.generated.selector });
  const asking = askingFee(client.chain!.id, flags);
  const result = await proposeVerifier(client, { network, ...made!, deployment, salt, maxFee, ...asking });
  if (result.outcome === 'scheduled') {
    reportScheduled(`add the verifier of ${made!.kind} proofs, ${result.verifier}`, result.operation, flags);
    return;
  }
  const written = await writeDeployment(folder, result.deployment, result.inputs);
  report({ added: `the verifier of ${made!.kind} proofs, ${result.verifier}`, written }, flags);
}

async function listCommand(client: WalletClient, flags: Flags, deployment: Deployment): Promise<void> {
  const { readRegistry, readTimelock } = await import('../../chain/viem/actions.ts');
  const { owner, guardian, routes } = await readRegistry(client, { registry: deployment.registry.address });
  const fromBlock = BigInt(deployment.timelock?.blockNumber ?? deployment.registry.blockNumber ?? 0);
  const roles = await readTimelock(client, { timelock: owner, fromBlock });
  if (flags.json === true) {
    printJson({ timelock: owner, guardian, ...roles, routes });
    return;
  }
  printTable([
    ['timelock', owner],
    ['delay', `${roles.minDelay} s`],
    ['proposers', roles.proposers],
    ['cancellers', roles.cancellers],
    ['executors', roles.executors.map((each) => (BigInt(each) === 0n ? 'anybody' : each))],
    ['administrators', roles.administrators],
    ['guardian', guardian],
    ...routes.map(({ selector, state, vkDigest }): [string, string] => [
      `${selector} ${state}`,
      `key ${vkDigest}`,
    ]),
  ]);
}

function reportScheduled(
  what: string,
  { id, readyAt }: { readonly id: Hex; readonly readyAt: number | undefined },
  flags: Flags,
): void {
  report(
    { scheduled: what, operation: id, readyAt: timeText(readyAt!), next: 'run the same command again then' },
    flags,
  );
}

function report(values: Readonly<Record<string, string>>, { json }: Flags): void {
  if (json === true) printJson(values);
  else printTable(Object.entries(values));
}
