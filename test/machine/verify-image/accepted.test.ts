/** What the translator makes is accepted: of examples, benchmarks and kernels here, of every module in the tests of the machine by `lib`. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from '../../../sdk/src/attest/module/load.ts';
import { IMMEDIATE, opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { translate } from '../../../sdk/src/machine/translate/translate.ts';
import type { Code } from '../../../sdk/src/wasm/index.ts';
import { exportedFunctions } from '../../../sdk/src/wasm/types.ts';
import { processorTime } from '../../lib/processor-time.ts';
import { get, i32, load, moduleOf } from '../lib/programs.ts';
import { verdict } from './images.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('verifier of images: translated programs', () => {
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

  it('with routines of floating point, whose shifts have no masks: each branch that bounds a count is needed', () => {
    const floats = ['f32', 'f64'] as const;
    const code = floats.flatMap(
      (type): Code => [get(type === 'f32' ? 0 : 1), get(type === 'f32' ? 0 : 1), `${type}.sub`, 'drop'],
    );
    const program = load(moduleOf('f32 f64 ->', code));
    assert.equal(verdict(program), 'accepted');
    const { code: rows } = program;
    let bounds = 0;
    for (let pc = 1; pc < rows.length; pc++) {
      // What is more than 24 or 53 digits away adds nothing, 25 or 54 take nothing away.
      const isBound =
        opcodeInfo(rows.opcode[pc]!)?.name === 'br' &&
        rows.cHigh[pc] === 0 &&
        [24, 25, 53, 54].includes(rows.c[pc]!);
      if (!isBound || (rows.opcode[pc]! & IMMEDIATE) === 0) continue;
      const c = rows.c.slice();
      c[pc] = 64;
      const outcome = verdict({ ...program, code: { ...rows, c } });
      // add_magnitudes and the like still mask their counts, and take what they get.
      if (outcome !== 'accepted') {
        assert.equal(outcome, 'count', `pc ${pc}`);
        bounds++;
      }
    }
    // In either order of the operands, of equal signs and of others, for both formats.
    assert.equal(bounds, 8);
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
    const time = (program: Program): number =>
      processorTime(() => assert.equal(verdict({ ...program }), 'accepted'));
    time(branches(100));
    const [few, many] = [time(branches(1000)), time(branches(8000))];
    assert.ok(many < 40 * few + 200, `${few} ms for 1000 branches, ${many} ms for 8000`);
  });
});
