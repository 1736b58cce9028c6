/** One chip before the row checker: its rows at once for what they come to, one at a time for exact values and names. */
import { evaluateProgram, scalarRing } from '../../expr/evaluate.ts';
import { flatten } from '../../expr/flatten.ts';
import { printExpression } from '../../expr/print.ts';
import type { FlatProgram } from '../../expr/program.ts';
import { Fr } from '../../field/field.ts';
import { type ColumnValues, type FixedTable, valueAt } from '../columns/fixed.ts';
import type { Chip, Column, Expr } from '../declare/declare.ts';
import { forEachLeaf } from '../declare/layout.ts';
import type { HostChipWitness } from '../keys/witness.ts';
import { CHUNK, centred, IntegerRows, isZero } from './integer-rows.ts';
import type { Cell, ConstraintFailure, Party } from './report.ts';
import type { TupleTable } from './tuple-table.ts';

/** Rows described for one constraint: a broken one usually fails on many. */
const ROWS_PER_CONSTRAINT = 3;

/** A tuple on the bus. `entry`: its number in the table, −1 for one that has a field of 2^64 or more. */
export type VisitTuple = (interaction: number, row: number, multiplicity: number, entry: number) => void;

/** Declarations as programs over main and fixed columns, made once a chip. */
interface Programs {
  /** Outputs: every constraint, then multiplicity and fields of every interaction. */
  readonly all: FlatProgram;
  readonly constraints: readonly FlatProgram[];
  readonly interactions: readonly FlatProgram[];
}
const made = new WeakMap<Chip, Programs>();

export class CheckedChip {
  readonly chip: Chip;
  readonly rows: number;
  readonly #columns: readonly ColumnValues[];
  readonly #inputs: readonly Column[];
  readonly #programs: Programs;
  readonly #values: IntegerRows;
  readonly #locate: (row: number) => string | undefined;

