/** Hardhat's networks as clients of viem. */
import type { Chain, CustomTransport } from 'viem';
import type { ReadClient, WalletClient } from '../chain/viem/port.ts';
import { loadViem } from '../cli/network.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import type { Connection } from './types.ts';

/** Milliseconds between two looks at a simulated chain, which mines at once. */
const SIMULATED_POLLING = 20;

export const isSimulated = ({ networkConfig }: Connection): boolean => networkConfig.type === 'edr-simulated';

/** The chain that a network's endpoint says it is on. */
export async function chainIdOf({ provider }: Connection): Promise<number> {
  return Number(await provider.request({ method: 'eth_chainId' }));
}

/** A viem client over Hardhat's provider, for questions: the network needs no account. @throws PEER_MISSING */
export async function readerOf(connection: Connection): Promise<ReadClient> {
  const { createPublicClient } = await loadViem();
  return createPublicClient(await overHardhat(connection));
}

/**
 * The same with an account: Hardhat's provider signs and sends.
 * @param from one of the network's accounts; default: its first
 * @throws PEER_MISSING, NETWORK_UNKNOWN without the account
 */
export async function clientOf(connection: Connection, from?: Hex): Promise<WalletClient> {
  const { createWalletClient, publicActions } = await loadViem();
  const over = await overHardhat(connection);
  const account = (await accountsOf(connection)).find((each) => from === undefined || isSameHex(each, from));
  if (account === undefined) {
    return fail(
      'NETWORK_UNKNOWN',
      from === undefined ? 'the network has no account' : `the network has no account ${from}`,
      {
        where: connection.networkName,
        fix: 'Give it one in the configuration: accounts of networks, with `configVariable` from the keystore',
      },
    );
  }
  return createWalletClient({ account: checksumAddress(account), ...over }).extend(publicActions);
}

/** Those of the configuration, or of the node, which may refuse the question where it has none. */
async function accountsOf({ provider, networkConfig }: Connection): Promise<readonly Hex[]> {
  const asked = provider.request({ method: 'eth_accounts' }) as Promise<readonly Hex[]>;
  const isOfNode = networkConfig.type === 'http' && networkConfig.accounts === 'remote';
  return isOfNode ? asked.catch(() => []) : asked;
}

async function overHardhat(connection: Connection): Promise<{
  readonly chain: Chain;
  readonly transport: CustomTransport;
  readonly pollingInterval?: number;
}> {
  const { custom, defineChain } = await loadViem();
  const chain = defineChain({
    id: await chainIdOf(connection),
    name: connection.networkName,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  return {
    chain,
    transport: custom(connection.provider, { retryCount: 0 }),
    ...(isSimulated(connection) ? { pollingInterval: SIMULATED_POLLING } : {}),
  };
}
