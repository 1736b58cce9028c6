/**
 * What the chips of instructions share: fetching an instruction, taking a step of the thread of control, accessing a
 * cell, limbs. A chip reads as adapter + core.
 *
 * Rows that are not real (padding): every interaction here has multiplicity 0 there, so what such a row holds in its
 * cells means nothing to anyone; constraints need only be satisfied by the all-zero row.
 */

import { add, mul, sub, weighted } from '../../expr/expression.ts';
import type { ChipBuilder, Expr, Term } from '../../plonk/declare/declare.ts';
import type { OpcodeInfo } from '../instructions.ts';
import { BETWEEN, INSTR, MEM, RANGE16, STATE } from '../tags.ts';

/** The columns that every instruction row starts with. */
export interface Fetched {
  readonly ts: Expr;
  readonly pc: Expr;
  readonly fp: Expr;
  readonly a: Expr;
  readonly b: Expr;
  readonly c: Expr;
}

export function fetched(chip: ChipBuilder): Fetched {
  return {
    ts: chip.column('ts', 'bound', 1, 'the STATE received: time of the first access'),
    pc: chip.column('pc', 'bound', 1, 'the STATE received'),
    fp: chip.column('fp', 'bound', 1, 'the STATE received: key of slot 0'),
    a: chip.column('a', 'bound', 1, 'INSTR of the image'),
    b: chip.column('b', 'bound', 1, 'INSTR of the image'),
    c: chip.column('c', 'bound', 2, 'INSTR of the image'),
  };
}

export interface Selected<K extends string> {
  /** One bit for each name; at most one of them is 1. */
  readonly on: Readonly<Record<K, Expr>>;
  /** Their sum, a bit: whether the row is a row of the run. */
  readonly real: Expr;
  /** `Σ selector·code`: the opcode without flags. */
  readonly code: Expr;
}

/**
 * Selector bits and the constraint that their sum is a bit, on every row. As there is a handful of bits and the field
 * is large, at most one of them is 1.
 */
export function selectors<K extends string>(
  chip: ChipBuilder,
  opcodes: Readonly<Record<K, OpcodeInfo>>,
): Selected<K> {
  const names = Object.keys(opcodes) as K[];
  const on = Object.fromEntries(
    names.map((name) => [name, chip.column(name, 'bit', 1, `selects "${opcodes[name].name}"`)]),
  ) as Record<K, Expr>;
  const real = add(0n, ...names.map((name) => on[name]));
  chip.constrain('at most one selector', mul(real, sub(real, 1n)));
  return { on, real, code: weighted(names.map((name) => [on[name], opcodes[name].code] as const)) };
}

export interface Step {
  readonly real: Expr;
  /** Opcode with flags, linear. */
  readonly opcode: Expr;
  /** Time that the row takes: its number of accesses. */
  readonly accesses: number;
  /** Program counter after the row; `pc + 1` unless given. */
  readonly pcNext?: Expr;
  readonly fpNext?: Expr;
  /** A selector of rows that end the run: they send no STATE. */
  readonly ends?: Expr;
  /** Two-row instructions: the bits of either row, and what is received and sent as `mid`. */
  readonly phases?: {
    readonly first: Expr;
    readonly second: Expr;
    readonly mid: Expr;
    readonly midNext: Expr;
  };
}

/**
 * Receives the state, looks the instruction up, sends the next state. Balanced STATE tuples form one path from the
 * initial state to the row that ends the run: every row consumes one and provides one at a later time, so there are
 * no cycles.
 *
 * Between two rows of one instruction the state's pc is `BETWEEN + pc`: only a second row of the instruction at `pc`
 * takes it, and a second row takes no other.
 */
export function step(chip: ChipBuilder, at: Fetched, row: Step): void {
  const { phases, real } = row;
  const received = phases ? add(at.pc, mul(phases.second, BETWEEN)) : at.pc;
  const next = row.pcNext ?? add(at.pc, 1n);
  const sent = phases ? add(next, mul(phases.first, BETWEEN - 1n)) : next;
  chip.receive('state', STATE, real, [at.ts, received, at.fp, phases?.mid ?? 0n]);
  chip.send('next state', STATE, row.ends ? sub(real, row.ends) : real, [
    add(at.ts, row.accesses),
    sent,
    row.fpNext ?? at.fp,
    phases?.midNext ?? 0n,
  ]);
  chip.receive('instruction', INSTR, real, [at.pc, row.opcode, at.a, at.b, at.c]);
}

export interface Access {
  /** Suffix of the column `ts…` that the access adds. */
  readonly name: string;
  readonly key: Term;
  /** The access happens at `ts + offset`. */
  readonly offset: Term;
  readonly old: Term;
  readonly value: Term;
  /** A bit on every row, of degree 1 or 2. */
  readonly multiplicity: Term;
}

/**
 * Offline memory checking: consumes what was left in the cell at an earlier time and leaves a value there. A
 * difference of times in [1, 2^16] and paths without cycles (fewer than 2^48 rows, of all shards, cannot add up to the field's
 * modulus) make `old` the value that the access before left.
 */
export function access(chip: ChipBuilder, at: Fetched, row: Access): void {
  const { name, key, old, value, multiplicity } = row;
  const before = chip.column(`ts${name}`, 'bound', 1, `the MEM tuple received by access ${name}`);
  const time = add(at.ts, row.offset);
  chip.receive(`cell ${name} before`, MEM, multiplicity, [key, before, old]);
  chip.send(`cell ${name} after`, MEM, multiplicity, [key, time, value]);
  chip.receive(`time ${name}`, RANGE16, multiplicity, [sub(sub(time, before), 1n)]);
}

/** `Σ flag·weight`. The instruction lookup binds flags: their weights are disjoint from each other and from the codes. */
export function flagBits<K extends string>(
  chip: ChipBuilder,
  flags: Readonly<Record<K, number>>,
): { readonly bits: Readonly<Record<K, Expr>>; readonly sum: Expr } {
  const names = Object.keys(flags) as K[];
  const bits = Object.fromEntries(
    names.map((name) => [name, chip.column(name, 'bit', 1, `weighs ${flags[name]} in the opcode`)]),
  ) as Record<K, Expr>;
  return { bits, sum: weighted(names.map((name) => [bits[name], flags[name]] as const)) };
}

/** A column below 2^16 on rows where `real` is 1. */
export function limb(chip: ChipBuilder, name: string, real: Expr): Expr {
  const column = chip.column(name, 'limb16');
  ranged(chip, name, column, real);
  return column;
}

/** The look-up of such a column, where `real` depends on what the column is for. */
export function ranged(chip: ChipBuilder, name: string, column: Expr, real: Expr): void {
  chip.receive(`limb ${name}`, RANGE16, real, [column]);
}
