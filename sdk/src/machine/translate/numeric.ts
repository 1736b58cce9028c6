/**
 * Numeric instructions as rows. A rule gets its operands off the symbolic stack, `t.temporary(0)` being the home of
 * the first and so on (free to be overwritten once it was read), and writes the destination in its last row only, so
 * that the destination may be a local that is an operand too.
 */
import { OP, type OpcodeName } from '../../wasm/opcodes.ts';
import * as I from '../instructions.ts';
import type { FailureName } from '../program.ts';
import type { Emitter } from './emitter.ts';
import type { Operand } from './operands.ts';

/** Instructions that leave the word as it is. */
export const REINTERPRETATIONS: ReadonlySet<number> = new Set([
  OP['i32.reinterpret_f32'],
  OP['i64.reinterpret_f64'],
  OP['f32.reinterpret_i32'],
  OP['f64.reinterpret_i64'],
]);

/** What rules need of the function translator. */
export interface RowContext {
  readonly emitter: Emitter;
  temporary(k: number): number;
  /** The slot of a constant that has one of its own, with the constant in it; nothing else writes it. */
  constantSlot(value: bigint): number | undefined;
  /** A branch with these flags to the trap. */
  trapIf(trap: FailureName, flags: number, slot: number, value: Operand): void;
}

export interface Slot {
  readonly kind: 'slot';
  readonly slot: number;
  readonly narrow: boolean;
}

type Rule = (t: RowContext, to: number, x: Operand, y: Operand) => void;
export type Width = 32 | 64;

export interface NumericRule {
  readonly operands: 1 | 2;
  readonly rule: Rule;
  /** Whether the result is below 2^32. */
  readonly narrow: boolean;
}

const WORD = 1n << 32n;
/** Added to signed 64-bit numbers, it makes their order that of unsigned ones. */
export const BIAS: bigint = 1n << 63n;
const NONE: Operand = { kind: 'constant', value: 0n };

export const constant = (value: bigint): Operand => ({ kind: 'constant', value });
const wide = (width: Width): number => (width === 64 ? I.WIDE : 0);
const mask = (width: Width): bigint => (1n << BigInt(width)) - 1n;

/** The operand in a slot, to be read only; a constant that has none goes to the k-th temporary. */
export function inSlot(t: RowContext, operand: Operand, k: number): Slot {
  if (operand.kind === 'slot') return operand;
  const known = t.constantSlot(operand.value);
  const slot = known ?? t.temporary(k);
  if (known === undefined) t.emitter.constant(slot, operand.value);
  return { kind: 'slot', slot, narrow: operand.value < WORD };
}

/** One row `to = x op y` where y may be an immediate. */
export function binary(
  t: RowContext,
  info: I.OpcodeInfo,
  flags: number,
  to: number,
  x: Operand,
  y: Operand,
): void {
  const { slot } = inSlot(t, x, 0);
  if (y.kind === 'slot') t.emitter.row(info, flags, to, slot, y.slot);
  else t.emitter.row(info, flags | I.IMMEDIATE, to, slot, y.value);
}

/** Commutative: a constant goes to the right. */
const commutative =
  (info: I.OpcodeInfo, flags = 0): Rule =>
  (t, to, x, y) =>
    x.kind === 'constant' ? binary(t, info, flags, to, y, x) : binary(t, info, flags, to, x, y);

const subtract =
  (width: Width): Rule =>
  (t, to, x, y) => {
    if (x.kind === 'constant' && y.kind === 'slot') binary(t, I.RSUB, wide(width), to, y, x);
    else binary(t, I.SUB, wide(width), to, x, y);
  };

/** A shift count in [0, width): masked at translation where it is constant. */
function shiftCount(t: RowContext, width: Width, y: Operand): Operand {
  const limit = BigInt(width - 1);
  if (y.kind === 'constant') return constant(y.value & limit);
  const count = t.temporary(1);
  binary(t, I.AND, 0, count, y, constant(limit));
  return { kind: 'slot', slot: count, narrow: true };
}

