/**
 * Constraint expressions: polynomials over column cells of one row and verifier challenges, generic over the
 * column leaf `C`. Tiny on purpose: an expression knows its degree and nothing else; `flatten` makes programs.
 */
export type Expression<C> =
  | { readonly op: 'constant'; readonly value: bigint }
  | { readonly op: 'column'; readonly column: C }
  | { readonly op: 'challenge'; readonly name: string }
  | { readonly op: 'add' | 'sub' | 'mul'; readonly left: Expression<C>; readonly right: Expression<C> };

/** What the builders accept: an expression, or an integer that stands for a constant. */
export type Operand<C> = Expression<C> | bigint | number;

export function constant<C>(value: bigint | number): Expression<C> {
  return { op: 'constant', value: BigInt(value) };
}

function lift<C>(operand: Operand<C>): Expression<C> {
  return typeof operand === 'object' ? operand : constant(operand);
}

const isConstant = <C>(e: Expression<C>, value: bigint): boolean => e.op === 'constant' && e.value === value;

/** `left + right + …` */
export function add<C>(first: Operand<C>, ...rest: readonly Operand<C>[]): Expression<C> {
  return rest.map(lift<C>).reduce<Expression<C>>((left, right) => {
    if (isConstant(left, 0n)) return right;
    if (isConstant(right, 0n)) return left;
    return { op: 'add', left, right };
  }, lift(first));
}

/** `left − right` */
export function sub<C>(left: Operand<C>, right: Operand<C>): Expression<C> {
  const r = lift(right);
  return isConstant(r, 0n) ? lift(left) : { op: 'sub', left: lift(left), right: r };
}

/** `left · right · …` */
export function mul<C>(first: Operand<C>, ...rest: readonly Operand<C>[]): Expression<C> {
  return rest.map(lift<C>).reduce<Expression<C>>((left, right) => {
    if (isConstant(left, 1n)) return right;
    if (isConstant(right, 1n)) return left;
    if (isConstant(left, 0n) || isConstant(right, 0n)) return constant(0n);
    return { op: 'mul', left, right };
  }, lift(first));
}

/** `Σ weight·term`; the usual way to recompose limbs, bytes and selectors. */
export function weighted<C>(terms: readonly (readonly [Operand<C>, bigint | number])[]): Expression<C> {
  return terms.reduce<Expression<C>>((sum, [term, weight]) => add(sum, mul(term, weight)), constant(0n));
}

/** `1 − bit` */
export function not<C>(bit: Operand<C>): Expression<C> {
  return sub(1n, bit);
}

/** Degree in columns; challenges and constants have degree 0. */
export function degree<C>(e: Expression<C>): number {
  switch (e.op) {
    case 'constant':
    case 'challenge':
      return 0;
    case 'column':
      return 1;
    case 'mul':
      return degree(e.left) + degree(e.right);
    default:
      return Math.max(degree(e.left), degree(e.right));
  }
}
