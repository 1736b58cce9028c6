/**
 * `npm run fuzz [-- --seconds N] [-- --seed S] [-- --share N]`: random modules in the emulator and in the JavaScript
 * engine; one in `share` goes through the row checker too. Seeds that fail go to fuzz-failures.txt, a line each; the exit
 * code is 1. `--seconds 0 --seed S` runs that one seed.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzCounts, fuzzSeed } from '../test/machine/lib/fuzz.ts';
import { ROOT } from './lib/tools.ts';

const FAILURES: string = join(ROOT, 'fuzz-failures.txt');
const REPORT_MS = 10_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    share: { type: 'string', default: '10' },
  },
});
const first = values.seed === undefined ? Math.floor(Date.now() / 1000) % 1_000_000_000 : Number(values.seed);
const [seconds, share] = [Number(values.seconds), Number(values.share)];
if (!(Number.isSafeInteger(first) && seconds >= 0 && share >= 1))
  throw new Error('--seed, --seconds and --share are numbers');

const counts = fuzzCounts();
const failed: number[] = [];
const started = performance.now();
const show = (): void => {
  const { modules, calls, instructions, checked, checkedInstructions, traps } = counts;
  const trapped = [...traps.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${((performance.now() - started) / 1000).toFixed(0)} s: ${modules} modules, ${calls} calls (${trapped} trap), ` +
      `${instructions} instructions; rows and bus of ${checked} calls (${checkedInstructions} instructions); ` +
      `${failed.length} failed`,
  );
};

console.log(`seeds from ${first}`);
let reported = started;
let seed = first;
do {
  try {
    await fuzzSeed(seed, seconds === 0 || seed % share === 0, counts);
  } catch (error) {
    failed.push(seed);
    const message = error instanceof Error ? error.message : String(error);
    console.log(
      `seed ${seed} fails: ${message.split('\n').slice(0, 4).join(' ')}\n  again: npm run fuzz -- --seconds 0 --seed ${seed}`,
    );
    appendFileSync(FAILURES, `${seed}\t${message.split('\n')[0]}\n`);
  }
  seed++;
  if (performance.now() - reported > REPORT_MS) {
    reported = performance.now();
    show();
  }
} while (performance.now() - started < 1000 * seconds);
show();
for (const [trap, count] of [...counts.traps].sort(([, a], [, b]) => b - a))
  console.log(`${String(count).padStart(9)}  ${trap}`);
process.exitCode = failed.length === 0 ? 0 : 1;