/** shl, shr_u, rotl: 32-bit ones by a constant as a product with a power of two. Counts of 0 do not come here. */
const shift =
  (
    width: Width,
    info: I.OpcodeInfo,
    product?: { info: I.OpcodeInfo; power: (count: bigint) => bigint },
  ): Rule =>
  (t, to, x, y) => {
    const count = shiftCount(t, width, y);
    if (product !== undefined && count.kind === 'constant') {
      binary(t, product.info, 0, to, x, constant(1n << product.power(count.value)));
    } else {
      binary(t, info, wide(width), to, x, count);
    }
  };

const rotateLeft = (width: Width): Rule =>
  shift(width, I.ROTL, width === 32 ? { info: I.PRODUCT_ROTATE, power: (count) => count } : undefined);

const rotateRight =
  (width: Width): Rule =>
  (t, to, x, y) => {
    const count = shiftCount(t, width, y);
    if (count.kind === 'constant') {
      rotateLeft(width)(t, to, x, constant((BigInt(width) - count.value) % BigInt(width)));
      return;
    }
    const left = t.temporary(1);
    binary(t, I.RSUB, 0, left, count, constant(BigInt(width)));
    binary(t, I.ROTL, wide(width), to, x, { kind: 'slot', slot: left, narrow: true });
  };

const shiftRightSigned32: Rule = (t, to, x, y) => {
  const count = shiftCount(t, 32, y);
  if (count.kind === 'constant') binary(t, I.SHIFT_SIGNED, 0, to, x, constant(1n << (32n - count.value)));
  else binary(t, I.SAR, 0, to, x, count);
};

/**
 * With u = x + 2^63 as an unsigned number, x >>s k = (u >>u k) − 2^(63−k). By 63 it is the negated sign bit, by 32 a
 * sign extension of the upper half.
 */
const shiftRightSigned64: Rule = (t, to, x, y) => {
  const count = shiftCount(t, 64, y);
  const low = t.temporary(0);
  const lowSlot: Slot = { kind: 'slot', slot: low, narrow: false };
  if (count.kind === 'constant' && (count.value === 63n || count.value === 32n)) {
    binary(t, I.SHR, I.WIDE, low, x, count);
    if (count.value === 63n) binary(t, I.RSUB, I.WIDE, to, lowSlot, constant(0n));
    else t.emitter.row(I.EXTEND_SIGNED, 0, to, low);
    return;
  }
  binary(t, I.ADD, I.WIDE, low, x, constant(BIAS));
  binary(t, I.SHR, I.WIDE, low, lowSlot, count);
  if (count.kind === 'constant') {
    binary(t, I.SUB, I.WIDE, to, lowSlot, constant(BIAS >> count.value));
    return;
  }
  const bias: Slot = { kind: 'slot', slot: t.temporary(2), narrow: false };
  binary(t, I.SHR, I.WIDE, bias.slot, inSlot(t, constant(BIAS), 2), count);
  binary(t, I.SUB, I.WIDE, to, lowSlot, bias);
};

const divideUnsigned =
  (width: Width, info: I.OpcodeInfo): Rule =>
  (t, to, x, y) => {
    let divisor = y;
    if (y.kind === 'slot' || y.value === 0n) {
      divisor = inSlot(t, y, 1);
      t.trapIf('divideByZero', I.EQUAL | wide(width), divisor.slot, constant(0n));
    }
    binary(t, info, wide(width), to, x, divisor);
  };

/** Whether a signed division by this constant needs no routine: it cannot trap or overflow. */
export function dividesInline(width: Width, divisor: bigint): boolean {
  return divisor !== 0n && divisor !== mask(width);
}

/**
 * Signed division by a constant: with m = −1 for negative x and 0 otherwise, |x| = (x xor m) − m, and the sign goes
 * back in the same way. The remainder has the sign of x whatever the divisor's.
 */
