/** Random modules: results, traps, memory and globals as the JavaScript engine has them. `npm run fuzz` runs more. */
import assert from 'node:assert/strict';
import type { ModuleParts } from '../../sdk/src/wasm/index.ts';
import { type FuzzCounts, fuzzCounts, fuzzSeed, type Generator } from './lib/fuzz.ts';
import { wasmOptVersion } from './lib/fuzz-ttf.ts';
import { get, i32, same } from './lib/programs.ts';

const SEEDS = 150;
const STACK_SEEDS = 100;
const BINARYEN_SEEDS = 80;
/** One module in so many goes through the row checker too. */
const SHARE = 4;

async function fuzz(seeds: number, generator: Generator): Promise<FuzzCounts> {
  const counts = fuzzCounts();
  for (let seed = 0; seed < seeds; seed++)
    await fuzzSeed(seed, { rows: seed % SHARE === 0, generator }, counts);
  console.log(`    ${counts.calls} calls, of these`, Object.fromEntries(counts.traps));
  return counts;
}

describe('random modules', () => {
  it(`${SEEDS} seeds as in the JavaScript engine, one in ${SHARE} in every row and on the bus`, async () => {
    const { calls, traps, checked } = await fuzz(SEEDS, 'own');
    const trapped = [...traps.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(trapped < calls / 2, 'most calls return');
    assert.ok(checked > SEEDS / SHARE / 2, 'most modules have a call that returns');
  });

  it(`${STACK_SEEDS} seeds of code about the operand stack`, async () => {
    const { calls, traps, checked } = await fuzz(STACK_SEEDS, 'stack');
    const trapped = [...traps.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(trapped < calls / 2, 'most calls return');
    assert.ok(checked > STACK_SEEDS / SHARE / 2, 'most modules have a call of some length');
  });

  const version = wasmOptVersion();
  const binaryen = `${BINARYEN_SEEDS} modules by binaryen`;
  if (version === undefined) it.skip(`${binaryen}: skipped, wasm-opt is not installed`);
  else
    it(`${binaryen} (${version})`, async () => {
      const { modules, calls } = await fuzz(BINARYEN_SEEDS, 'binaryen');
      assert.equal(modules, BINARYEN_SEEDS);
      assert.ok(calls > 3 * BINARYEN_SEEDS, 'modules have functions to call');
    });
});

/** Modules in which fuzzing found differences, made small. */
describe('found by fuzzing', () => {
  it('table.set of a constant on a table that grows: the size does not overwrite the reference', () => {
    const parts: ModuleParts = {
      types: ['i32 ->', 'i32 -> i32'],
      functions: [
        {
          type: 0,
          code: [
            get(0),
            ['ref.func', 2],
            ['table.set', 0],
            ['ref.null', 'funcref'],
            i32(3),
            ['table.grow', 0],
            'drop',
          ],
        },
        { type: 1, code: [get(0), ['call', 0], i32(70), get(0), ['call_indirect', 1, 0]] },
        { type: 1, code: [get(0), i32(1), 'i32.add'] },
      ],
      tables: [{ type: 'funcref', limits: { min: 2, max: 9 } }],
      elements: [{ offset: [i32(0)], functions: [0, 1] }],
      exports: [
        ['f', 'func', 1],
        ['g', 'func', 2],
      ],
    };
    same(parts, [[0n], [1n], [2n]]);
  });
});
