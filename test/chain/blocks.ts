/** A chain of blocks that a test writes, as a reader: without contracts, for what is asked between blocks. */
import assert from 'node:assert/strict';
import type { Hex } from 'viem';
import { EVENT_TOPICS, type RegistryEvent } from '../../sdk/src/chain/events.ts';
import type { ChainReader, Log } from '../../sdk/src/chain/port.ts';

export const REGISTRY: Hex = `0x${'aa'.repeat(20)}`;
export const HASH: Hex = `0x${'33'.repeat(32)}`;

export interface Block {
  readonly hash: Hex;
  readonly logs: readonly Log[];
}

export const hashOf = (name: string): Hex => `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}`;

/** A block in which a registry froze the route of a selector. */
export const frozen = (name: string, number: number, selector: string, address: Hex = REGISTRY): Block => ({
  hash: hashOf(name),
  logs: [
    {
      address,
      topics: [EVENT_TOPICS.RouteFrozen, `0x${selector.padEnd(64, '0')}`],
      data: '0x',
      blockNumber: BigInt(number),
      blockHash: hashOf(name),
      transactionHash: HASH,
      index: 0,
    },
  ],
});
export const empty = (name: string): Block => ({ hash: hashOf(name), logs: [] });

/** Of the blocks that there are now; filters of logs are not looked at. */
export function endpoint(blocks: () => readonly Block[], own: Partial<ChainReader> = {}): ChainReader {
  const never = (): never => assert.fail('not asked here');
  return {
    pollingInterval: 1,
    chainId: never,
    blockNumber: async () => BigInt(blocks().length - 1),
    blockHash: async (number) => blocks()[Number(number)]?.hash,
    transactionsOf: never,
    transactionCount: never,
    logs: async () => blocks().flatMap(({ logs }) => logs),
    code: never,
    call: never,
    estimate: never,
    feePerGas: never,
    balance: never,
    transaction: never,
    receipt: never,
    ...own,
  };
}

export const selectorsOf = (events: readonly RegistryEvent[]): string[] =>
  events.map((event) => ('selector' in event ? event.selector : ''));
