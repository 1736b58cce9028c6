/**
 * A program as rows of the narrow chip: one kind a row, with what it reads and writes. Order matters in one place only, a relation reads the two rows in
 * front of it.
 */
import { fail } from '../../errors/index.ts';
import type { Program, RelationOperation } from '../program.ts';
import { lowerProgram } from '../rows/lower.ts';
import type { ElementRow, Place, WrittenValue } from '../rows/rows.ts';
import { NARROW_LOG } from './chip.ts';

export interface ValueRow {
  readonly kind: 'value';
  /** A value of the program; what is left of one to p − 1; quotient or carries of the relation of a later row. */
  readonly holds:
    | WrittenValue['holds']
    | { readonly what: 'quotient' | 'carries'; readonly relation: RelationOperation };
  /** Undefined: the segment of relations, at its own row. */
  readonly place: Place | undefined;
  readonly short: boolean;
  readonly constant: bigint | undefined;
}

export interface RelationRow {
  readonly kind: 'relation';
  readonly relation: RelationOperation;
}

export type Row = ValueRow | RelationRow | ElementRow;

/** A program in rows. */
export interface Rows {
  readonly program: Program;
  readonly rows: readonly Row[];
  /** How many elements there are, with those that only rows know. */
  readonly elements: number;
  /** Of each row, where it stands in the verifier. */
  readonly places: readonly string[];
}

/** `TRACE_TOO_TALL` where the program has more rows than the chip. */
export function lower(program: Program): Rows {
  const rows: Row[] = [];
  const places: string[] = [];
  let place = '';
  const push = (row: Row): void => {
    rows.push(row);
    places.push(place);
  };
  const value = (written: WrittenValue): void => push({ kind: 'value', short: true, ...written });
  const { elements } = lowerProgram(
    program,
    {
      element: push,
      value,
      relation: (relation, makes) => {
        if (makes !== undefined) value(makes);
        for (const what of ['carries', 'quotient'] as const) {
          const holds = { what, relation };
          push({ kind: 'value', holds, place: undefined, short: false, constant: undefined });
        }
        push({ kind: 'relation', relation });
      },
    },
    (at) => {
      place = at;
    },
  );
  if (rows.length > 2 ** NARROW_LOG) {
    fail(
      'TRACE_TOO_TALL',
      `the program takes ${rows.length} rows, the recursion machine has ${2 ** NARROW_LOG}`,
      {
        where: 'the program of a verifier',
        fix: 'Verify a key with fewer commitments: larger packing factors',
      },
    );
  }
  return { program, rows, elements, places };
}
