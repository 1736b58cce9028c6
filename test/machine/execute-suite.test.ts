/** The official WebAssembly test suite in the emulator. Modules that need what the machine lacks are skipped and counted. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { runSuiteFile, SUITE, suiteMissing } from './lib/suite.ts';

const missing = suiteMissing();

describe('official test suite in the emulator', () => {
  if (missing !== undefined) {
    it.skip(`not run: ${missing}`);
    return;
  }
  const totals = { passed: 0, skipped: new Map<string, number>() };
  for (const file of readdirSync(SUITE).filter((name) => name.endsWith('.wast'))) {
    it(file, function () {
      this.timeout(60_000);
      const { passed, failures, skipped } = runSuiteFile(file);
      totals.passed += passed;
      for (const [reason, count] of skipped) {
        totals.skipped.set(reason, (totals.skipped.get(reason) ?? 0) + count);
      }
      assert.deepEqual(failures, []);
    });
  }
  after(() => {
    const skipped = [...totals.skipped].sort(([, a], [, b]) => b - a);
    const sum = skipped.reduce((total, [, count]) => total + count, 0);
    console.log(`    assertions: ${totals.passed} passed, ${sum} skipped, of these`);
    for (const [reason, count] of skipped.slice(0, 12)) console.log(`      ${count} ${reason}`);
  });
});
