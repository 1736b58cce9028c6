/**
 * Random images, line by line what the verifier takes: whatever words they are run with, nothing happens that a chip does not
 * expect. Words and immediates lie at the edges of 32, 53 and 64 bits, where what the verifier knows could be off by one.
 */
import assert from 'node:assert/strict';
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import { type TracedExecution, trace } from '../../../sdk/src/machine/execute/execute.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { GLOBALS, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { figure } from '../../soundness/lib/report.ts';
import { assemble, type Line } from '../chips/harness.ts';
import { Random } from '../lib/random.ts';
import { verdict } from './images.ts';
import { checkPremises, hasNoRow } from './premises.ts';

const IMAGES = 120;
const RUNS = 8;
const LINES = 22;
/** Slots; the first half hold 32 bits to begin with. */
const SLOTS = 6;
const WORDS: readonly bigint[] = [
  ...[0n, 1n, 2n, 31n, 32n, 33n, 63n, 64n, 65n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn],
  ...[32n, 53n, 54n, 63n].flatMap((e) => [1n << e, (1n << e) + 1n, (1n << e) + 2n]),
  ...[-2n, -1n].map((word) => BigInt.asUintN(64, word)),
];
/** Near the size of the tables and the widths, where counts and indices are. */
const SMALL: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  5n,
  7n,
  8n,
  15n,
  30n,
  31n,
  32n,
  33n,
  40n,
  48n,
  62n,
  63n,
  64n,
];
const TABLE_CELLS = 64;
const COMPUTING: readonly I.OpcodeInfo[] = I.OPCODES.filter(({ c }) => c.role === 'second');
const FLAGS = [I.IMMEDIATE, I.WIDE, I.SIGNED, I.LESS, I.EQUAL, I.GREATER] as const;
const READS: readonly Line[] = Array.from({ length: SLOTS }, (_, i) => [
  I.READ_PRIVATE,
  i < SLOTS / 2 ? 0 : I.WIDE,
  i,
]);

/** Line `at`. Branches go back a little, or forward. */
function randomLine(random: Random, at: number): Line {
  const slot = (): number => random.below(SLOTS);
  const word = (): bigint => random.pick(random.chance(60) ? SMALL : WORDS);
  switch (random.below(9)) {
    case 0:
      return [I.MOVE, 0, slot(), slot()];
    case 1:
      return [I.CONST, 0, slot(), 0, word()];
    case 2:
      return [random.pick([I.GET, I.SET]), 0, slot(), 0, GLOBALS + random.below(3)];
    case 3:
      return [I.EXTEND_SIGNED, 0, slot(), slot()];
    default: {
      const info = random.pick([...COMPUTING, I.BRANCH, I.BRANCH, I.BRANCH, I.BRANCH]);
      const flags = FLAGS.filter((flag) => (info.flags & flag) !== 0 && random.chance(50));
      const all = flags.reduce((sum, flag) => sum | flag, info.required);
      const a = info === I.BRANCH ? Math.max(SLOTS + 1, at - 2 + random.below(6)) : slot();
      return [info, all, a, slot(), (all & I.IMMEDIATE) !== 0 ? word() : slot()];
    }
  }
}

function randomImage(random: Random): Program {
  const bounds = new Map([
    [GLOBALS, 0xffff_ffff],
    [GLOBALS + 1, random.pick([0, 1, 31, 32, 63, 64, 255])],
  ]);
  const ends = Array.from({ length: 5 }, (): Line => [I.EXIT_, 0, 0]);
  const imageOf = (lines: readonly Line[]): Program =>
    assemble([...READS, ...lines, ...ends], { wholeStack: true, bounds });
  let lines: readonly Line[] = [];
  const fits = (line: Line): boolean => verdict(imageOf([...lines, line])) === 'accepted';
  for (let tries = 0; tries < 3 * LINES && lines.length < LINES; tries++) {
    const line = randomLine(random, SLOTS + 1 + lines.length);
    if (!fits(line)) continue;
    lines = [...lines, line];
    // As far behind in the table as an index may be: that is what the verifier knows of the slot that the line is about.
    const [info, flags, written, x, y] = line;
    const read = (flags & I.IMMEDIATE) === 0 && random.chance(50) ? Number(y) : x!;
    const [a, b] = [random.below(SLOTS), info === I.BRANCH ? read : written];
    const element = (first: number): Line => [I.TABLE_GET, 0, a, b, TABLES + first];
    if (random.chance(30) || !fits(element(0))) continue;
    let first = 0;
    for (let step = TABLE_CELLS / 2; step >= 1; step /= 2) if (fits(element(first + step))) first += step;
    lines = [...lines, element(first)];
  }
  return imageOf(lines);
}

/** Undefined where there is no run to prove. */
function traceOf(program: Program, privateInputs: readonly bigint[]): TracedExecution | undefined {
  try {
    const traced = trace(program, { privateInputs, maxRows: 3000 });
    return hasNoRow(program, traced) ? undefined : traced;
  } catch (error) {
    if (isWattestError(error, 'RUN_TOO_LONG')) return undefined;
    if (error instanceof RangeError && error.message === 'Division by zero') return undefined;
    throw error;
  }
}

describe('verifier of images: random images', () => {
  it('that it takes do nothing that a chip does not expect', () => {
    let runs = 0;
    for (let seed = 0; seed < IMAGES; seed++) {
      const random = new Random(seed);
      const program = randomImage(random);
      for (let i = 0; i < RUNS; i++) {
        const words = Array.from({ length: SLOTS }, (_, slot) =>
          BigInt.asUintN(
            slot < SLOTS / 2 ? 32 : 64,
            random.chance(50) ? random.pick([...SMALL, ...WORDS]) : random.value('i64'),
          ),
        );
        const traced = traceOf(program, words);
        if (traced === undefined) continue;
        runs++;
        assert.doesNotThrow(() => checkPremises(program, traced), `seed ${seed}, words ${words.join()}`);
      }
    }
    figure(`${runs} runs of ${IMAGES} random images as chips expect them`);
    assert.ok(runs > 150, `${runs} runs`);
  });
});
