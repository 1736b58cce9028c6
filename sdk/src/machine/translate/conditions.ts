/** Comparisons, and the conditions that rows decide. */
import { OP, type OpcodeName } from '../../wasm/opcodes.ts';
import * as I from '../instructions.ts';
import { type Decision, mirrored, opposite, type RowCondition } from './decision.ts';
import { compareFloats } from './float-compare.ts';
import { BIAS, binary, constant, inSlot, type RowContext, type Width } from './numeric.ts';
import type { Operand } from './operands.ts';

const ZERO: Operand = constant(0n);
const MINUS_ONE = (1n << 64n) - 1n;

/** A comparison between x and y; `relation` is made of LESS, EQUAL and GREATER. */
export interface Comparison {
  readonly relation: number;
  readonly signed: boolean;
  readonly width: Width;
  /** eqz: y is not on the stack but 0. */
  readonly unary: boolean;
  /** The operands are words of floating-point numbers. */
  readonly float: boolean;
}

const RELATIONS: readonly [string, number][] = [
  ['lt', I.LESS],
  ['gt', I.GREATER],
  ['le', I.LESS | I.EQUAL],
  ['ge', I.GREATER | I.EQUAL],
];

/** Comparisons by opcode id. */
export const COMPARISONS: ReadonlyMap<number, Comparison> = new Map([
  // References are below 2^32, null is 0.
  [OP['ref.is_null'], { relation: I.EQUAL, signed: false, width: 32, unary: true, float: false }],
  ...([32, 64] as const).flatMap((width): [number, Comparison][] => {
    const w = `i${width}` as const;
    const comparison = (relation: number, signed = false, unary = false): Comparison => {
      return { relation, signed, width, unary, float: false };
    };
    const ofFloats = (relation: number): Comparison => ({ ...comparison(relation), float: true });
    const f = `f${width}` as const;
    return [
      [OP[`${w}.eqz`], comparison(I.EQUAL, false, true)],
      [OP[`${w}.eq`], comparison(I.EQUAL)],
      [OP[`${w}.ne`], comparison(I.LESS | I.GREATER)],
      ...RELATIONS.flatMap(([name, relation]): [number, Comparison][] => [
        [OP[`${w}.${name}_u` as OpcodeName], comparison(relation)],
        [OP[`${w}.${name}_s` as OpcodeName], comparison(relation, true)],
        [OP[`${f}.${name}` as OpcodeName], ofFloats(relation)],
      ]),
      [OP[`${f}.eq`], ofFloats(I.EQUAL)],
      [OP[`${f}.ne`], ofFloats(I.LESS | I.GREATER)],
    ];
  }),
]);

/** A condition that one row decides, or several; then it holds where they say no if `negated`. */
export type Condition = RowCondition | { readonly decision: Decision; readonly negated: boolean };

export function negate(condition: Condition): Condition {
  return 'decision' in condition ? { ...condition, negated: !condition.negated } : opposite(condition);
}

/** The value on a slot, or a constant, is not zero. */
export function isTrue(t: RowContext, value: Operand): RowCondition {
  return { flags: I.LESS | I.GREATER, x: inSlot(t, value, 0).slot, y: ZERO };
}

/**
 * Rows that bring a comparison into the form that the alu decides. 64-bit signed operands are biased by 2^63, unless
 * the question is the sign alone. Floating-point numbers are compared in the rows that branch.
 */
export function condition(t: RowContext, comparison: Comparison, x: Operand, y: Operand): Condition {
  let { relation } = comparison;
  if (comparison.float) return compareFloats(comparison.width, relation, x, y, t.temporary(2));
  let left = x;
  let right = y;
  if (left.kind === 'constant' && right.kind === 'slot') {
    [left, right] = [right, left];
    relation = mirrored(relation);
  }
  const width = comparison.width === 64 ? I.WIDE : 0;
  if (!comparison.signed) return { flags: relation | width, x: inSlot(t, left, 0).slot, y: right };
  if (width === 0) return { flags: relation | I.SIGNED, x: inSlot(t, left, 0).slot, y: right };
  if (right.kind === 'constant') {
    const sign = signTest(relation, right.value);
    if (sign !== undefined)
      return { flags: sign.flags | width, x: inSlot(t, left, 0).slot, y: constant(sign.limit) };
  }
  return { flags: relation | width, x: inSlot(t, biased(t, left, 0), 0).slot, y: biased(t, right, 1) };
}

/** x < 0 and x ≤ −1 are x ≥u 2^63; x ≥ 0 and x > −1 are x <u 2^63. */
function signTest(relation: number, value: bigint): { flags: number; limit: bigint } | undefined {
  const zero = value === 0n;
  const minusOne = value === MINUS_ONE;
  if ((zero && relation === I.LESS) || (minusOne && relation === (I.LESS | I.EQUAL))) {
    return { flags: I.GREATER | I.EQUAL, limit: BIAS };
  }
  if ((zero && relation === (I.GREATER | I.EQUAL)) || (minusOne && relation === I.GREATER)) {
    return { flags: I.LESS, limit: BIAS };
  }
  return undefined;
}

function biased(t: RowContext, operand: Operand, k: number): Operand {
  if (operand.kind === 'constant') return constant(operand.value ^ BIAS);
  const slot = t.temporary(k);
  binary(t, I.ADD, I.WIDE, slot, operand, constant(BIAS));
  return { kind: 'slot', slot, narrow: false };
}

/** Where a condition is just whether a slot is zero: the flags with which `select` keeps its first operand; else 0. */
export function keepsFirst({ flags, y }: RowCondition): number {
  if (y.kind !== 'constant' || y.value !== 0n) return 0;
  const [width, relation] = [flags & I.WIDE, flags & ~I.WIDE];
  if (relation === (I.LESS | I.GREATER) || relation === I.GREATER) return I.GREATER | width;
  return relation === I.EQUAL ? I.EQUAL | width : 0;
}
