import { type Command, Option } from 'commander';
import type { ContractKind } from '../../attest/session/contract-kinds.ts';
import type { ChangeResult, FeeParameters, VerifierOfKind } from '../../chain/calls.ts';
import type { Deployment } from '../../chain/deployments.ts';
import type { OwnerAct } from '../../chain/owner-calls.ts';
import { type TimelockOperation, timeText } from '../../chain/timelock-actions.ts';
import type { ReadClient, WalletClient } from '../../chain/viem/port.ts';
import { fail } from '../../errors/index.ts';
import { namedStore } from '../../platform/files.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { abiCall, abiSelectorWord, checksumAddress } from '../../solidity/abi.ts';
import { compileCached } from '../../solidity/compile-cache.ts';
import {
  type CalldataFlags,
  printCall,
  printOwnerCall,
  requireCalldata,
  withCalldataOption,
} from '../calldata.ts';
import { kindOf, makeVerifiers } from '../contracts.ts';
import { requireWritable } from '../files.ts';
import { connect, connectReader, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { interruptible, printJson, printTable } from '../options.ts';
import {
  KEY_ARGUMENT,
  keyOf,
  requireForGood,
  routeRows,
  transactionText,
  withForGoodOption,
} from '../routes.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { askingFee, type SpendingFlags, withYesOption } from '../spending.ts';
import { saltOf, wordOf } from '../values.ts';

/** What is asked for, besides where and by whom. */
interface RouteFlags extends CalldataFlags {
  readonly forGood?: boolean;
  readonly wrap?: boolean;
  readonly joined?: boolean;
  /** Of a new verifier. */
  readonly salt?: Hex | undefined;
  readonly json?: boolean;
}

interface Flags extends SessionFlags, NetworkFlags, SpendingFlags, RouteFlags {}

/** A deployment with who looks at it. */
export interface RouteQuestion {
  readonly client: ReadClient;
  readonly deployment: Deployment;
}

/** A deployment with who acts on it, and how. */
export interface RouteWork {
  readonly client: WalletClient;
  readonly deployment: Deployment;
  /** Of the deployment files. */
  readonly folder: string;
  readonly sending: FeeParameters;
  /** The verifier of a kind of proofs, compiled. */
  readonly make: (kind: ContractKind) => Promise<VerifierOfKind>;
}

const ACTIONS = ['add', 'freeze', 'cancel', 'list'] as const;

/** `wattest route`: what the timelock that owns a registry does. */
export function registerRoute(program: Command): void {
  const command = withSessionOptions(withNetworkOptions(program.command('route')));
  withCalldataOption(withForGoodOption(withYesOption(command), 'with freeze, '))
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

/** @throws USAGE for what is no action with its argument */
export function requireRoute(action: string, what: string | undefined, flags: CalldataFlags): void {
  if (
    !(ACTIONS as readonly string[]).includes(action) ||
    (['add', 'list'].includes(action) ? what !== undefined : what === undefined) ||
    (action === 'list' && flags.calldata === true)
  ) {
    fail('USAGE', `there is no \`route ${action}\` with these arguments`, {
      fix: 'Say `route add`, `route freeze KEY`, `route cancel ID` or `route list`',
    });
  }
  requireCalldata(flags);
}

async function routeCommand(action: string, what: string | undefined, flags: Flags): Promise<void> {
  requireRoute(action, what, flags);
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const { chainId } = deployment;
  if (isRouteQuestion(action, flags))
    return answerRoute({ client: await connectReader(flags, chainId), deployment }, action, what, flags);
  const client = await connect(flags, chainId);
  const { signal, release } = interruptible();
  const sending = { maxFee: flags.maxFee, signal, ...askingFee(client.chain!.id, flags) };
  const make = async (kind: ContractKind): Promise<VerifierOfKind> => {
    const store = await namedStore();
    return (await makeVerifiers(flags, [kind], (generated) => compileCached(generated, store)))[0]!;
  };
  const work = { client, deployment, folder: flags.deployments, sending, make };
  await routeAction(work, action, what, flags).finally(release);
}

/** Whether an action sends nothing, so that no account is needed. With `--calldata`, `add` deploys a verifier all the same. */
export function isRouteQuestion(action: string, { calldata }: Pick<RouteFlags, 'calldata'>): boolean {
  return action === 'list' || (calldata === true && action !== 'add');
}

/** Answers an action that is a question. */
export async function answerRoute(
  question: RouteQuestion,
  action: string,
  what: string | undefined,
  flags: RouteFlags,
): Promise<void> {
  if (action === 'list') await listRoutes(question, flags);
  else await printCallOf(question, action, what!, flags);
}

/** Does an action that {@link requireRoute} takes and that is no question, and reports it. */
export async function routeAction(
  work: RouteWork,
  action: string,
  what: string | undefined,
  flags: RouteFlags,
): Promise<void> {
  if (action === 'add') await addRoute(work, flags);
  else await askOwner(work, action, what!, flags);
}

/** For the owner to send. */
async function printCallOf(
  { client, deployment }: RouteQuestion,
  action: string,
  what: string,
  flags: RouteFlags,
): Promise<void> {
  const act: OwnerAct =
    action === 'cancel'
      ? { act: 'cancelOperation', id: wordOf(what) }
      : { act: 'freezeRoute', verifyingKey: await keyOf(client, what, deployment) };
  await printOwnerCall(client, deployment, act, flags);
}

/** What is asked of the owner alone. */
async function askOwner(
  { client, deployment, sending }: RouteWork,
  action: string,
  what: string,
  flags: RouteFlags,
): Promise<void> {
  const { cancelOperation, actByTimelock, readRegistry } = await import('../../chain/viem/actions.ts');
  const registry = deployment.registry.address;
  const { owner: timelock } = await readRegistry(client, { registry });
  if (action === 'cancel') {
    const change = await cancelOperation(client, { ...sending, timelock, id: wordOf(what) });
    report({ cancelled: what }, change, flags);
    return;
  }
  const verifyingKey = await keyOf(client, what, deployment);
  requireForGood(
    flags.forGood,
    `the registry at ${registry} would take no more proofs under key ${verifyingKey}`,
  );
  const data = abiCall('freeze(bytes4)', abiSelectorWord(verifyingKey.slice(0, 10) as Hex));
  const { outcome, operation, change } = await actByTimelock(client, {
    ...sending,
    ...{ timelock, to: registry, data },
  });
  if (outcome === 'done') report({ frozen: `key ${verifyingKey}` }, change, flags);
  else report(scheduled(`freeze key ${verifyingKey}`, operation), change, flags);
}

async function addRoute(
  { client, deployment, folder, sending, make }: RouteWork,
  flags: RouteFlags,
): Promise<void> {
  const { deploymentPath, writeDeployment } = await import('../../chain/deployment-files.ts');
  const { checkRegistry, proposeVerifier } = await import('../../chain/viem/actions.ts');
  const { network } = deployment;
  const registry = checksumAddress(deployment.registry.address);
  const { salt } = flags;
  const kind = kindOf(flags);
  await requireWritable(deploymentPath(folder, network));
  const made = await make(kind);
  await checkRegistry(client, { deployment, adding: made.generated.selector, allowStopped: true });
  const result = await proposeVerifier(client, {
    ...{ network, ...made, deployment, salt, prepareOnly: flags.calldata, owner: flags.owner },
    ...sending,
  });
  const { verifier } = result;
  const what = `the verifier of ${kind} proofs, ${verifier.address}`;
  const deployed = { deployed: verifier.transactionHash };
  if (result.outcome === 'prepared') {
    const { transactionHash: hash } = verifier;
    const next =
      'run the same command without --calldata when it is carried out: it writes the deployment file';
    printCall(
      result.call,
      { ...(hash === undefined ? {} : { deployed: hash }), adds: what, registry, next },
      flags.json,
    );
    return;
  }
  const { change } = result;
  if (result.outcome === 'scheduled') {
    report({ ...deployed, ...scheduled(`add ${what}`, result.operation) }, change, flags);
    return;
  }
  const written = await writeDeployment(folder, result.deployment, result.inputs);
  report({ ...deployed, added: what, written }, change, flags);
}

async function listRoutes({ client, deployment }: RouteQuestion, flags: RouteFlags): Promise<void> {
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
    ...routeRows(routes),
  ]);
}

type Reported = Readonly<Record<string, string | undefined>>;

const scheduled = (what: string, { id, readyAt }: TimelockOperation): Reported => ({
  scheduled: what,
  operation: id,
  // An endpoint may not have seen it yet.
  readyAt: readyAt === undefined ? undefined : timeText(readyAt),
  next: 'run the same command again then',
});

/** What was done, where it was, and by which transaction of the timelock, where one was needed. */
function report(values: Reported, change: ChangeResult | undefined, { json }: RouteFlags): void {
  if (json === true) {
    printJson({ ...values, ...change });
    return;
  }
  const given = Object.entries(values).flatMap(([label, value]) =>
    value === undefined ? [] : [[label, value] as const],
  );
  printTable([...given, ['transaction', transactionText(change)]]);
}
