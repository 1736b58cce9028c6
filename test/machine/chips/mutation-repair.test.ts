/**
 * Mutation, second mode: a cell changed with all that the prover would recompute from it. What the checker accepts then must be
 * a true statement, and no other witness of the honest one but in cells that are listed as free, or of other private words.
 */
import assert from 'node:assert/strict';
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { MainColumn, Statement } from '../../../sdk/src/plonk/declare/declare.ts';
import { figure } from '../../soundness/lib/report.ts';
import { recounted } from '../../soundness/lib/story.ts';
import { assemble, judge, type Run, run, statementOf, withCells } from './harness.ts';
import { Coverage } from './mutation-coverage.ts';
import { FREE, type Row } from './mutation-free.ts';
import { actsOf, CHIPS, idOf, Ledger, nameOf, opcodeOf, type Seat } from './mutation-ledger.ts';
import { Branch, type Change, type Outcome, privateWordsOf, repaired } from './mutation-repair.ts';
import { fieldElements } from './mutation-values.ts';
import { type Cells, columnsOf, IndexedChip } from './rows.ts';
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

/** Words that the column could hold, and field elements that it could not: in the bounded run one, another for each column. */
function valuesFor(column: MainColumn, value: bigint): bigint[] {
  const elements = fieldElements(value);
  const others = FULL ? elements : [elements[column.index % elements.length]!];
  return [...new Set([...wordsFor(column, value), ...others])].filter((v) => v !== value);
}

function wordsFor({ range }: MainColumn, value: bigint): bigint[] {
  if (range === 'bit') return [1n - value];
  const bounded = range === 'limb16' ? 16 : range === 'byte' ? 8 : undefined;
  const list =
    bounded === undefined
      ? [value + 1n, value + (1n << 32n), ...(FULL ? [value - 1n, 0n, value ^ 1n, value + 65536n] : [])]
      : [value + 1n, ...(FULL ? [0n, value - 1n, value ^ 128n] : [])];
  return list.map((v) => (bounded === undefined ? Fr.from(v) : BigInt.asUintN(bounded, v)));
}

/**
 * Rows of one opcode that act differently: by selectors, by which interactions happen and, in the full run, by every bit that
 * decides about one.
 */
function kindOf(ledger: Ledger, seat: Seat): string {
  const { interactions, main, name } = seat.chip.chip;
  const cells = ledger.cells(seat);
  const selecting = interactions.filter(
    ({ tags }) => FULL || tags.includes(T.INSTR) || tags.includes(T.CHAIN),
  );
  const columns = new Set(selecting.flatMap(({ multiplicity }) => [...columnsOf(multiplicity)]));
  const bits = main.filter((column) => column.range === 'bit' && columns.has(column));
  const acting = ledger.acts(seat).map((act) => (act === undefined ? 0 : 1));
  return `${name} ${opcodeOf(seat.chip, cells)} ${bits.map(({ index }) => cells[index]).join('')} ${acting.join('')}`;
}

interface Chosen {
  readonly ledger: Ledger;
  readonly seat: Seat;
}

/** A few rows of each kind from all samples, and for each bit that is 1 in none of them one in which it is. */
function chosen(ledgers: readonly Ledger[]): Chosen[] {
  const kinds = new Map<string, Chosen[]>();
  for (const ledger of ledgers) {
    for (const seat of ledger.seats) {
      const kind = kindOf(ledger, seat);
      const list = kinds.get(kind) ?? [];
      if (list.length < ROWS_OF_A_KIND) kinds.set(kind, [...list, { ledger, seat }]);
    }
  }
  const list = [...kinds.values()].flat();
  for (const { chip } of CHIPS) {
    for (const { index } of chip.main.filter(({ range }) => range === 'bit')) {
      const isMet = ({ ledger, seat }: Chosen): boolean =>
        seat.chip.chip === chip && ledger.cells(seat)[index] === 1n;
      if (list.some(isMet)) continue;
      const all = ledgers.flatMap((ledger) => ledger.seats.map((seat): Chosen => ({ ledger, seat })));
      list.push(...all.filter(isMet).slice(0, 1));
    }
  }
  return list;
}

function isSame(a: Statement, b: Statement): boolean {
  const text = ({ publicInputs, publicOutputs, status }: Statement): string =>
    [publicInputs.join(), publicOutputs.join(), status].join(';');
  return text(a) === text(b);
}

