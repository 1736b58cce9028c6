import assert from 'node:assert/strict';
import { add } from '../../../sdk/src/expr/expression.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import { type ChipName, CODE_MASK, opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Expr, Tag } from '../../../sdk/src/plonk/declare/declare.ts';
import { figure } from '../../soundness/lib/report.ts';
import { isFree, judgeRow, type Verdict, withoutLookup } from './determinism.ts';
import { judgeOpening, Openable } from './determinism-openings.ts';
import { chipIndex, SYSTEM } from './harness.ts';
import { actOf, type Cells, Provided, rowOf } from './rows.ts';
import { samples } from './samples.ts';
import { refreshRun } from './samples-refresh.ts';

interface Row {
  readonly where: string;
  readonly cells: Cells;
  /** The verdict on the row by a chip that declares less, or by its own. */
  readonly judge: (weaker?: Chip) => Verdict;
}

interface InstructionRow extends Row {
  readonly opcode: number;
  readonly provided: Provided;
}

function instructionRows(name: ChipName, each: number): InstructionRow[] {
  const chip = SYSTEM.chips[chipIndex(name)]!;
  const pc = chip.main.findIndex((column) => column.name === 'pc');
  return samples(each).flatMap(({ run, rows }) => {
    const provided = new Provided(run.program);
    return rows[name].map((row): InstructionRow => {
      const cells = rowOf(run.witness, name, row);
      const opcode = run.program.code.opcode[Number(cells[pc])]!;
      const where = `${name}, row ${row} (${opcodeInfo(opcode)!.name})`;
      const judge = (weaker: Chip = chip): Verdict => judgeRow(weaker, cells, provided, chip);
      return { where, opcode, cells, provided, judge };
    });
  });
}

/** Openings and a refresh. */
function boundaryRows(each: number): Row[] {
  const chip = SYSTEM.chips[chipIndex('boundary')]!;
  const refresh = refreshRun();
  const runs = samples(each).map(({ run }) => ({ run, count: run.trace.boundary.rows + 1, from: 0 }));
  return [...runs, { run: refresh.run, count: 1, from: refresh.row }].flatMap(({ run, count, from }) => {
    const openable = new Openable(run);
    return Array.from({ length: count }, (_, i): Row => {
      const cells = rowOf(run.witness, 'boundary', from + i);
      const judge = (weaker: Chip = chip): Verdict => judgeOpening(weaker, cells, openable);
      return { where: `boundary, row ${from + i}`, cells, judge };
    });
  });
}

/** The rows of a chip that are not free alone. */
function rowsOf(name: ChipName | 'boundary', each: number): Row[] {
  const rows = name === 'boundary' ? boundaryRows(each) : instructionRows(name, each);
  return rows.filter(({ cells }) => !isFree(SYSTEM.chips[chipIndex(name)]!, cells));
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
    'the stack suffices',
    'the stack does not suffice',
    'type as named',
    'null',
    'other type',
    '32-bit word',
  ],
  // Words of the image have no third field, so no lookup has a time.
  boundary: ['word: no time'],
};

/**
 * Lookups whose loss this test cannot see: times and what a cell held that is only written, and the step from the key before, which
 * are given here ("each access comes behind the one before it" below); limbs that decide which kind of row there is (`complement.test.ts`)
 * or bound such a step, or a private word (each limb has its lookup in all rows: `declarations.test.ts`).
 */
const UNSEEN_LOOKUPS: Readonly<Record<string, readonly string[]>> = {
  alu: ['time B', 'time C', 'time A'],
  mem: ['time B', 'time A', 'time Cell'],
  memx: ['time B', 'time A', 'time Cell0', 'time Cell1'],
  wide: ['time B', 'time C', 'cell A before', 'time A'],
  ctl: ['limb r0', 'limb r1', 'limb r2', 'limb r3', 'time A', 'time Cell'],
  boundary: ['limb r0', 'limb r1', 'key before'],
};

/**
 * Accesses without one of their parts: what was left in the cell, what is left there, and that the difference of their times, less 1,
 * is a limb; keys without the one before, `1 + r0 + 2^16·r1` below. Compared on random cells, so as polynomials.
 */
