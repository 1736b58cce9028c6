/**
 * The verifier of images: what chips take for granted of a program and cannot see, shown of each program before anything is
 * proven or accepted of it, so that no translator has to be trusted for it. Linear in the rows.
 */
import type { Program } from '../program.ts';
import { checkCells } from './cells.ts';
import { checkFunction } from './function.ts';
import { checkInstruction, checkTrapExits } from './instruction.ts';
import { refuse } from './rules.ts';
import { checkSignatures } from './signatures.ts';

const verified = new WeakSet<Program>();

/**
 * Returns if the image is well-formed; the answer is kept.
 * @throws IMAGE_INVALID by the name of the rule that is broken (`rules.ts`, docs/machine.md)
 */
export function verifyImage(program: Program): void {
  if (verified.has(program)) return;
  const { code, entry } = program;
  checkTrapExits(code);
  for (let pc = 1; pc < code.length; pc++) checkInstruction(code, pc);
  const cells = checkCells(program);
  if (!(entry >= 1 && entry < code.length)) refuse('entry', `a run that begins at pc ${entry}`);
  const signatures = checkSignatures(program);
  const starts = [...signatures.at.keys(), code.length];
  checkFunction({ code, cells, signatures }, { start: entry, end: starts[0]!, callee: undefined });
  for (const [i, callee] of [...signatures.at.values()].entries()) {
    checkFunction({ code, cells, signatures }, { start: starts[i]!, end: starts[i + 1]!, callee });
  }
  verified.add(program);
}
