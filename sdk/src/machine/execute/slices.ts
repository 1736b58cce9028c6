/** Runs in slices, between which whoever executes them can give the event loop a turn, be told how far it is, and stop. */
import { fail } from '../../errors/index.ts';
import { nextTurn } from '../../platform/threads.ts';
import type { Program } from '../program.ts';
import { interpret } from './interpret.ts';
import type { Machine } from './machine.ts';
import type { Io, Outcome, Paused } from './outcome.ts';
import { ROW_KINDS } from './placement.ts';
import type { Recorder } from './recorder.ts';

/** What is executed, slice by slice: between two it yields the WebAssembly instructions so far. */
export type Sliced<T> = Generator<number, T, void>;

/** Machine instructions of a slice: a few hundredths of a second, some tenths where rows are recorded. */
const SLICE_STEPS = 2 ** 21;

/** {@link interpret}, sliced. Rows are those since the beginning, or since `paused`. */
export function* interpretSliced(
  program: Program,
  machine: Machine,
  io: Io,
  recorder: Recorder | undefined,
  paused?: Paused,
): Sliced<Outcome> {
  const rows = new Float64Array(ROW_KINDS);
  for (let at = paused; ; ) {
    const until = (at?.steps ?? 0) + SLICE_STEPS;
    const slice = { ...io, maxSteps: Math.min(io.maxSteps, until) };
    const outcome = interpret(program, machine, slice, recorder, at);
    outcome.rows.forEach((count, kind) => {
      rows[kind]! += count;
    });
    at = outcome.paused;
    if (at === undefined || until >= io.maxSteps || outcome.instructions > io.maxInstructions)
      return { ...outcome, rows };
    yield at.instructions;
  }
}

/** All slices at once. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { value, done } = work.next();
    if (done === true) return value;
  }
}

export interface Turns {
  /** Looked at between slices. */
  readonly signal?: AbortSignal | undefined;
  /** Called between slices with the WebAssembly instructions so far; again from the beginning where a run is executed again. */
  readonly onProgress?: ((instructions: number) => void) | undefined;
}

/**
 * Slice by slice, with a turn of the event loop behind each: a page stays alive, and an abort is heard.
 * @throws ABORTED
 */
export async function inTurns<T>(work: Sliced<T>, { signal, onProgress }: Turns = {}): Promise<T> {
  for (;;) {
    requireGoing(signal);
    const { value, done } = work.next();
    if (done === true) return value;
    onProgress?.(value);
    await nextTurn();
  }
}

/** @throws ABORTED */
export function requireGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    fail('ABORTED', 'the run was interrupted', { fix: 'Start again when ready; nothing was written' });
}
