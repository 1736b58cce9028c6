/**
 * Several cells at once: at an honest row there is no direction in which a prover may move the cells that the row itself determines. The derivatives of its
 * constraints by these cells have full rank modulo r, so the honest row is the only one near it; what else solves such a row is one of finitely many points
 * (the other value of a bit, say), which the tests of single cells and the range look-ups speak of.
 */
import assert from 'node:assert/strict';
import { evaluateProgram, type Ring } from '../../sdk/src/expr/evaluate.ts';
import { flatten } from '../../sdk/src/expr/flatten.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import type { Column } from '../../sdk/src/plonk/declare/declare.ts';
import { AT, NARROW } from '../../sdk/src/recursion/narrow/chip.ts';
import type { Row } from '../../sdk/src/recursion/narrow/rows.ts';
import { rowOf } from './lib/judge.ts';
import { sample } from './lib/sample.ts';

const INPUTS: readonly Column[] = [...NARROW.main, ...NARROW.fixed];
const PROGRAM = flatten(
  NARROW.constraints.map(({ expression }) => expression),
  { columns: INPUTS.length, indexOf: (column) => INPUTS.indexOf(column), challenges: [] },
);

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
function derivatives(cells: readonly bigint[], by: number): bigint[] {
  const duals = cells.map((a, i): Dual => ({ a, b: i === by ? 1n : 0n }));
  return evaluateProgram(PROGRAM, DUAL, duals, []).map(({ b }) => b);
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
function determined(row: Row): number[] {
  switch (row.kind) {
    case 'value':
      return [];
    case 'relation':
      return row.relation.guard
        ? [AT.relation.inverse, AT.relation.sign]
        : [AT.relation.sign, AT.relation.magnitude];
    case 'field':
      return range(AT.writes, 2);
    case 'full':
      return [...range(AT.full.entering, 12), ...range(AT.writes, 3)];
    case 'partial':
      return [...range(AT.partial.powers, 16), ...range(AT.writes, 3)];
    case 'digits':
      return [...range(AT.digits.signs, 3), ...range(AT.writes, 4)];
    case 'public':
      return [...range(AT.writes, 4), AT.relation.magnitude];
    case 'pack':
      return [...range(AT.pack.carries, 6), ...range(AT.writes, 3), AT.relation.magnitude];
  }
}

describe('recursion: rows determine what they write', () => {
  it('by constraints whose derivatives have full rank, in 60 rows of each kind', function () {
    this.timeout(600_000);
    const { narrow, main } = sample();
    const columns = [...main, ...narrow.fixed];
    const seen = new Map<string, number>();
    narrow.rows.rows.forEach((row, at) => {
      const count = seen.get(row.kind) ?? 0;
      const cells = determined(row);
      if (cells.length === 0 || count >= 60) return;
      seen.set(row.kind, count + 1);
      const honest = rowOf(columns, at);
      const jacobian = cells.map((cell) => derivatives(honest, cell));
      assert.equal(rank(jacobian), cells.length, `row ${at}, ${row.kind}`);
    });
    assert.deepEqual([...seen.keys()].toSorted(), [
      'digits',
      'field',
      'full',
      'pack',
      'partial',
      'public',
      'relation',
    ]);
  });

  it('a cell that a row does not determine is seen by this test', () => {
    const { narrow, main } = sample();
    const at = narrow.rows.rows.findIndex(({ kind }) => kind === 'partial');
    const honest = rowOf([...main, ...narrow.fixed], at);
    assert.equal(
      rank([...range(AT.partial.powers, 16), AT.writes + 3].map((cell) => derivatives(honest, cell))),
      16,
    );
  });
});
