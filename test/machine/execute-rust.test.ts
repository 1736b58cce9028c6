/** Modules of the Rust compiler with its standard library, from the benchmark: results and traces. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ROOT } from '../../scripts/lib/tools.ts';
import { pairOf } from './lib/differential.ts';

describe('modules by rustc', () => {
  for (const [name, n] of [
    ['blake2b', 300n],
    ['csv', 4n],
    ['regex', 12n],
    ['stackvm', 7n],
  ] as const) {
    it(`${name} as in the JavaScript engine`, async () => {
      const pair = pairOf(await readFile(`${ROOT}/scripts/bench/guests/${name}.wasm`));
      const expected = pair.engine('run', [n]);
      assert.match(expected, /^[1-9]/);
      assert.equal(pair.emulator('run', [n]), expected);
      assert.equal(pair.traced('run', [n]), expected);
    });
  }
});
