/** Random modules: results, traps, memory and globals as the JavaScript engine has them. `npm run fuzz` runs more. */
import assert from 'node:assert/strict';
import { fuzzCounts, fuzzSeed } from './lib/fuzz.ts';

const SEEDS = 150;
/** One module in so many goes through the row checker too. */
const SHARE = 4;

describe('random modules', function () {
  this.timeout(SEEDS * 1000);

  it(`${SEEDS} seeds as in the JavaScript engine, one in ${SHARE} in every row and on the bus`, async () => {
    const counts = fuzzCounts();
    for (let seed = 0; seed < SEEDS; seed++) await fuzzSeed(seed, { rows: seed % SHARE === 0 }, counts);
    const { calls, traps, checked } = counts;
    console.log(`    ${calls} calls, of these`, Object.fromEntries(traps));
    const trapped = [...traps.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(trapped < calls / 2, 'most calls return');
    assert.ok(checked > SEEDS / SHARE / 2, 'most modules have a call that returns');
  });
});
