/** The fixed columns of a program in the wide layout; rows behind the last one are zero and left out. */
import { Fr } from '../../field/field.ts';
import type { Column } from '../../plonk/declare/declare.ts';
import { segmentOf } from '../parts/tags.ts';
import type { RelationOperation } from '../program.ts';
import { wordsOf } from '../relation.ts';
import { elementArguments, single } from '../rows/fixed.ts';
import { addressesOf } from '../rows/lower.ts';
import type { ElementRow, WrittenValue } from '../rows/rows.ts';
import { ELEMENTS, FIELD_LAYOUT, VALUES, type ValuesFixed } from './chips.ts';
import type { ValuesRow, WideRows } from './rows.ts';

/** Of `VALUES` and of `ELEMENTS`, in order, as many canonical values as there are rows. */
export interface WideFixed {
  readonly values: readonly (readonly bigint[])[];
  readonly field: readonly (readonly bigint[])[];
}

/** `SYSTEM_INVALID` where a relation or a pack reads from a table what it can only read from segment 0. */
export function fixedWide({ values, field, elements }: WideRows): WideFixed {
  const addresses = addressesOf(field.rows, elements);
  return {
    values: columnsOf(VALUES.fixed, values.rows, (row) => valuesCells(row, addresses)),
    field: columnsOf(ELEMENTS.fixed, field.rows, (row, at) => elementCells(row, at, addresses)),
  };
}

type FixedCells = Readonly<Record<string, bigint | number>>;

function columnsOf<R>(
  fixed: readonly Column[],
  rows: readonly R[],
  cellsOf: (row: R, at: number) => FixedCells,
): bigint[][] {
  const columns = fixed.map(() => new Array<bigint>(rows.length).fill(0n));
  rows.forEach((row, at) => {
    const cells = cellsOf(row, at);
    fixed.forEach(({ name }, i) => {
      const value = cells[name];
      if (value !== undefined) columns[i]![at] = Fr.from(value);
    });
  });
  return columns;
}

function elementCells(row: ElementRow, at: number, addresses: readonly number[]): FixedCells {
  const cells: Record<string, bigint | number> = { row: at, [row.kind]: 1 };
  elementArguments(row, FIELD_LAYOUT.arguments, addresses).forEach((value, i) => {
    cells[`a${i}`] = value;
  });
  return cells;
}

type ValuesCells = Partial<Record<ValuesFixed, bigint | number>>;

function valuesCells({ written, relation }: ValuesRow, addresses: readonly number[]): ValuesCells {
  return {
    ...(written === undefined ? {} : writtenCells(written)),
    ...(relation === undefined ? {} : relationCells(relation, addresses)),
  };
}

function writtenCells({ place, constant }: WrittenValue): ValuesCells {
  const at = { value: 1, segment: segmentOf(place.segment), offset: place.offset };
  if (constant === undefined) return at;
  return { ...at, constant: 1, A: constant & ((1n << 192n) - 1n), B: wordsOf(constant)[3]! };
}

function relationCells(relation: RelationOperation, addresses: readonly number[]): ValuesCells {
  const { square, guard, e1, e2, A, B, E2, moved } = relation;
  const [C, E1] = (['C', 'E1'] as const).map((name) =>
    moved === undefined ? relation[name] : { segment: moved[name], offset: 0 },
  ) as [typeof A, typeof A];
  return {
    ...{ relation: 1, guard: guard ? 1 : 0, square: square ? 1 : 0, e1, e2 },
    ...{ A: single(A), B: single(B), E2: single(E2) },
    ...{ 'segment C': segmentOf(C.segment), C: C.offset },
    ...{ 'segment E1': segmentOf(E1.segment), E1: E1.offset },
    // A guard that no digit moves reads the constant 0.
    ...(guard ? { digit: addresses[moved?.digit.id ?? 0]! } : {}),
  };
}
