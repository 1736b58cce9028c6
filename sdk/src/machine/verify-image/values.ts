/** The most that the result of a row can be, from the most that its operands are. */
import * as I from '../instructions.ts';
import { mostOfBits, WORD32, WORD64 } from './frame.ts';

/** `WORD64` for everything above 2^32. */
const clamped = (value: number): number => (value > WORD32 ? WORD64 : value);

/** The least 2^k − 1 that is not below. */
const filled = (value: number): number => (value > WORD32 ? WORD64 : 2 ** (32 - Math.clz32(value)) - 1);

export interface Operands {
  readonly x: number;
  readonly y: number;
  readonly old: number;
  /** y is exactly that. */
  readonly isImmediate: boolean;
}

/** Of a row that writes slot a and accesses no cell besides. */
export function resultOf(info: I.OpcodeInfo, opcode: number, { x, y, old, isImmediate }: Operands): number {
  switch (info.code) {
    case I.MOVE.code:
      return x;
    case I.CONST.code:
      return clamped(y);
    case I.SELECT.code:
      return Math.max(old, y);
    case I.AND.code:
      return clamped(Math.min(x, y));
    case I.OR.code:
    case I.XOR.code:
      return filled(Math.max(x, y));
    case I.RSUB.code:
      // y − x does not wrap where y is above every x.
      if (isImmediate && x <= y && y <= WORD32) return y;
      break;
    case I.SHR.code:
      if (!isImmediate) break;
      if (x < WORD64) return Math.floor(x / 2 ** y);
      return y === 0 ? WORD64 : clamped(2 ** (64 - y) - 1);
  }
  const { a } = info;
  return a.role === 'write' || a.role === 'update' ? mostOfBits(I.bitsOf(a.bits, opcode)) : WORD64;
}

const RELATIONS = I.LESS | I.EQUAL | I.GREATER;

/** What is known of x and y where one of the relations holds; undefined where none can. */
export function refined(
  opcode: number,
  holds: boolean,
  x: number,
  y: number,
): { readonly x: number; readonly y: number } | undefined {
  const relations = (holds ? opcode : ~opcode) & RELATIONS;
  if (relations === 0) return undefined;
  if ((opcode & I.SIGNED) !== 0) return { x, y };
  const less = (relations & I.EQUAL) === 0 ? 1 : 0;
  const mostX = (relations & I.GREATER) === 0 ? y - less : x;
  const mostY = (relations & I.LESS) === 0 ? x - less : y;
  if (mostX < 0 || mostY < 0) return undefined;
  return { x: Math.min(x, mostX), y: Math.min(y, mostY) };
}
