/** Numbers that a caller gives, without a chain. */
import assert from 'node:assert/strict';
import { boundedReader } from '../../sdk/src/chain/bounded.ts';
import type { ChainReader, ChainWriter } from '../../sdk/src/chain/port.ts';
import { signAttestation } from '../../sdk/src/chain/submit.ts';
import { waitMined } from '../../sdk/src/chain/wait.ts';
import { readEvents, watchAttestations } from '../../sdk/src/chain/watch.ts';
import { refused } from '../lib/verdict.ts';

const REGISTRY = `0x${'12'.repeat(20)}` as const;
const HASH = `0x${'34'.repeat(32)}` as const;

describe('actions on a chain: numbers', () => {
  // Whatever is asked of it is a failure: no question stands behind any of its names.
  const nobody = boundedReader({ pollingInterval: 1 } as ChainReader, {});

  it('numbers of blocks, confirmations and seconds that are none are refused before anything is asked', async () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      const none = new RegExp(`: ${count} is no number of `);
      await refused(waitMined(nobody, HASH, { confirmations: count }), 'INPUT_INVALID', none);
      const blocks = { registry: REGISTRY, fromBlock: 1n, toBlock: 9n, blockRange: count };
      await refused(readEvents(nobody, blocks), 'INPUT_INVALID', none);
      const told = (): void => assert.fail();
      const watching = { registry: REGISTRY, onEvents: told, onError: told };
      for (const wrong of [{ confirmations: count }, { blockRange: count }]) {
        assert.throws(() => watchAttestations(nobody, { ...watching, ...wrong }), {
          code: 'INPUT_INVALID',
        });
      }
      const statement = { publicInputs: [], publicOutputs: [], status: 0n };
      const proven = { programId: HASH, statement, proof: HASH, programKey: undefined, verifyingKey: HASH };
      const signing = { ...proven, registry: REGISTRY, lifetime: count } as never;
      await refused(signAttestation(nobody as ChainWriter, signing), 'INPUT_INVALID', none);
    }
  });

  it('blocks that are none are refused before anything is asked', async () => {
    const told = (): void => assert.fail();
    for (const block of ['latest', 5, -1n] as unknown as readonly bigint[]) {
      for (const wrong of [{ fromBlock: block }, { fromBlock: 1n, toBlock: block }]) {
        const read = readEvents(nobody, { registry: REGISTRY, ...wrong });
        await refused(read, 'INPUT_INVALID', /: (from|to)Block is no number of a block/);
      }
      const watching = { registry: REGISTRY, onEvents: told, onError: told, fromBlock: block };
      assert.throws(() => watchAttestations(nobody, watching), { code: 'INPUT_INVALID' });
    }
  });
});
