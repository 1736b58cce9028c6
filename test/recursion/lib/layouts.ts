/** Both layouts as tests see them: chips with their rows and cells, and where in a row everything stands. */
import { check } from '../../../sdk/src/plonk/check/check.ts';
import type { CheckReport } from '../../../sdk/src/plonk/check/report.ts';
import { FixedTable, valueAt } from '../../../sdk/src/plonk/columns/fixed.ts';
import type { Chip } from '../../../sdk/src/plonk/declare/declare.ts';
import { layout } from '../../../sdk/src/plonk/declare/layout.ts';
import {
  ARGUMENT,
  AT,
  NARROW,
  NARROW_ELEMENTS,
  NARROW_LOG,
  narrowSystem,
} from '../../../sdk/src/recursion/narrow/chip.ts';
import { narrowProgram, narrowWitness } from '../../../sdk/src/recursion/narrow/narrow.ts';
import type { Row as NarrowRow } from '../../../sdk/src/recursion/narrow/rows.ts';
import type { ElementLayout } from '../../../sdk/src/recursion/parts/elements.ts';
import type { Program, ProgramInputs, RelationOperation } from '../../../sdk/src/recursion/program.ts';
import {
  CARRY_LIMBS,
  carryInLimbs,
  carryWords,
  type RelationWitness,
  wordsOf,
} from '../../../sdk/src/recursion/relation.ts';
import type { RelationPlaces } from '../../../sdk/src/recursion/rows/fill.ts';
import type { ElementRow, WrittenValue } from '../../../sdk/src/recursion/rows/rows.ts';
import {
  ELEMENTS,
  FIELD_LAYOUT,
  LIMBS,
  LIMBS_LOG,
  limbsTable,
  VALUES,
  VALUES_AT,
  wideSystem,
} from '../../../sdk/src/recursion/wide/chips.ts';
import type { ValuesRow } from '../../../sdk/src/recursion/wide/rows.ts';
import { wideProgram, wideWitness } from '../../../sdk/src/recursion/wide/wide.ts';

export type Row = NarrowRow | ValuesRow;

/** A chip with its cells, `2^log` of each column. */
export interface SampleChip {
  readonly chip: Chip;
  readonly log: number;
  readonly rows: readonly Row[];
  /** Main, then fixed. */
  readonly columns: readonly (readonly bigint[])[];
  readonly places: readonly string[];
  /** Where its rows of elements have what. */
  readonly elements?: ElementLayout;
  /** Where its relations have what. */
  readonly relation?: RelationPlaces;
  /** Where rows that write a value have its limbs and the number of its readers. */
  readonly value?: { readonly limbs: number; readonly readers: number };
}

export interface SampleLayout {
  readonly name: 'narrow' | 'wide';
  readonly program: Program;
  readonly inputs: ProgramInputs;
  /** How many elements rows have. */
  readonly elements: number;
  readonly chips: readonly SampleChip[];
}

export const relationOf = (row: Row): RelationOperation | undefined =>
  'relation' in row ? row.relation : undefined;

/** The value of the program, or what one lacks to p − 1, that a row writes. */
export function writtenOf(row: Row): WrittenValue | undefined {
  if (row.kind === 'values') return row.written;
  if (row.kind !== 'value' || row.place === undefined || !('id' in row.holds)) return undefined;
  return { holds: row.holds, place: row.place, constant: row.constant };
}

export const elementRowOf = (row: Row): ElementRow | undefined => ('lanes' in row ? row : undefined);

type Columns = Parameters<typeof valueAt>[0];
const spread = (columns: readonly Columns[], log: number): bigint[][] =>
  columns.map((column) => Array.from({ length: 2 ** log }, (_, row) => valueAt(column, row)));

export function narrowSample(program: Program, inputs: ProgramInputs): SampleLayout {
  const { rows, fixed } = narrowProgram(program);
  const columns = spread([...narrowWitness({ rows, fixed }, inputs), ...fixed], NARROW_LOG);
  const chip: SampleChip = {
    ...{ chip: NARROW, log: NARROW_LOG, rows: rows.rows, columns, places: rows.places },
    ...{ elements: NARROW_ELEMENTS, relation: AT.relation, value: AT.value },
  };
  return { name: 'narrow', program, inputs, elements: rows.elements, chips: [chip] };
}

