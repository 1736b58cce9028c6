/**
 * The table of ctl's cases is what the chip does: of an honest row of each case every cell that the table names is bound by what it
 * names, and nothing reads the others; the look-ups come to what the table says.
 */
import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import { casesOf, cellsOf, known, type Source } from '../../../sdk/src/machine/chips/cases.ts';
import { CTL } from '../../../sdk/src/machine/chips/ctl.ts';
import { type Linear, linear, substituted } from '../../../sdk/src/machine/chips/linear.ts';
import { OPCODES } from '../../../sdk/src/machine/instructions.ts';
import { FUNC, LEAVE_POINT } from '../../../sdk/src/machine/tags.ts';
import type { Column, Expr } from '../../../sdk/src/plonk/declare/declare.ts';
import { figure } from '../../soundness/lib/report.ts';
import { sourceOf } from './case-table.ts';
import { judge, type Run, withCells } from './harness.ts';
import { fieldElements } from './mutation-values.ts';
import { type Cells, evaluate, rowOf } from './rows.ts';
import { samples } from './samples.ts';
import { indirectRun } from './samples-traps.ts';

const { chip, cases, words } = CTL;
const columnOf = (name: string): Column & { readonly range?: string } =>
  chip.main.find((column) => column.name === name)!;
const FIXED: readonly string[] = ['ts', 'pc', 'fp', 'a', 'b', 'c'];
const SHARED: readonly string[] = chip.main
  .filter(({ range, name }) => range !== 'bit' && !FIXED.includes(name) && !name.startsWith('ts'))
  .map(({ name }) => name);

/** An honest row of each case. */
function rowsByCase(): ReadonlyMap<string, { readonly run: Run; readonly row: number }> {
  const found = new Map<string, { readonly run: Run; readonly row: number }>();
  for (const { run } of samples(1)) {
    for (let row = 0; row < run.trace.chips.ctl.rows; row++) {
      const cells = rowOf(run.witness, 'ctl', row);
      const name = Object.keys(cases).find((one) => cells[columnOf(one).index] === 1n)!;
      if (!found.has(name)) found.set(name, { run, row });
    }
  }
  return found;
}

/** What the row does: constraints, and interactions that happen. */
function actsOf(cells: Cells): string {
  const constraints = chip.constraints.map(({ expression }) => evaluate(expression, cells));
  const acts = chip.interactions
    .filter(({ name }) => !name.startsWith('limb'))
    .map(({ multiplicity, tuple }) => {
      const times = evaluate(multiplicity, cells);
      return times === 0n ? '' : [times, ...tuple.map((field) => evaluate(field, cells))].join();
    });
  return [...constraints, ...acts].join(';');
}

/** Whether the checker blames a lie in `row` on what the table says binds the cell. */
function isBlamed(source: Source, column: string, { run, row }: { readonly run: Run; readonly row: number }) {
  const access = CTL.accesses.find(({ old }) => old === column)?.name;
  return (witness: Run['witness']): boolean =>
    judge(run, { witness }).failures.some((failure) => {
      if (failure.kind === 'constraint') {
        const names = source.by === 'equation' ? source.constraint : source.by === 'row' ? source.who : '';
        return failure.chip === 'ctl' && failure.row === row && failure.constraint === names;
      }
      const of = failure.parties.filter((party) => party.chip === 'ctl' && party.row === row);
      return source.by === 'memory'
        ? of.some((party) => party.interaction === `cell ${access} before`)
        : source.by === 'row' && failure.tag === source.who && of.length > 0;
    });
}

