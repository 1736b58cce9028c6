/** What the status of a statement says, in words. The number is what is proven; all of this follows from it. */
import { STATUS_EXITED, STATUS_RETURNED, STATUS_TRAPPED } from './instructions.ts';
import { TRAPS } from './program.ts';

export interface StatusDescription {
  /** `unknown`: no machine of this version ends so. */
  readonly kind: 'returned' | 'exited' | 'trapped' | 'unknown';
  /** The exit code, or the number of the trap (`TRAPS`); 0 where the run returned. */
  readonly code: number;
  /** `returned`, `exited with code 3`, `trapped: integer divide by zero`. */
  readonly text: string;
}

/** Of any 64-bit word. Only 0 is a run that returned. */
export function describeStatus(status: bigint): StatusDescription {
  const code = Number(status & 0xffff_ffffn);
  switch (status - BigInt(code)) {
    case STATUS_RETURNED:
      if (code === 0) return { kind: 'returned', code, text: 'returned' };
      break;
    case STATUS_EXITED:
      return { kind: 'exited', code, text: `exited with code ${code}` };
    case STATUS_TRAPPED: {
      const trap = Object.values(TRAPS).find((known) => known.code === code);
      if (trap !== undefined) return { kind: 'trapped', code, text: `trapped: ${trap.text}` };
    }
  }
  return { kind: 'unknown', code, text: `ended with the unknown status ${status}` };
}