/** Whether the program itself says what the statement of a repaired run says, for the inputs that this run reads. */
function isTrue(ledger: Ledger, outcome: Outcome): boolean {
  try {
    const { trace } = run(ledger.run.program, {
      publicInputs: outcome.statement.publicInputs,
      privateInputs: privateWordsOf(ledger, outcome),
    });
    // Without the private words that it needs, the run stops as if it had trapped, and nothing can be proven of it.
    return !trace.execution.starved && isSame(statementOf(trace), outcome.statement);
  } catch (error) {
    if (isWattestError(error)) return false;
    throw error;
  }
}

/**
 * `free`: no other row can tell, as every changed row says on the bus what it said before. `time`: rows tell each other the same
 * but when an access happened. `moved`: a refresh, which a prover may put where it likes, for all else stays. `private`, `true`: the
 * statement is true, of other private words or as a whole another one. Nobody is believed here: the emulator says so.
 */
type Verdict = 'moved' | 'named' | 'padding' | 'free' | 'time' | 'private' | 'true' | 'LIE';

/** What a row says to other rows and the verifier; with or without the times of its accesses. */
function said(ledger: Ledger, chip: IndexedChip, cells: Cells, withTimes: boolean): string {
  return actsOf(chip, cells)
    .map((act) => {
      if (act === undefined || !ledger.isBetweenRows(act.tuple)) return '';
      const isAccess = act.tuple[0] === BigInt(T.MEM.code);
      return `${act.multiplicity}: ${act.tuple.filter((_, i) => withTimes || !isAccess || i !== 2)}`;
    })
    .join('; ');
}

const isRefresh = ({ chip }: IndexedChip, cells: Cells): boolean =>
  chip.name === 'boundary' && cells[chip.main.findIndex(({ name }) => name === 'refresh')] === 1n;

/** Whether rows say what they said but for the times, refreshes (and padding) left out, which restamp a cell as they find it. */
function isMovedRefresh(ledger: Ledger, rows: readonly { seat: Seat; cells: Cells }[]): boolean {
  const rest = (chip: IndexedChip, cells: Cells): string =>
    isRefresh(chip, cells) ? '' : said(ledger, chip, cells, false).replace(/^[; ]+$/, '');
  const restamps = (chip: IndexedChip, cells: Cells): boolean =>
    !isRefresh(chip, cells) || cells[chip.index('sent')] === cells[chip.index('received')];
  return rows.every(
    ({ seat, cells }) =>
      rest(seat.chip, cells) === rest(seat.chip, ledger.cells(seat)) && restamps(seat.chip, cells),
  );
}

/** What becomes of a change. */
function verdictOf(ledger: Ledger, { seat }: Change, outcome: Outcome): Verdict {
  if (outcome.named.length > 0) return 'named';
  if (!isSame(outcome.statement, ledger.run.statement)) return isTrue(ledger, outcome) ? 'true' : 'LIE';
  const rows = [...outcome.rows.values()];
  const same = (withTimes: boolean): boolean =>
    rows.every(
      (row) =>
        said(ledger, row.seat.chip, row.cells, withTimes) ===
        said(ledger, row.seat.chip, ledger.cells(row.seat), withTimes),
    );
  if (same(true)) return ledger.acts(seat).every((act) => act === undefined) ? 'padding' : 'free';
  if (same(false)) return 'time';
  if (isMovedRefresh(ledger, rows)) return 'moved';
  const honest = privateWordsOf(ledger, { ...outcome, rows: new Map() });
  if (privateWordsOf(ledger, outcome).join() === honest.join()) return 'LIE';
  return isTrue(ledger, outcome) ? 'private' : 'LIE';
}

/** The row checker on the repaired run. */
function isAccepted(honest: Run, { rows, statement }: Pick<Outcome, 'rows' | 'statement'>): boolean {
  let { witness } = honest;
  for (const { seat, cells } of rows.values()) {
    const { main, name } = seat.chip.chip;
    const named = Object.fromEntries(main.map((column, i) => [column.name, cells[i]!]));
    witness = withCells(witness, name, seat.row, named);
  }
  // Multiplicities are the prover's to fit: of what tables and image hold.
  return judge(honest, recounted({ program: honest.program, statement, witness })).ok;
}

/** Returns for one private word, the password, and traps for all others. */
const PASSWORD = 5n;
const asksPassword = assemble([
  [I.READ_PRIVATE, I.WIDE, 0],
  [I.BRANCH, I.IMMEDIATE | I.EQUAL, 4, 0, PASSWORD],
  [I.EXIT_, 0, 9, 2],
  [I.EXIT_, 0, 0],
]);

