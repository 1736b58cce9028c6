/** Random modules: results, traps, memory and globals as the JavaScript engine has them. `npm run fuzz` runs more. */
import assert from 'node:assert/strict';
import { type FuzzCounts, fuzzCounts, fuzzSeed, type Generator } from './lib/fuzz.ts';
import { wasmOptVersion } from './lib/fuzz-ttf.ts';

const SEEDS = 150;
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

describe('random modules', function () {
  this.timeout(SEEDS * 1000);

  it(`${SEEDS} seeds as in the JavaScript engine, one in ${SHARE} in every row and on the bus`, async () => {
    const { calls, traps, checked } = await fuzz(SEEDS, 'own');
    const trapped = [...traps.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(trapped < calls / 2, 'most calls return');
    assert.ok(checked > SEEDS / SHARE / 2, 'most modules have a call that returns');
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
