/** What the translator makes is accepted: of examples, benchmarks and kernels here, of every module in the tests of the machine by `lib`. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from '../../../sdk/src/attest/module/load.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { translate } from '../../../sdk/src/machine/translate/translate.ts';
import type { Code } from '../../../sdk/src/wasm/index.ts';
import { exportedFunctions } from '../../../sdk/src/wasm/types.ts';
import { get, i32, load, moduleOf } from '../lib/programs.ts';
import { verdict } from './images.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('verifier of images: translated programs', function () {
  this.timeout(60_000);

  const files = globSync(
    ['examples/*/*.wasm', 'scripts/bench/guests/*.wasm', 'test/machine/fixtures/*.wasm'],
    {
      cwd: ROOT,
    },
  ).sort();

  it('are accepted, each at every export', () => {
    let rows = 0;
    for (const file of files) {
      const module = loadModule(readFileSync(join(ROOT, file)));
      for (const entry of exportedFunctions(module)) {
        const program = translate(module, { entry });
        assert.equal(verdict(program), 'accepted', `${file} ${entry}`);
        rows += program.code.length;
      }
    }
    assert.ok(files.length >= 8 && rows > 50_000, `${files.length} files, ${rows} rows`);
  });

  it('take time that grows with their rows, whatever frames and branches they have', () => {
    // As many locals as a frame has, and a branch to copy them for every few rows.
    const branches = (count: number): Program => {
      const locals = Array.from({ length: 50_000 }, (): 'i64' => 'i64');
      const code: Code = Array.from(
        { length: count },
        (_, i): Code =>
          [
            'block',
            ...[get(0), i32(i), 'i32.eq', ['br_if', 0]],
            ...[get(0), 'i64.extend_i32_u', ['local.set', 1 + ((i * 7919) % locals.length)]],
            'end',
          ] as Code,
      ).flat();
      return load(moduleOf('i32 ->', code, locals));
    };
    const time = (program: Program): number => {
      const start = performance.now();
      assert.equal(verdict({ ...program }), 'accepted');
      return performance.now() - start;
    };
    time(branches(100));
    const [few, many] = [time(branches(1000)), time(branches(8000))];
    assert.ok(many < 40 * few + 200, `${few} ms for 1000 branches, ${many} ms for 8000`);
  });
});
