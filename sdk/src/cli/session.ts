/** Opens a session, or its keys alone, for a command: options, progress, interruption and cleanup in one place. */
import {
  type Ids,
  type Keys,
  openIds,
  openKeys,
  openSession,
  type Session,
  type SessionOptions,
} from '../attest/session/session.ts';
import { interruptible, warn } from './options.ts';
import { ProgressBar } from './progress.ts';
import type { SessionFlags } from './session-options.ts';

export interface Work<S> {
  readonly session: S;
  readonly signal: AbortSignal;
  readonly bar: ProgressBar;
}

/** Runs `work` with an open session; disposes of it, the bar and the signal handlers whatever happens. */
export function withSession<T>(flags: SessionFlags, work: (work: Work<Session>) => Promise<T>): Promise<T> {
  return withOpened(openSession, flags, work);
}

/** The same for program ids alone. */
export function withIds<T>(flags: SessionFlags, work: (work: Work<Ids>) => Promise<T>): Promise<T> {
  return withOpened(openIds, flags, work);
}

/** The same for keys and program ids: kernels are started only where the cache lacks something. */
export function withKeys<T>(flags: SessionFlags, work: (work: Work<Keys>) => Promise<T>): Promise<T> {
  return withOpened(openKeys, flags, work);
}

/** What is said of keys and kernels, by the names that the SDK has for it. */
export function optionsOf({ srs, maxLog, threads, keepPoints }: SessionFlags): SessionOptions {
  return {
    ...(srs === undefined ? {} : { ceremony: srs }),
    ...(maxLog === undefined ? {} : { maxLog }),
    ...(threads === undefined ? {} : { threads }),
    ...(keepPoints === undefined ? {} : { keepPoints }),
  };
}

async function withOpened<S extends AsyncDisposable, T>(
  open: (options: SessionOptions) => Promise<S>,
  flags: SessionFlags,
  work: (work: Work<S>) => Promise<T>,
): Promise<T> {
  const { signal, release } = interruptible();
  const bar = new ProgressBar();
  try {
    bar.update({ phase: 'opening', fraction: 0 });
    await using session = await open({
      ...optionsOf(flags),
      signal,
      onWarning: (message) => {
        bar.done();
        warn(message.replace(/^wattest: /, ''));
      },
      onProgress: bar.update,
    });
    bar.done();
    return await work({ session, signal, bar });
  } finally {
    bar.done();
    release();
  }
}
