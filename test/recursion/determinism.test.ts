/**
 * Several cells at once: at an honest row there is no direction in which a prover may move the cells that the row itself determines. The derivatives of its
 * constraints by these cells have full rank modulo r, so the honest row is the only one near it; what else solves such a row is one of finitely many points
 * (the other value of a bit, say), which the tests of single cells and the range look-ups speak of.
 */
import assert from 'node:assert/strict';
import type { Ring } from '../../sdk/src/expr/evaluate.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import type { Chip } from '../../sdk/src/plonk/declare/declare.ts';
import { constraintsIn } from './lib/judge.ts';
import { elementRowOf, type Row, relationOf, rowOf, type SampleChip } from './lib/layouts.ts';
import { samples } from './lib/sample.ts';

/** a + b·ε, ε² = 0 */
interface Dual {
  readonly a: bigint;
  readonly b: bigint;
}
const DUAL: Ring<Dual> = {
  add: (x, y) => ({ a: Fr.add(x.a, y.a), b: Fr.add(x.b, y.b) }),
  sub: (x, y) => ({ a: Fr.sub(x.a, y.a), b: Fr.sub(x.b, y.b) }),
  mul: (x, y) => ({ a: Fr.mul(x.a, y.a), b: Fr.add(Fr.mul(x.a, y.b), Fr.mul(x.b, y.a)) }),
  constant: (value) => ({ a: value, b: 0n }),
};

/** Derivatives of all constraints by one cell. */
function derivatives(chip: Chip, cells: readonly bigint[], by: number): bigint[] {
  const duals = cells.map((a, i): Dual => ({ a, b: i === by ? 1n : 0n }));
  return constraintsIn(chip, DUAL, duals).map(({ b }) => b);
}
function rank(vectors: readonly (readonly bigint[])[]): number {
  const rows = vectors.map((vector) => [...vector]);
  let found = 0;
  for (let column = 0; column < (rows[0]?.length ?? 0) && found < rows.length; column++) {
    const pivot = rows.findIndex((row, i) => i >= found && row[column] !== 0n);
    if (pivot < 0) continue;
    [rows[found], rows[pivot]] = [rows[pivot]!, rows[found]!];
    const inverse = Fr.inv(rows[found]![column]!);
    for (let i = found + 1; i < rows.length; i++) {
      const factor = Fr.mul(rows[i]![column]!, inverse);
      if (factor !== 0n) rows[i] = rows[i]!.map((x, k) => Fr.sub(x, Fr.mul(factor, rows[found]![k]!)));
    }
    found++;
  }
  return found;
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/**
 * Cells that a row determines from those that it reads at fixed addresses. Of values none: limbs are free within their ranges. Of digits all but the magnitudes, which
 * a look-up in a table bounds; of a relation the inverse, sign and words being those of other rows.
 */
function determined(row: Row, { elements, relation: places }: SampleChip): number[] {
  const relation = relationOf(row);
  if (relation !== undefined) {
    const { inverse, sign, magnitude } = places!;
    return relation.guard ? [inverse, sign] : [sign, magnitude];
  }
  const element = elementRowOf(row);
  if (element === undefined) return [];
  const { writes, full, partial, digits, pack } = elements!.cells;
  // Where relations stand in the same chip, a digit moves what these kinds read too.
  const unmoved = places === undefined ? [] : [places.magnitude];
  switch (element.kind) {
    case 'field':
      return range(writes, 2);
    case 'full':
      return [...range(full.entering, 12), ...range(writes, 3)];
    case 'partial':
      return [...range(partial.powers, 16), ...range(writes, 3)];
    case 'digits':
      return [...range(digits.signs, 3), ...range(writes, 4)];
    case 'public':
      return [...range(writes, 4), ...unmoved];
    case 'pack':
      return [...range(pack.carries, 6), ...range(writes, 3), ...unmoved];
  }
}

describe('recursion: rows determine what they write', () => {
  for (const { name, chips } of samples()) {
    describe(name, () => {
      it('by constraints whose derivatives have full rank, in 60 rows of each kind', () => {
        const seen = new Map<string, number>();
        for (const sample of chips) {
          sample.rows.forEach((row, at) => {
            const count = seen.get(row.kind) ?? 0;
            const cells = determined(row, sample);
            if (cells.length === 0 || count >= 60) return;
            seen.set(row.kind, count + 1);
            const honest = rowOf(sample, at);
            const jacobian = cells.map((cell) => derivatives(sample.chip, honest, cell));
            assert.equal(rank(jacobian), cells.length, `row ${at}, ${row.kind}`);
          });
        }
        const elements = ['digits', 'field', 'full', 'pack', 'partial', 'public'];
        const relations = name === 'wide' ? 'values' : 'relation';
        assert.deepEqual([...seen.keys()].toSorted(), [...elements, relations].toSorted());
      });

      it('a cell that a row does not determine is seen by this test', () => {
        const sample = chips.find(({ elements }) => elements !== undefined)!;
        const { partial, writes } = sample.elements!.cells;
        const honest = rowOf(
          sample,
          sample.rows.findIndex(({ kind }) => kind === 'partial'),
        );
        const cells = [...range(partial.powers, 16), writes + 3];
        assert.equal(rank(cells.map((cell) => derivatives(sample.chip, honest, cell))), 16);
      });
    });
  }
});
