/**
 * `npm run test:spec [-- FILE…] [-- --emulator-only]`: the official WebAssembly test suite in the emulator, and again
 * through trace, witness and row checker. Exits with 1 where an assertion fails.
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exclude, runSuiteFile, SUITE, suiteMissing, type Tally } from '../test/machine/lib/suite.ts';

const { values, positionals } = parseArgs({
  options: { 'emulator-only': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const missing = suiteMissing();
if (missing !== undefined) {
  console.log(`SKIPPED: ${missing}`);
  process.exit(0);
}
const checked = !values['emulator-only'];
const files = readdirSync(SUITE).filter((name) => {
  return (
    name.endsWith('.wast') && (positionals.length === 0 || positionals.includes(name.replace(/\.wast$/, '')))
  );
});
const totals: Readonly<Record<'emulator' | 'checker', Tally>> = {
  emulator: { passed: 0, failures: [], excluded: new Map() },
  checker: { passed: 0, failures: [], excluded: new Map() },
};

const sum = ({ excluded }: Tally): number =>
  [...excluded.values()].reduce((total, count) => total + count, 0);
const counts = (tally: Tally): string =>
  [tally.passed, tally.failures.length, sum(tally)].map((count) => String(count).padStart(7)).join('');

console.log(`${' '.repeat(28)}emulator               row checker`);
console.log(`${' '.repeat(28)}${' passed failed  excl.'.repeat(checked ? 2 : 1)}`);
for (const file of files) {
  const started = performance.now();
  const result = await runSuiteFile(file, checked);
  const time = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(
    `${file.padEnd(28)}${counts(result.emulator)}${checked ? counts(result.checker) : ''}${time.padStart(8)}`,
  );
  for (const mode of ['emulator', 'checker'] as const) {
    totals[mode].passed += result[mode].passed;
    totals[mode].failures.push(...result[mode].failures);
    for (const [reason, count] of result[mode].excluded) exclude(totals[mode], reason, count);
    for (const failure of result[mode].failures.slice(0, 5)) console.log(`    ${mode}: ${failure}`);
  }
}
for (const mode of checked ? (['emulator', 'checker'] as const) : (['emulator'] as const)) {
  const tally = totals[mode];
  const { passed, failures } = tally;
  const name = mode === 'emulator' ? 'Emulator' : 'Row checker';
  console.log(`\n${name}: ${passed} passed, ${failures.length} failed, ${sum(tally)} excluded, of these`);
  for (const [reason, count] of [...tally.excluded].sort(([, a], [, b]) => b - a)) {
    console.log(`${String(count).padStart(8)}  ${reason}`);
  }
}
const failed = totals.emulator.failures.length + totals.checker.failures.length;
console.log(`\n${totals.emulator.passed + totals.checker.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
