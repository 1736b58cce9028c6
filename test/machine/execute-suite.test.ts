/**
 * The official WebAssembly test suite in the emulator, and part of it through the row checker. `npm run test:spec` sends
 * all of it through both and prints what is excluded and why.
 */
import assert from 'node:assert/strict';
import { openSession } from '../../sdk/src/index.ts';
import { decodeModule, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { runSuiteFile } from './lib/suite.ts';
import { checkBatch } from './lib/suite-batch.ts';
import { openSuite } from './lib/suite-files.ts';
import { chooseSamples, proveSample } from './lib/suite-proofs.ts';

const suite = openSuite();
const { missing } = suite;
/** Files whose runs the row checker takes longest for; `npm run test:spec` has them. */
const EMULATOR_ONLY: ReadonlySet<string> = new Set([
  'memory_copy.wast',
  'memory_grow.wast',
  'memory_fill.wast',
]);

/** Traps of a file that go through the row checker, each as a run of its own. */
const MAX_TRAPS = 10;

describe('official test suite in the emulator and the row checker', () => {
  if (missing !== undefined) {
    it.skip(`SKIPPED: ${missing}`);
    return;
  }
  let [passed, checked, excluded] = [0, 0, 0];
  for (const file of suite.files) {
    it(file, async () => {
      const { emulator, checker } = await runSuiteFile(suite, file, {
        checked: !EMULATOR_ONLY.has(file),
        maxTraps: MAX_TRAPS,
      });
      passed += emulator.passed;
      checked += checker.passed;
      for (const count of emulator.excluded.values()) excluded += count;
      assert.deepEqual([...emulator.failures, ...checker.failures], []);
    });
  }
  after(() => {
    console.log(
      `    assertions: ${passed} passed in the emulator, ${checked} in the row checker, ${excluded} excluded`,
    );
  });
});

describe('batches of calls for the row checker', () => {
  const module = decodeModule(
    moduleBytes({
      types: ['i32 -> i32'],
      functions: [
        {
          type: 0,
          code: [['global.get', 0], ['local.get', 0], 'i32.add', ['global.set', 0], ['global.get', 0]],
        },
      ],
      globals: [{ type: 'i32', mutable: true, init: [['i32.const', 40]] }],
      exports: [['add', 'func', 0]],
    }),
  );
  const call = (arg: bigint, result: bigint): Parameters<typeof checkBatch>[2][number] => {
    return { line: 1, entry: 'add', args: [arg], results: [result], rows: 5, status: 0n };
  };

  it('keep the state from call to call, and fail on a wrong result', async () => {
    assert.deepEqual(await checkBatch(module, undefined, [call(1n, 41n), call(1n, 42n)]), []);
    const [failure] = await checkBatch(module, undefined, [call(1n, 41n), call(1n, 41n)]);
    assert.match(failure, /outputs 41,42, expected 41,41/);
    const trapped = { ...call(1n, 41n), results: [], status: (2n << 32n) + 1n };
    const [ended] = await checkBatch(module, undefined, [trapped]);
    assert.match(ended, /the batch returned, expected: trapped: unreachable/);
  });
});

describe('a sample of the official suite, proven (all of it: npm run test:spec -- --proofs)', () => {
  if (missing !== undefined) {
    it.skip(`SKIPPED: ${missing}`);
    return;
  }
  it('most integer instructions, calls and branches in one proof; a trap in another', async () => {
    const { samples } = await chooseSamples(suite, ['left-to-right.wast', 'unreachable.wast']);
    const [broad, ...others] = samples;
    const trap = others.find(({ shows }) => shows.includes('trapped: unreachable'));
    assert.ok(broad.shows.length >= 75 && trap !== undefined);
    await using session = await openSession({ onWarning: () => {} });
    await proveSample(session, broad);
    await proveSample(session, trap);
  });
});
