/** What has become of an honest run with a changed cell and all that follows from it: refused, harmless, or a lie. */
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Statement } from '../../../sdk/src/plonk/declare/declare.ts';
import { recounted, type Story } from '../../soundness/lib/story.ts';
import { assemble, judge, type Run, run, statementOf, withCells } from './harness.ts';
import { actsOf, type Ledger, type Seat } from './mutation-ledger.ts';
import { type Change, type Outcome, privateWordsOf } from './mutation-repair.ts';
import type { Cells, IndexedChip } from './rows.ts';

function isSame(a: Statement, b: Statement): boolean {
  const text = ({ publicInputs, publicOutputs, status }: Statement): string =>
    [publicInputs.join(), publicOutputs.join(), status].join(';');
  return text(a) === text(b);
}

/** Whether the program itself says what the statement of a repaired run says, for the inputs that this run reads. */
export function isTrue(ledger: Ledger, outcome: Outcome): boolean {
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
export type Verdict = 'moved' | 'named' | 'padding' | 'free' | 'time' | 'private' | 'true' | 'LIE';

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
export function verdictOf(ledger: Ledger, { seat }: Change, outcome: Outcome): Verdict {
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

/** The run with the rows and the statement of an outcome. */
export function storyOf(honest: Run, { rows, statement }: Pick<Outcome, 'rows' | 'statement'>): Story {
  let { witness } = honest;
  for (const { seat, cells } of rows.values()) {
    const { main, name } = seat.chip.chip;
    const named = Object.fromEntries(main.map((column, i) => [column.name, cells[i]!]));
    witness = withCells(witness, name, seat.row, named);
  }
  return { program: honest.program, statement, witness };
}

/** The row checker on the repaired run. */
export function isAccepted(honest: Run, outcome: Pick<Outcome, 'rows' | 'statement'>): boolean {
  const { witness, statement } = recounted(storyOf(honest, outcome));
  // Multiplicities are the prover's to fit: of what tables and image hold.
  return judge(honest, { witness, statement }).ok;
}

/** Returns for one private word, the password, and traps for all others. */
export const PASSWORD: bigint = 5n;
export const asksPassword: Program = assemble([
  [I.READ_PRIVATE, I.WIDE, 0],
  [I.BRANCH, I.IMMEDIATE | I.EQUAL, 4, 0, PASSWORD],
  [I.EXIT_, 0, 9, 2],
  [I.EXIT_, 0, 0],
]);
