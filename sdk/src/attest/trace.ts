/** Runs with a trace, for what is checked or proven: a trap or a lack of inputs is an error here. */
import { fail } from '../errors/index.ts';
import { type Execution, trace } from '../machine/execute/execute.ts';
import type { Program } from '../machine/program.ts';
import type { Trace } from '../machine/trace.ts';
import type { Inputs } from './inputs.ts';
import { requireInputs, spareInputs, trapPlace } from './run.ts';

export interface TracedRun {
  readonly trace: Trace;
  readonly execution: Execution;
  readonly warnings: readonly string[];
}

export interface TraceLimits {
  readonly signal?: AbortSignal | undefined;
}

/** @throws RUN_TRAPPED (traps cannot be proven yet), INPUT_MISSING, RUN_TOO_LONG, ABORTED */
export function traceRun(program: Program, inputs: Inputs, limits: TraceLimits = {}): TracedRun {
  const { signal } = limits;
  const traced = trace(program, { ...inputs, ...(signal === undefined ? {} : { signal }) });
  const { execution } = traced;
  requireInputs(execution, program.entryName);
  if (execution.trap !== undefined) {
    fail('RUN_TRAPPED', `the run traps: ${execution.trap.text}`, {
      where: trapPlace(execution.trap),
      fix: 'Give inputs that the program accepts; a trap cannot be proven yet',
    });
  }
  return { trace: traced, execution, warnings: spareInputs(execution, inputs) };
}
