/** Opens a session, or its keys alone, for a command: options, progress, interruption and cleanup in one place. */
import type { Command } from 'commander';
import {
  DEFAULT_MAX_LOG,
  type Keys,
  openKeys,
  openSession,
  type Session,
  type SessionOptions,
} from '../attest/session/session.ts';
import { TABLES_LOG } from '../machine/chips/tables.ts';
import { MAX_CHIP_LOG } from '../machine/program.ts';
import { interruptible, positiveNumber, warn, wholeNumber } from './options.ts';
import { ProgressBar } from './progress.ts';

export interface SessionFlags {
  readonly srs?: string;
  readonly maxLog?: number;
  readonly threads?: number;
  /** No flag: whether more than one proof will be made. */
  readonly keepPoints?: boolean;
}

/** Options that choose the key. The key decides the verifier contract, so all commands of one use must agree. */
export function withSessionOptions(command: Command): Command {
  return command
    .option('--srs <file>', 'powers-of-tau ceremony file (.ptau); default: an insecure development SRS')
    .option(
      '--max-log <k>',
      `log2 of the tallest chip that a proof may have, ${TABLES_LOG} to ${MAX_CHIP_LOG}; part of the key (default ${DEFAULT_MAX_LOG})`,
      wholeNumber,
    )
    .option('--threads <count>', 'threads of the kernels (default: one a core, at most 8)', positiveNumber);
}

export interface Work<S> {
  readonly session: S;
  readonly signal: AbortSignal;
  readonly bar: ProgressBar;
}

/** Runs `work` with an open session; disposes of it, the bar and the signal handlers whatever happens. */
export function withSession<T>(flags: SessionFlags, work: (work: Work<Session>) => Promise<T>): Promise<T> {
  return withOpened(openSession, flags, work);
}

/** The same for keys and program ids: kernels are started only where the cache lacks something. */
export function withKeys<T>(flags: SessionFlags, work: (work: Work<Keys>) => Promise<T>): Promise<T> {
  return withOpened(openKeys, flags, work);
}

async function withOpened<S extends AsyncDisposable, T>(
  open: (options: SessionOptions) => Promise<S>,
  flags: SessionFlags,
  work: (work: Work<S>) => Promise<T>,
): Promise<T> {
  const { signal, release } = interruptible();
  const bar = new ProgressBar();
  try {
    await using session = await open({
      ...(flags.srs === undefined ? {} : { ceremony: flags.srs }),
      ...(flags.maxLog === undefined ? {} : { maxLog: flags.maxLog }),
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
      ...(flags.keepPoints === undefined ? {} : { keepPoints: flags.keepPoints }),
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
