/** Hardhat's networks as clients of viem. */
import type { WalletClient } from '../chain/viem/port.ts';
import { loadViem } from '../cli/network.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import type { Connection } from './types.ts';

/** Milliseconds between two looks at a simulated chain, which mines at once. */
const SIMULATED_POLLING = 20;

export const isSimulated = ({ networkConfig }: Connection): boolean => networkConfig.type === 'edr-simulated';

/**
 * A viem client over Hardhat's provider, which signs and sends.
 * @param from one of the network's accounts; default: its first
 * @throws PEER_MISSING, NETWORK_UNKNOWN without the account
 */
export async function clientOf(connection: Connection, from?: Hex): Promise<WalletClient> {
  const { createWalletClient, custom, defineChain, publicActions } = await loadViem();
  const { provider, networkName } = connection;
  const accounts = (await provider.request({ method: 'eth_accounts' })) as readonly Hex[];
  const account = accounts.find((each) => from === undefined || isSameHex(each, from));
  if (account === undefined) {
    return fail(
      'NETWORK_UNKNOWN',
      from === undefined ? 'the network has no account' : `the network has no account ${from}`,
      {
        where: networkName,
        fix: 'Give it one in the configuration: accounts of networks, with `configVariable` from the keystore',
      },
    );
  }
  const id = Number(await provider.request({ method: 'eth_chainId' }));
  const chain = defineChain({
    id,
    name: networkName,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  return createWalletClient({
    account: checksumAddress(account),
    chain,
    transport: custom(provider, { retryCount: 0 }),
    ...(isSimulated(connection) ? { pollingInterval: SIMULATED_POLLING } : {}),
  }).extend(publicActions);
}
