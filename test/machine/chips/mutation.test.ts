import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import { opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import { figure } from '../../soundness/lib/report.ts';
import { cellOf, judge, SYSTEM, withCells } from './harness.ts';
import { Coverage } from './mutation-coverage.ts';
import { FREE, type Row } from './mutation-free.ts';
import { fieldElements, PRIMES } from './mutation-values.ts';
import { actOf, type Cells, evaluate, IndexedChip, Provided, rowOf, trimmed } from './rows.ts';
import { samples } from './samples.ts';
import { refreshRun } from './samples-refresh.ts';

/** Whether anyone objects to a row in which some cells are changed: a constraint, a table, or the rest of the bus. */
function objects(
  indexed: IndexedChip,
  provided: Provided,
  honest: Cells,
  changed: Cells,
  columns: readonly number[],
): boolean {
  for (const column of columns) {
    for (const { expression } of indexed.constraints[column]!) {
      if (evaluate(expression, changed) !== 0n) return true;
    }
  }
  for (const interaction of new Set(columns.flatMap((column) => indexed.interactions[column]!))) {
    const before = actOf(interaction, honest);
    const after = actOf(interaction, changed);
    if (before === undefined && after === undefined) continue;
    if (
      before?.multiplicity === after?.multiplicity &&
      before !== undefined &&
      trimmed(before.tuple) === trimmed(after!.tuple)
    ) {
      continue;
    }
    // What rows provide to each other balances as it is; what tables hold, a prover may look up as it likes.
    if (interaction.sign === 1) return true;
    if (before !== undefined && provided.holds(before.tuple) === undefined) return true;
    if (after !== undefined && provided.holds(after.tuple) !== true) return true;
  }
  return false;
}

function alternatives(value: bigint): bigint[] {
  const list = [value + 1n, value - 1n, value + (1n << 16n), value + (1n << 32n), value ^ 1n, 0n, 1n, 2n];
  return [...new Set([...list.map(Fr.from), ...fieldElements(value)])].filter((v) => v !== value);
}

const QUARTER = Fr.inv(4n);
/** What two cells are moved by. */
const MOVES = [
  [QUARTER, QUARTER],
  [QUARTER, Fr.neg(QUARTER)],
  [PRIMES, Fr.neg(PRIMES)],
] as const;

interface Target {
  readonly indexed: IndexedChip;
  readonly provided: Provided;
  readonly honest: Cells;
  readonly where: string;
  readonly on: Row;
}

/** Rows of the samples, all that open a cell, and a refresh. */
function targets(each: number): Target[] {
  const refresh = refreshRun();
  const runs = [
    ...samples(each).map(({ run, rows }) => {
      const boundary = Array.from({ length: run.trace.boundary.rows + 1 }, (_, i) => i);
      return { run, rows: { ...rows, boundary } as Partial<Record<string, readonly number[]>> };
    }),
    { run: refresh.run, rows: { boundary: [refresh.row] } as Partial<Record<string, readonly number[]>> },
  ].map((one) => ({ ...one, provided: new Provided(one.run.program) }));
  return SYSTEM.chips
    .filter((chip) => chip.fixed.length === 0)
    .flatMap(({ name }) => {
      const indexed = new IndexedChip(name);
      const pc = indexed.index('pc');
      return runs.flatMap(({ run, rows, provided }) => {
        return (rows[name] ?? []).map((row): Target => {
          const honest = rowOf(run.witness, name, row);
          const opcode = pc < 0 ? undefined : opcodeInfo(run.program.code.opcode[Number(honest[pc])]!);
          const on: Row = (column) => honest[indexed.index(column)] === 1n;
          return { indexed, provided, honest, where: `${name}, row ${row} (${opcode?.name})`, on };
        });
      });
    });
}

describe('chips: honest rows with a cell changed', () => {
  it('someone objects, whatever the cell and its new value, but for cells that are free in that row', () => {
    const free = new Set<string>();
    const unlisted = new Map<string, string>();
    let [tried, survived] = [0, 0];
    const coverage = new Coverage();
    for (const { indexed, provided, honest, where, on } of targets(2)) {
      coverage.row(indexed, honest);
      honest.forEach((value, i) => {
        const name = `${indexed.chip.name}.${indexed.chip.main[i]!.name}`;
        for (const other of alternatives(value)) {
          tried++;
          coverage.change(indexed, indexed.chip.main[i]!);
          const changed = [...honest];
          changed[i] = other;
          if (objects(indexed, provided, honest, changed, [i])) continue;
          if (FREE[name]?.(on) === true) free.add(name);
          else unlisted.set(name, `${where}: nobody objects to ${name} = ${other} for ${value}`);
          survived++;
        }
      });
    }
    assert.deepEqual([...unlisted.values()], []);
    assert.deepEqual([...free].sort(), Object.keys(FREE).sort(), 'the list of free cells is exact');
    figure(
      `${tried} cells changed: ${tried - survived} refused; ${survived} have no effect, all in the ${free.size} columns listed as free`,
    );
    figure(`these are ${coverage.text()}`);
    coverage.assertComplete();
    assert.ok(tried > 50_000, `${tried} changes`);
  });

  it('someone objects where two bits flip at once, but for two free ones', () => {
    let [tried, survived] = [0, 0];
    for (const { indexed, provided, honest, where, on } of targets(1)) {
      const bits = indexed.chip.main.filter(({ range }) => range === 'bit');
      for (const [k, first] of bits.entries()) {
        for (const second of bits.slice(k + 1)) {
          tried++;
          const changed = [...honest];
          for (const { index } of [first, second]) changed[index] = 1n - changed[index]!;
          if (objects(indexed, provided, honest, changed, [first.index, second.index])) continue;
          survived++;
          const names = [first, second].map(({ name }) => `${indexed.chip.name}.${name}`);
          assert.ok(
            names.every((name) => FREE[name]?.(on)),
            `${where}: nobody objects to ${names.join(' and ')}`,
          );
        }
      }
    }
    figure(
      `${tried} pairs of bits flipped: ${tried - survived} refused; ${survived} without effect, both free`,
    );
    assert.ok(tried > 20_000, `${tried} pairs`);
  });

  it('someone objects where two cells move by one field element, alike or against each other', () => {
    let [tried, survived] = [0, 0];
    for (const { indexed, provided, honest, where, on } of targets(1)) {
      const words = indexed.chip.main.filter(({ range }) => range !== 'bit');
      for (const [k, first] of words.entries()) {
        for (const second of words.slice(k + 1)) {
          for (const [d, e] of MOVES) {
            tried++;
            const changed = [...honest];
            changed[first.index] = Fr.add(changed[first.index]!, d);
            changed[second.index] = Fr.add(changed[second.index]!, e);
            if (objects(indexed, provided, honest, changed, [first.index, second.index])) continue;
            survived++;
            const names = [first, second].map(({ name }) => `${indexed.chip.name}.${name}`);
            assert.ok(
              names.every((name) => FREE[name]?.(on)),
              `${where}: nobody objects to ${names.join(' and ')}`,
            );
          }
        }
      }
    }
    figure(
      `${tried} pairs of words moved by a field element: ${tried - survived} refused; ${survived} without effect, both free`,
    );
    assert.ok(tried > 100_000, `${tried} pairs`);
  });

  it('a multiplicity of the image or of a table changed is named by its tag', () => {
    const { run } = samples(1)[2]!;
    const names: string[] = [];
    for (const [j, { name, main, fixed }] of SYSTEM.chips.entries()) {
      if (fixed.length === 0) continue;
      for (const [i, column] of main.entries()) {
        const row = run.witness[j]!.columns[i]!.data.findIndex((uses) => uses > 0);
        const uses = cellOf(run.witness, name, column.name, Math.max(0, row));
        const witness = withCells(run.witness, name, Math.max(0, row), { [column.name]: uses + 1n });
        const { failures } = judge(run, { witness });
        assert.equal(failures.length, 1, `${name}.${column.name}`);
        assert.equal(failures[0]!.kind, 'bus');
        names.push(failures[0]!.kind === 'bus' ? failures[0]!.tag : '');
      }
    }
    assert.deepEqual(
      names.slice(1),
      ['RANGE16', 'BYTES', 'AND8'].flatMap((tag) => [tag, tag, tag, tag]),
    );
  });
});
