/** A program of the recursion machine on the narrow chip: fixed columns for its key, main columns for its proofs. */
import type { Engine, IntColumn, Vector } from '../../kernels/contract.ts';
import { evaluate } from '../evaluate.ts';
import type { Program, ProgramInputs } from '../program.ts';
import { checkRows } from './check-rows.ts';
import { NARROW } from './chip.ts';
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
export function narrowWitness({ rows }: NarrowProgram, inputs: ProgramInputs): bigint[][] {
  return fillRows(rows, evaluate(rows.program, inputs), inputs.publics);
}

/**
 * Main columns in an engine, owned by the caller: multiplicities of the table as integers, all others as field elements. Most cells are limbs and words, which an
 * engine converts many times faster than `bigint` does.
 */
export async function narrowColumns(
  engine: Engine,
  main: readonly (readonly bigint[])[],
): Promise<(IntColumn | Vector)[]> {
  const columns: (IntColumn | Vector)[] = [];
  for (const [i, { words }] of NARROW.main.entries()) {
    const values = main[i]!;
    if (words !== 8) {
      const column = engine.ints(values.length, 1);
      engine.words(column).set(values.map(Number));
      columns.push(column);
      continue;
    }
    const small = engine.ints(values.length, 2);
    const data = engine.words(small);
    const large: number[] = [];
    values.forEach((value, row) => {
      if (value === 0n) return;
      if (value >> 64n !== 0n) large.push(row);
      else {
        data[2 * row] = Number(value & 0xffff_ffffn);
        data[2 * row + 1] = Number(value >> 32n);
      }
    });
    const vector = engine.vector(values.length);
    await engine.toField(vector, small);
    engine.free(small);
    for (const row of large) engine.write(vector, row, [values[row]!]);
    columns.push(vector);
  }
  return columns;
}
