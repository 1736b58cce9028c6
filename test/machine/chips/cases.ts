/** Every opcode that computes, with edge operands and what the specification says comes out. */

import { scaleOf } from '../../../sdk/src/machine/flags.ts';
import type { OpcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import type { Line } from './harness.ts';

export interface Case {
  readonly name: string;
  readonly info: OpcodeInfo;
  readonly flags: number;
  readonly x: bigint;
  readonly y: bigint;
  readonly old: bigint;
  /** Value of slot a afterwards; for branches 1 if taken, else 0. */
  readonly expected: bigint;
}

const M32 = 0xffff_ffffn;
const M64 = 0xffff_ffff_ffff_ffffn;
const EDGES_32 = [0n, 1n, 2n, 0xffffn, 0x1_0000n, 0x7fff_ffffn, 0x8000_0000n, M32, 0x1234_5678n];
const EDGES_64 = [...EDGES_32, 1n << 32n, 0x7fff_ffff_ffff_ffffn, 1n << 63n, M64, 0xfedc_ba98_7654_3210n];
const OLD = 0xdead_beef_0bad_f00dn;

const u32 = (v: bigint): bigint => BigInt.asUintN(32, v);
const u64 = (v: bigint): bigint => BigInt.asUintN(64, v);
const s32 = (v: bigint): bigint => BigInt.asIntN(32, v);
const width = (flags: number): bigint => ((flags & I.WIDE) !== 0 ? 64n : 32n);
const wrap = (v: bigint, flags: number): bigint => BigInt.asUintN(Number(width(flags)), v);

function holds(flags: number, x: bigint, y: bigint): boolean {
  const [l, r] = (flags & I.SIGNED) !== 0 ? [s32(x), s32(y)] : [x, y];
  return (
    ((flags & I.LESS) !== 0 && l < r) ||
    ((flags & I.EQUAL) !== 0 && l === r) ||
    ((flags & I.GREATER) !== 0 && l > r)
  );
}

const rotate = (x: bigint, k: bigint, w: bigint): bigint =>
  BigInt.asUintN(Number(w), (x << (k % w)) | (x >> (w - (k % w))));

type Semantics = (x: bigint, y: bigint, flags: number, old: bigint) => bigint;
const SEMANTICS: ReadonlyMap<OpcodeInfo, Semantics> = new Map<OpcodeInfo, Semantics>([
  [I.ADD, (x, y, f) => wrap(x + y, f)],
  [I.SUB, (x, y, f) => wrap(x - y, f)],
  [I.RSUB, (x, y, f) => wrap(y - x, f)],
  [I.COMPARE_SET, (x, y, f) => (holds(f, x, y) ? 1n : 0n)],
  [I.BRANCH, (x, y, f) => (holds(f, x, y) ? 1n : 0n)],
  [I.SELECT, (x, y, f, old) => (holds(f, x, 0n) ? old : y)],
  [I.PRODUCT_LOW, (x, y) => u32(x * y)],
  [I.PRODUCT_HIGH, (x, y) => (x * y) >> 32n],
  [I.PRODUCT_ROTATE, (x, y) => u32(x * y) + ((x * y) >> 32n)],
  [I.SHIFT_SIGNED, (x, y) => u32(s32(x) >> (33n - BigInt(y.toString(2).length)))],
  [I.INDEX, (x, y, f) => u32(x * BigInt(scaleOf(f)) + y)],
  [I.EXTEND_SIGNED, (x) => u64(s32(x))],
  [I.AND, (x, y) => x & y],
  [I.OR, (x, y) => x | y],
  [I.XOR, (x, y) => x ^ y],
  [I.MUL64, (x, y, f) => ((f & I.WIDE) !== 0 ? (x * y) >> 64n : u64(x * y))],
  [I.SHL, (x, y, f) => wrap(x << y, f)],
  [I.SHR, (x, y) => x >> y],
  [I.ROTL, (x, y, f) => rotate(x, y, width(f))],
  [I.SAR, (x, y) => u32(s32(x) >> y)],
  [I.DIV, (x, y) => x / y],
  [I.REM, (x, y) => x % y],
]);

function make(info: OpcodeInfo, flags: number, x: bigint, y: bigint, old: bigint = OLD): Case {
  const expected = SEMANTICS.get(info)!(x, y, flags, old);
  const how = (flags & I.IMMEDIATE) !== 0 ? 'immediate' : 'slot';
  const name = `${info.name}+${flags.toString(16)} 0x${x.toString(16)}, ${how} 0x${y.toString(16)}`;
  return { name, info, flags, x, y, old, expected };
}

const pairs = (list: readonly bigint[], other: readonly bigint[] = list): [bigint, bigint][] =>
  list.flatMap((x) => other.map((y): [bigint, bigint] => [x, y]));

const RELATIONS = [
  I.LESS,
  I.EQUAL,
  I.GREATER,
  I.LESS | I.EQUAL,
  I.GREATER | I.EQUAL,
  I.LESS | I.GREATER,
] as const;

function build(): Case[] {
  const cases: Case[] = [];
  const add = (info: OpcodeInfo, flags: number, operands: readonly (readonly [bigint, bigint])[]): void => {
    for (const [x, y] of operands) cases.push(make(info, flags, x, y));
  };
  const both = (info: OpcodeInfo, flags: number, operands: readonly (readonly [bigint, bigint])[]): void => {
    add(info, flags, operands);
    add(
      info,
      flags | I.IMMEDIATE,
      operands.filter((_, i) => i % 3 === 0),
    );
  };
  for (const info of [I.ADD, I.SUB, I.RSUB]) {
    both(info, 0, pairs(EDGES_32));
    both(info, I.WIDE, pairs(EDGES_64));
  }
  for (const relation of RELATIONS) {
    for (const info of [I.COMPARE_SET, I.BRANCH]) {
      both(info, relation, pairs(EDGES_32));
      both(info, relation | I.WIDE, pairs(EDGES_64));
      both(info, relation | I.SIGNED, pairs(EDGES_32));
    }
  }
  for (const relation of [I.EQUAL, I.GREATER]) {
    both(I.SELECT, relation, pairs(EDGES_32, [0n, 7n, M64]));
    both(I.SELECT, relation | I.WIDE, pairs(EDGES_64, [0n, 7n, M64]));
  }
  both(I.PRODUCT_LOW, 0, pairs(EDGES_32));
  add(I.PRODUCT_LOW, I.IMMEDIATE, pairs(EDGES_64, [1n]));
  both(I.PRODUCT_HIGH, 0, pairs(EDGES_32));
  const powers = Array.from({ length: 32 }, (_, k) => 1n << BigInt(k));
  add(I.PRODUCT_ROTATE, I.IMMEDIATE, pairs(EDGES_32, powers));
  add(I.SHIFT_SIGNED, I.IMMEDIATE, pairs(EDGES_32, powers.slice(1)));
  for (const scale of [I.LESS, I.EQUAL, I.GREATER, I.WIDE, I.WIDE | I.LESS | I.EQUAL | I.GREATER]) {
    both(I.INDEX, scale, pairs(EDGES_32));
  }
  add(I.EXTEND_SIGNED, 0, pairs(EDGES_32, [0n]));
  for (const info of [I.AND, I.OR, I.XOR]) both(info, 0, pairs(EDGES_64));
  both(I.MUL64, 0, pairs(EDGES_64));
  both(I.MUL64, I.WIDE, pairs(EDGES_64));
  const counts = (w: bigint, most: bigint): bigint[] =>
    [0n, 1n, 8n, 15n, 16n, 17n, 31n, 32n, 33n, 48n, 63n, 64n].filter((k) => k < w || k === most);
  for (const info of [I.SHL, I.SHR]) {
    both(info, 0, pairs(EDGES_32, counts(32n, 0n)));
    both(info, I.WIDE, pairs(EDGES_64, counts(64n, 0n)));
  }
  both(I.ROTL, 0, pairs(EDGES_32, counts(32n, 32n)));
  both(I.ROTL, I.WIDE, pairs(EDGES_64, counts(64n, 64n)));
  both(I.SAR, 0, pairs(EDGES_32, counts(32n, 0n)));
  for (const info of [I.DIV, I.REM]) {
    both(info, 0, pairs(EDGES_32, EDGES_32.slice(1)));
    both(info, I.WIDE, pairs(EDGES_64, EDGES_64.slice(1)));
  }
  return cases;
}

export const CASES: readonly Case[] = build();

/** Rows that set the operands, execute the case and write what came out; `at` is the pc of the first. */
export function linesOf({ info, flags, x, y, old }: Case, at: number): Line[] {
  const operands: Line[] = [[I.CONST, 0, 0, 0, x]];
  const immediate = (flags & I.IMMEDIATE) !== 0;
  if (!immediate && info !== I.EXTEND_SIGNED) operands.push([I.CONST, 0, 1, 0, y]);
  const c = immediate ? y : info === I.EXTEND_SIGNED ? 0n : 1n;
  if (info === I.BRANCH) {
    const here = at + operands.length + 1;
    return [
      ...operands,
      [I.CONST, 0, 2, 0, 1n],
      [info, flags, here + 2, 0, c],
      [I.CONST, 0, 2, 0, 0n],
      [I.WRITE, 0, 2],
    ];
  }
  return [...operands, [I.CONST, 0, 2, 0, old], [info, flags, 2, 0, c], [I.WRITE, 0, 2]];
}