/** Whether a prover who has another word than the password is told to be right: a loss that changes no statement. */
function passesWithout(weaker: IndexedChip): boolean {
  const chips = CHIPS.map((own) => (own.chip.name === weaker.chip.name ? weaker : own));
  const ledger = new Ledger(run(asksPassword, { privateInputs: [PASSWORD] }), chips);
  const seat = ledger.seats.find((one) => nameOf(opcodeOf(one.chip, ledger.cells(one))) === 'readp')!;
  const column = seat.chip.chip.main[seat.chip.index('newA')]!;
  const change = { seat, column, value: PASSWORD + 1n };
  return verdictOf(ledger, change, repaired(ledger, change)) === 'LIE';
}

/** Chips whose constraints are looked at in the bounded run, besides what the password needs. */
const BOUNDED: ReadonlySet<string> = new Set(['mem', 'ctl', 'boundary']);
/** The constraints whose loss lets the search find a lie, exactly; the others are for the tests of determinism and complements. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  alu: ['immediate y', 'unsigned order', 'next pc'],
  mem: ['value'],
  ctl: ['next fp', 'cell', 'slot a'],
  boundary: ['word: value', 'refresh: value'],
};
const FOUND_IN_FULL: Readonly<Record<string, readonly string[]>> = {
  alu: [
    'immediate y',
    'add, sub, rsub: result',
    'add, sub, rsub: limbs',
    'add, sub, rsub: 32-bit result',
    'unsigned order',
    'signed order',
    'sign of x',
    'sign of y',
    'compare: result',
    'select: result',
    'next pc',
    'products: result',
    'extend: result',
  ],
  mem: ['value'],
  memx: [
    'one offset',
    'key',
    'first cell',
    'second cell',
    'loads leave the first cell',
    'loads leave the second cell',
    'stores read the slot',
    'loads extend',
    'sign of the loaded bytes',
    'sign only of signed loads',
    'mid received',
  ],
  wide: [
    'immediate y',
    'bitwise: result',
    'shift: exponent',
    'sign of x',
    'products: result',
    'division: x = q·y + r',
    'division: result',
  ],
  ctl: ['next pc', 'next fp', 'cell', 'slot a'],
  boundary: ['word: value', 'zero: value', 'refresh: value', 'refresh: time'],
};

describe('chips: honest rows with a cell changed, and all that follows from it', function () {
  this.timeout(FULL ? 3_600_000 : 180_000);
  const rowsOf = new Map<string, Chosen[]>();
  const coverage = new Coverage();
  before(() => {
    const runs = samples(2).map((sample) => sample.run);
    const ledgers = [...runs, refreshRun().run].map((one) => new Ledger(one));
    for (const one of chosen(ledgers)) {
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
          for (const value of valuesFor(column, cells[column.index]!)) {
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

  it('finds a lie where a constraint is missing', () => {
    let all = 0;
    const found: Record<string, string[]> = {};
    for (const { chip } of CHIPS) {
      const looksAtRows = FULL || BOUNDED.has(chip.name);
      for (const dropped of chip.constraints) {
        if (dropped.name.endsWith(' is a bit')) continue;
        if (looksAtRows || chip.name === 'alu') all++;
        const weaker = new IndexedChip(chip.name);
        Object.assign(weaker, {
          chip: { ...chip, constraints: chip.constraints.filter((c) => c !== dropped) },
        });
        const columns = [...columnsOf(dropped.expression)] as MainColumn[];
        const rows = looksAtRows ? rowsOf.get(chip.name)! : [];
        const lies = rows.some(({ ledger, seat: { row } }) => {
          const seat = { chip: weaker, row };
          const cells = ledger.cells(seat);
          return columns.some((column) =>
            valuesFor(column, cells[column.index]!).some((value) => {
              const change = { seat, column, value };
              return verdictOf(ledger, change, repaired(ledger, change)) === 'LIE';
            }),
          );
        });
        if (lies || passesWithout(weaker)) found[chip.name] = [...(found[chip.name] ?? []), dropped.name];
      }
    }
    const count = Object.values(found).flat().length;
    figure(`${count} of ${all} constraints looked at: without that one, a lie is found`);
    assert.deepEqual(found, FULL ? FOUND_IN_FULL : FOUND);
  });
});
