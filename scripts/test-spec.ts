/**
 * `npm run test:spec [-- FILE…] [-- --emulator-only | --long]`: the official WebAssembly test suite in the emulator, and
 * again through trace, witness and row checker (not with `--emulator-only`); with `--long` also recursion without end in
 * small frames, which takes minutes and gigabytes. `-- --proofs`: instead, full proofs of a sample of assertions in which every supported
 * instruction is executed and every trap met. Exits with 1 where an assertion fails or one of these has no proof.
 */
import './lib/help.ts';
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openSession } from '../sdk/src/index.ts';
import { exclude, runSuiteFile, SUITE, suiteMissing, type Tally } from '../test/machine/lib/suite.ts';
import { chooseSamples, proveSample } from '../test/machine/lib/suite-proofs.ts';

const { values, positionals } = parseArgs({
  options: {
    'emulator-only': { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    proofs: { type: 'boolean', default: false },
  },
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
if (values.proofs) {
  await proveSamples();
  process.exit();
}
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
  const result = await runSuiteFile(file, { checked, long: values.long });
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

async function proveSamples(): Promise<void> {
  const { samples, missing } = await chooseSamples(files);
  await using session = await openSession({ onWarning: () => {} });
  let [shown, failed] = [0, 0];
  for (const sample of samples) {
    const started = performance.now();
    let outcome = 'proven';
    try {
      await proveSample(session, sample);
      shown += sample.shows.length;
    } catch (error) {
      failed++;
      outcome = `FAILED: ${error instanceof Error ? error.message : error}`;
    }
    const time = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    const calls = `${sample.calls.length} call${sample.calls.length === 1 ? '' : 's'}`;
    console.log(`${sample.file.padEnd(24)} ${calls.padStart(9)} ${time.padStart(7)}  ${outcome}`);
    console.log(`    ${sample.shows.join(', ')}`);
  }
  console.log(
    `\n${samples.length - failed} proofs verified, ${failed} failed; ${shown} instructions and traps in them`,
  );
  if (missing.length > 0) console.log(`Without a proof: ${missing.join(', ')}`);
  process.exitCode = failed + missing.length === 0 ? 0 : 1;
}
