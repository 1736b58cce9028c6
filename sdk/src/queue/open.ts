/// <reference lib="esnext.disposable" preserve="true" />
/** The two ends of a queue: the prover's, which is an engine for the jobs of its runs, and a worker's. */
import { hostname } from 'node:os';
import type { OpenEngine, OpenJoinEngine } from '../attest/jobs/engine.ts';
import type { Session } from '../attest/session/session.ts';
import { type OptionNames, requireNames } from '../json/options.ts';
import { type Broker, type BrokerOptions, openBroker } from './connection.ts';
import { queueEngine, queueJoinEngine } from './engine.ts';
import { type Health, serveHealth } from './health.ts';
import { openStore } from './store/open.ts';
import type { JobStore } from './store/store.ts';
import { type QueueSecret, queueSecret } from './vault.ts';
import { type JobReport, type RunningWorker, startWorker, type WorkerParts } from './worker.ts';

export interface QueueOptions extends BrokerOptions {
  /** What seals inputs, counts and seeds: 32 random bytes, as 64 hexadecimal digits. Prover and workers hold the same. */
  readonly secret: string;
  /** Where large parts of jobs lie: a folder that all see, `s3://BUCKET/PREFIX`, or a store of your own. Default: the broker. */
  readonly store?: string | JobStore;
  /** Receives lines for people: workers that cannot take part, none at all. Default: `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

const QUEUE: OptionNames<QueueOptions> = {
  url: true,
  queueName: true,
  lostAfterMs: true,
  secret: true,
  store: true,
  onWarning: true,
};

export interface ProverQueueOptions extends QueueOptions {
  /** Times that a job is tried, with growing pauses in between. Default: 4. */
  readonly attempts?: number;
  /** Milliseconds between two looks at jobs of which nothing was heard. Default: 10 s. */
  readonly lookMs?: number;
}

const PROVER: OptionNames<ProverQueueOptions> = { ...QUEUE, attempts: true, lookMs: true };

/** A prover's end of a queue. */
export interface ProverQueue extends AsyncDisposable {
  /** For `prove`: runs of several proofs are proven by the workers of the queue. */
  readonly engine: OpenEngine;
  /** For `prove` and `wrap`: their proofs are joined and wrapped by the workers as well. */
  readonly joinEngine: OpenJoinEngine;
  dispose(): Promise<void>;
}

/**
 * Connects to a queue, before anything is begun. Dispose of it when done.
 * @throws PEER_MISSING, INPUT_INVALID, QUEUE_KEY_INVALID, QUEUE_UNREACHABLE
 */
export async function openQueue(options: ProverQueueOptions): Promise<ProverQueue> {
  requireNames(options, PROVER, 'openQueue');
  const { attempts = 4, lookMs = 10_000 } = options;
  const { broker, store, secret, onWarning, dispose } = await connect(options);
  const parts = { broker, store, secret, onWarning, attempts, lookMs };
  return {
    engine: queueEngine(parts),
    joinEngine: queueJoinEngine(parts),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

export interface WorkerOptions extends QueueOptions {
  /** Names the worker in messages and errors. Default: host and process. */
  readonly name?: string;
  /** Seconds without a sign of life after which another worker takes its job. Default: 30. */
  readonly lockSeconds?: number;
  /** Port of `/health` and `/metrics`, 0 for any; default: none. */
  readonly healthPort?: number;
  /** Address that it listens at. Default: 127.0.0.1. */
  readonly healthHost?: string;
  /** Gives the job back that is under way, and takes no other; `dispose` is still the caller's. */
  readonly signal?: AbortSignal;
  /** Told of each job that has ended. */
  readonly onJob?: (report: JobReport) => void;
  /** @internal See {@link WorkerParts}. */
  readonly dishonest?: WorkerParts['dishonest'];
}

const WORKER: OptionNames<WorkerOptions> = {
  ...QUEUE,
  name: true,
  lockSeconds: true,
  healthPort: true,
  healthHost: true,
  signal: true,
  onJob: true,
  dishonest: true,
};

export interface QueueWorker extends AsyncDisposable {
  readonly name: string;
  /** Where `/health` and `/metrics` are, if asked for. */
  readonly healthUrl: string | undefined;
  /** Resolves when the worker was disposed of; rejects where it cannot go on: WORKER_MISMATCH, QUEUE_LOST. */
  readonly ended: Promise<void>;
  /** Ends it when its job is done. */
  dispose(): Promise<void>;
}

/**
 * Serves a queue with a session until it is disposed of: one job at a time, in the memory of one proof.
 * @throws as {@link openQueue}
 */
export async function openWorker(session: Session, options: WorkerOptions): Promise<QueueWorker> {
  requireNames(options, WORKER, 'openWorker');
  const { name = `${hostname()}-${process.pid}`, lockSeconds = 30, onJob, healthPort, dishonest } = options;
  const connection = await connect(options);
  const { broker, store, secret, onWarning } = connection;
  let health: Health | undefined;
  let worker: RunningWorker | undefined;
  const dispose = async (): Promise<void> => {
    await worker?.stop();
    await health?.close();
    await connection.dispose();
  };
  try {
    if (healthPort !== undefined) {
      const at = { port: healthPort, host: options.healthHost ?? '127.0.0.1' };
      health = await serveHealth(broker, { ...at, busy: () => worker?.busy() ?? false, name });
    }
    worker = await startWorker({
      session,
      broker,
      store,
      secret,
      name,
      lockSeconds,
      onWarning,
      dishonest,
      signal: options.signal,
      onJob: (report) => {
        health?.count(report);
        onJob?.(report);
      },
    });
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    name,
    healthUrl: health?.url,
    ended: worker.ended,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

async function connect(options: QueueOptions): Promise<{
  readonly broker: Broker;
  readonly store: JobStore;
  readonly secret: QueueSecret;
  readonly onWarning: (message: string) => void;
  readonly dispose: () => Promise<void>;
}> {
  const { onWarning = (message): void => console.warn(`wattest: ${message}`) } = options;
  const secret = await queueSecret(options.secret, 'secret of the queue');
  const broker = await openBroker(options);
  try {
    const store = typeof options.store === 'object' ? options.store : await openStore(options.store, broker);
    const dispose = async (): Promise<void> => {
      await store.close();
      await broker.close();
    };
    return { broker, store, secret, onWarning, dispose };
  } catch (error) {
    await broker.close();
    throw error;
  }
}
