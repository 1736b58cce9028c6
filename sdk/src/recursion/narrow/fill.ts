/** The main columns of a program's rows: what an honest prover writes. */
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import type { Evaluation } from '../evaluate.ts';
import { carryWords, solveRelation, wordsOf } from '../relation.ts';
import { Cells } from '../rows/cells.ts';
import { ElementFiller, fillInverses, fillLimbs, fillRelation, Ledger } from '../rows/fill.ts';
import { AT, CELLS, NARROW, NARROW_ELEMENTS, NARROW_LOG } from './chip.ts';
import type { Rows, ValueRow } from './rows.ts';

/** `NARROW`'s main columns, in order, `2^NARROW_LOG` canonical values each. @param publics the public vector */
export function fillRows(
  { rows, elements }: Rows,
  evaluation: Evaluation,
  publics: readonly bigint[],
): ColumnValues[] {
  const to = { cells: new Cells(NARROW, NARROW_LOG), ledger: new Ledger(evaluation, elements) };
  const { cells, ledger } = to;
  const filler = new ElementFiller(to, NARROW_ELEMENTS, publics);
  rows.forEach((row, at) => {
    if (row.kind === 'relation') {
      const operands = fillRelation(to, AT.relation, at, row.relation);
      const { quotient, carries } = solveRelation(row.relation, operands);
      cells.put(AT.relation.quotient, at, wordsOf(quotient));
      cells.put(AT.relation.carries, at, carries.flatMap(carryWords));
      // Both have one reader, this row, and stand in front of it.
      fillValue(to, rows[at - 1] as ValueRow, at - 1, quotient);
      fillValue(to, rows[at - 2] as ValueRow, at - 2, joinCarries(carries));
    } else if (row.kind === 'value') {
      const { holds } = row;
      if ('id' in holds) fillValue(to, row, at, ledger.valueOf(holds));
    } else filler.row(row, at);
  });
  fillInverses(to, AT.relation);
  rows.forEach((row, at) => {
    if ('lanes' in row) filler.lanes(row, at);
    else if (row.kind === 'value') {
      cells.count(AT.value.readers, at, row.place === undefined ? 1 : ledger.readersOf(row.place));
    }
  });
  ledger.limbs.forEach((count, limb) => {
    cells.count(CELLS + (limb >> NARROW_LOG), limb % 2 ** NARROW_LOG, count);
  });
  return cells.values();
}

/** Words of both as one integer. */
const joinCarries = (carries: readonly bigint[]): bigint =>
  carries.flatMap(carryWords).reduceRight((sum, word) => (sum << 64n) + word, 0n);

function fillValue(
  to: { readonly cells: Cells; readonly ledger: Ledger },
  { short }: ValueRow,
  row: number,
  value: bigint,
): void {
  fillLimbs(to, { from: AT.value.limbs, count: 16, row }, value);
  if (short) to.ledger.limbs[Number(value >> 240n) * 4]!++;
}
