/** Worker processes of a test, and the prover's end of their queue. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { QueueOptions, WorkerOptions } from '../../../sdk/src/queue.ts';

/** A made-up secret. */
export const KEY: string = '5eC7e7'.padEnd(64, '0123456789abcdef').toLowerCase();

/** What a worker does that it should not. */
export interface Conduct {
  /** Ends itself as if killed when it has done one of these jobs (`prove 3`) and nobody is told yet; another that comes to the same job does not, by a file. */
  readonly deaths?: { readonly jobs: readonly string[]; readonly folder: string };
  readonly badProofs?: boolean;
  /** Of one of these jobs the first proof is wrong, whoever makes it. */
  readonly lies?: { readonly jobs: readonly string[]; readonly folder: string };
  /** Of its session; default: 14. */
  readonly maxLog?: number;
  /** No file that it writes may be larger (multiples of 1024). */
  readonly fileBytes?: number;
}

export interface WorkerProcess {
  readonly name: string;
  /** Everything that it wrote. */
  readonly output: () => string;
  readonly alive: () => boolean;
  /** Resolves when it wrote this, or has ended. */
  saying(text: string): Promise<void>;
  /** Ends it, as it wants or at once. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export const optionsOf = (url: string, more: Partial<QueueOptions> = {}): QueueOptions => ({
  url,
  secret: KEY,
  ...more,
});

/** Ready to take jobs. */
export async function startWorker(
  name: string,
  options: QueueOptions & Partial<WorkerOptions>,
  conduct: Conduct = {},
): Promise<WorkerProcess> {
  const script = join(import.meta.dirname, 'worker-process.ts');
  const given = JSON.stringify({ options: { lockSeconds: 3, ...options, name }, conduct });
  const command = [process.execPath, script, given];
  const limited =
    conduct.fileBytes === undefined
      ? command
      : ['sh', '-c', `ulimit -f ${conduct.fileBytes / 512}; exec "$@"`, 'sh', ...command];
  const child = spawn(limited[0]!, limited.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString();
      for (const look of heard) look();
    });
  }
  const ended = endOf(child);
  const saying = (text: string): Promise<void> =>
    Promise.race([
      ended,
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          heard.delete(look);
          resolve();
        };
        heard.add(look);
        look();
      }),
    ]);
  await saying('ready');
  if (!output.includes('ready')) throw new Error(`worker ${name} did not start: ${output}`);
  return {
    name,
    output: () => output,
    alive: () => child.exitCode === null && child.signalCode === null,
    saying,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
    },
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}
