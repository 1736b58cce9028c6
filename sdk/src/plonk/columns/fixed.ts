/** Fixed columns: the tables of a key and the image of a program, with their coefficients made once per engine. */
import { fail } from '../../errors/index.ts';
import { FR_MODULUS } from '../../field/field.ts';
import type { Engine, IntColumn, Vector } from '../../kernels/contract.ts';
import type { Polynomial } from './polynomial.ts';

/**
 * Values of a fixed column, at most as many as rows; the rest are zero. Packed: `words` little-endian 32-bit words a
 * value, as in `IntColumn`. Field elements where a value can pass 2^64.
 */
export type ColumnValues = { readonly words: 1 | 2; readonly data: Uint32Array } | readonly bigint[];

interface Loaded {
  readonly columns: readonly (IntColumn | Vector)[];
  coefficients: Promise<readonly Polynomial[]> | undefined;
  /** By shift. */
  readonly onCosets: Map<bigint, Promise<readonly Vector[]>>;
}

/** The value in a row. */
export function valueAt(values: ColumnValues, row: number): bigint {
  if (!('words' in values)) return values[row] ?? 0n;
  const { words, data } = values;
  const low = BigInt(data[row * words] ?? 0);
  return words === 1 ? low : low + (BigInt(data[row * words + 1] ?? 0) << 32n);
}

export class FixedTable {
  readonly log: number;
  readonly values: readonly ColumnValues[];
  readonly #engines = new WeakMap<Engine, Loaded>();

  /** `SYSTEM_INVALID` where a column does not fit `2^log` rows or holds something that is no field element. */
  constructor(log: number, values: readonly ColumnValues[], where: string) {
    this.log = log;
    this.values = values;
    values.forEach((column, i) => {
      const rows = 'words' in column ? column.data.length / column.words : column.length;
      const outside = !('words' in column) && column.some((v) => v < 0n || v >= FR_MODULUS);
      if (!Number.isInteger(rows) || rows > 2 ** log || outside) {
        fail('SYSTEM_INVALID', outside ? 'a value is not in [0, r)' : `${rows} values for 2^${log} rows`, {
          where: `${where}, fixed column ${i}`,
          fix: 'Correct the table',
        });
      }
    });
  }

  get width(): number {
    return this.values.length;
  }

  get height(): number {
    return 2 ** this.log;
  }

  /** The columns as they are committed: integers where they are, which makes the MSM cheap. Owned by the table. */
  columns(engine: Engine): readonly (IntColumn | Vector)[] {
    return this.#load(engine).columns;
  }

  /** Fresh vectors of the values, from `allocate`; the caller frees them. */
  async vectors(
    engine: Engine,
    allocate = (length: number): Vector => engine.vector(length),
  ): Promise<Vector[]> {
    const out: Vector[] = [];
    for (const column of this.columns(engine)) {
      const vector = allocate(this.height);
      if (column.kind === 'ints') await engine.toField(vector, column);
      else await engine.copy(vector, column);
      out.push(vector);
    }
    return out;
  }

  /** Column polynomials, interpolated on first use. Owned by the table. */
  coefficients(engine: Engine): Promise<readonly Polynomial[]> {
    const loaded = this.#load(engine);
    loaded.coefficients ??= this.#interpolate(engine).catch((error: unknown) => {
      loaded.coefficients = undefined;
      throw error;
    });
    return loaded.coefficients;
  }

  /**
   * Values of the columns on the coset `shift·H_n`, kept once computed: 40 bytes a row and column, for tables that many
   * proofs share. Owned by the table.
   */
  onCoset(engine: Engine, shift: bigint): Promise<readonly Vector[]> {
    const { onCosets } = this.#load(engine);
    const known = onCosets.get(shift);
    if (known !== undefined) return known;
    const values = this.#evaluate(engine, shift).catch((error: unknown) => {
      onCosets.delete(shift);
      throw error;
    });
    onCosets.set(shift, values);
    return values;
  }

  /** Frees what this engine holds of the table. */
  async release(engine: Engine): Promise<void> {
    const loaded = this.#engines.get(engine);
    if (loaded === undefined) return;
    this.#engines.delete(engine);
    engine.free(...loaded.columns);
    for (const { coefficients } of (await loaded.coefficients) ?? []) engine.free(coefficients);
    for (const vectors of loaded.onCosets.values()) engine.free(...(await vectors));
  }

  async #interpolate(engine: Engine): Promise<readonly Polynomial[]> {
    const vectors: Vector[] = [];
    try {
      await this.vectors(engine, (length) => {
        const vector = engine.vector(length);
        vectors.push(vector);
        return vector;
      });
      await engine.interpolate(vectors);
    } catch (error) {
      engine.free(...vectors);
      throw error;
    }
    return vectors.map((coefficients) => ({ coefficients, blinding: [] }));
  }

  async #evaluate(engine: Engine, shift: bigint): Promise<readonly Vector[]> {
    const coefficients = (await this.coefficients(engine)).map((f) => f.coefficients);
    const vectors = coefficients.map(({ length }) => engine.vector(length));
    try {
      await engine.cosetEvaluate(
        vectors,
        coefficients,
        shift,
        coefficients.map(() => []),
      );
    } catch (error) {
      engine.free(...vectors);
      throw error;
    }
    return vectors;
  }

  #load(engine: Engine): Loaded {
    let loaded = this.#engines.get(engine);
    if (loaded === undefined) {
      loaded = {
        columns: this.values.map((v) => upload(engine, v, this.height)),
        coefficients: undefined,
        onCosets: new Map(),
      };
      this.#engines.set(engine, loaded);
    }
    return loaded;
  }
}

function upload(engine: Engine, values: ColumnValues, height: number): IntColumn | Vector {
  if ('words' in values) {
    const column = engine.ints(height, values.words);
    engine.words(column).set(values.data);
    return column;
  }
  const largest = values.reduce((max, v) => (v > max ? v : max), 0n);
  if (largest >= 1n << 64n) {
    const vector = engine.vector(height);
    engine.write(vector, 0, values);
    return vector;
  }
  const words = largest >= 1n << 32n ? 2 : 1;
  const column = engine.ints(height, words);
  const data = engine.words(column);
  values.forEach((value, i) => {
    data[i * words] = Number(value & 0xffff_ffffn);
    if (words === 2) data[i * words + 1] = Number(value >> 32n);
  });
  return column;
}
