/** Compiled code runs: it is kept in no folder that somebody else could write to. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeFolder } from '../../sdk/src/platform/code-cache.ts';

describe('platform: the cache of compiled code', () => {
  let root: string;
  let cache: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'wattest-code-'));
    cache = join(root, 'a', 'wattest');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is made beside the points', () => {
    assert.equal(codeFolder(cache), join(cache, 'code'));
    assert.equal(codeFolder(cache), join(cache, 'code'));
    assert.ok(statSync(join(cache, 'code')).isDirectory());
  });

  it('is done without where there can be no folder', () => {
    writeFileSync(join(root, 'a'), 'in the way');
    assert.equal(codeFolder(cache), undefined);
    assert.equal(codeFolder('/proc/nothing/here'), undefined);
    assert.ok(!existsSync('/proc/nothing'));
  });

  if (process.getuid !== undefined) {
    it('is for its user alone', () => {
      codeFolder(cache);
      assert.equal(statSync(join(cache, 'code')).mode & 0o077, 0);
      for (const mode of [0o750, 0o705, 0o720, 0o702]) {
        chmodSync(join(cache, 'code'), mode);
        assert.equal(codeFolder(cache), undefined, mode.toString(8));
      }
    });

    it('is not taken from a folder that others can write, where it could be exchanged', () => {
      codeFolder(cache);
      for (const mode of [0o770, 0o707, 0o777]) {
        chmodSync(cache, mode);
        assert.equal(codeFolder(cache), undefined, mode.toString(8));
      }
    });

    it('is not taken through a link', () => {
      const other = join(root, 'other');
      mkdirSync(other, { mode: 0o700 });
      mkdirSync(cache, { recursive: true, mode: 0o700 });
      symlinkSync(other, join(cache, 'code'));
      assert.equal(codeFolder(cache), undefined);
    });
  } else {
    it('has no owners and modes on this system (skipped: Windows)');
  }
});
