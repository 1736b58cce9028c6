/**
 * What goes through the broker: which run and shard a job is for, who can do it, and the job itself, sealed; of a failure what people may read. What is
 * large lies in the store.
 */
import { ERROR_CODES, type ErrorCode, isWattestError, printable, WattestError } from '../errors/index.ts';
import { Reader } from '../json/reader.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { PHASES, type Phase } from '../plonk/prove/parameters.ts';
import { MAX_SHARDS } from '../plonk/verify/run.ts';
import { TRANSCRIPTS, type TranscriptHash } from '../transcript/transcript.ts';
import { RUN_NAME } from './store/store.ts';

/** Jobs that workers do. */
const JOB_KINDS = ['commit', 'prove', 'join', 'wrap'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** Data of a job as BullMQ keeps it: readable for whoever sees the broker. */
export interface JobMessage {
  readonly run: string;
  readonly kind: JobKind;
  /** Place of the shard, of a join that of the part; the wrap is behind all parts. */
  readonly shard: number;
  /** How often it was asked for before: a proof that was refused is asked for again. */
  readonly again: number;
  /** Version of the machine. */
  readonly system: string;
  /** Hash of the transcripts of its proofs, and digest of the keys of the run. */
  readonly transcript: TranscriptHash;
  readonly keys: Hex;
  /** Which secret seals it (`QueueSecret.id`). */
  readonly secret: string;
  /** Workers that are not to do it. */
  readonly without: readonly string[];
  /** The job, sealed under the run's key and its id: nobody without the secret can ask for another challenge. Base64. */
  readonly sealed: string;
}

const MALFORMED = {
  code: 'WORKER_MISMATCH',
  fix: 'See who else writes to this queue, and give runs of other versions another one with --queue-name',
} as const;

/** @throws WORKER_MISMATCH for what is no job of this version */
export function readMessage(data: unknown, where: string): JobMessage {
  const top = new Reader(data, where, MALFORMED);
  return {
    // A name in stores: nothing else may come near them.
    run: top.at('run').take((value) => typeof value === 'string' && RUN_NAME.test(value)),
    kind: top.at('kind').oneOf(JOB_KINDS),
    shard: top.at('shard').integer(MAX_SHARDS),
    again: top.at('again').integer(100),
    system: top.at('system').text(),
    transcript: top.at('transcript').oneOf(TRANSCRIPTS),
    keys: top.at('keys').hex(32),
    secret: top.at('secret').text(),
    without: top.at('without').list((worker) => worker.text(), 100),
    sealed: top.at('sealed').text(),
  };
}

/** Of a job within its run. */
export const jobName = ({ kind, shard, again }: Pick<JobMessage, 'kind' | 'shard' | 'again'>): string =>
  `${kind}.${shard}.${again}`;

/** Of a job, for people. */
export const jobText = ({ kind, shard }: Pick<JobMessage, 'kind' | 'shard'>): string =>
  kind === 'wrap' ? kind : kind === 'join' ? `${kind} ${shard}` : `${kind} of shard ${shard}`;

/** Id of the job in the queue. */
export const jobId = (message: Pick<JobMessage, 'run' | 'kind' | 'shard' | 'again'>): string =>
  `${message.run}.${jobName(message)}`;

/** What workers tell while they work. */
export type WorkerNews =
  | { readonly fraction: number; readonly phase: Phase; readonly worker: string }
  /** It cannot do the job, and gives it back. */
  | { readonly refused: string; readonly worker: string };

/** Far longer than names and reasons of workers. */
const MOST_SHOWN = 300;
/** A text that anybody with access to the broker may have put there, for warnings. */
const shown = (text: string): string => printable(text.slice(0, MOST_SHOWN));

export function readNews(data: unknown): WorkerNews | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { fraction, phase, refused, worker: name } = data as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string') return undefined;
  const worker = shown(name);
  if (typeof refused === 'string') return { refused: shown(refused), worker };
  return typeof fraction === 'number' && PHASES.includes(phase as Phase)
    ? { fraction, phase: phase as Phase, worker }
    : undefined;
}

/** A failure as the broker keeps it. Errors of wattest hold no secrets; of others only the kind is told. */
export function writeFailure(error: unknown, worker: string): string {
  const told = isWattestError(error)
    ? { code: error.code, message: error.message, fix: error.fix }
    : {
        code: 'INTERNAL',
        message: `a worker failed (${error instanceof Error ? error.name : 'no error'})`,
        fix: 'See what the worker wrote to its standard error, and report it',
      };
  return JSON.stringify({ ...told, worker });
}

/** The error that a failed job is for whoever waits for it. @param reason as {@link writeFailure} made it, or of BullMQ itself */
export function readFailure(reason: string, what: string): WattestError {
  try {
    const { code, message, fix, worker } = JSON.parse(reason) as Record<string, unknown>;
    if (typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)) {
      const where = `${what}, worker ${String(worker)}`;
      return new WattestError(code as ErrorCode, String(message), { where, fix: String(fix) });
    }
  } catch {
    // Not of a worker: of BullMQ.
  }
  const stalled = /stalled/.test(reason);
  return new WattestError(
    'WORKER_FAILED',
    stalled ? 'the workers that took the job ended in the middle of it' : 'the job failed',
    {
      where: what,
      fix: stalled
        ? 'See whether they have memory enough (docs/scaling.md), or allow less with --max-memory; then prove again, with --resume where a resume file was kept'
        : 'See what the workers wrote to their standard error',
    },
  );
}
