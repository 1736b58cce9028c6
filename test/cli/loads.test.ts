/** Commands load what they use: those that prove nothing neither kernels nor prover, whatever the command neither chain nor compiler. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { BIN, wattest } from './lib/wattest.ts';

/** Prints the address of every module that is loaded, on standard error. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ load: (url, context, next) => { process._rawDebug('loaded ' + url); return next(url, context); } });
`)}`;

describe('command line, what is loaded', () => {
  let folder: string;
  let module: string;
  let proof: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-loads-'));
    module = join(folder, 'fibonacci.wasm');
    proof = join(folder, 'proof.json');
    writeFileSync(module, await compileGuest((await readExample('fibonacci')).source));
    // Also puts the keys and the id into the cache.
    const { code, err } = await wattest(['prove', module, '--args', '30', '-o', proof]);
    assert.equal(code, 0, err);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const loadedBy = (...args: readonly string[]): string[] => {
    const { status, stderr } = spawnSync(process.execPath, ['--import', HOOK, BIN, ...args], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return [...stderr.matchAll(/^loaded (.*)$/gm)].map(([, url]) => url!);
  };
  const PROVING = /sdk\/src\/(kernels\/wasm|kernels\/index|plonk\/prove\/)/;
  const CHAIN = /sdk\/src\/(chain|solidity)\/|node_modules\/(viem|ethers|solc)\//;

  it('the pattern finds them where they are used', () => {
    assert.ok(loadedBy('prove', module, '--args', '30', '-o', proof).some((url) => PROVING.test(url)));
    assert.ok(loadedBy('verifier', '-o', join(folder, 'V.sol')).some((url) => CHAIN.test(url)));
  });

  it('--help and --version load no command', () => {
    for (const option of ['--help', '--version']) {
      assert.deepEqual(
        loadedBy(option).filter((url) => /sdk\/src\/(?!cli\/|errors\/|platform\/)|cli\/commands\//.test(url)),
        [],
      );
    }
  });

  const commands: Readonly<Record<string, () => string[]>> = {
    run: () => loadedBy('run', module, '--args', '30'),
    inspect: () => loadedBy('inspect', module),
    verify: () => loadedBy('verify', proof, '--program', module),
    disasm: () => loadedBy('disasm', module),
    profile: () => loadedBy('profile', module, '--args', '30'),
    key: () => loadedBy('key', '-o', join(folder, 'key.json')),
  };
  for (const [name, load] of Object.entries(commands)) {
    it(`${name} loads neither kernels nor prover, nor what is for chains`, () => {
      const loaded = load();
      assert.ok(loaded.some((url) => url.endsWith('/cli/main.ts')));
      assert.deepEqual(
        loaded.filter((url) => PROVING.test(url) || CHAIN.test(url)),
        [],
      );
    });
  }

  it('prove loads nothing for chains', () => {
    assert.deepEqual(
      loadedBy('prove', module, '--args', '30', '-o', proof).filter((url) => CHAIN.test(url)),
      [],
    );
  });
});
