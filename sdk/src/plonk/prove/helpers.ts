/** Round 3: the helper columns of every chip and the accumulator φ of the bus. */
import { Fr } from '../../field/field.ts';
import type { Engine, Vector } from '../../kernels/contract.ts';
import type { Scratch } from '../columns/scratch.ts';
import type { ChipLayout } from '../declare/layout.ts';
import { compiled, productProgram } from './compiled.ts';

/**
 * Helper columns of a chip from its main and fixed values: `h = Σ ±m_i/D_i` row by row, one batch inversion a helper.
 * Undefined where a denominator is zero (probability about rows·interactions/r): the prover starts over with fresh
 * blinding.
 */
export async function helperColumns(
  engine: Engine,
  scratch: Scratch,
  chip: ChipLayout,
  inputs: readonly Vector[],
  challenges: readonly bigint[],
): Promise<Vector[] | undefined> {
  const count = chip.helpers.length;
  if (count === 0) return [];
  const n = inputs[0]!.length;
  const fractions = scratch.vectors(2 * count, n);
  await engine.evaluate(compiled(engine, chip.fractions), inputs, challenges, fractions);
  for (let k = 0; k < count; k++) {
    if (!(await engine.batchInvert(fractions[2 * k + 1]!))) return undefined;
  }
  const columns = scratch.vectors(count, n);
  await engine.evaluate(compiled(engine, productProgram(count)), fractions, [], columns);
  scratch.free(...fractions);
  return columns;
}

/** Adds a chip's helpers to the increments of φ: row `i` of a chip of height n stands at `i·N/n`. */
export async function addToIncrements(
  engine: Engine,
  scratch: Scratch,
  increments: Vector,
  helpers: readonly Vector[],
): Promise<void> {
  if (helpers.length === 0) return;
  const n = helpers[0]!.length;
  const sum = scratch.vector(n);
  await engine.accumulateMany(
    sum,
    helpers,
    helpers.map(() => 1n),
  );
  await engine.scatterAdd(increments, 0, increments.length / n, sum);
  scratch.free(sum);
}

/**
 * Values of φ on `H_N`: `φ(ω^{i+1}) = φ(ω^i) + increment_i + P/N`, `φ(1) = 0`. `closes`: the wrap-around holds too, that is, the
 * bus balances with the public terms, whose sum is P. Without one, P is what closes it; `sum` is that of the increments, −P.
 */
export async function accumulator(
  engine: Engine,
  scratch: Scratch,
  increments: Vector,
  publicSum: bigint | undefined,
): Promise<{ readonly values: Vector; readonly closes: boolean; readonly sum: bigint }> {
  const N = increments.length;
  const values = scratch.vector(N);
  const total = async (step: bigint): Promise<bigint> => {
    await engine.prefixSum(values, increments, step);
    return Fr.add(engine.read(values, N - 1, 1)[0]!, engine.read(increments, N - 1, 1)[0]!);
  };
  const sum = publicSum === undefined ? await total(0n) : Fr.neg(publicSum);
  const step = Fr.neg(Fr.mul(sum, Fr.inv(BigInt(N))));
  return { values, closes: Fr.add(await total(step), step) === 0n, sum };
}
