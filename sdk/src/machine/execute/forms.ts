import * as I from '../instructions.ts';

/** How the interpreter treats a row. */
export const FORM_XY = 0; // alu and wide with slots b and c
export const FORM_X = 1; // alu and wide with slot b alone
export const FORM_TRANSFER = 2;
export const FORM_LOAD = 3;
export const FORM_STORE = 4;
const FORM_CONTROL = 5;
/** Added where a value is reported first. */
export const DEBUG = 8;

/** The form of an opcode number. */
export function formOf(opcode: number): number {
  const info = I.opcodeInfo(opcode);
  const chip = info?.chips[0];
  if (chip === 'alu' || chip === 'wide') {
    return (opcode & I.IMMEDIATE) !== 0 || info === I.EXTEND_SIGNED ? FORM_X : FORM_XY;
  }
  if (chip === 'ctl' || info === undefined || chip === undefined) return FORM_CONTROL;
  if (info.code < I.LOAD8.code) return FORM_TRANSFER;
  return info.code < I.STORE8.code ? FORM_LOAD : FORM_STORE;
}
