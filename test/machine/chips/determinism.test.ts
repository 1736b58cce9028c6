import assert from 'node:assert/strict';
import { add } from '../../../sdk/src/expr/expression.ts';
import { type ChipName, opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import type { Chip, Expr } from '../../../sdk/src/plonk/declare.ts';
import { figure } from '../../soundness/lib/report.ts';
import { isFree, judgeRow } from './determinism.ts';
import { chipIndex, SYSTEM } from './harness.ts';
import { type Cells, Provided, rowOf } from './rows.ts';
import { samples } from './samples.ts';

interface Row {
  readonly where: string;
  readonly opcode: number;
  readonly cells: Cells;
  readonly provided: Provided;
}

function rowsOf(name: ChipName, each: number): Row[] {
  const chip = SYSTEM.chips[chipIndex(name)]!;
  const pc = chip.main.findIndex((column) => column.name === 'pc');
  return samples(each).flatMap(({ run, rows }) => {
    const provided = new Provided(run.program);
    return rows[name].map((row): Row => {
      const cells = rowOf(run.witness, name, row);
      const opcode = run.program.code.opcode[Number(cells[pc])]!;
      return { where: `${name}, row ${row} (${opcodeInfo(opcode)!.name})`, opcode, cells, provided };
    });
  });
}

/**
 * Constraints whose loss this test cannot see: rows that are free alone (their case is in `forged.test.ts`), and the
 * exclusions of selectors, which it takes as given (`declarations.test.ts`), and what tells success from trap
 * (`complement.test.ts`).
 */
const UNSEEN: Readonly<Record<string, readonly string[]>> = {
  alu: ['at most one selector'],
  mem: ['at most one selector'],
  memx: ['at most one selector', 'out of bounds as a whole', '8 bytes in one row are aligned'],
  wide: [
    'at most one selector',
    'only divisions have two rows',
    'a row is not both',
    'division: r is below y',
  ],
  ctl: [
    'at most one selector',
    '32-bit word',
    'type as named',
    'other type',
    'null',
    'the stack suffices',
    'the stack does not suffice',
  ],
};

describe('chips: what a row receives determines what it sends', () => {
  for (const name of ['alu', 'mem', 'memx', 'wide', 'ctl'] as const) {
    const chip = SYSTEM.chips[chipIndex(name)]!;

    it(`${name}: no choice of the other cells gives another effect`, () => {
      let [rows, assignments] = [0, 0];
      const opcodes = new Set<number>();
      for (const { where, opcode, cells, provided } of rowsOf(name, 4)) {
        opcodes.add(opcode & 127);
        if (isFree(chip, cells)) continue;
        const verdict = judgeRow(chip, cells, provided);
        assert.deepEqual(verdict.differences, [], where);
        assert.ok(verdict.feasible > 0, `${where}: the honest row has no solution`);
        rows++;
        assignments += verdict.assignments;
      }
      figure(`${name}: ${rows} rows, ${assignments} assignments of bits, ${opcodes.size} opcodes`);
      assert.ok(rows >= 20, `${rows} rows`);
    }).timeout(60_000);

    it(`${name}: without any one of its constraints, some row may act otherwise`, () => {
      const rows = rowsOf(name, 2).filter(({ cells }) => !isFree(chip, cells));
      const unneeded = chip.constraints
        .filter((dropped) => !dropped.name.endsWith(' is a bit') || dropped.name === 'gt is a bit')
        .filter((dropped) => {
          const weaker: Chip = { ...chip, constraints: chip.constraints.filter((c) => c !== dropped) };
          return rows.every(
            ({ cells, provided }) => judgeRow(weaker, cells, provided).differences.length === 0,
          );
        });
      assert.deepEqual(
        unneeded.map((constraint) => constraint.name),
        UNSEEN[name],
      );
    }).timeout(60_000);
  }

  // The image has no such row: a slot that is the cell which its row reads, which would hold what it holds.
  it('mem: a move of a slot to itself, or a get of its own slot, is not determined', () => {
    const chip = SYSTEM.chips[chipIndex('mem')]!;
    for (const name of ['mov', 'get']) {
      const row = rowsOf('mem', 1).find(({ opcode }) => opcodeInfo(opcode)!.name === name)!;
      assert.deepEqual(judgeRow(chip, row.cells, row.provided).differences, [], name);
      const cell = (column: string): bigint => row.cells[chip.main.findIndex((own) => own.name === column)]!;
      const slot = cell('fp') + cell('a');
      const own: Record<string, bigint> = {
        ...(name === 'mov' ? { b: cell('a') } : { c: slot }),
        key: slot,
        tsCell: cell('ts') + 1n,
      };
      const cells = chip.main.map((column, i) => own[column.name] ?? row.cells[i]!);
      const { differences, feasible } = judgeRow(chip, cells, row.provided);
      assert.ok(feasible > 0 && differences.some((text) => text.startsWith('cell A after, field 3')), name);
    }
  });

  it('ctl: a page of another place or time would be seen', () => {
    const chip = SYSTEM.chips[chipIndex('ctl')]!;
    const row = rowsOf('ctl', 1).find(({ opcode }) => opcodeInfo(opcode)!.name === 'grow')!;
    const zero = chip.interactions.findIndex(({ name }) => name === 'zero page');
    // Fields that hang on a cell which nothing determines.
    const free = untouched(chip);
    for (const field of [1, 2, 3]) {
      const interactions = chip.interactions.map((own, i) =>
        i === zero ? { ...own, tuple: own.tuple.map((e, f) => (f === field ? add(e, free) : e)) } : own,
      );
      const { differences } = judgeRow({ ...chip, interactions }, row.cells, row.provided);
      assert.ok(
        differences.some((text) => text.startsWith(`zero page, field ${field}`)),
        `field ${field}`,
      );
    }
  });
});

/** A column that no constraint reads in a row which grows: slot a, which it does not access. */
const untouched = (chip: Chip): Expr => ({
  op: 'column',
  column: chip.main.find(({ name }) => name === 'oldA')!,
});
