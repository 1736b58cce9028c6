/** What another account has to send, a multisig that owns the registry say: printed instead of sent. */
import { type Command, Option } from 'commander';
import type { OwnerAct, OwnerCall } from '../chain/owner-calls.ts';
import { timeText } from '../chain/timelock-actions.ts';
import type { ReadClient } from '../chain/viem/port.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress } from '../solidity/abi.ts';
import { printJson, printTable, type TableValue } from './options.ts';

/** @param conflicts options of what any account may do */
export function withCalldataOption(command: Command, conflicts: readonly string[] = []): Command {
  return command.addOption(
    new Option(
      '--calldata',
      'send nothing of it: print the call that the owner has to send, where that is another account',
    ).conflicts([...conflicts]),
  );
}

/** @throws what the owner would be refused with */
export async function printOwnerCall(
  client: ReadClient,
  parameters: { readonly registry: Hex } & OwnerAct,
  json = false,
): Promise<void> {
  const { prepareOwnerCall } = await import('../chain/viem/actions.ts');
  printCall(await prepareOwnerCall(client, parameters), meant(parameters), json);
}

/** What was asked for and of which registry, which whoever signs compares with the bytes; no endpoint has a say in it. */
function meant(parameters: { readonly registry: Hex } & OwnerAct): Readonly<Record<string, string>> {
  const registry = checksumAddress(parameters.registry);
  switch (parameters.act) {
    case 'addRoute':
      return { adds: parameters.verifier, registry };
    case 'cancelOperation':
      return { cancels: parameters.id, registry };
    case 'freezeRoute':
      return { freezes: `key ${parameters.verifyingKey}`, registry };
    case 'stopRoute':
      return { stops: `key ${parameters.verifyingKey}`, registry };
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
