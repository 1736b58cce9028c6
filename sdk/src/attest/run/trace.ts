/** Runs with a trace, for what is checked or proven. How a run ended is judged here, before anything expensive. */
import { fail } from '../../errors/index.ts';
import {
  type AskedWord,
  askedOnce,
  type ExecuteOptions,
  type Execution,
  type ProofBounds,
  traceBalanced,
  traceWithin,
} from '../../machine/execute/execute.ts';
import { type Again, planRun, type RunPlan, type ShardLimits } from '../../machine/execute/segments.ts';
import type { Program } from '../../machine/program.ts';
import { describeStatus, predicateOf, type StatusDescription } from '../../machine/status.ts';
import type { Trace } from '../../machine/trace.ts';
import type { SourceMap } from '../module/source.ts';
import type { Inputs } from './inputs.ts';
import { DEFAULT_MAX_INSTRUCTIONS } from './max-instructions.ts';
import { inputWarnings, requireInputs, trapPlace } from './run.ts';

/** A run, and how it ended. */
export interface JudgedRun {
  readonly execution: Execution;
  /** How it ended, and of a trap where. */
  readonly status: StatusDescription;
  readonly trapAt: string | undefined;
  readonly warnings: readonly string[];
}

export interface TracedRun extends JudgedRun {
  readonly trace: Trace;
}

/** A run for a proof, or for several: the rows of one, or where it is cut, and how to run it again. */
export type ProvableRun = JudgedRun & {
  /** Private words that it asked for besides the list, in their order. */
  readonly words: readonly AskedWord[];
} & ({ readonly trace: Trace } | { readonly plan: RunPlan; readonly again: Again });

export interface TraceOfOptions {
  /** Looked at every few million instructions. */
  readonly signal?: AbortSignal | undefined;
  /** Called every few million instructions with their number so far; a run is executed more than once. */
  readonly onProgress?: ((instructions: number) => void) | undefined;
  /** A run that traps or exits with an error is a result like any other. */
  readonly allowFailure?: boolean | undefined;
  /** RUN_TOO_LONG after so many WebAssembly instructions (see `RunParameters`); default: 2^32. */
  readonly maxInstructions?: number | undefined;
  /** A run that comes to its limits is a result: what it did up to there. */
  readonly partial?: boolean | undefined;
  /** For the place of a trap. */
  readonly sourceMap?: SourceMap | undefined;
}

/** @throws RUN_TRAPPED, RUN_REFUSED, RUN_EXITED unless `allowFailure`; INPUT_MISSING, RUN_TOO_LONG, ABORTED */
export async function traceRun(
  program: Program,
  inputs: Inputs,
  options: TraceOfOptions = {},
): Promise<TracedRun> {
  const { partial = false, onProgress } = options;
  const trace = await traceBalanced(program, { ...executionOptions(inputs, options), partial }, onProgress);
  return { trace, ...judge(program, inputs, trace.execution, options) };
}

export interface TraceForProofsOptions extends TraceOfOptions {
  /** log2 heights of a proof of the whole run. */
  readonly whole: ProofBounds;
  readonly shards: ShardLimits;
  /** Private words that an earlier run of this kind asked for; it gets them again. */
  readonly words?: readonly AskedWord[] | undefined;
}

/**
 * The same, within the heights that proofs may have: with a trace where one proof holds all rows, else with a plan of several.
 * @throws as {@link traceRun}
 */
export async function traceForProofs(
  program: Program,
  inputs: Inputs,
  options: TraceForProofsOptions,
): Promise<ProvableRun> {
  const words = [...(options.words ?? [])];
  const again = askedOnce(executionOptions(inputs, options), words);
  const trace = await traceWithin(program, again, options.whole, options.onProgress);
  if (trace !== undefined) return { trace, words, ...judge(program, inputs, trace.execution, options) };
  const plan = await planRun(program, again, options.shards, options.onProgress);
  return { plan, again, words, ...judge(program, inputs, plan.execution, options) };
}

function executionOptions(
  inputs: Inputs,
  { signal, maxInstructions = DEFAULT_MAX_INSTRUCTIONS }: TraceOfOptions,
): Inputs & Pick<ExecuteOptions, 'signal' | 'maxInstructions'> {
  return {
    ...inputs,
    ...(signal === undefined ? {} : { signal }),
    maxInstructions,
  };
}

/** Refuses a run that nobody wants a proof of. */
function judge(
  program: Program,
  inputs: Inputs,
  execution: Execution,
  { allowFailure, sourceMap }: TraceOfOptions,
): JudgedRun {
  requireInputs(execution, program.entryName, allowFailure);
  const status = describeStatus(execution.status);
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
  return { execution, status, trapAt, warnings: inputWarnings(execution, inputs) };
}