function incomplete({ name, main, interactions }: Chip): string[] {
  const cells = main.map((_, i) => Fr.from(0x1234_5678_9abc_def1n ** BigInt(i + 3)));
  const acts = interactions.map((own) => ({ ...own, act: actOf(own, cells)! }));
  const of = (tag: Tag, sign: 1 | -1) => acts.filter((own) => own.tags.includes(tag) && own.sign === sign);
  if (name === 'boundary') {
    const [r0, r1] = ['r0', 'r1'].map((limb) => cells[main.findIndex((column) => column.name === limb)]!);
    const [before, key] = [of(T.CHAIN, -1)[0]?.act, of(T.CHAIN, 1)[0]?.act];
    const step = Fr.from(1n + r0! + r1! * 65536n);
    const isStep =
      before?.multiplicity === key?.multiplicity &&
      before &&
      key?.tuple[1] === Fr.add(before.tuple[1]!, step);
    return isStep ? [] : ['key'];
  }
  const isFound = (after: (typeof acts)[number]): boolean => {
    const [, key, time] = after.act.tuple;
    const isOfIt = ({ act }: (typeof acts)[number]): boolean => act.multiplicity === after.act.multiplicity;
    return of(T.MEM, -1).some(
      (before) =>
        isOfIt(before) &&
        before.act.tuple[1] === key &&
        of(T.RANGE16, -1).some(
          (limb) => isOfIt(limb) && limb.act.tuple[1] === Fr.sub(Fr.sub(time!, before.act.tuple[2]!), 1n),
        ),
    );
  };
  return of(T.MEM, 1)
    .filter((after) => !isFound(after))
    .map((after) => after.name);
}

describe('chips: what a row receives determines what it sends', () => {
  for (const name of ['alu', 'mem', 'memx', 'wide', 'ctl', 'boundary'] as const) {
    const chip = SYSTEM.chips[chipIndex(name)]!;
    let rows: Row[];
    before(() => {
      rows = rowsOf(name, 2);
    });

    it(`${name}: no choice of the other cells gives another effect`, () => {
      let assignments = 0;
      const opcodes = new Set<number>();
      const all = rowsOf(name, 4);
      for (const { where, judge, ...row } of all) {
        if ('opcode' in row) opcodes.add((row as InstructionRow).opcode & CODE_MASK);
        const verdict = judge();
        assert.deepEqual(verdict.differences, [], where);
        assert.ok(verdict.feasible > 0, `${where}: the honest row has no solution`);
        assignments += verdict.assignments;
      }
      const kinds = name === 'boundary' ? 'ways to open' : `assignments of bits, ${opcodes.size} opcodes`;
      figure(`${name}: ${all.length} rows, ${assignments} ${kinds}`);
      assert.ok(all.length >= 20, `${all.length} rows`);
    });

    const isUnneeded = (weaker: Chip): boolean =>
      rows.every(({ judge }) => judge(weaker).differences.length === 0);

    it(`${name}: without any one of its constraints, some row may act otherwise`, () => {
      const unneeded = chip.constraints
        .filter((dropped) => !dropped.name.endsWith(' is a bit') || dropped.name === 'gt is a bit')
        .filter((dropped) =>
          isUnneeded({ ...chip, constraints: chip.constraints.filter((c) => c !== dropped) }),
        );
      assert.deepEqual(
        unneeded.map((constraint) => constraint.name),
        UNSEEN[name],
      );
    });

    it(`${name}: without any one of its lookups, some row may act otherwise`, () => {
      const unneeded = chip.interactions
        .filter(({ sign }) => sign === -1)
        .filter((dropped) => isUnneeded(withoutLookup(chip, dropped)));
      assert.deepEqual(
        unneeded.map((interaction) => interaction.name),
        UNSEEN_LOOKUPS[name],
      );
    });
  }

  it('each access comes behind the one before it, each key behind the one before it, which no other test here sees', () => {
    for (const [name, lookups] of Object.entries(UNSEEN_LOOKUPS)) {
      const chip = SYSTEM.chips[chipIndex(name)]!;
      assert.deepEqual(incomplete(chip), [], name);
      for (const lookup of lookups.filter((own) => !own.startsWith('limb '))) {
        const interactions = chip.interactions.filter((own) => own.name !== lookup);
        assert.equal(incomplete({ ...chip, interactions }).length, 1, `${name} without ${lookup}`);
      }
    }
  });

  // The image has no such row: a slot that is the cell which its row reads, which would hold what it holds.
  it('mem: a move of a slot to itself, or a get of its own slot, is not determined', () => {
    const chip = SYSTEM.chips[chipIndex('mem')]!;
    for (const name of ['mov', 'get']) {
      const row = instructionRows('mem', 1).find(({ opcode }) => opcodeInfo(opcode)!.name === name)!;
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
    const row = instructionRows('ctl', 1).find(({ opcode }) => opcodeInfo(opcode)!.name === 'grow')!;
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
