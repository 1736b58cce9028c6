/** Options of a queue, and what they come to: for the prover that gives jobs and for workers. */
import type { Command } from 'commander';
import type { OpenEngine, OpenJoinEngine } from '../attest/jobs/engine.ts';
import { fail } from '../errors/index.ts';
import type { QueueOptions } from '../queue/open.ts';
import { readText } from './files.ts';
import { warn } from './options.ts';
import type { ProgressBar } from './progress.ts';

export interface QueueFlags {
  readonly queue?: string;
  readonly queueName?: string;
  readonly keyFile?: string;
  readonly store?: string;
}

const SECRET_VARIABLE = 'WATTEST_QUEUE_KEY';

/** Adds what prover and workers of a queue must have alike, but for `--queue` itself, which one may leave out. */
export function withQueueOptions(command: Command): Command {
  return command
    .option('--queue-name <name>', 'of the queue, for several at one address (default: wattest)')
    .option(
      '--key-file <file>',
      `the secret of the queue, 64 hexadecimal digits (default: ${SECRET_VARIABLE} of the environment)`,
    )
    .option(
      '--store <place>',
      'where large parts of jobs lie: a folder that all see, or s3://BUCKET/PREFIX (default: the queue itself)',
    );
}

/** @throws QUEUE_KEY_INVALID, FILE_UNREADABLE */
export async function queueOptionsOf(url: string, flags: QueueFlags): Promise<QueueOptions> {
  const { queueName, keyFile, store } = flags;
  const secret =
    keyFile === undefined ? process.env[SECRET_VARIABLE] : await readText(keyFile, 'Give the secret alone');
  if (secret === undefined || secret.trim() === '') {
    fail('QUEUE_KEY_INVALID', 'the queue has no secret', {
      where: '--key-file',
      fix: `Make one with \`openssl rand -hex 32\`, and give it to prover and workers with --key-file or ${SECRET_VARIABLE}`,
    });
  }
  return {
    url,
    secret,
    ...(queueName === undefined ? {} : { queueName }),
    ...(store === undefined ? {} : { store }),
    onWarning: warn,
  };
}

/** Does `work` with the engine of the queue that is named, or with none: connected before anything is begun. */
export async function withEngine<T>(
  flags: QueueFlags,
  bar: ProgressBar,
  work: (options: { readonly engine?: OpenEngine; readonly joinEngine?: OpenJoinEngine }) => Promise<T>,
): Promise<T> {
  if (flags.queue === undefined) return work({});
  const options = await queueOptionsOf(flags.queue, flags);
  const { openQueue } = await import('../queue/open.ts');
  const onWarning = (message: string): void => {
    bar.done();
    warn(message);
  };
  await using queue = await openQueue({ ...options, onWarning });
  return await work({ engine: queue.engine, joinEngine: queue.joinEngine });
}
