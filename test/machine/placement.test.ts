/** Which chip proves a row that two can: heights, cells, and that nothing but the rows' places changes. */
import assert from 'node:assert/strict';
import { trace, traceBalanced } from '../../sdk/src/machine/execute/execute.ts';
import {
  ADDS,
  ALU,
  balance,
  CHIPS,
  COLUMNS,
  CTL,
  FACTORS,
  FIRST_CHIP,
  JUMPS,
  MEM,
  MEMX,
  MOVES,
  OTHER_CHIP,
  ROW_KINDS,
  rowsByChip,
  UNMOVED,
  WIDE_CHIP,
  WORDS,
} from '../../sdk/src/machine/execute/placement.ts';
import * as I from '../../sdk/src/machine/instructions.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { largestFactor } from '../../sdk/src/plonk/declare/shape.ts';
import { assemble, judge, type Line, run, textOf } from './chips/harness.ts';
import { checkTrace } from './lib/check-trace.ts';
import { Random } from './lib/random.ts';

/** Counts by kind of row, of those given. */
const counts = (given: Readonly<Record<number, number>>): number[] =>
  Array.from({ length: ROW_KINDS }, (_, kind) => given[kind] ?? 0);
const heights = (rows: readonly number[]): number[] =>
  rows.map((n) => 2 ** Math.ceil(Math.log2(Math.max(8, n))));
const cells = (rows: readonly number[]): number =>
  heights(rows).reduce((sum, height, i) => sum + height * COLUMNS[CHIPS[i]!], 0);
const opening = (rows: readonly number[]): number =>
  Math.max(10 * 2 ** 14, ...heights(rows).map((height, i) => height * FACTORS[CHIPS[i]!]));
/** As `balance` counts. */
const cost = (rows: readonly number[]): number => cells(rows) + 5 * opening(rows);

describe('placement of rows', () => {
  it('costs are the columns of the chips with their helpers, and the factors of their packs', () => {
    const { shape } = layout(machineSystem());
    for (const [j, { name, main, helpers }] of shape.chips.entries()) {
      if (!(name in COLUMNS)) continue;
      assert.equal(COLUMNS[name as I.ChipName], main + helpers, name);
      assert.equal(FACTORS[name as I.ChipName], largestFactor(shape, j), name);
    }
  });

  it('kinds that two chips prove are opcodes that name these two', () => {
    const kinds = [
      [ADDS, [I.ADD]],
      [MOVES, [I.MOVE]],
      [WORDS, [I.LOAD32, I.STORE32]],
      [JUMPS, [I.JUMP]],
    ] as const;
    for (const [kind, opcodes] of kinds) {
      for (const { name, chips } of opcodes) {
        assert.deepEqual(chips, [CHIPS[FIRST_CHIP[kind]!], CHIPS[OTHER_CHIP[kind]!]], name);
      }
    }
    const shared = I.OPCODES.filter(({ chips }) => chips.length > 1);
    assert.deepEqual(new Set(shared), new Set(kinds.flatMap(([, opcodes]) => [...opcodes])));
  });

  it('rows just above a power of two go where there is room', () => {
    // As a hash of 1 KB has them: alu and wide just above, mem in between.
    const rows = counts({
      [ALU]: 15448,
      [ADDS]: 22106,
      [MEM]: 197,
      [MOVES]: 13193,
      [WORDS]: 6800,
      [MEMX]: 1033,
      [WIDE_CHIP]: 16958,
      [CTL]: 138,
    });
    const placed = rowsByChip(rows, balance(rows));
    assert.deepEqual(heights(rowsByChip(rows)), [65536, 32768, 2048, 32768, 256]);
    assert.deepEqual(heights(placed), [32768, 8192, 2048, 32768, 256]);
    const jumping = counts({ [ALU]: 100_000, [CTL]: 22_000, [JUMPS]: 44_000 });
    assert.deepEqual(
      [rowsByChip(jumping), rowsByChip(jumping, balance(jumping))].map(heights).map((all) => all[CTL]),
      [131072, 65536],
    );
  });

  it('nothing moves where nothing is gained', () => {
    const rows = counts({ [ALU]: 1000, [ADDS]: 24, [MEM]: 500, [WIDE_CHIP]: 400, [CTL]: 100 });
    assert.deepEqual(balance(rows), UNMOVED);
  });

  it('never dearer than unmoved, no row lost, and none that only one chip proves moved', () => {
    const random = new Random(7);
    let better = 0;
    for (let i = 0; i < 500; i++) {
      const rows = counts(
        Object.fromEntries(UNMOVED.map((_, kind) => [kind, random.below(2 ** (1 + random.below(17)))])),
      );
      const placement = balance(rows);
      const placed = rowsByChip(rows, placement);
      const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
      assert.equal(sum(placed), sum(rows));
      assert.ok(placement.every((moved, kind) => moved <= rows[kind]! && (kind >= ADDS || moved === 0)));
      assert.ok(cost(placed) <= cost(rowsByChip(rows)));
      if (cost(placed) < cost(rowsByChip(rows))) better++;
      assert.deepEqual(balance(rows), placement, 'the same again');
    }
    assert.ok(better > 100, `${better}`);
  });

  it('keeps to a shape that the rows fit, and to heights that the key has', () => {
    const rows = counts({ [ALU]: 20_000, [ADDS]: 14_000, [WIDE_CHIP]: 1000 });
    const shape = { alu: 16, wide: 10 };
    const free = heights(rowsByChip(rows, balance(rows)));
    assert.ok(free[WIDE_CHIP]! > 2 ** shape.wide);
    assert.deepEqual(balance(rows, { least: shape }), UNMOVED);
    const tall = counts({ [ALU]: 60_000, [ADDS]: 71_000, [WIDE_CHIP]: 1000 });
    assert.equal(heights(rowsByChip(tall, balance(tall)))[ALU], 2 ** 17);
    assert.ok(heights(rowsByChip(tall, balance(tall, { most: { alu: 16 } })))[ALU]! <= 2 ** 16);
  });

  it('a run means the same wherever its rows are', async () => {
    const lines: Line[] = [
      [I.CONST, 0, 0, 0, 0],
      [I.CONST, 0, 2, 0, 64],
      [I.JUMP, 0, 4],
      [I.ADD, I.IMMEDIATE, 0, 0, 1],
      [I.MOVE, 0, 1, 0],
      [I.STORE32, 0, 1, 2, 4],
      [I.LOAD32, 0, 3, 2, 4],
      [I.ADD, I.WIDE, 3, 3, 1],
      [I.BRANCH, I.IMMEDIATE | I.LESS, 3, 0, 150],
      [I.WRITE, 0, 3],
    ];
    const program = assemble(lines);
    const [plain, placed] = [trace(program), await traceBalanced(program)];
    assert.notDeepEqual(placed.execution.rows, plain.execution.rows);
    for (const one of [plain, placed]) {
      assert.deepEqual(one.publicOutputs, [300n]);
      assert.deepEqual(
        Object.values(one.chips).map(({ rows }) => rows),
        Object.values(one.execution.rows),
      );
      checkTrace(program, one);
    }
    const { rows } = placed.execution;
    const moved = CHIPS.map((name) => rows[name] - plain.execution.rows[name]);
    assert.ok(cells(Object.values(rows)) < cells(Object.values(plain.execution.rows)), `${moved}`);
    assert.deepEqual(await traceBalanced(program), placed);
    const kinds = counts({ [ADDS]: 40, [MOVES]: 20, [WORDS]: 33, [JUMPS]: 70 });
    assert.equal(textOf(judge(run(program, { placement: kinds }))), '');
  });
});
