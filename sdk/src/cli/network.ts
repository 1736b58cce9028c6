/** From a network's name to a viem client with an account. */
import { type Command, Option } from 'commander';
import { requireEndpoint } from '../chain/endpoint.ts';
import { formatEther } from '../chain/port.ts';
import { chainError } from '../chain/reverts.ts';
import type { ReadClient, WalletClient } from '../chain/viem/port.ts';
import { fail } from '../errors/index.ts';
import { chainIdsOf } from './chains.ts';
import { DEFAULT_MAX_FEE, DEPLOYMENTS_FOLDER } from './defaults.ts';
import { positiveNumber } from './options.ts';
import { weiOf } from './values.ts';

export interface NetworkFlags {
  readonly network: string;
  readonly rpcUrl?: string;
  readonly chainId?: number;
  /** In wei. */
  readonly maxFee: bigint;
  /** Folder of the deployment files. */
  readonly deployments: string;
}

export function withNetworkOptions(command: Command): Command {
  return command
    .requiredOption(
      '--network <name>',
      'localhost, or a name whose <NAME>_RPC_URL and <NAME>_PRIVATE_KEY are set (required)',
    )
    .option('--rpc-url <url>', 'endpoint of the network')
    .option(
      '--chain-id <id>',
      'chain to sign for; default: the one of a well-known name (sepolia, mainnet, …) or of its deployment file',
      positiveNumber,
    )
    .addOption(
      new Option(
        '--max-fee <ether>',
        'most that one transaction may cost: gas limit times fee, and what it sends along (--publish-factory)',
      )
        .argParser(weiOf)
        .default(DEFAULT_MAX_FEE, formatEther(DEFAULT_MAX_FEE)),
    )
    .option('--deployments <folder>', 'folder of the deployment files', DEPLOYMENTS_FOLDER);
}

const LOCAL: Readonly<Record<string, string>> = { localhost: 'http://127.0.0.1:8545' };

/**
 * The endpoint is `--rpc-url`, else `<NETWORK>_RPC_URL` from the environment, else the well-known one of `localhost`. The
 * account is the private key in `<NETWORK>_PRIVATE_KEY`, else the first account that the node itself unlocks. Keys are
 * never taken from the command line, which others on the machine can read. The chain is `--chain-id`, else the one of a well-known
 * name, else `deployedOn`; the endpoint must be on it, and nothing is signed for another.
 * @param deployedOn chain id of the network's deployment file, if there is one
 * @throws NETWORK_UNKNOWN, ENDPOINT_INVALID, CHAIN_MISMATCH, CHAIN_UNREACHABLE, ENDPOINT_REFUSED, CHAIN_CALL_FAILED
 */
export async function connect(flags: NetworkFlags, deployedOn?: number): Promise<WalletClient> {
  const { network } = flags;
  const { chain, transport, prefix } = await reach(flags, deployedOn);
  const { createWalletClient, publicActions } = await loadViem();
  const secret = process.env[`${prefix}_PRIVATE_KEY`];
  if (secret !== undefined) {
    const { privateKeyToAccount } = await import('viem/accounts');
    if (!/^0x[\da-f]{64}$/i.test(secret)) {
      fail('NETWORK_UNKNOWN', `${prefix}_PRIVATE_KEY is not a private key`, {
        fix: 'Set 0x and 64 hexadecimal digits',
      });
    }
    return createWalletClient({
      account: privateKeyToAccount(secret as `0x${string}`),
      chain,
      transport,
    }).extend(publicActions);
  }
  // Endpoints that have no accounts may refuse the question.
  const unlocked = createWalletClient({ transport }).getAddresses();
  const [account] = await unlocked.catch(() => []);
  if (account === undefined) {
    fail('NETWORK_UNKNOWN', `the node of "${network}" unlocks no account`, {
      fix: `Set ${prefix}_PRIVATE_KEY`,
    });
  }
  return createWalletClient({ account, chain, transport }).extend(publicActions);
}

/** The same without an account, for questions. @throws as {@link connect} */
export async function connectReader(flags: NetworkFlags, deployedOn?: number): Promise<ReadClient> {
  const { chain, transport } = await reach(flags, deployedOn);
  return (await loadViem()).createPublicClient({ chain, transport });
}

interface Reached {
  readonly chain: NonNullable<WalletClient['chain']>;
  readonly transport: ReturnType<Viem['http']>;
  /** Of its environment variables. */
  readonly prefix: string;
}

async function reach(flags: NetworkFlags, deployedOn: number | undefined): Promise<Reached> {
  const { network } = flags;
  if (!/^[a-z0-9][a-z0-9-]*$/i.test(network)) {
    fail('NETWORK_UNKNOWN', `"${network}" is no name of a network`, {
      fix: 'Use letters, digits and dashes',
    });
  }
  const prefix = network.toUpperCase().replaceAll('-', '_');
  const url = flags.rpcUrl ?? process.env[`${prefix}_RPC_URL`] ?? LOCAL[network];
  if (url === undefined) {
    fail('NETWORK_UNKNOWN', `no endpoint is known for the network "${network}"`, {
      fix: `Set ${prefix}_RPC_URL, or give --rpc-url`,
    });
  }
  requireEndpoint(url, network);
  const allowed = allowedChains(flags, deployedOn);
  const { http } = await loadViem();
  const transport = http(url);
  const chain = await chainOf(transport, url);
  if (!allowed.includes(chain.id)) {
    fail(
      'CHAIN_MISMATCH',
      `the endpoint is on chain ${chain.id}, "${network}" is chain ${allowed.join(' or ')}`,
      {
        fix: 'Use an endpoint of this network, or name the chain with --chain-id',
      },
    );
  }
  return { chain, transport, prefix };
}

/** @throws NETWORK_UNKNOWN where nothing but the endpoint would say for which chain is signed */
function allowedChains(
  { network, chainId }: NetworkFlags,
  deployedOn: number | undefined,
): readonly number[] {
  if (chainId !== undefined) return [chainId];
  const known = chainIdsOf(network) ?? (deployedOn === undefined ? undefined : [deployedOn]);
  return (
    known ??
    fail('NETWORK_UNKNOWN', `no chain id is known for the network "${network}"`, {
      fix: 'Give --chain-id, so that nothing is signed for another chain',
    })
  );
}

type Viem = typeof import('viem');

/** @throws PEER_MISSING */
export async function loadViem(): Promise<Viem> {
  try {
    return await import('viem');
  } catch (cause) {
    fail('PEER_MISSING', 'viem is not installed', { fix: 'Run `npm install viem` beside wattest', cause });
  }
}

async function chainOf(
  transport: ReturnType<Viem['http']>,
  url: string,
): Promise<NonNullable<WalletClient['chain']>> {
  const { createPublicClient, defineChain } = await loadViem();
  let id: number;
  try {
    id = await createPublicClient({ transport }).getChainId();
  } catch (cause) {
    // The URL may hold an access key.
    throw chainError(cause, new URL(url).host);
  }
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 };
  return defineChain({ id, name: `chain ${id}`, nativeCurrency, rpcUrls: { default: { http: [url] } } });
}
