/**
 * A worker: fetches jobs of any run of its queue, one at a time, and does them. It keeps nothing that a job needs: one that is killed costs its job, which another
 * takes up when the lock has run out.
 */
import type { Job } from 'bullmq';
import type { JobOptions } from '../attest/jobs/jobs.ts';
import type { Session } from '../attest/session/session.ts';
import { isWattestError, WattestError } from '../errors/index.ts';
import { MACHINE_VERSION } from '../machine/system.ts';
import { runDigest, verifyingKeys } from '../plonk/verify/run.ts';
import { type Broker, pause } from './connection.ts';
import { hasEnded, sweep } from './life.ts';
import { type JobKind, type JobMessage, readMessage, writeFailure } from './messages.ts';
import { type Performed, performer } from './perform.ts';
import type { JobStore } from './store/store.ts';
import type { QueueSecret } from './vault.ts';

export interface WorkerParts {
  readonly session: Session;
  readonly broker: Broker;
  readonly store: JobStore;
  readonly secret: QueueSecret;
  /** Names it in messages and errors. */
  readonly name: string;
  /** Seconds without a sign of life after which somebody else takes its job. */
  readonly lockSeconds: number;
  /** Gives the job back that is under way, and takes no other. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each job that has ended. Holds no secrets. */
  readonly onJob: (report: JobReport) => void;
  readonly onWarning: (message: string) => void;
  /** @internal Changes results, for tests of what a prover does with them. */
  readonly dishonest?: ((kind: JobKind, shard: number, performed: Performed) => Performed) | undefined;
}

export interface JobReport {
  readonly run: string;
  /** `unknown` of what is no job of this version. */
  readonly kind: JobKind | 'unknown';
  /** Of a join the place of the part. */
  readonly shard: number;
  /** `dropped`: its run is no more. */
  readonly outcome: 'done' | 'failed' | 'dropped';
  readonly seconds: number;
  /** Of `failed`. */
  readonly code: string | undefined;
}

export interface RunningWorker {
  /** Whether a job is under way. */
  readonly busy: () => boolean;
  /** Resolves when the worker was told to end and has; rejects with WORKER_MISMATCH where it cannot serve this queue. */
  readonly ended: Promise<void>;
  /** Ends it when its job is done. */
  stop(): Promise<void>;
}

const LOOK_MS = 1000;
const SWEEP_MS = 300_000;
/** Workers that die with a job, one after the other, before it is taken for the job's fault. */
const MOST_STALLS = 3;
const ELSEWHERE_MS = 500;
const GOODBYE_MS = 1000;

