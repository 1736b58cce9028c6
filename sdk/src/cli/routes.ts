/** Keys of a registry as a command line names them, and what is done to them for good. */
import type { Command } from 'commander';
import { CONTRACT_KINDS, type ContractKind } from '../attest/session/contract-kinds.ts';
import type { ChangeResult, Route } from '../chain/calls.ts';
import { type Deployment, verifierOfKind } from '../chain/deployments.ts';
import type { ReadClient } from '../chain/viem/port.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress } from '../solidity/abi.ts';
import { printJson, printTable, type TableValue } from './options.ts';
import { grouped } from './tables.ts';

export const KEY_ARGUMENT: string = `${CONTRACT_KINDS.join(', ')} (of the network's deployment), the digest of a key, or its first four bytes`;

/**
 * The digest of a key.
 * @throws INPUT_INVALID for a key that the registry does not have
 */
export async function keyOf(client: ReadClient, text: string, deployment: Deployment): Promise<Hex> {
  if (/^0x[\da-f]{64}$/i.test(text)) return text.toLowerCase() as Hex;
  const unknown = (): never =>
    fail('INPUT_INVALID', `the registry has no key ${JSON.stringify(text)}`, {
      where: deployment.network,
      fix: `Give ${KEY_ARGUMENT}: wattest record --network ${deployment.network} lists them`,
    });
  if (CONTRACT_KINDS.includes(text as ContractKind))
    return verifierOfKind(deployment, text as ContractKind)?.vkDigest ?? unknown();
  const known = deployment.verifiers.find(({ selector }) => selector === text.toLowerCase());
  if (known !== undefined) return known.vkDigest;
  // One that was added without this file.
  const { readRegistry } = await import('../chain/viem/actions.ts');
  const { routes } = await readRegistry(client, { registry: deployment.registry.address });
  return routes.find(({ selector }) => selector === text.toLowerCase())?.vkDigest ?? unknown();
}

/** @param when for which of its acts, where it has several */
export function withForGoodOption(command: Command, when = ''): Command {
  return command.option('--for-good', `${when}do it: nothing leads back`);
}

/** @throws USAGE */
export function requireForGood(forGood: boolean | undefined, what: string): void {
  if (forGood === true) return;
  fail('USAGE', `${what}, for good`, { fix: 'Give --for-good if that is meant' });
}

/** A row for each route of a registry. @param about of its key, in lines */
export function routeRows(
  routes: readonly Route[],
  about: (route: Route) => TableValue = ({ vkDigest }) => `key ${vkDigest}`,
): readonly (readonly [label: string, value: TableValue])[] {
  return routes.map((route) => [`${route.selector} ${route.state}`, about(route)]);
}

/** A transaction and its gas, where there was one. */
export function transactionText(
  sent: { readonly transactionHash: Hex | undefined; readonly gasUsed: bigint } | undefined,
): string {
  return sent?.transactionHash === undefined
    ? 'none was needed'
    : `${sent.transactionHash} (${grouped(Number(sent.gasUsed))} gas)`;
}

export function reportChange(
  about: {
    readonly registry: Hex;
    readonly verifyingKey: Hex;
    readonly state: 'frozen' | 'stopped';
    readonly change: ChangeResult;
  },
  json = false,
): void {
  const { change, ...rest } = about;
  if (json) {
    printJson({ ...rest, ...change });
    return;
  }
  printTable([
    [rest.state, `key ${rest.verifyingKey}`],
    ['registry', checksumAddress(rest.registry)],
    ['transaction', transactionText(change)],
  ]);
}
