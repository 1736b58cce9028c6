/** What `inspect` says of exports: the sizes of their images, from one translation of all. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { loadModule } from '../../sdk/src/attest/module/load.ts';
import { inspect } from '../../sdk/src/index.ts';
import { imageColumns } from '../../sdk/src/machine/image.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import { type Code, moduleBytes } from '../../sdk/src/wasm/build.ts';
import { wattest } from '../cli/lib/wattest.ts';
import { processorTime } from '../lib/processor-time.ts';

/** Export `fi` calls the one behind it, some call through a table, divide or return nothing. */
function chain(count: number): Uint8Array {
  const code = (i: number): Code => [
    ['local.get', 0],
    ['i32.const', i + 1],
    i % 3 === 0 ? 'i32.div_u' : 'i32.add',
    ...(i + 1 < count ? [['call', i + 1] as const] : []),
    ...(i === count - 2 ? [['i32.const', 0] as const, ['call_indirect', 0, 0] as const] : []),
  ];
  return moduleBytes({
    types: ['i32 -> i32', '->'],
    tables: [{ type: 'funcref', limits: { min: 2, max: 2 } }],
    elements: [{ offset: [['i32.const', 0]], functions: [1, 2] }],
    functions: [
      ...Array.from({ length: count }, (_, i) => ({ type: 0, code: code(i) })),
      { type: 1, code: [['i32.const', 9], ['call', 3], 'drop'] },
    ],
    exports: [
      ...Array.from({ length: count }, (_, i) => [`f${i}`, 'func', i] as const),
      ['nothing', 'func', count],
    ],
  });
}

describe('inspect, exports', () => {
  it('sizes of images are those of the programs', async () => {
    const payroll = await compileGuest(join(ROOT, 'examples/payroll/payroll.c'));
    const wordfreq = new Uint8Array(readFileSync(join(ROOT, 'examples/wordfreq/wordfreq.wasm')));
    const fibonacci = await compileGuest((await readExample('fibonacci')).source);
    for (const wasm of [chain(12), payroll, wordfreq, fibonacci]) {
      const module = loadModule(wasm);
      for (const { name, imageRows, imageHeight } of inspect({ wasm }).entries) {
        const { rows, log } = imageColumns(translate(module, { entry: name }));
        assert.deepEqual([imageRows, imageHeight], [rows, 2 ** log], name);
      }
    }
  });

  it('an entry whose code does not fit is refused alone', () => {
    const locals = Array.from({ length: 50_000 }, () => 'i64' as const);
    const many = 20_000;
    const body: Code = [
      ...Array.from({ length: many }, (_, i) => ['local.get', i] as const),
      ...Array.from({ length: many - 1 }, () => 'i64.xor' as const),
      'i32.wrap_i64',
    ];
    const wasm = moduleBytes({
      types: ['-> i32'],
      functions: [
        { type: 0, code: [['i32.const', 1]] },
        { type: 0, locals, code: body },
        { type: 0, code: [['call', 1]] },
      ],
      exports: [0, 1, 2].map((i) => [`f${i}`, 'func', i] as const),
    });
    const [small, large, caller] = inspect({ wasm }).entries;
    const { rows } = imageColumns(translate(loadModule(wasm), { entry: 'f0' }));
    assert.equal(small!.imageRows, rows);
    for (const entry of [large, caller]) assert.match(entry!.unsupported ?? '', /frame of \d+ slots/);
  });

  it('the work is that of one translation, however many exports reach the same code', () => {
    const wasm = chain(600);
    const module = loadModule(wasm);
    const one = processorTime(() => translate({ ...module }, { entry: 'f0' }), 1000);
    const all = processorTime(() => inspect({ wasm }), 1000);
    // Without it, some 300.
    assert.ok(all < 30 * one, `${all / one} times`);
  });

  it('the command says ids of few exports, of many on demand', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-inspect-'));
    try {
      const file = join(folder, 'chain.wasm');
      writeFileSync(file, chain(20));
      const all = await wattest(['inspect', file]);
      assert.equal(all.code, 0, all.err);
      assert.match(all.out, /^f7 .*\n {2}program id {2}of so many exports on demand: --invoke f7$/m);
      const one = await wattest(['inspect', file, '--invoke', 'f7']);
      assert.match(one.out, /^f7 .*\n {2}program id {2}0x[\da-f]{64}\n {2}image +\d+ rows/m);
      assert.doesNotMatch(one.out, /^f8/m);
      const missing = await wattest(['inspect', file, '--invoke', 'f77']);
      assert.match(missing.err, /\[EXPORT_MISSING\] .*chain\.wasm: /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
