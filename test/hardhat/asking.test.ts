/** Whose word it takes that coins are worth nothing, and nobody needs to be asked. */
import assert from 'node:assert/strict';
import { requireAgreeable } from '../../sdk/src/hardhat/tasks/values.ts';
import type { Connection } from '../../sdk/src/hardhat.ts';

/** An endpoint, by what it says of its chain and what the configuration does. */
const network = (said: number, url: string, chainId?: number): Connection =>
  ({
    networkName: 'far',
    networkConfig: { type: 'http', chainId, url: { getUrl: async () => url } },
    provider: { request: async () => `0x${said.toString(16)}` },
  }) as unknown as Connection;

describe('hardhat: whoever spends is asked', () => {
  const { isTTY } = process.stdin;
  before(() => {
    process.stdin.isTTY = false;
  });
  after(() => {
    process.stdin.isTTY = isTTY;
  });

  it('also where an endpoint elsewhere calls itself a development chain', async () => {
    for (const [said, url, chainId] of [
      [31337, 'https://rpc.example/key'],
      [1337, 'http://127.0.0.1.example'],
      [31337, 'http://0.0.0.0.example'],
      [31337, 'https://localhost@rpc.example'],
      [31337, 'https://rpc.example', 1],
      [1, 'http://127.0.0.1:8545'],
    ] as const) {
      await assert.rejects(requireAgreeable(network(said, url, chainId), false), {
        code: 'CONFIRMATION_MISSING',
      });
      assert.deepEqual(await requireAgreeable(network(said, url, chainId), true), {
        chainId: said,
        isOwn: false,
      });
    }
  });

  it('but not on this machine, or where the configuration says so', async () => {
    for (const [said, url, chainId] of [
      [31337, 'http://127.0.0.1:8545'],
      [1337, 'http://localhost:8545'],
      [31337, 'http://[::1]:8545'],
      [31337, 'http://0.0.0.0:8545'],
      [31337, 'http://node:8545', 31337],
    ] as const)
      assert.deepEqual(await requireAgreeable(network(said, url, chainId), false), {
        chainId: said,
        isOwn: true,
      });
  });
});
