/** What commands that execute a program have while they do. */
import { interruptible } from './options.ts';
import { ProgressBar } from './progress.ts';
import { grouped } from './tables.ts';

export interface Running {
  readonly signal: AbortSignal;
  readonly onProgress: (instructions: number) => void;
}

/** Executes with a line of progress and with an ear for interrupts; gives both up whatever happens. */
export async function whileRunning<T>(work: (running: Running, bar: ProgressBar) => Promise<T>): Promise<T> {
  const bar = new ProgressBar();
  const { signal, release } = interruptible();
  const onProgress = (instructions: number): void =>
    bar.say(`running: ${grouped(instructions)} instructions`);
  try {
    return await work({ signal, onProgress }, bar);
  } finally {
    bar.done();
    release();
  }
}
