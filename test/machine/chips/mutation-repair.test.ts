/**
 * Mutation, second mode: a cell changed with all that the prover would recompute from it. What the checker accepts then must be
 * a true statement, and no other witness of the honest one but in cells that are listed as free, or of other private words.
 */
import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { figure } from '../../soundness/lib/report.ts';
import { assemble, run } from './harness.ts';
import { type Chosen, chosen } from './mutation-chosen.ts';
import { Coverage } from './mutation-coverage.ts';
import { FREE, type Row } from './mutation-free.ts';
import { CHIPS, idOf, Ledger, nameOf, opcodeOf } from './mutation-ledger.ts';
import { Branch, type Outcome, repaired } from './mutation-repair.ts';
import { valuesFor } from './mutation-values.ts';
import { asksPassword, isAccepted, isTrue, PASSWORD, type Verdict, verdictOf } from './mutation-verdict.ts';
import type { Cells } from './rows.ts';
import { samples } from './samples.ts';
import { refreshRun } from './samples-refresh.ts';

/** `WATTEST_SOUNDNESS=full` takes more rows of each kind and more values. */
const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';
const ROWS_OF_A_KIND = FULL ? 4 : 1;

/**
 * Free as well, with other cells of the row: what becomes of the second cell of a load or store where the access does not reach
 * it; what a store that traps would have stored, which it does not read.
 */
const MORE: Readonly<Record<string, (on: Row) => boolean>> = {
  'memx.new1': () => true,
  'memx.oldA': (on) => on('oob'),
  'ctl.r2': (on) => on('largerType') || on('smallerType'),
  'ctl.r3': (on) => on('largerType') || on('smallerType'),
};

describe('chips: honest rows with a cell changed, and all that follows from it', function () {
  if (FULL) this.timeout(0);
  const rowsOf = new Map<string, Chosen[]>();
  const coverage = new Coverage();
  before(() => {
    const runs = samples(2).map((sample) => sample.run);
    const ledgers = [...runs, refreshRun().run].map((one) => new Ledger(one));
    for (const one of chosen(ledgers, ROWS_OF_A_KIND, FULL)) {
      const { name } = one.seat.chip.chip;
      rowsOf.set(name, [...(rowsOf.get(name) ?? []), one]);
    }
  });

  for (const { chip } of CHIPS) {
    it(`${chip.name}: the checker names something, or the statement is true`, () => {
      const counts: Record<Verdict, number> = {
        named: 0,
        moved: 0,
        padding: 0,
        free: 0,
        time: 0,
        private: 0,
        true: 0,
        LIE: 0,
      };
      let [tried, rewritten] = [0, 0];
      /** Of each verdict and column one is shown to the row checker itself. */
      const shown = new Set<string>();
      const unlisted = new Map<string, string>();
      for (const { ledger, seat } of rowsOf.get(chip.name)!) {
        const cells = ledger.cells(seat);
        coverage.row(seat.chip, cells);
        for (const column of chip.main) {
          for (const value of valuesFor(column, cells[column.index]!, FULL)) {
            coverage.change(seat.chip, column);
            const change = { seat, column, value };
            const outcome = repaired(ledger, change);
            const verdict = verdictOf(ledger, change, outcome);
            const where =
              `${chip.name}, row ${seat.row} (${nameOf(opcodeOf(seat.chip, cells))}): ${column.name} = ${value} ` +
              `for ${cells[column.index]}, ${outcome.rows.size} rows changed`;
            assert.notEqual(verdict, 'LIE', where);
            tried++;
            counts[verdict]++;
            if (verdict === 'free') {
              const on = (other: string): boolean => cells[seat.chip.index(other)] === 1n;
              const name = `${chip.name}.${column.name}`;
              if (!FREE[name]?.(on) && !MORE[name]?.(on)) unlisted.set(name, where);
            }
            if (outcome.rewritten > 0) rewritten++;
            if (verdict === 'named' || verdict === 'padding' || shown.size >= (FULL ? 20 : 3)) continue;
            if (shown.has(`${verdict} ${outcome.rows.size}`)) continue;
            shown.add(`${verdict} ${outcome.rows.size}`);
            assert.ok(isAccepted(ledger.run, outcome), `${where}: the row checker objects`);
          }
        }
      }
      assert.deepEqual([...unlisted.values()], []);
      const { named, free, time, padding } = counts;
      figure(
        `${chip.name}: ${rowsOf.get(chip.name)!.length} rows, ${tried} cells changed, in ${rewritten} cases with more cells or rows made to fit: ` +
          `${named} refused; ${free + padding} without effect (${padding} in padding), ${time + counts.moved} of other times only, ` +
          `${counts.true + counts.private} true statements of other inputs; 0 lies`,
      );
      assert.ok(tried > 40, `${tried} changes`);
      assert.deepEqual(coverage.missing(CHIPS.filter((own) => own.chip === chip)), []);
      if (chip === CHIPS.at(-1)!.chip) figure(`these are ${coverage.text()}`);
    });
  }

  it('its judges refuse an instruction that the image does not have, and a run for want of private words', () => {
    const ledger = new Ledger(run(asksPassword, { privateInputs: [PASSWORD] }));
    const seat = ledger.seats.find(({ chip }) => chip.chip.name === 'ctl')!;
    // Reads a private word, whose instruction has no use for c.
    const told = (c: bigint): Pick<Outcome, 'rows' | 'statement'> => {
      const cells = ledger.cells(seat).map((cell, i) => (i === seat.chip.index('c') ? c : cell));
      return { rows: new Map([[idOf(seat), { seat, cells }]]), statement: ledger.run.statement };
    };
    assert.deepEqual(
      [0n, 1n].map((c) => isAccepted(ledger.run, told(c))),
      [true, false],
    );
    const starved = new Ledger(run(asksPassword));
    const { statement } = starved.run;
    assert.equal(isTrue(starved, { named: [], rows: new Map(), statement, rewritten: 0 }), false);
  });

  it('counts the bus in the field: twice a row and minus once the same are the row', () => {
    const ledger = new Ledger(
      run(
        assemble([
          [I.CONST, 0, 0, 0, 7],
          [I.MOVE, 0, 1, 0],
          [I.WRITE, 0, 1],
        ]),
      ),
    );
    const seats = ledger.seats.filter(({ chip }) => chip.chip.name === 'mem');
    const [move, padding] = [seats[1]!, seats.at(-1)!];
    const { chip } = move;
    const times = (factor: bigint): Cells =>
      ledger.cells(move).map((cell, i) => (i === chip.index('move') ? Fr.from(factor) : cell));
    const named = new Branch(ledger).with(move, times(2n)).with(padding, times(-1n)).named();
    assert.deepEqual(named, ['INSTR', 'mem: at most one selector', 'mem: move is a bit']);
  });
});
