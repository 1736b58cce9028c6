/** The bus tags of the machine, declared once. Codes are at least 1, so an all-zero tuple means nothing. */
import type { Tag } from '../plonk/declare/declare.ts';

const tag = (code: number, name: string, ...fields: readonly string[]): Tag => ({ code, name, fields });

/**
 * The thread of control. Between the two rows of a two-row instruction `pc` is `BETWEEN + pc`, which no instruction
 * has, and `mid` the value handed over; elsewhere `mid` is 0.
 */
export const STATE: Tag = tag(1, 'STATE', 'ts', 'pc', 'fp', 'mid');
export const BETWEEN: bigint = 1n << 32n;
/** One cell of the address space: `value` was left at `key` at time `ts`. */
export const MEM: Tag = tag(2, 'MEM', 'key', 'ts', 'value');
/** Keys in strictly increasing order, from CHAIN_START to CHAIN_END. */
export const CHAIN: Tag = tag(3, 'CHAIN', 'key');

/** Image: the translated program. */
export const INSTR: Tag = tag(4, 'INSTR', 'pc', 'opcode', 'a', 'b', 'c');
/** Image: initial value of a cell. */
export const WORD: Tag = tag(5, 'WORD', 'key', 'value');
/** Image (`ts = 0`) and `grow` rows: cells `lo … hi` are zero from time `ts` on. */
export const ZERO: Tag = tag(6, 'ZERO', 'lo', 'hi', 'ts');
/** Image: a function reference: structural type id (≥ 1), entry pc, slot of the return pc. `id ≥ 1`; null is 0. */
export const FUNC: Tag = tag(7, 'FUNC', 'id', 'type', 'pc', 'returnSlot');
/** Image: `power = 2^(exponent mod 64)`, exponent 0 … 64 (rotation by 64 is rotation by 0; a power is a cell). */
export const POW2: Tag = tag(8, 'POW2', 'exponent', 'power');

/** Tables: `value` below 2^16. */
export const RANGE16: Tag = tag(9, 'RANGE16', 'value');
/** Tables: bytes `x`, `y` and their conjunction. */
export const AND8: Tag = tag(10, 'AND8', 'x', 'y', 'and');
/** Tables: two bytes. */
export const BYTES: Tag = tag(11, 'BYTES', 'x', 'y');

/** Public terms provide these; rows consume them. */
export const INPUT: Tag = tag(12, 'INPUT', 'index', 'word');
export const OUTPUT: Tag = tag(13, 'OUTPUT', 'index', 'word');
export const EXIT: Tag = tag(14, 'EXIT', 'zero', 'status');

/** Image: the return point of a call: the marker's pc, the pc after it, the call's Δ. */
export const LEAVE_POINT: Tag = tag(15, 'LEAVE', 'pc', 'zero', 'next', 'delta');

/** One shard of a run provides it, another consumes it: a field element that hides their sums. */
export const MASK: Tag = tag(16, 'MASK', 'mask');

export const TAGS: readonly Tag[] = [
  STATE,
  MEM,
  CHAIN,
  INSTR,
  WORD,
  ZERO,
  FUNC,
  POW2,
  RANGE16,
  AND8,
  BYTES,
  INPUT,
  OUTPUT,
  EXIT,
  LEAVE_POINT,
  MASK,
];
