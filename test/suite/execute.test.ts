/**
 * The official WebAssembly test suite in the emulator, and part of it through the row checker; with `npm test -- --suite`, as CI runs it, all of it through both, as
 * `npm run test:spec` sends it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/lib/tools.ts';
import { openSession } from '../../sdk/src/index.ts';
import { decodeModule, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { runSuiteFile } from '../machine/lib/suite.ts';
import { checkBatch } from '../machine/lib/suite-batch.ts';
import { openSuite } from '../machine/lib/suite-files.ts';
import { chooseSamples, proveSample } from '../machine/lib/suite-proofs.ts';

const suite = openSuite();
const { missing } = suite;
/** Set by `npm test -- --suite`. */
const WHOLE = process.env.WATTEST_WHOLE_SUITE !== undefined;
/** Files whose runs the row checker takes longest for; the whole has them. */
const EMULATOR_ONLY: ReadonlySet<string> = new Set([
  'memory_copy.wast',
  'memory_grow.wast',
  'memory_fill.wast',
]);

/** Traps of a file that go through the row checker, each as a run of its own. */
const MAX_TRAPS = 10;

describe(`official test suite in the emulator and${WHOLE ? ', all of it,' : ''} the row checker`, () => {
  if (missing !== undefined) {
    it.skip(`SKIPPED: ${missing}`);
    return;
  }
  let [passed, checked] = [0, 0];
  const excluded = new Map<string, number>();
  for (const file of suite.files) {
    it(file, async () => {
      const { emulator, checker } = await runSuiteFile(suite, file, {
        ...(WHOLE ? { checked: true } : { checked: !EMULATOR_ONLY.has(file), maxTraps: MAX_TRAPS }),
      });
      passed += emulator.passed;
      checked += checker.passed;
      for (const [reason, count] of checker.excluded)
        excluded.set(reason, (excluded.get(reason) ?? 0) + count);
      assert.deepEqual([...emulator.failures, ...checker.failures], []);
    });
  }
  after(() => {
    console.log(
      `    assertions: ${passed} passed in the emulator, ${checked} in the row checker; not in that:`,
    );
    for (const [reason, count] of [...excluded].toSorted(([, a], [, b]) => b - a))
      console.log(`    ${String(count).padStart(8)}  ${reason}`);
  });

  it('npm run test:spec sends a file through both, and says how many assertions hold', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(ROOT, 'scripts/test-spec.ts'),
      'int_literals',
    ]);
    assert.match(stdout, /^int_literals\.wast +([1-9]\d*) +0 +0 +\d+ +\1 +0 +0 /m);
    assert.match(stdout, /^[1-9]\d* passed, 0 failed$/m);
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
