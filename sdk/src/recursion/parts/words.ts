/** Numbers out of limbs and words, as expressions. */
import { type Expression, type Operand, weighted } from '../../expr/expression.ts';
import { Fr } from '../../field/field.ts';
import type { Column } from '../../plonk/declare/declare.ts';

type Term = Operand<Column>;
type Expr = Expression<Column>;

/** `Σ 2^(bits·i)·parts[i]` modulo r. */
export function joined(parts: readonly Term[], bits: number): Expr {
  return weighted(parts.map((part, i) => [part, Fr.from(1n << BigInt(bits * i))] as const));
}

/** Sixteen limbs as four words. */
export function wordsOfLimbs(limbs: readonly Term[]): Expr[] {
  return [0, 1, 2, 3].map((i) => joined(limbs.slice(4 * i, 4 * i + 4), 16));
}
