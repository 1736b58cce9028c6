/** A program of the recursion machine on the narrow chip: fixed columns for its key, main columns for its proofs. */
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import { evaluate } from '../evaluate.ts';
import type { Program, ProgramInputs } from '../program.ts';
import { checkRows } from './check-rows.ts';
import { fillRows } from './fill.ts';
import { fixedRows } from './fixed.ts';
import { lower, type Rows } from './rows.ts';

export interface NarrowProgram {
  readonly rows: Rows;
  /** Fixed columns, in order, of `2^NARROW_LOG` canonical values. */
  readonly fixed: readonly (readonly bigint[])[];
}

/** `TRACE_TOO_TALL` where the program has too many rows, `SYSTEM_INVALID` where it breaks a rule. */
export function narrowProgram(program: Program): NarrowProgram {
  const rows = lower(program);
  const { columns } = fixedRows(rows);
  checkRows(columns, program.publics);
  return { rows, fixed: columns };
}

/** Main columns, in order, of a run that holds; `WITNESS_INVALID`, with the place, for one that does not. */
export function narrowWitness({ rows }: NarrowProgram, inputs: ProgramInputs): ColumnValues[] {
  return fillRows(rows, evaluate(rows.program, inputs), inputs.publics);
}