describe('chips: the cases of ctl', () => {
  const rows = rowsByCase();

  it('every opcode of the chip has a case, and every case an honest row', () => {
    assert.deepEqual(
      new Set(casesOf(cases).map(([, { opcode }]) => opcode)),
      new Set(OPCODES.filter((info) => info.chips.includes('ctl'))),
    );
    assert.deepEqual(new Set(rows.keys()), new Set(Object.keys(cases)));
    // The traps of the opcodes are those of their cases.
    for (const [, { opcode, trap }] of casesOf(cases))
      assert.ok(trap === undefined || opcode.traps.includes(trap));
    for (const { traps, code } of OPCODES.filter((info) => info.chips[0] === 'ctl')) {
      const proven = casesOf(cases).flatMap(([, { opcode, trap }]) =>
        opcode.code === code && trap !== undefined ? [trap] : [],
      );
      assert.deepEqual(new Set(proven), new Set(traps));
    }
  });

  let lies = 0;
  for (const [name, { cells }] of casesOf(cases)) {
    it(`${name}: each cell is bound by what the table names`, () => {
      const at = rows.get(name)!;
      for (const [named, source] of cellsOf(cells)) {
        for (const column of words[named] ?? [named]) {
          const { index, range } = columnOf(column);
          const honest = rowOf(at.run.witness, 'ctl', at.row)[index]!;
          const elements = fieldElements(honest).filter((value) => value !== honest);
          const word = range === 'limb16' ? (honest + 1n) % 65536n : honest + 1n;
          const blamed = isBlamed(source, column, at);
          for (const value of [word, elements[index % elements.length]!]) {
            const witness = withCells(at.run.witness, 'ctl', at.row, { [column]: value });
            assert.ok(blamed(witness), `${column} = ${value} instead of ${honest}`);
            lies++;
          }
        }
      }
    });
  }
  after(() =>
    figure(
      `${lies} lies about the cells of ${rows.size} kinds of rows of ctl, each blamed on what binds the cell`,
    ),
  );

  it('a cell that a case does not name is read by nothing there', () => {
    let free = 0;
    for (const [name, { run, row }] of rows) {
      const honest = rowOf(run.witness, 'ctl', row);
      for (const column of SHARED) {
        const { index } = columnOf(column);
        const changed = honest.with(index, Fr.from(honest[index]! * 3n + 0x1234_5678_9abcn));
        const isFree = actsOf(changed) === actsOf(honest);
        assert.equal(isFree, sourceOf(CTL, name, column) === undefined, `${name}: ${column}`);
        if (isFree) free++;
      }
    }
    assert.ok(free > 50, `${free}`);
  });

  it('a call of what is neither null nor a function has no row, and is refused by name', () => {
    assert.throws(() => indirectRun(77), { code: 'WITNESS_INVALID', message: /reference 77/ });
  });

  it('the look-up of functions and return points comes to what the image holds', () => {
    const { tuple } = chip.interactions.find(({ name }) => name === 'function or return point')!;
    const fields = tuple.slice(1);
    let looked = 0;
    for (const [name, { receives, cells }] of casesOf(cases)) {
      if (receives !== FUNC && receives !== LEAVE_POINT) continue;
      const sources = new Map(
        cellsOf(cells).flatMap(([column, source]): [Column, Linear][] => {
          if (source.by === 'memory') return [];
          const limbs = words[column];
          if (limbs === undefined) return [[columnOf(column), linear(source.is)]];
          // Two limbs whose sum is 0 are both 0.
          const isZero = source.is.op === 'constant' && source.is.value === 0n;
          return isZero ? limbs.map((limb) => [columnOf(limb), linear(source.is)]) : [];
        }),
      );
      const resolved = (e: Expr): Linear => {
        let sum = linear(e);
        for (let round = 0; round < sources.size; round++)
          for (const [column, by] of sources) sum = substituted(sum, column, by);
        return sum;
      };
      const column = (of: string): Expr => ({ op: 'column', column: columnOf(of) });
      const isNamed = name === 'callIndirect' || name === 'noStackIndirect';
      const expected =
        receives === FUNC
          ? [isNamed ? column('c') : known.type, known.entry, known.returnSlot]
          : [column('c'), known.next, known.delta];
      [column('oldA'), ...expected].forEach((e, i) => {
        assert.deepEqual(resolved(fields[i]!), linear(e), `${name}: ${receives.fields[i]}`);
      });
      looked++;
    }
    assert.equal(looked, 5);
  });
});
