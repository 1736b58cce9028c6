/** The row checker's filter modulo small primes. */
import assert from 'node:assert/strict';
import { add, constant, type Expression, mul, sub } from '../../sdk/src/expr/expression.ts';
import { flatten } from '../../sdk/src/expr/flatten.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { evaluateRows, PRIMES } from '../../sdk/src/plonk/residues.ts';

describe('rows modulo small primes', () => {
  const x: Expression<number> = { op: 'column', column: 0 };
  const y: Expression<number> = { op: 'column', column: 1 };

  /** Rows where the expression is zero, modulo each prime. */
  function zeros(expression: Expression<number>, rows: readonly (readonly [bigint, bigint])[]): number[][] {
    const program = flatten([expression], { columns: 2, indexOf: (column) => column, challenges: [] });
    const columns = [rows.map((row) => row[0]), rows.map((row) => row[1])];
    return PRIMES.map((p) => {
      const found: number[] = [];
      evaluateRows(program, columns, [], rows.length, p, (first, count, [output]) => {
        for (let i = 0; i < count; i++) if (output![i] === 0) found.push(first + i);
      });
      return found;
    });
  }

  it('takes the inverse of 4 in the field for a quarter', () => {
    const expression = sub(mul(x, Fr.inv(4n)), y);
    const rows = [[8n, 2n] as const, [8n, 3n] as const, [(1n << 33n) - 4n, (1n << 31n) - 1n] as const];
    assert.deepEqual(zeros(expression, rows), [
      [0, 2],
      [0, 2],
    ]);
  });

  it('takes constants above r/2 for negative numbers, powers up to 2^64 for themselves', () => {
    const expression = sub(add(x, mul(y, Fr.neg(1n << 64n))), constant(Fr.neg(5n)));
    const rows = [[(1n << 64n) - 5n, 1n] as const, [(1n << 64n) - 4n, 1n] as const];
    assert.deepEqual(zeros(expression, rows), [[0], [0]]);
  });
});
