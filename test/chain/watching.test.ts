/** What a watch does with the functions that it is given: what they throw, what they wait for. */
import assert from 'node:assert/strict';
import type { RegistryEvent } from '../../sdk/src/chain/events.ts';
import { readEvents, watchAttestations } from '../../sdk/src/chain/watch.ts';
import { isWattestError, type WattestError } from '../../sdk/src/errors/index.ts';
import { until } from '../lib/until.ts';
import { type Block, empty, endpoint, frozen, REGISTRY, selectorsOf } from './blocks.ts';

const THREE = [
  empty('0'),
  frozen('1', 1, '11111111'),
  frozen('2', 2, '22222222'),
  frozen('3', 3, '33333333'),
];

/** When another watch, begun only now, has told as many events: this one has had its turn, too. */
async function watchedBeside(blocks: readonly Block[], count: number): Promise<void> {
  const told: RegistryEvent[] = [];
  const stop = watchAttestations(
    endpoint(() => blocks),
    {
      registry: REGISTRY,
      fromBlock: 0n,
      onEvents: (events) => told.push(...events),
      onError: (error) => assert.fail(error),
    },
  );
  await until(() => told.length === count);
  stop();
}

describe('a watch', () => {
  it('a function that throws is told of, and ends nothing', async () => {
    for (const fault of ['throws', 'rejects']) {
      let blocks: readonly Block[] = THREE.slice(0, 2);
      const reader = endpoint(() => blocks);
      const [told, errors]: [RegistryEvent[], WattestError[]] = [[], []];
      const cause = new Error('the database is full');
      const stop = watchAttestations(reader, {
        registry: REGISTRY,
        fromBlock: 0n,
        onEvents: (events) => {
          told.push(...events);
          if (told.length > 1) return;
          if (fault === 'throws') throw cause;
          return Promise.reject(cause);
        },
        onError: (error) => errors.push(error),
      });
      await until(() => errors.length === 1);
      blocks = THREE;
      await until(() => told.length === 3);
      stop();
      assert.deepEqual(selectorsOf(told), ['0x11111111', '0x22222222', '0x33333333'], 'each once');
      const [error] = errors as [WattestError];
      assert.ok(isWattestError(error, 'WATCHER_FAILED'));
      assert.match(error.message, /events of block 1 were told threw: the database is full/);
      assert.equal(error.cause, cause);
      assert.equal(errors.length, 1);
      // As it is advised.
      const again = await readEvents(reader, { registry: REGISTRY, fromBlock: 1n, toBlock: 1n });
      assert.deepEqual(selectorsOf(again), ['0x11111111']);
    }
  });

  it('also where it is told of what a reorganisation takes back', async () => {
    let blocks: readonly Block[] = THREE;
    const [told, errors]: [RegistryEvent[], WattestError[]] = [[], []];
    const stop = watchAttestations(
      endpoint(() => blocks),
      {
        registry: REGISTRY,
        fromBlock: 0n,
        onEvents: (events) => told.push(...events),
        onRemoved: () => {
          throw new Error('removed');
        },
        onError: (error) => errors.push(error),
      },
    );
    await until(() => told.length === 3);
    blocks = [...THREE.slice(0, 1), frozen('b1', 1, 'bbbbbbbb'), empty('b2'), empty('b3')];
    await until(() => told.length === 4);
    stop();
    assert.equal(told.at(-1)?.blockNumber, 1n);
    assert.deepEqual(
      errors.map(({ code, message }) => [code, /blocks 1 to 3 were told threw: removed/.test(message)]),
      [['WATCHER_FAILED', true]],
    );
  });

  it('tells the next events when the promise of the last ones is fulfilled, and nothing after it is stopped', async () => {
    let blocks: readonly Block[] = THREE.slice(0, 2);
    const steps: string[] = [];
    let go: () => void = () => {};
    const stop = watchAttestations(
      endpoint(() => blocks),
      {
        registry: REGISTRY,
        fromBlock: 0n,
        onEvents: async (events) => {
          steps.push(...selectorsOf(events));
          await new Promise<void>((resolve) => {
            go = resolve;
          });
          steps.push('done');
        },
        onError: (error) => assert.fail(error),
      },
    );
    await until(() => steps.length === 1);
    blocks = THREE;
    await watchedBeside(blocks, 3);
    assert.deepEqual(steps, ['0x11111111']);
    go();
    await until(() => steps.length === 4);
    assert.deepEqual(steps, ['0x11111111', 'done', '0x22222222', '0x33333333']);
    stop();
    go();
    blocks = [...THREE, frozen('4', 4, '44444444')];
    await until(() => steps.length === 5);
    await watchedBeside(blocks, 4);
    assert.equal(steps.at(-1), 'done');
  });

  it('what onError throws is an uncaught exception, and the watch goes on', async () => {
    const listeners = process.listeners('uncaughtException');
    const seen: unknown[] = [];
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => seen.push(error));
    try {
      let failing = true;
      const own = new Error('of onError');
      const reader = endpoint(() => THREE, {
        logs: async () => {
          if (failing) throw new Error('no logs');
          return THREE.flatMap(({ logs }) => logs);
        },
      });
      const told: RegistryEvent[] = [];
      const stop = watchAttestations(reader, {
        registry: REGISTRY,
        fromBlock: 0n,
        blockRange: 1,
        onEvents: (events) => told.push(...events),
        onError: () => {
          failing = false;
          throw own;
        },
      });
      await until(() => told.length === 3);
      stop();
      assert.deepEqual(seen, [own]);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
  });
});
