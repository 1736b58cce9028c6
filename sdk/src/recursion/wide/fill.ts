/** The main columns of a program in the wide layout: what an honest prover writes. */
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import type { Evaluation } from '../evaluate.ts';
import { CARRY_LIMBS, carryInLimbs, solveRelation } from '../relation.ts';
import { Cells } from '../rows/cells.ts';
import { ElementFiller, fillInverses, fillLimbs, fillRelation, Ledger } from '../rows/fill.ts';
import { ELEMENTS, FIELD_LAYOUT, LIMBS, LIMBS_LOG, VALUES, VALUES_AT } from './chips.ts';
import type { WideRows } from './rows.ts';

/** Main columns of each chip, in order. */
export interface WideColumns {
  readonly values: readonly ColumnValues[];
  readonly field: readonly ColumnValues[];
  readonly limbs: readonly ColumnValues[];
}

/** @param publics the public vector */
export function fillWide(
  { values, field, elements }: WideRows,
  evaluation: Evaluation,
  publics: readonly bigint[],
): WideColumns {
  const ledger = new Ledger(evaluation, elements);
  const toField = { cells: new Cells(ELEMENTS, field.log), ledger };
  const filler = new ElementFiller(toField, FIELD_LAYOUT, publics);
  field.rows.forEach((row, at) => {
    filler.row(row, at);
  });

  const cells = new Cells(VALUES, values.log);
  const to = { cells, ledger };
  values.rows.forEach(({ written, relation }, row) => {
    if (written !== undefined) {
      const value = ledger.valueOf(written.holds);
      fillLimbs(to, { from: VALUES_AT.limbs, count: 16, row }, value);
      // The top limb is looked up as 4·limb too.
      ledger.limbs[Number(value >> 240n) * 4]!++;
    }
    if (relation === undefined) return;
    const { quotient, carries } = solveRelation(relation, fillRelation(to, VALUES_AT, row, relation));
    fillLimbs(to, { from: VALUES_AT.quotient, count: 16, row }, quotient);
    carries.forEach((carry, i) => {
      const from = VALUES_AT.carries + CARRY_LIMBS * i;
      fillLimbs(to, { from, count: CARRY_LIMBS, row }, carryInLimbs(carry));
    });
  });

  fillInverses(to, VALUES_AT);
  // How often everything is read is known now.
  values.rows.forEach(({ written }, row) => {
    if (written !== undefined) cells.count(VALUES_AT.readers, row, ledger.readersOf(written.place));
  });
  field.rows.forEach((row, at) => {
    filler.lanes(row, at);
  });
  const table = new Cells(LIMBS, LIMBS_LOG);
  ledger.limbs.forEach((count, limb) => {
    table.count(limb >> LIMBS_LOG, limb % 2 ** LIMBS_LOG, count);
  });
  return { values: cells.values(), field: toField.cells.values(), limbs: table.values() };
}
