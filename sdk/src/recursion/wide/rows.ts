/** A program as rows of the wide layout: values with the relations that make them, and elements. */
import type { Program, RelationOperation } from '../program.ts';
import { lowerProgram } from '../rows/lower.ts';
import type { ElementRow, WrittenValue } from '../rows/rows.ts';
import { WIDE_MIN_LOG } from './chips.ts';

/** A value, a relation, or a relation with the value that it makes. */
export interface ValuesRow {
  readonly kind: 'values';
  readonly written: WrittenValue | undefined;
  readonly relation: RelationOperation | undefined;
}

/** Rows of a chip, and where each stands in the verifier. */
export interface ChipRows<R> {
  /** log2 of the height. */
  readonly log: number;
  readonly rows: readonly R[];
  readonly places: readonly string[];
}

export interface WideRows {
  readonly program: Program;
  readonly values: ChipRows<ValuesRow>;
  readonly field: ChipRows<ElementRow>;
  /** How many elements there are, with those that only rows know. */
  readonly elements: number;
}

export function lowerWide(program: Program): WideRows {
  const values = new Collected<ValuesRow>();
  const field = new Collected<ElementRow>();
  let place = '';
  const { elements } = lowerProgram(
    program,
    {
      element: (row) => field.push(row, place),
      value: (written) => values.push({ kind: 'values', written, relation: undefined }, place),
      relation: (relation, written) => values.push({ kind: 'values', written, relation }, place),
    },
    (at) => {
      place = at;
    },
  );
  return { program, values: values.done(), field: field.done(), elements };
}

class Collected<R> {
  readonly #rows: R[] = [];
  readonly #places: string[] = [];

  push(row: R, place: string): void {
    this.#rows.push(row);
    this.#places.push(place);
  }

  done(): ChipRows<R> {
    const log = Math.max(WIDE_MIN_LOG, Math.ceil(Math.log2(this.#rows.length)));
    return { log, rows: this.#rows, places: this.#places };
  }
}
