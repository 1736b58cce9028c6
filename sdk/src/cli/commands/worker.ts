import type { Command } from 'commander';
import type { Session } from '../../attest/session/session.ts';
import { printable } from '../../errors/index.ts';
import { openWorker, type WorkerOptions } from '../../queue/open.ts';
import { wholeNumber } from '../options.ts';
import { type QueueFlags, queueOptionsOf, withQueueOptions } from '../queue.ts';
import { withSession } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { secondsOf } from '../values.ts';

const LINGER_MS = 3000;

type Flags = SessionFlags &
  QueueFlags & {
    readonly queue: string;
    readonly name?: string;
    readonly health?: number;
    readonly healthHost?: string;
    readonly lock?: number;
    readonly quiet?: boolean;
  };

/** `wattest worker`: serves a queue until it is told to stop. */
export function registerWorker(program: Command): void {
  const command = program
    .command('worker')
    .requiredOption('--queue <url>', 'Redis or Valkey: redis://HOST:PORT (required)');
  withSessionOptions(withQueueOptions(command))
    .option('--name <name>', 'names the worker in messages (default: host and process)')
    .option('--health <port>', 'serve /health and /metrics (Prometheus) at this port; 0: any', wholeNumber)
    .option('--health-host <address>', 'where to listen for that (default: 127.0.0.1)')
    .option(
      '--lock <time>',
      'time without a sign of life after which another worker takes the job, such as 2m; a number: seconds (default: 30)',
      secondsOf,
    )
    .option('--quiet', 'no line for each job')
    .action(workerCommand);
}

async function workerCommand(flags: Flags): Promise<void> {
  const { queue, name, health, healthHost, lock, quiet } = flags;
  const say = (line: string): void => {
    process.stderr.write(`wattest: ${printable(line)}\n`);
  };
  const options: WorkerOptions = {
    ...(await queueOptionsOf(queue, flags)),
    ...(name === undefined ? {} : { name }),
    ...(health === undefined ? {} : { healthPort: health }),
    ...(healthHost === undefined ? {} : { healthHost }),
    ...(lock === undefined ? {} : { lockSeconds: lock }),
    onJob: ({ kind, shard, run, outcome, seconds, code }) => {
      if (quiet === true) return;
      const how = code === undefined ? outcome : `${outcome} (${code})`;
      say(
        `${kind} of ${kind === 'join' || kind === 'wrap' ? 'part' : 'shard'} ${shard}, run ${run.slice(0, 8)}: ${how} in ${seconds.toFixed(1)} s`,
      );
    },
  };
  await withSession(flags, async ({ session, signal }) => {
    try {
      await serve(session, signal);
    } finally {
      // BullMQ's timers for a job in hand outlive a connection that is lost; a supervisor waits for the end.
      setTimeout(() => process.exit(), LINGER_MS).unref();
    }
  });
  async function serve(session: Session, signal: AbortSignal): Promise<void> {
    await using worker = await openWorker(session, { ...options, signal });
    const at = worker.healthUrl === undefined ? '' : `, ${worker.healthUrl}/health and /metrics`;
    say(`worker ${worker.name} is ready${at}; Ctrl-C gives its job back and ends it`);
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([stopped, worker.ended]);
  }
}
