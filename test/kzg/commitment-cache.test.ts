import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import {
  COMMITMENT_FILE,
  commitmentCache,
  commitmentDigest,
  MOST_COMMITMENTS,
} from '../../sdk/src/kzg/commitment-cache.ts';
import { directoryStore } from '../../sdk/src/platform/node-storage.ts';
import { MemoryStore } from './support.ts';

const digestOf = (i: number): string => i.toString(16).padStart(64, '0');
const point = multiplyG1(G1_GENERATOR, 12345n);

describe('kzg: commitments that are kept', () => {
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  beforeEach(() => warnings.splice(0));
  const opened = (store: MemoryStore): NonNullable<ReturnType<typeof commitmentCache>> =>
    commitmentCache({ store, onWarning })!;

  it('gives back what was kept, infinity too, in another session', async () => {
    const store = new MemoryStore();
    await opened(store).put(digestOf(1), point);
    await opened(store).put(digestOf(2), null);
    const again = opened(store);
    assert.deepEqual(await again.get(digestOf(1)), point);
    assert.equal(await again.get(digestOf(2)), null);
    assert.equal(await again.get(digestOf(3)), undefined);
    assert.deepEqual(warnings, []);
  });

  it('keeps the newest', async () => {
    const store = new MemoryStore();
    const cache = opened(store);
    for (let i = 0; i <= MOST_COMMITMENTS; i++) await cache.put(digestOf(i), point);
    const again = opened(store);
    assert.equal(await again.get(digestOf(0)), undefined);
    assert.deepEqual(await again.get(digestOf(1)), point);
    assert.deepEqual(await again.get(digestOf(MOST_COMMITMENTS)), point);
  });

  it('reports a damaged file in one line and does without it', async () => {
    for (const at of [0, 60, 200]) {
      const store = new MemoryStore();
      await opened(store).put(digestOf(1), point);
      store.change(COMMITMENT_FILE, (bytes) => {
        bytes[at] = bytes[at]! ^ 1;
        return bytes;
      });
      warnings.splice(0);
      const cache = opened(store);
      assert.equal(await cache.get(digestOf(1)), undefined, `byte ${at}`);
      assert.equal(await cache.get(digestOf(2)), undefined);
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0]!,
        /^wattest: cached commitments\.json in memory is unusable \([^\n]*made again$/,
      );
      await cache.put(digestOf(1), point);
      assert.deepEqual(await opened(store).get(digestOf(1)), point);
    }
  });

  it('goes on where nothing can be written', async () => {
    const store = new MemoryStore();
    store.refuse = 'ENOSPC';
    const cache = opened(store);
    await cache.put(digestOf(1), point);
    assert.deepEqual(await cache.get(digestOf(1)), point);
  });

  if (process.getuid !== undefined) {
    it('takes nothing from a folder that others can write', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wattest-commitments-'));
      try {
        const cached = (): ReturnType<typeof commitmentCache> =>
          commitmentCache({ store: directoryStore(folder), onWarning });
        await cached()!.put(digestOf(1), point);
        assert.deepEqual(await cached()!.get(digestOf(1)), point);
        chmodSync(folder, 0o777);
        assert.equal(await cached()!.get(digestOf(1)), undefined);
        assert.match(warnings.join('\n'), /shared with other users/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  } else {
    it('takes nothing from a folder that others can write (skipped: Windows has no such modes)');
  }

  it('digests tell how bytes are divided', async () => {
    const lists = [[[1, 2], [3]], [[1], [2, 3]], [[1, 2, 3]], [[1, 2, 3], []], []];
    const digests = await Promise.all(
      lists.map((list) => commitmentDigest(list.map((part) => Uint8Array.from(part)))),
    );
    assert.equal(new Set(digests).size, lists.length);
  });
});
