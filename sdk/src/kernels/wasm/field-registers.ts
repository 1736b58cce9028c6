/** Registers of the field arithmetic: elements, sources of factors, and what a product needs for itself. */
import { LIMBS } from '../../field/limbs.ts';
import type { Local, Operand } from './assembler.ts';
import type { FunctionBuilder } from './module-builder.ts';

/** Registers of one group: `[half][limb]`; one half where `lanes` is 2. */
export type Element = readonly (readonly Local[])[];

/** A multiplicand that is read limb by limb: registers, a group in memory, or one element for all lanes. */
export type Source =
  | Element
  | { readonly group: Operand; readonly offset?: number }
  | { readonly splat: Operand; readonly offset?: number };

export interface Temporaries {
  readonly x: readonly Local[];
  readonly y: readonly Local[];
  /** Digits of a reduction. */
  readonly q: readonly (readonly Local[])[];
  readonly twice: readonly Local[];
  readonly h: readonly Local[];
  readonly part: readonly Local[];
  readonly c1: readonly Local[];
  readonly c2: readonly Local[];
  readonly columns: readonly (readonly Local[])[];
  readonly split: readonly Local[];
  readonly dekker: Readonly<Record<'low' | 'limbHigh' | 'limbLow' | 'product', readonly Local[]>>;
}

/** Once per function: all products in it share them. */
export function createTemporaries(fn: FunctionBuilder, width: number): Temporaries {
  const one = (): Local[] => fn.locals('v128', width);
  return {
    x: one(),
    y: one(),
    q: [one(), one()],
    twice: one(),
    h: one(),
    part: one(),
    c1: one(),
    c2: one(),
    columns: Array.from({ length: width }, () => fn.locals('v128', 2 * LIMBS)),
    split: one(),
    dekker: { low: one(), limbHigh: one(), limbLow: one(), product: one() },
  };
}
