import { isWattestError } from '../../../sdk/src/errors/index.ts';
import { evaluate } from '../../../sdk/src/recursion/evaluate.ts';
import type { Program, ProgramInputs } from '../../../sdk/src/recursion/program.ts';

/** Where a program ends: `holds`, or the scopes of the operation that does not. */
export function endOf(program: Program, inputs: ProgramInputs): string {
  try {
    evaluate(program, inputs);
    return 'holds';
  } catch (error) {
    if (!isWattestError(error, 'WITNESS_INVALID')) throw error;
    return error.where!.replace(/^operation \d+, /, '');
  }
}
