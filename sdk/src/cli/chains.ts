/** Chain ids by the names that people give to networks: what is signed is for this chain, whatever the endpoint says. */
import { formatEther } from '../chain/port.ts';
import { DEVELOPMENT_CHAINS } from '../solidity/chains.ts';

const CHAIN_IDS: Readonly<Record<string, number>> = {
  mainnet: 1,
  ethereum: 1,
  sepolia: 11_155_111,
  holesky: 17_000,
  hoodi: 560_048,
  optimism: 10,
  'optimism-sepolia': 11_155_420,
  base: 8453,
  'base-sepolia': 84_532,
  arbitrum: 42_161,
  'arbitrum-sepolia': 421_614,
  polygon: 137,
  gnosis: 100,
  bsc: 56,
  avalanche: 43_114,
  linea: 59_144,
  scroll: 534_352,
};

/** Chain ids that a network of this name may have; undefined where the name says nothing. */
export function chainIdsOf(network: string): readonly number[] | undefined {
  const name = network.toLowerCase();
  if (name === 'localhost' || name === 'hardhat') return DEVELOPMENT_CHAINS;
  const id = Object.hasOwn(CHAIN_IDS, name) ? CHAIN_IDS[name] : undefined;
  return id === undefined ? undefined : [id];
}

/** Of chains whose coin is not ether. */
const COINS: Readonly<Record<number, string>> = { 137: 'POL', 100: 'xDAI', 56: 'BNB', 43114: 'AVAX' };

/** Wei as coins of a chain, to six places: `0.0135 ETH`; what is smaller, whole. */
export function formatCoins(wei: bigint, chainId: number): string {
  const place = 10n ** 12n;
  // Upwards: it is said of what something costs at most.
  const rounded = wei < place ? wei : ((wei + place - 1n) / place) * place;
  return formatEther(rounded, COINS[chainId] ?? 'ETH');
}