const divideSignedBy =
  (width: Width, info: I.OpcodeInfo): Rule =>
  (t, to, x, y) => {
    const flags = wide(width);
    const divisor = y.kind === 'constant' ? y.value : 0n;
    const negative = divisor >> BigInt(width - 1) === 1n;
    const magnitude = constant(negative ? (1n << BigInt(width)) - divisor : divisor);
    const source = inSlot(t, x, 0);
    const sign: Slot = { kind: 'slot', slot: t.temporary(1), narrow: false };
    const value: Slot = { kind: 'slot', slot: t.temporary(0), narrow: false };
    signOf(t, width, sign, source);
    binary(t, I.XOR, 0, value.slot, source, sign);
    binary(t, I.SUB, flags, value.slot, value, sign);
    binary(t, info, flags, value.slot, value, magnitude);
    binary(t, I.XOR, 0, value.slot, value, sign);
    if (negative && info === I.DIV) binary(t, I.SUB, flags, to, sign, value);
    else binary(t, I.SUB, flags, to, value, sign);
  };

/** sign = −1 where x is negative, else 0. */
function signOf(t: RowContext, width: Width, sign: Slot, x: Slot): void {
  if (width === 32) {
    shiftRightSigned32(t, sign.slot, x, constant(31n));
    return;
  }
  binary(t, I.SHR, I.WIDE, sign.slot, x, constant(63n));
  binary(t, I.RSUB, I.WIDE, sign.slot, sign, constant(0n));
}

/** i32.extendN_s: shift up and back, both as products. */
const extend32 =
  (bits: bigint): Rule =>
  (t, to, x) => {
    const shifted: Slot = { kind: 'slot', slot: t.temporary(0), narrow: true };
    binary(t, I.PRODUCT_LOW, 0, shifted.slot, x, constant(1n << (32n - bits)));
    binary(t, I.SHIFT_SIGNED, 0, to, shifted, constant(1n << bits));
  };

/** i64.extendN_s for N < 32: (low xor s) − s with s the sign bit's weight. */
const extend64 =
  (bits: bigint): Rule =>
  (t, to, x) => {
    const low: Slot = { kind: 'slot', slot: t.temporary(0), narrow: true };
    const sign = constant(1n << (bits - 1n));
    binary(t, I.AND, 0, low.slot, x, constant((1n << bits) - 1n));
    binary(t, I.XOR, 0, low.slot, low, sign);
    binary(t, I.SUB, I.WIDE, to, low, sign);
  };

const wrap: Rule = (t, to, x) => binary(t, I.PRODUCT_LOW, 0, to, x, constant(1n));
const extendSigned: Rule = (t, to, x) => t.emitter.row(I.EXTEND_SIGNED, 0, to, inSlot(t, x, 0).slot);

const extend64From32: Rule = (t, to, x) => {
  const low: Slot = { kind: 'slot', slot: t.temporary(0), narrow: true };
  wrap(t, low.slot, x, NONE);
  extendSigned(t, to, low, NONE);
};

/** Bit patterns of floating-point numbers: f32 and f64 have the sign in the highest bit. NaN is a number like all. */
function signRules(width: Width): [OpcodeName, NumericRule][] {
  const f = `f${width}` as const;
  const sign = constant(1n << BigInt(width - 1));
  const magnitude = constant(mask(width) >> 1n);
  const narrow = width === 32;
  const copySign: Rule = (t, to, x, y) => {
    const left: Slot = { kind: 'slot', slot: t.temporary(0), narrow };
    const right: Slot = { kind: 'slot', slot: t.temporary(1), narrow };
    binary(t, I.AND, 0, left.slot, x, magnitude);
    binary(t, I.AND, 0, right.slot, inSlot(t, y, 1), sign);
    binary(t, I.OR, 0, to, left, right);
  };
  return [
    [`${f}.abs`, { operands: 1, rule: (t, to, x) => binary(t, I.AND, 0, to, x, magnitude), narrow }],
    [`${f}.neg`, { operands: 1, rule: (t, to, x) => binary(t, I.XOR, 0, to, x, sign), narrow }],
    [`${f}.copysign`, { operands: 2, rule: copySign, narrow }],
  ];
}

