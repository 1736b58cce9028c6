import { OP, type OpcodeName } from '../../wasm/opcodes.ts';
import * as I from '../instructions.ts';

/** The row of a load or store. */
export interface MemoryAccess {
  readonly info: I.OpcodeInfo;
  readonly flags: number;
  /** Loads: whether the value is below 2^32. */
  readonly narrow: boolean;
}

const access = (name: OpcodeName, info: I.OpcodeInfo, flags = 0): [number, MemoryAccess] => [
  OP[name],
  { info, flags, narrow: info !== I.LOAD64 && (flags & I.WIDE) === 0 },
];

/** By opcode id. */
export const LOADS: ReadonlyMap<number, MemoryAccess> = new Map([
  access('i32.load', I.LOAD32),
  access('i32.load8_s', I.LOAD8, I.SIGNED),
  access('i32.load8_u', I.LOAD8),
  access('i32.load16_s', I.LOAD16, I.SIGNED),
  access('i32.load16_u', I.LOAD16),
  access('i64.load', I.LOAD64),
  access('i64.load8_s', I.LOAD8, I.SIGNED | I.WIDE),
  access('i64.load8_u', I.LOAD8),
  access('i64.load16_s', I.LOAD16, I.SIGNED | I.WIDE),
  access('i64.load16_u', I.LOAD16),
  access('i64.load32_s', I.LOAD32, I.SIGNED | I.WIDE),
  access('i64.load32_u', I.LOAD32),
  access('f32.load', I.LOAD32),
  access('f64.load', I.LOAD64),
]);

export const STORES: ReadonlyMap<number, MemoryAccess> = new Map([
  access('i32.store', I.STORE32),
  access('i32.store8', I.STORE8),
  access('i32.store16', I.STORE16),
  access('i64.store', I.STORE64),
  access('i64.store8', I.STORE8),
  access('i64.store16', I.STORE16),
  access('i64.store32', I.STORE32, I.WIDE),
  access('f32.store', I.STORE32),
  access('f64.store', I.STORE64),
]);