export function wideSample(program: Program, inputs: ProgramInputs): SampleLayout {
  const wide = wideProgram(program);
  const main = wideWitness(wide, inputs);
  const { values, field, elements } = wide.rows;
  const chips: SampleChip[] = [
    {
      ...{ chip: VALUES, ...values, columns: spread([...main.values, ...wide.fixed.values], values.log) },
      ...{ relation: VALUES_AT, value: VALUES_AT },
    },
    {
      ...{ chip: ELEMENTS, ...field, columns: spread([...main.field, ...wide.fixed.field], field.log) },
      elements: FIELD_LAYOUT,
    },
    {
      ...{ chip: LIMBS, log: LIMBS_LOG, rows: [], places: [] },
      columns: spread([...main.limbs, ...limbsTable()], LIMBS_LOG),
    },
  ];
  return { name: 'wide', program, inputs, elements, chips };
}

/** Cells of a row: main, then fixed. */
export const rowOf = ({ columns }: SampleChip, row: number): bigint[] =>
  columns.map((column) => column[row]!);

/** A fixed cell by the name of its column. */
export function fixedCell({ chip, columns }: SampleChip, name: string, row: number): bigint {
  const at = chip.fixed.findIndex((column) => column.name === name);
  return columns[chip.main.length + at]![row]!;
}

/** Names of fixed columns by what they are in rows of values and relations. */
export type FixedName =
  | 'A'
  | 'B'
  | 'segment C'
  | 'C'
  | 'segment E1'
  | 'E1'
  | 'E2'
  | 'e1'
  | 'e2'
  | 'digit'
  | 'square'
  | 'constant'
  | 'segment'
  | 'offset';

export function fixedName({ name }: Pick<SampleLayout, 'name'>, of: FixedName): string {
  if (name === 'wide') return of;
  const { relation, value } = ARGUMENT;
  const narrow: Record<FixedName, number> = {
    ...{ A: relation.A, B: relation.B, E2: relation.E2, digit: relation.digit, square: relation.square },
    ...{ e1: relation.e1, e2: relation.e2 },
    ...{ 'segment C': relation.C, C: relation.C + 1, 'segment E1': relation.E1, E1: relation.E1 + 1 },
    ...{ constant: value.constant, segment: value.segment, offset: value.offset },
  };
  return `a${narrow[of]}`;
}

/** The rows before the row checker, the public vector as constants of the system. */
export function checkSample(sample: SampleLayout, publics: readonly bigint[]): CheckReport {
  const vector = publics.map((value) => ({ from: 'constant' as const, value }));
  const { name, chips } = sample;
  const parts = chips.map(({ chip, log, columns }) => ({
    table: new FixedTable(log, columns.slice(chip.main.length), chip.name),
    witness: { log, columns: columns.slice(0, chip.main.length) },
  }));
  return check({
    layout: layout(name === 'narrow' ? narrowSystem({ vector }) : wideSystem({ vector })),
    tables: parts.map(({ table }) => table),
    witness: parts.map(({ witness }) => witness),
    entry: 0n,
    statement: { publicInputs: [], publicOutputs: [], status: 0n },
    locate: (chip, row) => chips.find((each) => each.chip.name === chip)?.places[row],
  });
}

/** Cells of a relation's row that show a quotient and carries. */
export function relationWitness(
  { name }: SampleLayout,
  { quotient, carries }: RelationWitness,
): Record<number, bigint> {
  const from = (at: number, values: readonly bigint[]): [number, bigint][] =>
    values.map((value, i) => [at + i, value]);
  if (name === 'narrow') {
    const { quotient: at, carries: words } = AT.relation;
    return Object.fromEntries([...from(at, wordsOf(quotient)), ...from(words, carries.flatMap(carryWords))]);
  }
  const limbs = (value: bigint, count: number): bigint[] =>
    Array.from({ length: count }, (_, i) => (value >> BigInt(16 * i)) & 0xffffn);
  const carried = carries.flatMap((carry) => limbs(carryInLimbs(carry), CARRY_LIMBS));
  return Object.fromEntries([
    ...from(VALUES_AT.quotient, limbs(quotient, 16)),
    ...from(VALUES_AT.carries, carried),
  ]);
}