function rulesOfWidth(width: Width): [OpcodeName, NumericRule][] {
  const w = `i${width}` as const;
  const narrow = width === 32;
  const two = (rule: Rule): NumericRule => ({ operands: 2, rule, narrow });
  const one = (rule: Rule): NumericRule => ({ operands: 1, rule, narrow });
  const flags = wide(width);
  const is32 = width === 32;
  return [
    [`${w}.add`, two(commutative(I.ADD, flags))],
    [`${w}.sub`, two(subtract(width))],
    [`${w}.mul`, two(commutative(is32 ? I.PRODUCT_LOW : I.MUL64))],
    [`${w}.and`, two(commutative(I.AND))],
    [`${w}.or`, two(commutative(I.OR))],
    [`${w}.xor`, two(commutative(I.XOR))],
    [`${w}.div_u`, two(divideUnsigned(width, I.DIV))],
    [`${w}.rem_u`, two(divideUnsigned(width, I.REM))],
    // Only by constants that dividesInline accepts; others are routines.
    [`${w}.div_s`, two(divideSignedBy(width, I.DIV))],
    [`${w}.rem_s`, two(divideSignedBy(width, I.REM))],
    [`${w}.shl`, two(shift(width, I.SHL, is32 ? { info: I.PRODUCT_LOW, power: (k) => k } : undefined))],
    [
      `${w}.shr_u`,
      two(shift(width, I.SHR, is32 ? { info: I.PRODUCT_HIGH, power: (k) => 32n - k } : undefined)),
    ],
    [`${w}.shr_s`, two(is32 ? shiftRightSigned32 : shiftRightSigned64)],
    [`${w}.rotl`, two(rotateLeft(width))],
    [`${w}.rotr`, two(rotateRight(width))],
    [`${w}.extend8_s`, one(is32 ? extend32(8n) : extend64(8n))],
    [`${w}.extend16_s`, one(is32 ? extend32(16n) : extend64(16n))],
  ];
}

/** Rules by opcode id. */
export const NUMERIC: ReadonlyMap<number, NumericRule> = new Map(
  [
    ...rulesOfWidth(32),
    ...rulesOfWidth(64),
    ...signRules(32),
    ...signRules(64),
    ['i64.extend32_s', { operands: 1, rule: extend64From32, narrow: false }] as const,
    ['i64.extend_i32_s', { operands: 1, rule: extendSigned, narrow: false }] as const,
    ['i32.wrap_i64', { operands: 1, rule: wrap, narrow: true }] as const,
  ].map(([name, rule]) => [OP[name as OpcodeName], rule as NumericRule]),
);

const SHIFT_WIDTH: ReadonlyMap<number, Width> = new Map(
  (['shl', 'shr_u', 'shr_s', 'rotl', 'rotr'] as const).flatMap((name): [number, Width][] => [
    [OP[`i32.${name}`], 32],
    [OP[`i64.${name}`], 64],
  ]),
);

/** Whether the instruction leaves its first operand as it is: shifts by 0, extensions and wraps of narrow values. */
export function isIdentity(op: number, x: Operand, y: Operand | undefined): boolean {
  if (op === OP['i64.extend_i32_u']) return true;
  if (op === OP['i32.wrap_i64']) return x.kind === 'slot' ? x.narrow : x.value < WORD;
  const width = SHIFT_WIDTH.get(op);
  return width !== undefined && y?.kind === 'constant' && y.value % BigInt(width) === 0n;
}

/** Whether a 64-bit instruction with these operands gives a value below 2^32. */
export function isNarrow(op: number, x: Operand, y: Operand | undefined): boolean {
  if (op === OP['i64.shr_u']) return y?.kind === 'constant' && (y.value & 63n) >= 32n;
  if (op !== OP['i64.and']) return false;
  const small = (operand: Operand | undefined): boolean =>
    operand !== undefined && (operand.kind === 'constant' ? operand.value < WORD : operand.narrow);
  return small(x) || small(y);
}
