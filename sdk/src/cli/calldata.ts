/** What another account has to send, a multisig that owns the registry say: printed instead of sent. */
import { type Command, Option } from 'commander';
import { type Deployment, firstOwner } from '../chain/deployments.ts';
import type { OwnerAct, OwnerCall } from '../chain/owner-calls.ts';
import { timeText } from '../chain/timelock-actions.ts';
import type { ReadClient } from '../chain/viem/port.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress } from '../solidity/abi.ts';
import { printJson, printTable, type TableValue } from './options.ts';
import { addressOf } from './values.ts';

export interface CalldataFlags {
  readonly calldata?: boolean;
  readonly owner?: Hex | undefined;
}

/** @param conflicts options of what any account may do */
export function withCalldataOption(command: Command, conflicts: readonly string[] = []): Command {
  return command
    .addOption(
      new Option(
        '--calldata',
        'send nothing of it: print the call that the owner has to send, where that is another account',
      ).conflicts([...conflicts]),
    )
    .option(
      '--owner <address>',
      'with --calldata, whom the registry belongs to, if it was handed over since it was made',
      addressOf,
    );
}

/** @throws USAGE for an owner of what is sent by this account */
export function requireCalldata({ calldata, owner }: CalldataFlags): void {
  if (owner === undefined || calldata === true) return;
  fail('USAGE', '--owner is of a call that is printed', { fix: 'Give --calldata too, or leave it out' });
}

/**
 * The owner is the one of the deployment unless another is named: an endpoint has no say in whom a call is for.
 * @throws DEPLOYMENT_MISMATCH; what the owner would be refused with
 */
export async function printOwnerCall(
  client: ReadClient,
  deployment: Deployment,
  act: OwnerAct,
  { owner = firstOwner(deployment), json = false }: CalldataFlags & { readonly json?: boolean },
): Promise<void> {
  const { prepareOwnerCall } = await import('../chain/viem/actions.ts');
  const { address: registry } = deployment.registry;
  const call = await prepareOwnerCall(client, { registry, owner, ...act });
  printCall(call, { ...meant(act), registry: checksumAddress(registry) }, json);
}

/** What was asked for, which whoever signs compares with the bytes; no endpoint has a say in it. */
function meant(act: OwnerAct): Readonly<Record<string, string>> {
  switch (act.act) {
    case 'addRoute':
      return { adds: act.verifier };
    case 'cancelOperation':
      return { cancels: act.id };
    case 'freezeRoute':
      return { freezes: `key ${act.verifyingKey}` };
    case 'stopRoute':
      return { stops: `key ${act.verifyingKey}` };
  }
}

/** @param rest what is said besides */
export function printCall(call: OwnerCall, rest: Readonly<Record<string, TableValue>>, json = false): void {
  if (json) {
    printJson({ ...rest, ...call });
    return;
  }
  const { to, value, data, delay, operation } = call;
  printTable([
    ...Object.entries(rest),
    ['sent by', senderOf(call)],
    ['to', to],
    ['value', value],
    ['calldata', data],
    ...(delay === undefined ? [] : ([['delay', `${delay} s`]] as const)),
    ...(operation === undefined ? [] : ([['operation', operationText(operation)]] as const)),
  ]);
}

function senderOf({ as, accounts, to }: OwnerCall): string {
  if (accounts.length > 0) return `${as} ${accounts.join(' or owner ')}`;
  return `any ${as} of the timelock ${to} (wattest route list)`;
}

const operationText = ({ id, state, readyAt }: NonNullable<OwnerCall['operation']>): string =>
  readyAt === undefined ? `${id}, ${state}` : `${id}, ${state} (its time: ${timeText(readyAt)})`;
