/**
 * `npm run test:softfloat`: every routine of floating point against the hardware, bit by bit, in two builds (softfloat/check.c).
 * Long: about 20 minutes of one core for each build with the figures below.
 *
 * - `--build native|wasm|both`: softfloat.c by the clang on PATH, or the shipped module in this JavaScript engine; both if not given.
 * - `--random N`, `--hard N`: operands of these kinds for each routine that has them (10^9, 10^8). All 2^32 operands of 32
 *   bits and the structured ones are always taken.
 * - `--seed S`: the number of the first random and hard operands (0).
 * - `--only TEXT`: routines whose name contains it.
 */
import './lib/help.ts';
import { parseArgs } from 'node:util';
import { type Harness, MODES, type Mode, nativeHarness, wasmHarness } from './softfloat/harness.ts';

const { values } = parseArgs({
  options: {
    build: { type: 'string', default: 'both' },
    random: { type: 'string', default: '1000000000' },
    hard: { type: 'string', default: '100000000' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
  },
});
const { build } = values;
if (!['native', 'wasm', 'both'].includes(build)) throw new Error('--build: native, wasm or both');
const limits: Partial<Record<Mode, bigint>> = { random: BigInt(values.random), hard: BigInt(values.hard) };
const first = BigInt(values.seed);
/** Operands between lines of progress and in one call. */
const PART = 1n << 27n;
const hex = (word: bigint): string => `0x${word.toString(16)}`;

let [comparisons, failures] = [0n, 0];
/** Stops at the first difference of a mode. */
async function checkMode(harness: Harness, routine: number, mode: Mode): Promise<bigint> {
  const { name, sizes } = harness.routines[routine];
  const limit = limits[mode];
  const start = limit === undefined ? 0n : first;
  const count = limit === undefined || sizes[mode] < limit ? sizes[mode] : limit;
  for (let at = 0n; at < count; at += PART) {
    const size = count - at < PART ? count - at : PART;
    const { differences, words } = await harness.check(routine, mode, start + at, start + at + size);
    comparisons += size;
    if (differences === 0n) continue;
    failures++;
    const [x, y, got, wanted] = words.map(hex);
    console.log(
      `✘ ${name}: ${differences} of ${size} differ (${mode}, from ${start + at}): ` +
        `of ${x}, ${y} it gives ${got}, the hardware ${wanted}`,
    );
    break;
  }
  return count;
}

async function checkAll(harness: Harness): Promise<void> {
  console.log(harness.about);
  for (const [i, { name }] of harness.routines.entries()) {
    if (!name.includes(values.only)) continue;
    const started = performance.now();
    const parts: string[] = [];
    for (const mode of MODES) {
      const count = await checkMode(harness, i, mode);
      if (count > 0n) parts.push(`${count} ${mode}`);
    }
    console.log(`${name}: ${parts.join(', ')} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  }
  harness.close();
}

if (build !== 'wasm') await checkAll(nativeHarness());
if (build !== 'native') await checkAll(await wasmHarness());
console.log(
  `${comparisons} comparisons, ${failures === 0 ? 'no difference' : `${failures} routines and modes differ`}`,
);
process.exitCode = failures === 0 && comparisons > 0n ? 0 : 1;
