/** What a registry says of its routes: the one place that reads them. */
import type { Hex } from '../plonk/keys/key.ts';
import { abiAddress, abiCall, abiSelectorWord, abiWords, isSameHex } from '../solidity/abi.ts';
import {
  type IdentityExpected,
  type RegistryState,
  ROUTE_STATES,
  type Route,
  type RouteIdentity,
} from './calls.ts';
import { EVENT_TOPICS } from './events.ts';
import { rejected, requireCode, requireIdentity, selectorOf, verifierIdentity } from './identity.ts';
import type { ChainReader } from './port.ts';

/** A registry has a handful; an answer with more is none. */
const MOST_ROUTES = 256n;

/**
 * All routes that a registry has or had.
 * @throws CHAIN_REJECTED where the address has no code or none of a registry
 */
export async function readRoutes(
  reader: ChainReader,
  registry: Hex,
  where: string,
): Promise<readonly Route[]> {
  await requireCode(reader, registry, where);
  const answer = await answered(reader, registry, abiCall('selectors()'));
  const [offset, count] = abiWords(answer, 2) ?? [];
  const length = count === undefined || BigInt(offset!) !== 32n ? MOST_ROUTES + 1n : BigInt(count);
  const words = length > MOST_ROUTES ? undefined : abiWords(answer, 2 + Number(length));
  if (words === undefined) notRegistry(registry, where, 'it lists no keys');
  return Promise.all(words.slice(2).map((word) => readRoute(reader, registry, selectorOf(word), where)));
}

/** A route; `none` where there is none. */
export async function readRoute(
  reader: ChainReader,
  registry: Hex,
  selector: Hex,
  where: string,
): Promise<Route> {
  const answer = await answered(reader, registry, abiCall('route(bytes4)', abiSelectorWord(selector)));
  const [own, number, at, vkDigest, cannotReturn] = abiWords(answer, 5) ?? [];
  const verifier = at === undefined ? undefined : abiAddress(at);
  const state = ROUTE_STATES[number === undefined ? ROUTE_STATES.length : Number(BigInt(number))];
  if (vkDigest === undefined || cannotReturn === undefined || verifier === undefined || state === undefined)
    notRegistry(registry, where, 'it describes no route');
  const route = { selector: selectorOf(own!), state, verifier, vkDigest, cannotReturn };
  if (state !== 'none' && (route.selector !== selector || selectorOf(vkDigest) !== selector))
    notRegistry(registry, where, `its route ${selector} is about key ${vkDigest}`);
  return route;
}

/**
 * The route of a key as the registry has it: neither its verifier is asked nor other routes are read, so that none of them can keep the
 * key from being stopped.
 * @param verifyingKey the digest that it must have, where that is known
 * @throws CHAIN_REJECTED where the address is none of a registry, or it has no route for the key
 */
export async function standingRoute(
  reader: ChainReader,
  registry: Hex,
  { selector, verifyingKey }: { readonly selector: Hex; readonly verifyingKey?: Hex },
  where: string,
): Promise<Route> {
  await requireCode(reader, registry, where);
  const route = await readRoute(reader, registry, selector, where);
  const isIt = verifyingKey === undefined || route.vkDigest === verifyingKey;
  if (route.state === 'none' || !isIt)
    rejected(where, `the registry at ${registry} has no verifier for key ${verifyingKey ?? `${selector}…`}`);
  return route;
}

/** Owner, guardian and routes. @throws CHAIN_REJECTED where the address has no code or none of a registry */
export async function readState(reader: ChainReader, registry: Hex, where: string): Promise<RegistryState> {
  const routes = await readRoutes(reader, registry, where);
  const [owner, guardian] = await Promise.all(
    (['owner()', 'guardian()'] as const).map(async (getter) => {
      const [word] = abiWords(await answered(reader, registry, abiCall(getter)), 1) ?? [];
      return word === undefined ? undefined : abiAddress(word);
    }),
  );
  if (owner === undefined || guardian === undefined)
    notRegistry(registry, where, 'it has no owner or guardian');
  return { owner, guardian, routes };
}

/** Of the event that a constructor emits, and nothing after it: owners that are gone do not come back. */
const FIRST_OWNER = [EVENT_TOPICS.OwnershipTransferred, `0x${'00'.repeat(32)}`] as const;

/** Transaction and block in which a registry was made; nothing where the endpoint does not look so far back. */
export async function creationOf(
  reader: ChainReader,
  registry: Hex,
): Promise<{ readonly transactionHash?: Hex; readonly blockNumber?: bigint }> {
  try {
    const filter = { address: registry, topics: FIRST_OWNER, fromBlock: 0n };
    const logs = await reader.logs({ ...filter, toBlock: await reader.blockNumber() });
    const [first] = logs.filter(({ address }) => isSameHex(address, registry));
    if (first === undefined) return {};
    const { transactionHash, blockNumber } = first;
    return { transactionHash, blockNumber };
  } catch {
    return {};
  }
}

/**
 * The route of a key, its verifier asked as well.
 * @throws CHAIN_REJECTED where the address is none of a registry, or it has no verifier of this key; KEY_INSECURE
 */
export async function routeOf(
  reader: ChainReader,
  registry: Hex,
  selector: Hex,
  expected: IdentityExpected,
  where: string,
): Promise<RouteIdentity> {
  const routes = await readRoutes(reader, registry, where);
  const route = routes.find((each) => each.selector === selector);
  if (route === undefined) {
    const known = routes.map(({ vkDigest }) => vkDigest).join(', ');
    rejected(
      where,
      `the registry at ${registry} has no verifier for key ${expected.verifyingKey ?? `${selector}…`}, but for ${known || 'none'}`,
    );
  }
  return identified(reader, route, expected, where);
}

/**
 * Requires a registry at the address, and that records of it can be relied on under the key that is asked for, or under all of its keys
 * where none is.
 * @returns the routes of these keys
 * @throws CHAIN_REJECTED, KEY_INSECURE
 */
export async function requireRegistry(
  reader: ChainReader,
  registry: Hex,
  expected: IdentityExpected,
  where: string,
): Promise<readonly Route[]> {
  const { verifyingKey } = expected;
  if (verifyingKey !== undefined)
    return [await routeOf(reader, registry, selectorOf(verifyingKey.toLowerCase() as Hex), expected, where)];
  const routes = await readRoutes(reader, registry, where);
  for (const route of routes) if (route.state !== 'stopped') await identified(reader, route, expected, where);
  return routes;
}

async function identified(
  reader: ChainReader,
  route: Route,
  expected: IdentityExpected,
  where: string,
): Promise<RouteIdentity> {
  const { vkDigest, insecure } = await verifierIdentity(reader, route.verifier, where);
  if (vkDigest !== route.vkDigest)
    rejected(
      where,
      `the registry has ${route.verifier} for key ${route.vkDigest}, and it is for ${vkDigest}`,
    );
  const identity = { ...route, insecure };
  await requireIdentity(reader, identity, route.verifier, expected, where);
  return identity;
}

/** What a getter returns; nothing where the contract reverts. */
async function answered(reader: ChainReader, to: Hex, data: Hex): Promise<Hex> {
  const outcome = await reader.call({ to, data });
  return 'returned' in outcome ? outcome.returned : '0x';
}

export function notRegistry(registry: Hex, where: string, problem: string): never {
  rejected(where, `the contract at ${registry} is no registry: ${problem}`);
}
