/** The rules of fixed columns (`rows/check.ts`) in the narrow chip. */
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import { isElementKind, MOST_READS } from '../parts/elements.ts';
import { RELATION_SEGMENT } from '../parts/tags.ts';
import { checkCoefficients, ElementRules, FixedCells, ValueAddresses } from '../rows/check.ts';
import { ARGUMENT, KINDS, type Kind, NARROW, NARROW_ELEMENTS, NARROW_LOG } from './chip.ts';

/**
 * @param publics how many elements the verifier sends itself, each once
 * @throws `SYSTEM_INVALID`, with the row, where fixed columns break a rule
 */
export function checkRows(columns: readonly ColumnValues[], publics: number): void {
  const cells = new FixedCells(NARROW, columns, 2 ** NARROW_LOG);
  const kinds = Array.from({ length: cells.height }, (_, row) => kindOf(cells, row));
  const elements = new ElementRules(
    cells,
    NARROW_ELEMENTS,
    kinds.map((kind) => (kind !== undefined && isElementKind(kind) ? kind : undefined)),
  );
  const values = new ValueAddresses();
  kinds.forEach((kind, row) => {
    elements.checkRow(row);
    if (kind === 'relation') cells.bit(`a${ARGUMENT.relation.square}`, row);
    if (kind === 'value') checkValue(cells, row, values);
  });
  elements.checkReads(values, publics);
  kinds.forEach((kind, row) => {
    if (kind === 'relation') checkRelation(cells, row, values, elements);
    // Their offsets are those of single values, in whose segment they must stand.
    if (kind === 'pack' && [at.C, at.E1].some((segment) => cells.argument(segment, row) !== 0n)) {
      cells.invalid(row, 'reads what a coordinate lacks from a table');
    }
  });
}

const { relation: at } = ARGUMENT;

/** Every row is of one kind or none, its index is its own, bits are bits. */
function kindOf(cells: FixedCells, row: number): Kind | undefined {
  const set = KINDS.filter((kind) => cells.bit(kind, row));
  const guard = set.includes('guard');
  const [kind, ...more] = set.filter((name) => name !== 'guard');
  if (more.length > 0) cells.invalid(row, `is ${set.join(' and ')}`);
  if (guard && kind !== 'relation') cells.invalid(row, 'has a guard and is no relation');
  if (cells.cell('row', row) !== BigInt(row)) cells.invalid(row, 'has the index of another');
  return kind;
}

function checkValue(cells: FixedCells, row: number, values: ValueAddresses): void {
  const { value } = ARGUMENT;
  for (const bit of [value.short, value.constant]) cells.bit(`a${bit}`, row);
  // Limbs share interactions with elements that are read, whose addresses stand there.
  for (let i = 0; i < MOST_READS; i++) {
    if (cells.argument(i, row) !== 0n) cells.invalid(row, 'has limbs with an address');
  }
  const segment = cells.argument(value.segment, row);
  const offset = cells.argument(value.offset, row);
  values.write(segment, offset, { cells, row });
  if (segment === BigInt(RELATION_SEGMENT) && offset !== BigInt(row)) {
    cells.invalid(row, 'stands for another row in the segment of quotients and carries');
  }
  // What is not a quotient or a carry is a value, and values are below 2^254 + 2^240.
  if (segment !== BigInt(RELATION_SEGMENT) && !cells.bit(`a${value.short}`, row)) {
    cells.invalid(row, 'writes a value whose top word is not bounded');
  }
}

function checkRelation(cells: FixedCells, row: number, values: ValueAddresses, elements: ElementRules): void {
  const reader = { cells, row };
  const isSum = cells.bit('guard', row) && cells.bit(`a${at.square}`, row);
  checkCoefficients([cells.argument(at.e1, row), cells.argument(at.e2, row)], isSum, reader);
  for (const single of [at.A, at.B, at.E2]) values.read(0n, cells.argument(single, row), reader);
  for (const back of [1, 2]) values.read(BigInt(RELATION_SEGMENT), BigInt(row - back), reader);
  const moved = cells.bit('guard', row) && elements.choosesBy(cells.argument(at.digit, row), reader);
  for (const pair of [at.C, at.E1]) {
    values.readMoved(cells.argument(pair, row), cells.argument(pair + 1, row), moved, reader);
  }
}
