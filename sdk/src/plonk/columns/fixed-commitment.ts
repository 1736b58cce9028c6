/** Commitments to fixed columns: looked up by a digest of everything they are computed from, else computed. */
import { G1_GENERATOR, type G1Point, multiplyG1 } from '../../curve/g1.ts';
import { Fr } from '../../field/field.ts';
import { evaluateInterpolant } from '../../field/interpolant.ts';
import type { Engine } from '../../kernels/contract.ts';
import { type CommitmentCache, commitmentDigest } from '../../kzg/commitment-cache.ts';
import type { Srs } from '../../kzg/srs.ts';
import { ByteWriter } from '../../transcript/encode.ts';
import { commitValues } from './commit.ts';
import { type ColumnValues, type FixedTable, valueAt } from './fixed.ts';

/** An engine, or how to get one: it is asked for only where something has to be computed. */
export type EngineSource = Engine | (() => Promise<Engine>);

/** Column `index` of a table. */
export interface FixedColumn {
  readonly table: FixedTable;
  readonly index: number;
}

export interface CommitmentSources {
  readonly engine: EngineSource;
  readonly srs: Srs;
  /** Where commitments are kept between sessions; the same columns under the same SRS have the same ones. */
  readonly cache?: CommitmentCache | undefined;
}

/** The commitment to one pack, column `i` at residue `i`, without blinding. */
export async function commitFixed(
  { engine, srs, cache }: CommitmentSources,
  t: number,
  columns: readonly FixedColumn[],
): Promise<G1Point> {
  const digest = cache === undefined ? '' : await digestOf(srs, t, columns);
  const known = await cache?.get(digest);
  if (known !== undefined) return known;
  const commitment =
    srs.tau === undefined
      ? await commitByPoints(typeof engine === 'function' ? await engine() : engine, srs, t, columns)
      : multiplyG1(G1_GENERATOR, packAt(srs.tau, t, columns));
  await cache?.put(digest, commitment);
  return commitment;
}

function commitByPoints(
  engine: Engine,
  srs: Srs,
  t: number,
  columns: readonly FixedColumn[],
): Promise<G1Point> {
  const values = columns.map(({ table, index }) => ({ values: table.columns(engine)[index]!, blinding: [] }));
  return commitValues(engine, srs, t, values);
}

/** `F(τ)` of the pack `F(X) = Σ_i X^i·f_i(X^t)`: who knows τ needs neither points nor kernels for a commitment. */
function packAt(tau: bigint, t: number, columns: readonly FixedColumn[]): bigint {
  // Columns of one height are added up, each times its power, before they are interpolated.
  const sums = new Map<number, bigint[]>();
  let power = 1n;
  for (const { table, index } of columns) {
    const sum = sums.get(table.height) ?? new Array<bigint>(table.height).fill(0n);
    sums.set(table.height, sum);
    const values = table.values[index]!;
    const rows = 'words' in values ? values.data.length / values.words : values.length;
    for (let row = 0; row < rows; row++) {
      const value = valueAt(values, row);
      if (value !== 0n) sum[row]! += power * value;
    }
    power = Fr.mul(power, tau);
  }
  const x = Fr.pow(tau, BigInt(t));
  return [...sums.values()].reduce((total, sum) => Fr.add(total, evaluateInterpolant(sum, x)), 0n);
}

function digestOf(srs: Srs, t: number, columns: readonly FixedColumn[]): Promise<string> {
  const head = new ByteWriter().text('wattest commitment 1').text(srs.digest).u32(t).u32(columns.length);
  return commitmentDigest([
    head.done(),
    ...columns.flatMap(({ table, index }) => [
      new ByteWriter().u32(table.log).done(),
      encodeValues(table.values[index]!),
    ]),
  ]);
}

/** Distinct for distinct columns of one height: their kind, then their values as little-endian words or as field elements. */
function encodeValues(values: ColumnValues): Uint8Array {
  if (!('words' in values)) {
    // Behind four bytes of zero. Millions of values: written in place, most are small.
    const out = new DataView(new ArrayBuffer(4 + 32 * values.length));
    values.forEach((value, i) => {
      for (let rest = value, at = 4 + 32 * i + 24; rest !== 0n; rest >>= 64n, at -= 8)
        out.setBigUint64(at, BigInt.asUintN(64, rest));
    });
    return new Uint8Array(out.buffer);
  }
  const { words, data } = values;
  const out = new Uint8Array(4 + 4 * data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, words);
  for (let i = 0; i < data.length; i++) view.setUint32(4 + 4 * i, data[i]!, true);
  return out;
}
