import type { Code } from '../../wasm/build.ts';
import type { OpcodeName } from '../../wasm/opcodes.ts';
import type { ValueType } from '../../wasm/types.ts';
import type { HostFunction } from './host.ts';
import { intrinsicIndex } from './intrinsics.ts';

/** An instruction as a WebAssembly function, its operands as parameters 0, 1, …, its locals behind them. */
export interface Routine extends Omit<RoutineParts, 'hosts'> {
  readonly name: OpcodeName;
}

/** A routine with imports of its own. */
export interface RoutineParts {
  readonly hosts: readonly HostFunction[];
  /** As `i32 i32 -> i32`. */
  readonly type: string;
  readonly locals?: readonly ValueType[];
  readonly code: Code;
}

export type Integer = 'i32' | 'i64';
/** One instruction. */
export type Item = Code[number];

/** Code from lines of code. */
export const lines = (...parts: readonly Code[]): Code => parts.flat();
export const get = (local: number): Item => ['local.get', local];
export const set = (local: number): Item => ['local.set', local];
export const number = (w: Integer, value: number | bigint): Item =>
  w === 'i32' ? ['i32.const', Number(value)] : ['i64.const', BigInt(value)];
export const intrinsicCall = (name: string): Item => ['call', intrinsicIndex(name)];
export const i32 = (value: number): Item => number('i32', value);

/** Calls the trap unless `start + length` (64 bits) is at most `size` (i64). */
export function checkBounds(start: number, length: number, size: Code, trap: Item): Code {
  return lines([get(start), 'i64.extend_i32_u', get(length), 'i64.extend_i32_u', 'i64.add'], size, [
    'i64.gt_u',
    'if',
    trap,
    'end',
  ]);
}

/** The bytes of the memory, an i64. */
export const MEMORY_SIZE: Code = ['memory.size', 'i64.extend_i32_u', number('i64', 16), 'i64.shl'];

/** Adds to a local. */
export const advance = (local: number, by: number): Code => [get(local), i32(by), 'i32.add', set(local)];

/** `body` while the local is not zero and, if given, `goesOn` holds. */
export const whileNonZero = (local: number, goesOn: Code | undefined, body: Code): Code =>
  lines(
    ['block', 'loop', get(local), 'i32.eqz', ['br_if', 1]],
    goesOn === undefined ? [] : [...goesOn, 'i32.eqz', ['br_if', 1]],
    body,
    [['br', 0], 'end', 'end'],
  );

/** `body` while the local is at least `size`. */
export const whileAtLeast = (local: number, size: number, body: Code): Code =>
  lines([get(local), i32(size), 'i32.ge_u', 'if', 'loop'], body, [
    ...[get(local), i32(size)],
    'i32.ge_u',
    ['br_if', 0],
    'end',
    'end',
  ]);
