/**
 * What makes the addresses of a program sound, checked on its fixed columns, which are all that a key knows of it: no address is written twice, everything that
 * is read is written, tables stand apart, relations keep to their bounds. Free multiplicities of writers are harmless then: an address has one tuple.
 */
import { fail } from '../../errors/index.ts';
import { FR_MODULUS } from '../../field/field.ts';
import { type ColumnValues, valueAt } from '../../plonk/columns/fixed.ts';
import type { Chip } from '../../plonk/declare/declare.ts';
import { type ElementKind, type ElementLayout, READS } from '../parts/elements.ts';
import { PUBLIC_SEGMENT, PUBLICS_A_ROW, RELATION_SEGMENT } from '../parts/tags.ts';
import { MOST_COEFFICIENTS } from '../relation.ts';

/** A magnitude shares an element with a sign: offsets that digits choose are below. */
const MAGNITUDES = 2n ** 16n;

/** Fixed columns of a chip by their names. */
export class FixedCells {
  readonly height: number;
  readonly #chip: string;
  readonly #columns: ReadonlyMap<string, ColumnValues>;
  /** Columns a0, a1, … */
  readonly #arguments: readonly ColumnValues[];

  constructor({ name, fixed }: Chip, columns: readonly ColumnValues[], height: number) {
    this.height = height;
    this.#chip = name;
    this.#columns = new Map(fixed.map((column, i) => [column.name, columns[i]!]));
    this.#arguments = columns.filter((_, i) => /^a\d+$/.test(fixed[i]!.name));
  }