export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { session, broker, store, secret, name, lockSeconds, onJob, onWarning } = parts;
  const { bullmq } = broker;
  // Made now, or the first job would wait for them.
  await session.shardKeys();
  const jobs = performer(session, store, secret);
  let busy = false;
  let refuse: (error: unknown) => void = () => {};
  const refused = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  refused.catch(() => {});

  const give = async (job: Job, token: string, message: JobMessage, why: string): Promise<never> => {
    // Or it would take it again at once.
    await worker.pause(true);
    await job.updateProgress({ refused: why, worker: name });
    await job.moveToWait(token);
    refuse(
      new WattestError('WORKER_MISMATCH', `run ${message.run} is ${why}`, {
        where: `worker ${name}`,
        fix: 'Start the worker as the prover (release, --srs, --max-log, secret), or give runs of other versions another queue with --queue-name',
      }),
    );
    throw new bullmq.WaitingError();
  };

  const work = async (
    job: Job,
    token: string,
    message: JobMessage,
  ): Promise<Exclude<JobReport['outcome'], 'failed'>> => {
    const { run, kind, shard } = message;
    const why = await difference(message, session, secret);
    if (why !== undefined) await give(job, token, message, why);
    if (message.without.includes(name)) {
      await job.moveToDelayed(Date.now() + ELSEWHERE_MS, token);
      throw new bullmq.DelayedError();
    }
    if (await hasEnded(broker, run, parts.signal)) {
      await jobs.forget(run);
      return 'dropped';
    }
    const life = watchLife(broker, run);
    const signal = parts.signal === undefined ? life.signal : AbortSignal.any([life.signal, parts.signal]);
    try {
      const performed = await jobs.perform(message, { signal, onProgress: teller(job, name) });
      await jobs.deliver(message, name, parts.dishonest?.(kind, shard, performed) ?? performed);
      // The prover may have gone while it was written.
      if (await hasEnded(broker, run, signal)) await jobs.forget(run);
      return 'done';
    } catch (error) {
      if (parts.signal?.aborted === true) {
        await job.moveToWait(token);
        throw new bullmq.WaitingError();
      }
      if (!life.signal.aborted) throw error;
      await jobs.forget(run);
      return 'dropped';
    } finally {
      life.stop();
    }
  };

  const report = async (job: Job, token?: string): Promise<void> => {
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    busy = true;
    let about: Pick<JobReport, 'run' | 'kind' | 'shard'> = { run: 'none', kind: 'unknown', shard: 0 };
    try {
      const message = readMessage(job.data, `job ${job.id}`);
      about = message;
      const outcome = await work(job, token!, message);
      onJob({ ...reported(about), outcome, code: undefined, seconds: seconds() });
    } catch (error) {
      if (error instanceof bullmq.WaitingError || error instanceof bullmq.DelayedError) throw error;
      const code = isWattestError(error) ? error.code : 'INTERNAL';
      onJob({ ...reported(about), outcome: 'failed', code, seconds: seconds() });
      if (process.env['WATTEST_DEBUG'] !== undefined && error instanceof Error)
        onWarning(String(error.stack));
      const told = writeFailure(error, name);
      throw FINAL.has(code) ? new bullmq.UnrecoverableError(told) : new Error(told);
    } finally {
      busy = false;
    }
  };

  const worker = new bullmq.Worker(broker.name, report, {
    connection: broker.client,
    prefix: broker.queue.opts.prefix!,
    name,
    concurrency: 1,
    lockDuration: 1000 * lockSeconds,
    stalledInterval: 500 * lockSeconds,
    maxStalledCount: MOST_STALLS,
  });
  worker.on('error', () => {});
  await Promise.race([worker.waitUntilReady(), broker.lost]);
  const sweeping = (): void => void sweep(broker, store).catch((error: Error) => onWarning(error.message));
  sweeping();
  const timer = setInterval(sweeping, SWEEP_MS);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    // Without a connection a job does not come to its end, nor BullMQ to its own.
    const gone = broker.lost.catch(() => Promise.race([worker.close(true), pause(GOODBYE_MS)]));
    await Promise.race([worker.close(), gone]);
    await jobs.dispose();
  };
  const closed = new Promise<void>((resolve) => worker.once('closed', () => resolve()));
  const ended = Promise.race([closed, refused, broker.lost]);
  // Whoever waits is told; nobody has to.
  ended.catch(() => {});
  return { busy: () => busy, ended, stop };
}

const reported = ({
  run,
  kind,
  shard,
}: Pick<JobReport, 'run' | 'kind' | 'shard'>): Pick<JobReport, 'run' | 'kind' | 'shard'> => ({
  run,
  kind,
  shard,
});

/** What another try would not change. */
const FINAL: ReadonlySet<string> = new Set(['RUN_MISMATCH', 'STORE_FORGED', 'WORKER_MISMATCH']);

/** What a worker lacks for a job; undefined where it can do it. */
async function difference(
  { system, transcript, keys, secret }: JobMessage,
  session: Session,
  own: QueueSecret,
): Promise<string | undefined> {
  if (system !== MACHINE_VERSION) return `of machine ${system}, this is ${MACHINE_VERSION}`;
  if (keys !== runDigest(verifyingKeys(await session.shardKeys(transcript))))
    return 'under other keys (another SRS, size limit or release)';
  return secret === own.id ? undefined : 'sealed with another secret';
}

/** A signal that aborts when the run is no more. */
function watchLife(broker: Broker, run: string): { readonly signal: AbortSignal; readonly stop: () => void } {
  const over = new AbortController();
  const stopped = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      // No answer is no answer.
      if (await hasEnded(broker, run, stopped.signal).catch(() => false)) {
        if (!stopped.signal.aborted) over.abort();
        return;
      }
      await pause(LOOK_MS, stopped.signal);
    }
  };
  void watch();
  return { signal: over.signal, stop: () => stopped.abort() };
}

/** Progress for the prover, not too often. */
function teller(job: Job, worker: string): JobOptions['onProgress'] {
  let last = 0;
  return (phase, fraction) => {
    const now = performance.now();
    if (now - last < LOOK_MS) return;
    last = now;
    job.updateProgress({ phase, fraction, worker }).catch(() => {});
  };
}
