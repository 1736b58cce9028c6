/** The cache folder decides keys and program ids: nothing is read from it that somebody else could have written. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryStore } from '../../sdk/src/platform/node-storage.ts';

const posix = process.getuid !== undefined;

describe('platform: a folder as a store', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'wattest-store-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const written = async (): Promise<{ folder: string; store: ReturnType<typeof directoryStore> }> => {
    const folder = join(root, 'cache');
    const store = directoryStore(folder);
    await store.write('blob', [Uint8Array.of(1, 2, 3)]);
    return { folder, store };
  };

  it('gives back what was written, and undefined for what was not', async () => {
    const { store } = await written();
    const blob = await store.open('blob');
    assert.deepEqual(await blob?.read(0, 3), Uint8Array.of(1, 2, 3));
    await blob?.close();
    assert.equal(await store.open('other'), undefined);
  });

  if (posix) {
    it('makes the folder for its user alone', async () => {
      const { folder } = await written();
      assert.equal(statSync(folder).mode & 0o077, 0);
    });

    it('reads nothing from a folder that others can write', async () => {
      const { folder, store } = await written();
      chmodSync(folder, 0o777);
      await assert.rejects(store.open('blob'), /can be written by other users/);
    });

    it('reads no file that others can write', async () => {
      const { folder, store } = await written();
      chmodSync(join(folder, 'blob'), 0o666);
      await assert.rejects(store.open('blob'), /can be written by other users/);
    });
  } else {
    it('has no owners and modes on this system (skipped: Windows)');
  }
});
