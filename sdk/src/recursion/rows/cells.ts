/** Main columns while they are filled, and their way into an engine. */
import type { Engine, IntColumn, Vector } from '../../kernels/contract.ts';
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import type { Chip } from '../../plonk/declare/declare.ts';

type Column =
  | { readonly words: 1; readonly data: Uint32Array }
  | { readonly words: 2; readonly data: Uint32Array; readonly pairs: BigUint64Array }
  | { readonly words: 8; readonly data: bigint[] };

/** Cells of a chip, zero where nothing is set: integers where the column says that its honest values are. */
export class Cells {
  readonly log: number;
  readonly #columns: readonly Column[];

  constructor({ main }: Pick<Chip, 'main'>, log: number) {
    this.log = log;
    const height = 2 ** log;
    this.#columns = main.map(({ words }): Column => {
      if (words === 1) return { words, data: new Uint32Array(height) };
      if (words === 8) return { words, data: new Array<bigint>(height).fill(0n) };
      const pairs = new BigUint64Array(height);
      return { words, data: new Uint32Array(pairs.buffer), pairs };
    });
  }

  /** @param value of the size that the column has */
  set(column: number, row: number, value: bigint): void {
    const to = this.#columns[column]!;
    if (to.words === 1) to.data[row] = Number(value);
    else if (to.words === 2) to.pairs[row] = value;
    else to.data[row] = value;
  }

  put(column: number, row: number, values: readonly bigint[]): void {
    values.forEach((value, i) => {
      this.set(column + i, row, value);
    });
  }

  /** A value of a column of one word. */
  count(column: number, row: number, value: number): void {
    const to = this.#columns[column]!;
    if (to.words === 1) to.data[row] = value;
    else this.set(column, row, BigInt(value));
  }

  values(): ColumnValues[] {
    return this.#columns.map((column) =>
      column.words === 8 ? column.data : { words: column.words, data: column.data },
    );
  }
}

/** Columns in an engine, owned by the caller. */
export async function engineColumns(
  engine: Engine,
  main: readonly ColumnValues[],
  log: number,
): Promise<(IntColumn | Vector)[]> {
  const columns: (IntColumn | Vector)[] = [];
  for (const values of main) {
    if ('words' in values) {
      const column = engine.ints(2 ** log, values.words);
      engine.words(column).set(values.data);
      columns.push(column);
      continue;
    }
    const vector = await vectorOf(engine, values);
    columns.push(vector);
  }
  return columns;
}

/** Of field elements most are words or less; the others are as many words as it takes: an engine puts them together many times faster than `bigint` becomes limbs. */
async function vectorOf(engine: Engine, values: readonly bigint[]): Promise<Vector> {
  const large = values.some((value) => value >> 64n !== 0n);
  const words = Array.from({ length: large ? 4 : 1 }, () => engine.ints(values.length, 2));
  const data = words.map((column) => engine.words(column));
  const pairs = data.map(
    ({ buffer, byteOffset, length }) => new BigUint64Array(buffer, byteOffset, length / 2),
  );
  values.forEach((value, row) => {
    // Stores keep the low 64 bits.
    let rest = value;
    for (let i = 0; rest !== 0n; i++, rest >>= 64n) pairs[i]![row] = rest;
  });
  const vector = engine.vector(values.length);
  const parts: Vector[] = [];
  try {
    await engine.toField(vector, words[0]!);
    for (const column of words.slice(1)) {
      const part = engine.vector(values.length);
      parts.push(part);
      await engine.toField(part, column);
    }
    if (large) {
      const weights = parts.map((_, i) => 1n << BigInt(64 * (i + 1)));
      await engine.accumulateMany(vector, parts, weights);
    }
    return vector;
  } catch (error) {
    engine.free(vector);
    throw error;
  } finally {
    engine.free(...words, ...parts);
  }
}
