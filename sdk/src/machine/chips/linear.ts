/** Expressions of degree 1 as sums: for filling cells from them, and for printing what a tuple comes to. */
import type { Column, Expr } from '../../plonk/declare/declare.ts';

/** `constant + Σ weight·column`, without zero weights. */
export interface Linear {
  readonly constant: bigint;
  readonly weights: ReadonlyMap<Column, bigint>;
}

/** Throws `RangeError` for products of columns and for challenges. */
export function linear(e: Expr): Linear {
  switch (e.op) {
    case 'constant':
      return { constant: e.value, weights: new Map() };
    case 'column':
      return { constant: 0n, weights: new Map([[e.column, 1n]]) };
    case 'challenge':
      throw new RangeError(`the challenge ${e.name} is no column`);
    case 'mul': {
      const [left, right] = [linear(e.left), linear(e.right)];
      if (left.weights.size === 0) return scaled(right, left.constant);
      if (right.weights.size === 0) return scaled(left, right.constant);
      throw new RangeError('a product of columns');
    }
    default:
      return sum(linear(e.left), scaled(linear(e.right), e.op === 'add' ? 1n : -1n));
  }
}

function sum(x: Linear, y: Linear): Linear {
  const weights = new Map(x.weights);
  for (const [column, weight] of y.weights) {
    const total = (weights.get(column) ?? 0n) + weight;
    if (total === 0n) weights.delete(column);
    else weights.set(column, total);
  }
  return { constant: x.constant + y.constant, weights };
}

function scaled({ constant, weights }: Linear, by: bigint): Linear {
  if (by === 0n) return { constant: 0n, weights: new Map() };
  return {
    constant: constant * by,
    weights: new Map([...weights].map(([column, weight]) => [column, weight * by])),
  };
}

/** With an expression in place of a column. */
export function substituted(e: Linear, column: Column, by: Linear): Linear {
  const weight = e.weights.get(column);
  if (weight === undefined) return e;
  const rest = new Map(e.weights);
  rest.delete(column);
  return sum({ constant: e.constant, weights: rest }, scaled(by, weight));
}
