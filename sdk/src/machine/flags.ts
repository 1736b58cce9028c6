/** Flags of opcode numbers: which an instruction may carry, and what those of `index` say. */
import { CODE_MASK, EQUAL, GREATER, LESS, type OpcodeInfo, opcodeInfo, WIDE } from './instructions.ts';

/** Whether an instruction may carry these flags. */
export function isLegal(
  opcode: number,
  info: OpcodeInfo | undefined = opcodeInfo(opcode),
): info is OpcodeInfo {
  if (info === undefined || (opcode & ~(info.flags | CODE_MASK)) !== 0) return false;
  const apart = opcode & info.apart;
  return (opcode & info.required) === info.required && (apart & (apart - 1)) === 0;
}

export interface Scale {
  readonly flag: number;
  readonly name: 'less' | 'equal' | 'greater' | 'wide';
  readonly scale: number;
}

/** What each flag adds to the factor of `index`, which is 0 without any. */
export const SCALES: readonly Scale[] = [
  { flag: LESS, name: 'less', scale: 2 },
  { flag: EQUAL, name: 'equal', scale: 4 },
  { flag: GREATER, name: 'greater', scale: 8 },
  { flag: WIDE, name: 'wide', scale: 16 },
];

export function scaleOf(opcode: number): number {
  return SCALES.reduce((sum, { flag, scale }) => sum + ((opcode & flag) !== 0 ? scale : 0), 0);
}
