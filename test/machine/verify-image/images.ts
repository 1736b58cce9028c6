/** Images written by hand that the verifier of images takes, but for what a test breaks. */
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { STACK, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import type { Program, Signature } from '../../../sdk/src/machine/program.ts';
import type { ImageRule } from '../../../sdk/src/machine/verify-image/rules.ts';
import { verifyImage } from '../../../sdk/src/machine/verify-image/verify-image.ts';
import { assemble, type Line, type ProgramParts, SHIFT } from '../chips/harness.ts';

/** The rule that an image breaks, or `accepted`. */
export function verdict(program: Program): ImageRule | 'accepted' {
  try {
    verifyImage(program);
    return 'accepted';
  } catch (error) {
    if (!isWattestError(error, 'IMAGE_INVALID')) throw error;
    return /\(rule "(.+)"\)$/.exec(error.message)![1] as ImageRule;
  }
}

/** Constants in slots 0 … 9, the first five of 32 bits, the others of 64; then the lines, numbered from FIRST. */
export const FIRST = 11;
const SET: readonly Line[] = Array.from({ length: FIRST - 1 }, (_, i) => [
  I.CONST,
  0,
  i,
  0,
  i < 5 ? 0xffff_ffff : (1n << 64n) - 1n,
]);

export const entry = (lines: readonly Line[], parts: ProgramParts = {}): Program =>
  assemble([...SET, ...lines], { wholeStack: true, ...parts });

export const pcOf = (line: number): number => line + SHIFT;

/** Where the function of {@link called} begins. */
export const FUNCTION: number = FIRST + 5;
/** Takes a word of 32 bits and one of 64, and returns one of 32 bits: slots 0 and 1, the return pc in slot 2. */
export const SIGNATURE: Signature = { pc: FUNCTION, params: [32, 64], results: [32] };

/** A call of the lines, with frame 20; they begin at FUNCTION. */
export const called = (
  lines: readonly Line[],
  parts: ProgramParts = {},
  end: Line = [I.EXIT_, 0, 0],
): Program =>
  entry(
    [[I.MOVE, 0, 20, 0], [I.MOVE, 0, 21, 9], [I.CALL, 0, FUNCTION, 20, 2], [I.LEAVE, 0, 20], end, ...lines],
    { signatures: [SIGNATURE], ...parts },
  );

/** Of an outside audit: a table store reaches a return slot, and the call comes back behind another one. */
export function hijackedReturn(): Program {
  const lines: Line[] = [
    [I.CONST, 0, 32, 0, STACK + 32 + 2 - TABLES],
    [I.CONST, 0, 33, 0, 7 + SHIFT],
    [I.CALL, 0, 20, 32, 2],
    [I.LEAVE, 0, 32],
    [I.EXIT_, 0, 1, 1],
    [I.CALL, 0, 20, 0, 2],
    [I.LEAVE, 0, 0],
    [I.CONST, 0, 5, 0, 4242],
    [I.WRITE, 0, 5],
    [I.JUMP, 0, 18],
  ];
  // The table store stands behind the entry; nothing in between runs but the exit.
  while (lines.length < 19) lines.push([I.EXIT_, 0, 0]);
  lines.push([I.TABLE_SET, 0, 1, 0, TABLES], [I.RETURN, 0, 2], [I.EXIT_, 0, 9, 1]);
  return assemble(lines, { wholeStack: true, signatures: [{ pc: 20, params: [32, 32], results: [] }] });
}

/** Likewise: `i32.eq` of 2^32 and 0, which are equal as words of 32 bits. */
export function dirtyComparison(): Program {
  const lines: Line[] = [
    [I.CONST, 0, 0, 0, 1n << 32n],
    [I.CONST, 0, 1, 0, 0],
    [I.COMPARE_SET, I.EQUAL, 2, 0, 1],
    [I.WRITE, 0, 2],
  ];
  return assemble(lines, { wholeStack: true });
}
