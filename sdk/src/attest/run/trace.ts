/** Runs with a trace, for what is checked or proven. How a run ended is judged here, before anything expensive. */
import { fail } from '../../errors/index.ts';
import { type Execution, traceBalanced } from '../../machine/execute/execute.ts';
import type { HeightBounds } from '../../machine/execute/placement.ts';
import type { Program } from '../../machine/program.ts';
import { describeStatus, predicateOf, type StatusDescription } from '../../machine/status.ts';
import type { Trace } from '../../machine/trace.ts';
import type { SourceMap } from '../module/source.ts';
import type { Inputs } from './inputs.ts';
import { inputWarnings, requireInputs, trapPlace } from './run.ts';

export interface TracedRun {
  readonly trace: Trace;
  readonly execution: Execution;
  /** How it ended, and of a trap where. */
  readonly status: StatusDescription;
  readonly trapAt: string | undefined;
  readonly warnings: readonly string[];
}

export interface TraceOfOptions {
  readonly signal?: AbortSignal | undefined;
  /** A run that traps or exits with an error is a result like any other. */
  readonly allowFailure?: boolean | undefined;
  /** RUN_TOO_LONG after so many WebAssembly instructions (see `RunParameters`). */
  readonly maxInstructions?: number | undefined;
  /** Of a proof of the run, if there will be one. */
  readonly heights?: HeightBounds | undefined;
  /** For the place of a trap. */
  readonly sourceMap?: SourceMap | undefined;
}

/** @throws RUN_TRAPPED, RUN_REFUSED, RUN_EXITED unless `allowFailure`; INPUT_MISSING, RUN_TOO_LONG, ABORTED */
export function traceRun(program: Program, inputs: Inputs, options: TraceOfOptions = {}): TracedRun {
  const { signal, allowFailure, maxInstructions, sourceMap, heights } = options;
  const traced = traceBalanced(program, {
    ...inputs,
    ...(signal === undefined ? {} : { signal }),
    ...(maxInstructions === undefined ? {} : { maxInstructions }),
    ...(heights === undefined ? {} : { heights }),
  });
  const { execution } = traced;
  requireInputs(execution, program.entryName, allowFailure);
  const status = describeStatus(traced.status);
  const trapAt = execution.trap === undefined ? undefined : trapPlace(execution.trap, sourceMap);
  if (status.kind !== 'returned' && allowFailure !== true) {
    const codes = {
      trapped: 'RUN_TRAPPED',
      refused: 'RUN_REFUSED',
      exited: 'RUN_EXITED',
      unknown: 'RUN_EXITED',
    } as const;
    fail(codes[status.kind], `the run ${predicateOf(status)}`, {
      where: trapAt ?? program.entryName,
      fix: 'Give inputs that the program accepts, or prove that it fails with --allow-failure (allowFailure in the SDK)',
    });
  }
  return { trace: traced, execution, status, trapAt, warnings: inputWarnings(execution, inputs) };
}
