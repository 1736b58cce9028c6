/** Rows of elements of Fr: two operations; three digits of a scalar. */
import { add, mul, sub } from '../../expr/expression.ts';
import type { ChipBuilder, Expr } from '../../plonk/declare/declare.ts';

export interface FieldCells {
  readonly a: Expr;
  readonly b: Expr;
  readonly c: Expr;
  readonly out: Expr;
}

export interface FieldArguments {
  /** Fixed bits: the row is one of operations; the result of this one is zero. */
  readonly field: Expr;
  readonly zero: Expr;
  readonly scale: Expr;
  readonly constant: Expr;
}

/** `out = a·b + scale·c + constant` */
export function fieldPart(
  chip: ChipBuilder,
  name: string,
  { a, b, c, out }: FieldCells,
  { field, zero, scale, constant }: FieldArguments,
): void {
  chip.constrain(name, mul(field, sub(out, add(mul(a, b), mul(scale, c), constant))));
  chip.constrain(`${name} is zero`, mul(field, zero, out));
}

export interface DigitsCells {
  /** What is left of the scalar, before and behind these digits. */
  readonly before: Expr;
  readonly after: Expr;
  /** Magnitudes are looked up as limbs by the chip that has them: an element has one reading as magnitude and sign. */
  readonly magnitudes: readonly Expr[];
  readonly signs: readonly Expr[];
  readonly out: readonly Expr[];
}

/** @param last fixed bit: nothing is left */
export function digitsPart(
  chip: ChipBuilder,
  { before, after, magnitudes, signs, out }: DigitsCells,
  {
    digits,
    last,
    weights,
  }: { readonly digits: Expr; readonly last: Expr; readonly weights: readonly Expr[] },
): void {
  const parts = magnitudes.map((magnitude, i) => {
    const sign = signs[i]!;
    chip.constrain(`sign ${i} is a bit`, mul(digits, sign, sub(sign, 1n)));
    chip.constrain(`digit ${i}`, mul(digits, sub(out[i]!, add(magnitude, mul(sign, 1n << 16n)))));
    return mul(weights[i]!, sub(1n, mul(sign, 2n)), magnitude);
  });
  chip.constrain('what is left', mul(digits, sub(add(after, ...parts), before)));
  chip.constrain('nothing is left', mul(digits, last, after));
}
