/** A program of the recursion machine on the wide layout: fixed columns for its program key, main columns for its proofs. */
import { evaluate } from '../evaluate.ts';
import type { Program, ProgramInputs } from '../program.ts';
import { checkWide } from './check-rows.ts';
import { fillWide, type WideColumns } from './fill.ts';
import { fixedWide, type WideFixed } from './fixed.ts';
import { lowerWide, type WideRows } from './rows.ts';

export interface WideProgram {
  readonly rows: WideRows;
  readonly fixed: WideFixed;
}

/** `SYSTEM_INVALID` where the program breaks a rule. */
export function wideProgram(program: Program): WideProgram {
  const rows = lowerWide(program);
  const fixed = fixedWide(rows);
  const heights = { values: rows.values.rows.length, field: rows.field.rows.length };
  checkWide(fixed, heights, program.publics);
  return { rows, fixed };
}

/** Main columns of a run that holds; `WITNESS_INVALID`, with the place, for one that does not. */
export function wideWitness({ rows }: WideProgram, inputs: ProgramInputs): WideColumns {
  return fillWide(rows, evaluate(rows.program, inputs), inputs.publics);
}
