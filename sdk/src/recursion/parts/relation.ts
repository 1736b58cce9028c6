/**
 * A relation over the base field in a row: the integer identity modulo r and, in two steps of 128 bits, modulo 2^256, with the guard of additions and what a
 * digit moves. Why it suffices: `recursion/relation.ts`.
 */
import { add, mul, sub } from '../../expr/expression.ts';
import { FQ_MODULUS, Fr } from '../../field/field.ts';
import type { ChipBuilder, Expr } from '../../plonk/declare/declare.ts';
import {
  CARRY_LIMBS_OFFSET,
  CARRY_OFFSET,
  CARRY_SHIFT,
  QUOTIENT_OFFSET,
  WORD_BITS,
  wordsOf,
} from '../relation.ts';
import { joined } from './words.ts';

export interface RelationCells {
  /** Four words each. */
  readonly A: readonly Expr[];
  readonly B: readonly Expr[];
  readonly C: readonly Expr[];
  readonly E1: readonly Expr[];
  readonly E2: readonly Expr[];
  readonly quotient: readonly Expr[];
  /** The lower one and the upper one: whatever shows them below 2^121 in magnitude. */
  readonly carries: readonly [Expr, Expr];
  /** Of the digit; both 0 where none is read. */
  readonly sign: Expr;
  readonly magnitude: Expr;
  /** Shows that B and C differ modulo p. */
  readonly inverse: Expr;
  /** Whether rows of other kinds have something else in the cell of the inverse. */
  readonly sharesInverse: boolean;
}

/** A carry in two words. */
export const carryOfWords = (w0: Expr, w1: Expr): Expr =>
  sub(add(w0, mul(w1, 1n << CARRY_SHIFT)), CARRY_OFFSET);

/** A carry in limbs of 16 bits. */
export const carryOfLimbs = (limbs: readonly Expr[]): Expr => sub(joined(limbs, 16), CARRY_LIMBS_OFFSET);

export interface RelationArguments {
  /** Fixed bits: the row is a relation; it is one with a guard, which reads a digit. */
  readonly relation: Expr;
  readonly guard: Expr;
  /** Fixed bit: A is squared, instead of multiplied by B − C. */
  readonly square: Expr;
  readonly e1: Expr;
  readonly e2: Expr;
}

export function relationPart(chip: ChipBuilder, cells: RelationCells, args: RelationArguments): void {
  const { A, B, C, E1, E2, quotient, sign, magnitude, inverse, sharesInverse } = cells;
  const { relation, guard, square, e1, e2 } = args;
  const product = sub(1n, square);
  // Of an addition: λ² = B + C + x3.
  const sum = mul(guard, square);
  const bits = Number(WORD_BITS);
  const number = (words: readonly Expr[]): Expr => joined(words, bits);
  const signed = sub(1n, mul(sign, 2n));
  const single = [0, 1, 2, 3].map((i) =>
    sub(add(mul(e1, signed, E1[i]!), mul(e2, E2[i]!)), mul(sum, add(B[i]!, C[i]!))),
  );
  const difference = sub(number(B), number(C));

  const left = add(mul(product, number(A), difference), mul(square, number(A), number(A)), number(single));
  const right = mul(sub(number(quotient), Fr.from(QUOTIENT_OFFSET)), Fr.from(FQ_MODULUS));
  chip.constrain('relation modulo r', mul(relation, sub(left, right)));

  const p = wordsOf(FQ_MODULUS);
  const offset = wordsOf(QUOTIENT_OFFSET);
  const t = [0, 1, 2, 3].map((n) => {
    const upTo = Array.from({ length: n + 1 }, (_, i) => i);
    const products = add(0n, ...upTo.map((i) => mul(A[i]!, sub(B[n - i]!, C[n - i]!))));
    const squares = add(0n, ...upTo.map((i) => mul(A[i]!, A[n - i]!)));
    const multiple = add(0n, ...upTo.map((i) => mul(sub(quotient[i]!, offset[i]!), p[n - i]!)));
    return sub(add(mul(product, products), mul(square, squares), single[n]!), multiple);
  });
  const [low, high] = cells.carries;
  const word = 1n << WORD_BITS;
  const half = 1n << (2n * WORD_BITS);
  chip.constrain('lower half', mul(relation, sub(add(t[0]!, mul(t[1]!, word)), mul(low, half))));
  chip.constrain('upper half', mul(relation, sub(add(t[2]!, mul(t[3]!, word), low), mul(high, half))));

  // Both are below 2p: they are equal modulo p iff their difference is −p, 0 or p.
  const roots = mul(
    difference,
    sub(difference, FQ_MODULUS - Fr.modulus),
    add(difference, FQ_MODULUS - Fr.modulus),
  );
  const shown = mul(roots, inverse);
  chip.constrain('abscissae differ', sharesInverse ? mul(guard, sub(shown, 1n)) : sub(shown, guard));
  chip.constrain('sign is a bit', mul(guard, sign, sub(sign, 1n)));
  const unmoved = sub(relation, guard);
  chip.constrain('no sign without a digit', mul(unmoved, sign));
  chip.constrain('no magnitude without a digit', mul(unmoved, magnitude));
}