  cell(name: string, row: number): bigint {
    return valueAt(this.#columns.get(name)!, row);
  }

  argument(i: number, row: number): bigint {
    return valueAt(this.#arguments[i]!, row);
  }

  bit(name: string, row: number): boolean {
    const value = this.cell(name, row);
    if (value > 1n) this.invalid(row, `${name} is no bit`);
    return value === 1n;
  }

  invalid(row: number | undefined, problem: string): never {
    return invalid(row === undefined ? this.#chip : `row ${row} of ${this.#chip}`, problem);
  }
}

export function invalid(where: string, problem: string): never {
  return fail('SYSTEM_INVALID', problem, { where, fix: 'Correct what prints the program' });
}

/** Whose fixed cells, and which row. */
interface Reader {
  readonly cells: FixedCells;
  readonly row: number;
}

/** Where values are written: segments and offsets. */
export class ValueAddresses {
  readonly #offsets = new Map<bigint, Set<bigint>>();

  write(segment: bigint, offset: bigint, { cells, row }: Reader): void {
    const offsets = this.#offsets.get(segment) ?? new Set<bigint>();
    this.#offsets.set(segment, offsets);
    if (offsets.has(offset)) cells.invalid(row, `writes ${segment}:${offset} a second time`);
    offsets.add(offset);
    if (segment === BigInt(PUBLIC_SEGMENT)) cells.invalid(row, 'writes a value among the public elements');
  }

  read(segment: bigint, offset: bigint, { cells, row }: Reader): void {
    if (this.#offsets.get(segment)?.has(offset) !== true) {
      cells.invalid(row, `reads the value at ${segment}:${offset}, which nothing writes`);
    }
  }

  /** C or E1 of a relation, which a digit may move. */
  readMoved(segment: bigint, offset: bigint, moved: boolean, reader: Reader): void {
    const { cells, row } = reader;
    if (segment === BigInt(RELATION_SEGMENT)) cells.invalid(row, 'reads a quotient or a carry as a value');
    if (moved) this.#table(segment, reader);
    else this.read(segment, offset, reader);
    if (moved && offset !== 0n) cells.invalid(row, 'has a digit and an offset');
    // A zero that is read as a digit is also −2^16 with a sign, which reads 2^16 in front: nothing stands there.
    if (offset >= MAGNITUDES) cells.invalid(row, 'reads behind the first 2^16 offsets');
  }

  /** A table is read by digits: its offsets bound them, so they are odd and it has no other. */
  #table(segment: bigint, { cells, row }: Reader): void {
    const offsets = this.#offsets.get(segment) ?? new Set();
    if (segment === 0n || offsets.size === 0) {
      cells.invalid(row, `chooses from segment ${segment}, which is no table`);
    }
    for (const offset of offsets) {
      if (offset % 2n === 0n || offset >= MAGNITUDES) {
        cells.invalid(row, `chooses from a table with an entry ${offset}`);
      }
    }
  }
}

/** Coefficients of a relation, under whose bound alone it shows what it says. @param sum whether B and C are single values in it too */
export function checkCoefficients(
  coefficients: readonly bigint[],
  sum: boolean,
  { cells, row }: Reader,
): void {
  const total = coefficients.reduce(
    (all, e) => all + (e > FR_MODULUS / 2n ? FR_MODULUS - e : e),
    sum ? 2n : 0n,
  );
  if (total > BigInt(MOST_COEFFICIENTS)) {
    cells.invalid(row, `has coefficients that add up to more than ${MOST_COEFFICIENTS}`);
  }
}

/** Rows of elements in a chip that has them. */
export class ElementRules {
  readonly #cells: FixedCells;
  readonly #at: ElementLayout['arguments'];
  readonly #kinds: readonly (ElementKind | undefined)[];

  /** @param kinds of each row; undefined where it is none of elements */
  constructor(
    cells: FixedCells,
    { arguments: at }: ElementLayout,
    kinds: readonly (ElementKind | undefined)[],
  ) {
    this.#cells = cells;
    this.#at = at;
    this.#kinds = kinds;
  }

  /** Arguments that are bits, and the index that addresses are made of. */
  checkRow(row: number): void {
    const { full, field, digits } = this.#at;
    const bits: Partial<Record<ElementKind, readonly number[]>> = {
      full: [full.first],
      field: field.zeros,
      digits: [digits.last],
    };
    const kind = this.#kinds[row];
    for (const bit of (kind !== undefined && bits[kind]) || []) this.#cells.bit(`a${bit}`, row);
  }

  /** @param publics how many elements the verifier sends itself, each once */
  checkReads(values: ValueAddresses, publics: number): void {
    this.#kinds.forEach((kind, row) => {
      if (kind === undefined) return;
      for (let i = 0; i < READS[kind]; i++) {
        this.writer(this.#cells.argument(this.#at.reads + i, row), { cells: this.#cells, row });
      }
      if (kind !== 'pack') return;
      for (const at of Object.values(this.#at.pack)) {
        values.read(0n, this.#cells.argument(at, row), { cells: this.#cells, row });
      }
    });
    this.#checkVector(publics);
  }

  /** Whether a guard reads a digit; otherwise it must read a zero. */
  choosesBy(address: bigint, reader: Reader): boolean {
    const { kind, row: writer, lane } = this.writer(address, reader);
    if (kind === 'digits' && lane < 3) return true;
    const zero = this.#at.field.zeros[lane as 0 | 1] as number | undefined;
    if (kind !== 'field' || zero === undefined || !this.#cells.bit(`a${zero}`, writer)) {
      reader.cells.invalid(reader.row, 'reads a digit that is neither one nor zero');
    }
    return false;
  }

  writer(address: bigint, { cells, row }: Reader): { kind: ElementKind; row: number; lane: number } {
    const at = Number(address);
    const writer = Math.floor(at / 4);
    const kind = this.#kinds[writer];
    if (kind === undefined) {
      return cells.invalid(row, `reads the element at ${address}, which nothing writes`);
    }
    return { kind, row: writer, lane: at % 4 };
  }

  /** The verifier sends each tuple of the vector once, and nothing else is in its segment. */
  #checkVector(publics: number): void {
    const { segment, offset: at } = this.#at.public;
    const read = new Map<bigint, number>();
    this.#kinds.forEach((kind, row) => {
      if (kind !== 'public') return;
      if (segment !== undefined && this.#cells.argument(segment, row) !== BigInt(PUBLIC_SEGMENT)) {
        this.#cells.invalid(row, 'reads no public elements');
      }
      const offset = this.#cells.argument(at, row);
      read.set(offset, (read.get(offset) ?? 0) + 1);
    });
    const tuples = Math.ceil(publics / PUBLICS_A_ROW);
    for (let i = 0n; i < BigInt(tuples); i++) {
      const count = read.get(i) ?? 0;
      if (count !== 1) {
        const from = BigInt(PUBLICS_A_ROW) * i;
        this.#cells.invalid(undefined, `the public elements from ${from} on are read ${count} times`);
      }
    }
    if (read.size > tuples) this.#cells.invalid(undefined, 'public elements are read that there are not');
  }
}
