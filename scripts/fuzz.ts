/**
 * `npm run fuzz`: random modules in the emulator and in the JavaScript engine; the rows of some go through the row checker too.
 *
 * - `--seconds N` or `--modules N`: how long, 60 s if neither is given; `--seed S`: where to begin. Seed S + i is module i,
 *   whatever came before, so a run goes on where it was stopped: with the seed of its last line.
 * - `--generator own|stack|binaryen|all`: code with tables and bulk memory; code about the operand stack over blocks and
 *   branches; what `wasm-opt --translate-to-fuzz` makes (Debian's package binaryen). `all`, as if not given, takes binaryen's
 *   for one module in eight where it is installed, and the others in turn.
 * - `--share N`: one module in N is traced and goes through the row checker (10).
 * - `--quick`: two calls of one function a module, for many modules.
 *
 * Seeds that fail go to fuzz-failures.txt, a line each; the exit code is 1. `--modules 1 --seed S` runs that one seed.
 */
import './lib/help.ts';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type FuzzOptions, fuzzCounts, fuzzSeed, type Generator } from '../test/machine/lib/fuzz.ts';
import { wasmOptVersion } from '../test/machine/lib/fuzz-ttf.ts';
import { ROOT } from './lib/tools.ts';

const FAILURES: string = join(ROOT, 'fuzz-failures.txt');
const REPORT_MS = 10_000;
const BINARYEN_SHARE = 8;
/** So many seeds that fail end the run. */
const MOST_FAILURES = 20;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    modules: { type: 'string' },
    seed: { type: 'string' },
    generator: { type: 'string' },
    share: { type: 'string', default: '10' },
    quick: { type: 'boolean', default: false },
  },
});
const first = values.seed === undefined ? Math.floor(Date.now() / 1000) % 1_000_000_000 : Number(values.seed);
const modules = values.modules === undefined ? Number.POSITIVE_INFINITY : Number(values.modules);
const seconds = Number(values.seconds ?? (values.modules === undefined ? 60 : Number.POSITIVE_INFINITY));
const share = Number(values.share);
if (!(Number.isSafeInteger(first) && seconds >= 0 && modules >= 0 && share >= 1))
  throw new Error('--seed, --seconds, --modules and --share are numbers');
const generatorOf = chooseGenerator(values.generator);

/** Which generator makes the module of a seed. */
function chooseGenerator(wanted = 'all'): (seed: number) => Generator {
  if (wanted === 'own' || wanted === 'stack') return () => wanted;
  if (wanted !== 'binaryen' && wanted !== 'all')
    throw new Error('--generator is own, stack, binaryen or all');
  const ours = (seed: number): Generator => (seed % 2 === 0 ? 'stack' : 'own');
  const version = wasmOptVersion();
  if (version === undefined) {
    const missing = 'wasm-opt is not installed (Debian: apt install binaryen)';
    if (values.generator !== undefined) throw new Error(missing);
    console.log(`${missing}: modules of our own generators alone`);
    return ours;
  }
  console.log(version);
  if (wanted === 'binaryen') return () => wanted;
  return (seed) => (seed % BINARYEN_SHARE === 0 ? 'binaryen' : ours(seed));
}

function optionsOf(seed: number): FuzzOptions {
  return {
    generator: generatorOf(seed),
    // One in so many of each generator.
    rows: modules === 1 || Math.floor(seed / BINARYEN_SHARE) % share === 0,
    ...(values.quick && { quick: true, calls: 2 }),
  };
}

const counts = fuzzCounts();
let failed = 0;
const started = performance.now();
const show = (next: number): void => {
  const { calls, instructions, checked, checkedInstructions, traps } = counts;
  const elapsed = (performance.now() - started) / 1000;
  const trapped = [...traps.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${elapsed.toFixed(0)} s: ${counts.modules} modules (${(counts.modules / elapsed).toFixed(0)}/s), ` +
      `${calls} calls (${trapped} trap), ${instructions} instructions; rows and bus of ${checked} calls ` +
      `(${checkedInstructions} instructions); ${failed} differences; next seed ${next}`,
  );
};

console.log(`seeds from ${first}`);
let reported = started;
let seed = first;
while (failed < MOST_FAILURES && seed - first < modules && performance.now() - started < 1000 * seconds) {
  const options = optionsOf(seed);
  try {
    await fuzzSeed(seed, options, counts);
  } catch (error) {
    failed++;
    const message = error instanceof Error ? error.message : String(error);
    const again = `npm run fuzz -- --modules 1 --seed ${seed} --generator ${options.generator}${values.quick ? ' --quick' : ''}`;
    console.log(`seed ${seed} fails: ${message.split('\n').slice(0, 4).join(' ')}\n  again: ${again}`);
    appendFileSync(FAILURES, `${again}\t${message.split('\n')[0]}\n`);
  }
  seed++;
  if (performance.now() - reported > REPORT_MS) {
    reported = performance.now();
    show(seed);
  }
}
show(seed);
for (const [trap, count] of [...counts.traps].sort(([, a], [, b]) => b - a))
  console.log(`${String(count).padStart(9)}  ${trap}`);
process.exitCode = failed === 0 ? 0 : 1;
