import * as I from '../instructions.ts';
import type { Program } from '../program.ts';

/** How the interpreter treats a row. */
export const FORM_XY = 0; // computes from slots b and c
export const FORM_X = 1; // computes from slot b alone
export const FORM_TRANSFER = 2;
export const FORM_LOAD = 3;
export const FORM_STORE = 4;
const FORM_CONTROL = 5;
/** Added where a value is reported first. */
export const DEBUG = 8;

/** The form of an opcode number. */
export function formOf(opcode: number): number {
  const info = I.opcodeInfo(opcode);
  if (info === undefined || info.chips.length === 0) return FORM_CONTROL;
  if (info.cell === 'memory') return info.a.role === 'write' ? FORM_LOAD : FORM_STORE;
  if (info.c.role === 'second') return (opcode & I.IMMEDIATE) !== 0 ? FORM_X : FORM_XY;
  if (info === I.EXTEND_SIGNED) return FORM_X;
  return info.chips.includes('mem') ? FORM_TRANSFER : FORM_CONTROL;
}

const known = new WeakMap<Program, Uint8Array>();

/** The forms of a program's instructions, found once: a run may be gone on with many times. Not to be written to. */
export function formsOf(program: Program): Uint8Array {
  const forms = known.get(program) ?? Uint8Array.from(program.code.opcode, formOf);
  known.set(program, forms);
  return forms;
}