  /** `RangeError` where columns do not fit the chip, or a cell is no field element. */
  constructor(
    chip: Chip,
    witness: HostChipWitness,
    table: FixedTable | undefined,
    locate: (row: number) => string | undefined,
  ) {
    this.chip = chip;
    this.rows = 2 ** witness.log;
    this.#locate = locate;
    if (table !== undefined && table.log !== witness.log) {
      throw new RangeError(`${chip.name}: height 2^${witness.log}, its fixed columns have 2^${table.log}`);
    }
    this.#columns = [...witness.columns, ...(table?.values ?? [])];
    this.#inputs = [...chip.main, ...chip.fixed];
    if (this.#columns.length !== this.#inputs.length) {
      throw new RangeError(`${chip.name}: ${this.#columns.length} columns instead of ${this.#inputs.length}`);
    }
    this.#columns.forEach((column, i) => {
      const length = 'words' in column ? column.data.length / column.words : column.length;
      const isField = 'words' in column || column.every((cell) => cell >= 0n && cell < Fr.modulus);
      if (length > this.rows || !isField) {
        const problem = isField ? `${length} cells in 2^${witness.log} rows` : 'a cell is not in [0, r)';
        throw new RangeError(`${chip.name}.${this.#inputs[i]!.name}: ${problem}`);
      }
    });
    this.#programs = programsOf(chip);
    this.#values = new IntegerRows(this.#programs.all, this.#columns);
  }

  /** Rows by constraint that do not vanish as integers. All others vanish in the field. */
  suspects(): Map<number, number[]> {
    const suspects = new Map<number, number[]>();
    const { constraints } = this.chip;
    this.#forEachChunk((first) => {
      for (let c = 0; c < constraints.length; c++) {
        const value = this.#values.output(c);
        if (isZero(value)) continue;
        const rows = this.#values.nonZero(value).map((row) => first + row);
        if (rows.length > 0) suspects.set(c, (suspects.get(c) ?? []).concat(rows));
      }
    });
    return suspects;
  }

  checkConstraints(): { failures: ConstraintFailure[]; more: number } {
    const failures: ConstraintFailure[] = [];
    let more = 0;
    for (const [c, rows] of [...this.suspects()].sort(([a], [b]) => a - b)) {
      const { name, expression } = this.chip.constraints[c]!;
      let described = 0;
      for (const row of rows) {
        const [value] = evaluateProgram(this.#programs.constraints[c]!, scalarRing, this.#row(row), []);
        if (value === 0n) continue;
        if (described++ >= ROWS_PER_CONSTRAINT) {
          more++;
          continue;
        }
        failures.push({
          kind: 'constraint',
          chip: this.chip.name,
          row,
          constraint: name,
          expression: printExpression(expression, (column) => column.name),
          value: value!,
          cells: this.#cells(expression, row),
          ...this.#location(row),
        });
      }
    }
    return { failures, more };
  }

  /** Every interaction with a multiplicity other than zero. One of 2^52 or more is given as NaN. */
  forEachTuple(table: TupleTable, visit: VisitTuple): void {
    const { interactions, constraints } = this.chip;
    const longest = Math.max(0, ...interactions.map(({ tuple }) => tuple.length));
    const fields = Array.from({ length: longest }, () => [new Uint32Array(CHUNK), new Uint32Array(CHUNK)]);
    const words = new Uint32Array(2 * longest);
    const multiplicities = new Float64Array(CHUNK);
    const outside = new Uint8Array(CHUNK);
    this.#forEachChunk((first, count) => {
      let output = constraints.length;
      interactions.forEach(({ sign, tuple }, k) => {
        const multiplicity = this.#values.output(output++);
        const firstField = output;
        output += tuple.length;
        if (isZero(multiplicity)) return;
        outside.fill(0);
        this.#values.integers(multiplicity, multiplicities, outside);
        let used = 0;
        for (let f = 0; f < tuple.length; f++) {
          const value = this.#values.output(firstField + f);
          if (!isZero(value)) used = f + 1;
          this.#values.words(value, fields[f]![0]!, fields[f]![1]!, outside);
        }
        for (let i = 0; i < count; i++) {
          if (outside[i] !== 0) {
            this.#visitExactly(table, visit, k, first + i, words);
            continue;
          }
          const m = multiplicities[i]!;
          if (m === 0) continue;
          let length = 0;
          for (let f = 0; f < used; f++) {
            const low = fields[f]![0]![i]!;
            const high = fields[f]![1]![i]!;
            words[2 * f] = low;
            words[2 * f + 1] = high;
            if (high !== 0) length = 2 * f + 2;
            else if (low !== 0) length = 2 * f + 1;
          }
          visit(k, first + i, sign * m, table.index(words, length));
        }
      });
    });
  }

  /** Exact tuple and signed multiplicity. */
  interaction(k: number, row: number): { tuple: bigint[]; party: Party } {
    const { sign, name } = this.chip.interactions[k]!;
    const values = evaluateProgram(this.#programs.interactions[k]!, scalarRing, this.#row(row), []);
    const m = centred(values[0]!);
    return {
      tuple: values.slice(1),
      party: {
        chip: this.chip.name,
        row,
        interaction: name,
        multiplicity: sign === 1 ? m : -m,
        ...this.#location(row),
      },
    };
  }

  #visitExactly(table: TupleTable, visit: VisitTuple, k: number, row: number, words: Uint32Array): void {
    const { tuple, party } = this.interaction(k, row);
    if (party.multiplicity === 0n) return;
    const length = tupleWords(tuple, words);
    const m = Number(party.multiplicity);
    visit(k, row, Math.abs(m) < 2 ** 52 ? m : Number.NaN, length < 0 ? -1 : table.index(words, length));
  }

  #forEachChunk(visit: (first: number, count: number) => void): void {
    for (let first = 0; first < this.rows; first += CHUNK) {
      const count = Math.min(CHUNK, this.rows - first);
      this.#values.seek(first, count);
      visit(first, count);
    }
  }

  #row(row: number): bigint[] {
    return this.#columns.map((column) => valueAt(column, row));
  }

  #cells(expression: Expr, row: number): Cell[] {
    const read = new Set<Column>();
    forEachLeaf(expression, (leaf) => {
      if (leaf.op === 'column') read.add(leaf.column);
    });
    return this.#inputs.flatMap((column, i) =>
      read.has(column) ? [{ name: column.name, value: valueAt(this.#columns[i]!, row) }] : [],
    );
  }

  #location(row: number): { location?: string } {
    const location = this.#locate(row);
    return location === undefined || location === '' ? {} : { location };
  }
}

/**
 * Writes the 32-bit words of a tuple's fields, low word first, and returns how many there are without zeros at the end (an
 * interaction of several tags is as long as the longest); −1 where a field is not below 2^64.
 */
export function tupleWords(tuple: readonly bigint[], words: Uint32Array): number {
  let length = 0;
  for (const [f, field] of tuple.entries()) {
    if (field >= 1n << 64n) return -1;
    words[2 * f] = Number(field & 0xffff_ffffn);
    words[2 * f + 1] = Number(field >> 32n);
    if (words[2 * f + 1] !== 0) length = 2 * f + 2;
    else if (words[2 * f] !== 0) length = 2 * f + 1;
  }
  return length;
}

function programsOf(chip: Chip): Programs {
  let programs = made.get(chip);
  if (programs === undefined) {
    const inputs = [...chip.main, ...chip.fixed];
    const leaves = {
      columns: inputs.length,
      indexOf: (column: Column): number => inputs.indexOf(column),
      challenges: [],
    };
    const constraints = chip.constraints.map(({ expression }) => [expression]);
    const interactions = chip.interactions.map(({ multiplicity, tuple }) => [multiplicity, ...tuple]);
    programs = {
      all: flatten([...constraints, ...interactions].flat(), leaves),
      constraints: constraints.map((outputs) => flatten(outputs, leaves)),
      interactions: interactions.map((outputs) => flatten(outputs, leaves)),
    };
    made.set(chip, programs);
  }
  return programs;
}
