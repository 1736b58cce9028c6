/** What a trace becomes: the main columns of every chip, in the memory of an engine. */
import type { Engine, IntColumn, Vector } from '../../kernels/contract.ts';
import type { ColumnValues } from '../columns/fixed.ts';
import type { ProvingKey, ProvingProgram } from './keygen.ts';
import { programTable, requireHeight } from './keygen.ts';

export interface ChipWitness {
  /** log2 of the chip's height in this proof. */
  readonly log: number;
  /**
   * One column of `2^log` values for each main column, in order; padding rows are all zero. Integers but where somebody lies:
   * no honest cell has more than 64 bits. Owned by the caller.
   */
  readonly columns: readonly (IntColumn | Vector)[];
}

/** One entry for each chip of the system, in order. */
export type Witness = readonly ChipWitness[];

/** Heights as the rules demand, columns of the right count and length; `TRACE_TOO_TALL` where the key is too small. */
export function requireShape(key: ProvingKey, program: ProvingProgram, witness: Witness): void {
  const { chips } = key.layout;
  if (witness.length !== chips.length)
    throw new RangeError(`${witness.length} chips instead of ${chips.length}`);
  for (const { chip, index } of chips) {
    const { log, columns } = witness[index]!;
    const fixed = key.tables[index] ?? programTable(key, program, index);
    if (fixed !== undefined && fixed.log !== log) {
      throw new RangeError(`${chip.name}: height 2^${log}, its fixed columns have 2^${fixed.log}`);
    }
    requireHeight(key, index, log);
    if (columns.length !== chip.main.length || columns.some((column) => column.length !== 2 ** log)) {
      throw new RangeError(`${chip.name}: needs ${chip.main.length} columns of 2^${log} values`);
    }
  }
}

/** A witness on the host, for the row checker. */
export interface HostChipWitness {
  readonly log: number;
  readonly columns: readonly ColumnValues[];
}

/** Views of the columns in the engine's memory: valid until its next allocation. */
export function viewWitness(engine: Engine, witness: Witness): HostChipWitness[] {
  return witness.map(({ log, columns }) => ({
    log,
    columns: columns.map((column) =>
      column.kind === 'ints'
        ? { words: column.words, data: engine.words(column) }
        : engine.read(column, 0, column.length),
    ),
  }));
}
