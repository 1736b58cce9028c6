/** The rules of fixed columns (`rows/check.ts`) in the wide layout. */
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import { ELEMENT_KINDS, type ElementKind } from '../parts/elements.ts';
import { checkCoefficients, ElementRules, FixedCells, ValueAddresses } from '../rows/check.ts';
import { ELEMENTS, FIELD_LAYOUT, VALUES, type ValuesFixed } from './chips.ts';

/**
 * @param heights how many rows are looked at: all that may not be zero
 * @param publics how many elements the verifier sends itself, each once
 * @throws `SYSTEM_INVALID`, with the row, where fixed columns break a rule
 */
export function checkWide(
  fixed: { readonly values: readonly ColumnValues[]; readonly field: readonly ColumnValues[] },
  heights: { readonly values: number; readonly field: number },
  publics: number,
): void {
  const field = new FixedCells(ELEMENTS, fixed.field, heights.field);
  const kinds = Array.from({ length: field.height }, (_, row) => kindOf(field, row));
  const elements = new ElementRules(field, FIELD_LAYOUT, kinds);
  const rows = new ValuesRules(new FixedCells(VALUES, fixed.values, heights.values));
  rows.checkWrites();
  kinds.forEach((_, row) => {
    elements.checkRow(row);
    checkMagnitudes(field, row, kinds[row]);
  });
  elements.checkReads(rows.values, publics);
  rows.checkReads(elements);
}

/** Every row is of one kind or none; where it writes, its index is its own. */
function kindOf(cells: FixedCells, row: number): ElementKind | undefined {
  const [kind, ...more] = ELEMENT_KINDS.filter((name) => cells.bit(name, row));
  if (more.length > 0) cells.invalid(row, `is ${[kind, ...more].join(' and ')}`);
  if (kind !== undefined && cells.cell('row', row) !== BigInt(row)) {
    cells.invalid(row, 'has the index of another');
  }
  return kind;
}

/** Magnitudes share interactions with elements that are read, whose addresses stand there. */
function checkMagnitudes(cells: FixedCells, row: number, kind: ElementKind | undefined): void {
  if (kind !== 'digits') return;
  const { magnitudes } = FIELD_LAYOUT.cells.digits;
  for (let i = magnitudes; i < magnitudes + 3; i++) {
    if (cells.argument(i, row) !== 0n) cells.invalid(row, 'has limbs with an address');
  }
}

class ValuesRules {
  readonly values: ValueAddresses = new ValueAddresses();
  readonly #cells: FixedCells;

  constructor(cells: FixedCells) {
    this.#cells = cells;
  }

  checkWrites(): void {
    const cells = this.#cells;
    for (let row = 0; row < cells.height; row++) {
      const bit = (name: ValuesFixed): boolean => cells.bit(name, row);
      const [relation, guard, square] = [bit('relation'), bit('guard'), bit('square')];
      const [value, constant] = [bit('value'), bit('constant')];
      if (!relation && (guard || square)) cells.invalid(row, 'has a guard or a square and is no relation');
      if (constant && relation) cells.invalid(row, 'is a constant and a relation');
      if (constant && !value) cells.invalid(row, 'is a constant and no value');
      if (value) this.values.write(this.#at('segment', row), this.#at('offset', row), { cells, row });
    }
  }

  checkReads(elements: ElementRules): void {
    const cells = this.#cells;
    for (let row = 0; row < cells.height; row++) {
      if (!cells.bit('relation', row)) continue;
      const reader = { cells, row };
      const isSum = cells.bit('guard', row) && cells.bit('square', row);
      checkCoefficients([this.#at('e1', row), this.#at('e2', row)], isSum, reader);
      for (const single of ['A', 'B', 'E2'] as const) this.values.read(0n, this.#at(single, row), reader);
      const moved = cells.bit('guard', row) && elements.choosesBy(this.#at('digit', row), reader);
      for (const name of ['C', 'E1'] as const) {
        this.values.readMoved(this.#at(`segment ${name}`, row), this.#at(name, row), moved, reader);
      }
    }
  }

  #at(name: ValuesFixed, row: number): bigint {
    return this.#cells.cell(name, row);
  }
}
