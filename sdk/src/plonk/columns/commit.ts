/** Commitments of packs: `[F(τ)]_1` for `F(X) = Σ_i X^i·f_i(X^t)`. */
import { Fr } from '../../field/field.ts';
import type { AffinePoint, Engine, IntColumn, MsmPart, Points, Vector } from '../../kernels/contract.ts';
import type { Srs } from '../../kzg/srs.ts';
import { heightOf, type Polynomial } from './polynomial.ts';
import type { Scratch } from './scratch.ts';

/** A column by its values: integers (cheap), or field elements. */
export interface ColumnByValues {
  readonly values: IntColumn | Vector;
  readonly blinding: readonly bigint[];
}

/** Up to `t` columns, of any heights, the one at index i at residue i. */
export interface PackByValues {
  readonly t: number;
  readonly columns: readonly ColumnByValues[];
}

/**
 * Commits packs in evaluation form, in one pass over the threads: `Σ_j value_j·[τ^i·L_j(τ^t)]` for the column at residue i, plus its
 * blinding points. An MSM with small scalars for small values; zero rows (padding) cost nothing.
 */
export async function commitPacks(
  engine: Engine,
  srs: Srs,
  packs: readonly PackByValues[],
): Promise<AffinePoint[]> {
  const temporary: Vector[] = [];
  try {
    const sums: MsmPart[][] = [];
    for (const { t, columns } of packs) {
      const parts: MsmPart[] = [];
      const loaded = await basesOf(engine, srs, t, columns);
      for (const [residue, { values, blinding }] of columns.entries()) {
        const n = values.length;
        const bases = loaded[residue]!;
        parts.push({ bases, scalars: values });
        if (blinding.length === 0) continue;
        const rho = engine.vector(blinding.length);
        temporary.push(rho);
        engine.write(rho, 0, blinding);
        parts.push({ bases, offset: n, scalars: rho });
      }
      sums.push(parts);
    }
    return await engine.msmMany(sums);
  } finally {
    engine.free(...temporary);
  }
}

/** So many bases are read at once: while the kernels take one, others come from the disk and are hashed. */
const READ_AT_ONCE = 4;

/** The evaluation bases of a pack's columns. */
async function basesOf(
  engine: Engine,
  srs: Srs,
  t: number,
  columns: readonly ColumnByValues[],
): Promise<Points[]> {
  const bases: Points[] = [];
  for (let from = 0; from < columns.length; from += READ_AT_ONCE) {
    const some = columns.slice(from, from + READ_AT_ONCE);
    const read = some.map(({ values }, i) => srs.evaluationBasis(engine, t, values.length, from + i));
    bases.push(...(await Promise.all(read)));
  }
  return bases;
}

/** A single pack of {@link commitPacks}. */
export async function commitValues(
  engine: Engine,
  srs: Srs,
  t: number,
  columns: readonly ColumnByValues[],
): Promise<AffinePoint> {
  const [commitment] = await commitPacks(engine, srs, [{ t, columns }]);
  return commitment!;
}

/** Commits coefficient vectors on the powers of τ: `columns[i][k]` at `X^{i + t·k}`. */
export async function commitCoefficients(
  engine: Engine,
  srs: Srs,
  t: number,
  columns: readonly Vector[],
): Promise<AffinePoint> {
  const longest = Math.max(...columns.map((column) => column.length));
  const bases = await srs.monomial(engine, t * (longest - 1) + columns.length);
  return engine.msm(columns.map((scalars, i) => ({ bases, offset: i, stride: t, scalars })));
}

/** All coefficients of a polynomial, blinding folded in, in one vector. */
export async function allCoefficients(engine: Engine, scratch: Scratch, f: Polynomial): Promise<Vector> {
  const n = heightOf(f);
  const all = scratch.vector(n + f.blinding.length);
  await engine.scatterAdd(all, 0, 1, f.coefficients);
  engine.write(all, n, f.blinding);
  engine.addAt(all, 0, f.blinding.map(Fr.neg));
  return all;
}
