/** Endpoints that answer more than they are asked, and chains that change between two questions of one round. */
import assert from 'node:assert/strict';
import type { Hex } from 'viem';
import type { RegistryEvent } from '../../sdk/src/chain/events.ts';
import { FACTORY_COST, requireFactory } from '../../sdk/src/chain/factory.ts';
import type { Receipt, Transaction } from '../../sdk/src/chain/port.ts';
import { readOperation } from '../../sdk/src/chain/timelock-actions.ts';
import { waitMined } from '../../sdk/src/chain/wait.ts';
import { readEvents, watchAttestations } from '../../sdk/src/chain/watch.ts';
import { refused } from '../lib/verdict.ts';
import { empty, endpoint, frozen, HASH, hashOf, REGISTRY, selectorsOf } from './blocks.ts';

const OTHER: Hex = `0x${'bb'.repeat(20)}`;

describe('an endpoint that is not to be relied on', () => {
  it('events of other contracts, other blocks and other kinds are none of the registry', async () => {
    const blocks = [
      frozen('0', 0, '00000001'),
      frozen('1', 1, '11111111'),
      frozen('2', 2, '22222222', OTHER),
      frozen('3', 3, '33333333'),
      frozen('4', 4, '44444444'),
    ];
    const foreign = { ...blocks[1]!.logs[0]!, topics: [hashOf('Transfer')] };
    const answers = [...blocks, { hash: hashOf('5'), logs: [foreign] }];
    const reader = endpoint(() => answers);
    const between = { registry: REGISTRY, fromBlock: 1n, toBlock: 3n };
    const expected = ['0x11111111', '0x33333333'];
    assert.deepEqual(selectorsOf(await readEvents(reader, between)), expected);
    // Each of the two questions gets all logs as its answer.
    assert.deepEqual(selectorsOf(await readEvents(reader, { ...between, programId: HASH })), expected);
  });

  it('what was told is taken back where the chain changes between two questions of one round', async () => {
    const [a, b] = [
      [empty('0'), frozen('a1', 1, 'aaaaaaaa')],
      [empty('0'), frozen('b1', 1, 'bbbbbbbb'), empty('b2')],
    ];
    let blocks = a;
    let grown = false;
    const reader = endpoint(() => blocks, {
      blockNumber: async () => (grown ? 2n : 1n),
      blockHash: async (number) => {
        const { hash } = blocks[Number(number)] ?? {};
        // The mark still stands when it is looked at, and no more when the end of the chain is.
        if (grown && number === 1n) blocks = b;
        return hash;
      },
    });
    const [told, removed]: [RegistryEvent[], RegistryEvent[]] = [[], []];
    await new Promise<void>((resolve) => {
      const stop = watchAttestations(reader, {
        registry: REGISTRY,
        fromBlock: 0n,
        onEvents: (events) => {
          told.push(...events);
          grown = true;
          if (told.length < 2) return;
          stop();
          resolve();
        },
        onRemoved: (events) => removed.push(...events),
        onError: (error) => assert.fail(error),
      });
    });
    assert.deepEqual(selectorsOf(removed), ['0xaaaaaaaa']);
    assert.deepEqual(selectorsOf(told), ['0xaaaaaaaa', '0xbbbbbbbb']);
  });

  it('a receipt, or a transaction, of another than was asked for says nothing of it', async () => {
    const receipt: Receipt = {
      ...{ transactionHash: hashOf('other'), succeeded: true, contractAddress: undefined },
      ...{ blockNumber: 1n, blockHash: hashOf('1'), gasUsed: 1n, logs: [] },
    };
    const transaction = {
      hash: hashOf('other'),
      from: REGISTRY,
      nonce: 0,
      to: REGISTRY,
      input: '0x',
    } as const;
    const blocks = [empty('0'), empty('1')];
    for (const own of [
      { receipt: async () => receipt },
      { receipt: async () => undefined, transaction: async () => transaction },
    ])
      await refused(
        waitMined(
          endpoint(() => blocks, own),
          HASH,
        ),
        'CHAIN_CALL_FAILED',
        new RegExp(`asked about transaction ${HASH}, the endpoint answers about ${hashOf('other')}`),
      );
    // In capitals it is the same.
    const capitals = { ...receipt, transactionHash: `0x${'AB'.repeat(32)}` } as const;
    const reader = endpoint(() => blocks, { receipt: async () => capitals });
    assert.equal((await waitMined(reader, `0x${'ab'.repeat(32)}`)).receipt, capitals);
  });

  it('blocks above another block than that of the receipt confirm nothing', async () => {
    const receipt: Receipt = {
      ...{ transactionHash: HASH, succeeded: true, contractAddress: undefined },
      ...{ blockNumber: 1n, blockHash: hashOf('a1'), gasUsed: 1n, logs: [] },
    };
    let first = true;
    const reader = endpoint(() => [empty('0'), empty('b1'), empty('b2'), empty('b3')], {
      receipt: async () => {
        const answer = first ? receipt : undefined;
        first = false;
        return answer;
      },
      transaction: async () => undefined,
    });
    await refused(
      waitMined(reader, HASH, { confirmations: 3, timeout: 60 }),
      'CHAIN_REORGANISED',
      /which the chain has dropped/,
    );
  });

  it('a transaction that stands in a block and never has a receipt is given up in time', async () => {
    const from: Hex = `0x${'11'.repeat(20)}`;
    const transaction = (hash: Hex): Transaction => ({ hash, from, nonce: 0, to: REGISTRY, input: '0x' });
    for (const isOther of [false, true]) {
      let asked = 0;
      const reader = endpoint(() => [empty('0'), empty('1')], {
        receipt: async () => undefined,
        transaction: async (hash) => transaction(hash),
        transactionCount: async () => 1,
        transactionsOf: async () => {
          asked++;
          // Each time in the place of the last one, or always itself.
          return [transaction(isOther ? hashOf(String(asked)) : HASH)];
        },
        pollingInterval: 20,
      });
      await refused(waitMined(reader, HASH, { timeout: 60 }), 'TRANSACTION_PENDING', /is not mined/);
      assert.ok(asked < 10, `asked ${asked} times`);
    }
  });

  it('a debt of who publishes the factory is not paid', async () => {
    const sent: (bigint | undefined)[] = [];
    const never = (): never => assert.fail('not asked here');
    const writer = {
      ...endpoint(() => [], {
        code: async () => '0x',
        chainId: async () => 1,
        transactionCount: async () => 0,
        // As ethers reads `-0x8ac7230489e80000`.
        balance: async () => -(10n ** 19n),
      }),
      account: never,
      sendSigned: never,
      signTypedData: never,
      send: async ({ value }: { readonly value?: bigint }) => {
        sent.push(value);
        throw new Error('enough is known');
      },
    };
    await assert.rejects(requireFactory(writer, { publishFactory: true }), /enough is known/);
    assert.deepEqual(sent, [FACTORY_COST]);
  });

  it('a time of no calendar is none of a timelock', async () => {
    for (const time of [2n ** 255n, 8_640_000_000_001n]) {
      const words = [1n, time].map((value): Hex => `0x${value.toString(16).padStart(64, '0')}`);
      let asked = 0;
      const reader = endpoint(() => [], {
        code: async () => '0x01',
        call: async () => ({ returned: words[asked++]! }),
      });
      const call = { timelock: REGISTRY, to: REGISTRY, data: '0x' } as const;
      await refused(readOperation(reader, call), 'CHAIN_REJECTED', /is no timelock/);
    }
  });
});
