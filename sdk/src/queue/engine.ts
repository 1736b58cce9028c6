/**
 * The engine of jobs whose workers are on other machines: it submits what the walk over a run asks for, and waits for the results. The walk, in the
 * process that proves, knows the seed, keeps the root and verifies; who fetches a job is nobody's concern.
 *
 * What counts is the result in the vault: events only say when to look, and a queue that lost its jobs is given them again.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { JobEngine, JoinEngine, OpenEngine, OpenJoinEngine } from '../attest/jobs/engine.ts';
import type {
  CommitJob,
  CommitResult,
  JobOptions,
  JoinJob,
  PartResult,
  ProveJob,
  ShardResult,
  WrapJob,
} from '../attest/jobs/jobs.ts';
import { encodeJoinOrder } from '../attest/jobs/joining.ts';
import { encodeOrder, type RunTerms } from '../attest/jobs/order.ts';
import { fail, WattestError } from '../errors/index.ts';
import { Reader } from '../json/reader.ts';
import type { Broker } from './connection.ts';
import { belowName, encodePlan, JOINS, MODULE, ORDER, PLAN, resultName, TOTAL, usesName } from './entries.ts';
import { keepAlive, type Life } from './life.ts';
import { type JobKind, type JobMessage, jobId, jobName, jobText, readFailure, readNews } from './messages.ts';
import { askingRedis } from './store/redis.ts';
import type { JobStore } from './store/store.ts';
import { openVault, type QueueSecret, type Vault } from './vault.ts';

export interface EngineParts {
  readonly broker: Broker;
  readonly store: JobStore;
  readonly secret: QueueSecret;
  readonly onWarning: (message: string) => void;
  /** Times that a job is tried, with growing pauses in between. */
  readonly attempts: number;
  /** Milliseconds between two looks at jobs of which nothing was heard. */
  readonly lookMs: number;
}

/** Jobs that wait for each worker, so that none is idle while a result is on its way. */
const JOBS_A_WORKER = 3;
const LEAST_JOBS = 8;
const FIRST_PAUSE_MS = 1000;
/** Times that the queue may lose a job before it is no queue. */
const MOST_LOSSES = 3;

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Waiting {
  readonly message: JobMessage;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: JobOptions['onProgress'];
  losses: number;
}

export const queueEngine =
  (parts: EngineParts): OpenEngine =>
  ({ wasm, order, plan }) =>
    begin(parts, order.terms, {
      [MODULE]: wasm,
      [ORDER]: textBytes(encodeOrder(order)),
      [PLAN]: encodePlan(plan),
    });

/** Joins are a run of their own: of nothing but proofs, and known to the workers that had no part in these. */
export const queueJoinEngine =
  (parts: EngineParts): OpenJoinEngine =>
  ({ order }) =>
    begin(parts, order.terms, { [JOINS]: textBytes(encodeJoinOrder(order)) });

/** What a job says of its run, so that a worker that cannot do it knows. */
type MessageTerms = Pick<RunTerms, 'system' | 'transcript' | 'keys'>;

async function begin(
  parts: EngineParts,
  terms: MessageTerms,
  entries: Readonly<Record<string, Uint8Array>>,
): Promise<QueueEngine> {
  const { broker, store, secret } = parts;
  const run = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
  const vault = await openVault(store, secret, run);
  const life = await keepAlive(broker, run);
  const within = <T>(work: Promise<T>): Promise<T> => Promise.race([work, broker.lost]);
  try {
    for (const [name, bytes] of Object.entries(entries)) await within(vault.put(name, bytes));
    const engine = new QueueEngine(parts, { run, vault, life, terms });
    await within(engine.listen());
    return engine;
  } catch (error) {
    // What led here is told, and not that nothing could be cleared.
    await within(clear(life, vault)).catch(() => {});
    throw error;
  }
}

/** The run has ended: workers hear of it, and nothing is left of it. */
async function clear(life: Life, vault: Vault, jobs?: () => Promise<unknown>): Promise<void> {
  await life.end();
  await jobs?.();
  await vault.remove();
}

class QueueEngine implements JobEngine, JoinEngine {
  readonly #parts: EngineParts;
  readonly #run: string;
  readonly #vault: Vault;
  readonly #life: Life;
  readonly #terms: MessageTerms;
  readonly #waiting: Map<string, Waiting> = new Map();
  /** How often each job was asked for. */
  readonly #asked: Map<string, number> = new Map();
  readonly #workers: Map<number, string> = new Map();
  readonly #refused: Map<string, string> = new Map();
  #workersCount = 0;
  #toldNone = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #closeEvents: () => Promise<void> = async () => {};

  constructor(
    parts: EngineParts,
    run: {
      readonly run: string;
      readonly vault: Vault;
      readonly life: Life;
      readonly terms: MessageTerms;
    },
  ) {
    this.#parts = parts;
    this.#run = run.run;
    this.#vault = run.vault;
    this.#life = run.life;
    this.#terms = run.terms;
    this.workerOf = (shard) => this.#workers.get(shard);
  }

  readonly workerOf: (shard: number) => string | undefined;

  get concurrency(): number {
    return Math.max(LEAST_JOBS, JOBS_A_WORKER * this.#workersCount);
  }

  async listen(): Promise<void> {
    const { broker, lookMs } = this.#parts;
    const events = await broker.events();
    this.#closeEvents = () => events.close();
    events.on('completed', ({ jobId: id }) => void this.#collect(id));
    events.on('failed', ({ jobId: id, failedReason }) => this.#failed(id, failedReason));
    events.on('progress', ({ jobId: id, data }) => this.#news(id, data));
    broker.lost.catch((error: unknown) => {
      for (const { reject } of this.#waiting.values()) reject(error);
    });
    await this.#look();
    const again = (): void => {
      if (this.#over) return;
      this.#timer = setTimeout(() => {
        void this.#look().finally(again);
      }, lookMs);
    };
    again();
  }

  async commit(job: CommitJob, options: JobOptions): Promise<CommitResult> {
    const { shard, uses } = job;
    if (uses !== undefined) await this.#within(this.#vault.put(TOTAL, uses));
    const message = await this.#submit('commit', shard, { closing: uses !== undefined }, options);
    const result = await this.#result(message);
    const head = result.at('head').bytes();
    if (uses !== undefined) return { head };
    const own = await this.#within(this.#vault.require(usesName(message)));
    await this.#within(this.#vault.remove(usesName(message)));
    return { head, uses: own };
  }

  async prove(job: ProveJob, options: JobOptions): Promise<ShardResult> {
    const { shard, head, shards, root, token, uses } = job;
    // Of a run that goes on, the store has it not yet.
    if (uses !== undefined) await this.#within(this.#vault.put(TOTAL, uses));
    const told = { head: `0x${bytesToHex(head)}`, shards, root, token, closing: uses !== undefined };
    const message = await this.#submit('prove', shard, told, options);
    const result = await this.#result(message);
    return { proof: result.at('proof').bytes() };
  }

  join({ part, below }: JoinJob, options: JobOptions): Promise<PartResult> {
    return this.#joined('join', part, below, options);
  }

  wrap({ last, parts }: WrapJob, options: JobOptions): Promise<PartResult> {
    return this.#joined('wrap', parts, [last], options);
  }

  async #joined(
    kind: JobKind,
    part: number,
    below: readonly Uint8Array[],
    options: JobOptions,
  ): Promise<PartResult> {
    const job = { kind, shard: part, again: this.#asked.get(`${kind}.${part}`) ?? 0 };
    const names = below.map((_, i) => belowName(job, i));
    for (const [i, name] of names.entries()) await this.#within(this.#vault.put(name, below[i]!));
    const message = await this.#submit(kind, part, { below: below.length }, options);
    const result = await this.#result(message);
    for (const name of names) await this.#within(this.#vault.remove(name));
    return { proof: result.at('proof').bytes() };
  }

  /** Resolves when the job's result is in the vault. */
  async #submit(
    kind: JobKind,
    shard: number,
    told: Readonly<Record<string, unknown>>,
    { signal, onProgress }: JobOptions,
  ): Promise<JobMessage> {
    const key = `${kind}.${shard}`;
    const again = this.#asked.get(key) ?? 0;
    this.#asked.set(key, again + 1);
    const before = this.#workers.get(shard);
    const refused = kind !== 'commit' && again > 0 && before !== undefined;
    if (refused) {
      const of = kind === 'prove' ? `of shard ${shard}` : `(${jobText({ kind, shard })})`;
      const what = `worker ${before} sent a proof ${of} that does not convince`;
      this.#parts.onWarning(`${what}; it is made once more`);
    }
    const name = jobName({ kind, shard, again });
    const message: JobMessage = {
      run: this.#run,
      kind,
      shard,
      again,
      system: this.#terms.system,
      transcript: this.#terms.transcript,
      keys: this.#terms.keys,
      secret: this.#parts.secret.id,
      // Whoever sent a proof that was refused does not get the shard once more, if there are others.
      without: refused && this.#workersCount > 1 ? [before] : [],
      sealed: await this.#vault.seal(`job.${name}`, textBytes(JSON.stringify(told))),
    };
    const id = jobId(message);
    const done = new Promise<void>((resolve, reject) => {
      this.#waiting.set(id, { message, resolve, reject, onProgress, losses: 0 });
    });
    // It may be told before anybody waits.
    done.catch(() => {});
    const stop = (): void =>
      this.#waiting
        .get(id)
        ?.reject(new WattestError('ABORTED', 'proving was interrupted', { fix: 'Start again when ready' }));
    signal?.addEventListener('abort', stop, { once: true });
    try {
      if (signal?.aborted === true) stop();
      else await this.#within(this.#add(message));
      await done;
      return message;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#waiting.delete(id);
    }
  }

  async #add(message: JobMessage): Promise<void> {
    const { broker, attempts } = this.#parts;
    const options = {
      jobId: jobId(message),
      attempts,
      backoff: { type: 'exponential', delay: FIRST_PAUSE_MS },
      removeOnComplete: true,
      removeOnFail: true,
      stackTraceLimit: 0,
    };
    await askingRedis(broker.location, () => broker.queue.add(message.kind, message, options));
  }

  #within<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#parts.broker.lost]);
  }

  /** Wakes whoever waits, if the result is there. */
  async #collect(id: string): Promise<boolean> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return true;
    try {
      if ((await this.#vault.get(resultName(waiting.message))) === undefined) return false;
      waiting.resolve();
    } catch (error) {
      waiting.reject(error);
    }
    return true;
  }

  async #result(message: JobMessage): Promise<Reader> {
    const name = resultName(message);
    const bytes = await this.#within(this.#vault.require(name));
    await this.#within(this.#vault.remove(name));
    const where = `result of ${jobName(message)}`;
    const reader = Reader.parse(new TextDecoder().decode(bytes), where, {
      code: 'WORKER_FAILED',
      fix: 'See that all workers are of this version',
    });
    this.#workers.set(message.shard, reader.at('worker').text());
    return reader;
  }

  #failed(id: string, reason: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.reject(readFailure(reason, jobText(waiting.message)));
  }

  #news(id: string, data: unknown): void {
    const waiting = this.#waiting.get(id);
    const news = readNews(data);
    if (waiting === undefined || news === undefined) return;
    if ('fraction' in news) {
      this.#refused.delete(news.worker);
      waiting.onProgress?.(news.phase, news.fraction);
      return;
    }
    if (this.#refused.has(news.worker)) return;
    this.#refused.set(news.worker, news.refused);
    this.#parts.onWarning(`worker ${news.worker} does not take part: ${news.refused}`);
    void this.#look();
  }

  /** Counts workers, and looks after jobs of which no event came: events may be lost with a connection, jobs with a broker. */
  async #look(): Promise<void> {
    const { broker, onWarning } = this.#parts;
    try {
      this.#workersCount = await broker.queue.getWorkersCount();
      if (this.#workersCount > 0) this.#toldNone = false;
      else if (this.#waiting.size > 0) this.#nobody(onWarning);
      for (const [id, waiting] of this.#waiting) {
        const state = await broker.queue.getJobState(id);
        if (state === 'failed') this.#failed(id, (await broker.queue.getJob(id))?.failedReason ?? '');
        if (state !== 'unknown' && state !== 'completed') continue;
        if (!this.#waiting.has(id) || (await this.#collect(id))) continue;
        waiting.losses++;
        if (waiting.losses > MOST_LOSSES) {
          fail('QUEUE_LOST', `the queue loses its jobs (${jobName(waiting.message)})`, {
            where: broker.location,
            fix: 'Let the broker evict nothing (maxmemory-policy noeviction), and see who else uses its database',
          });
        }
        await this.#add(waiting.message);
      }
    } catch (error) {
      // Without connection the next look is as good; what is really lost is told by the broker.
      const code = (error as { code?: unknown }).code;
      if (code === 'QUEUE_LOST') for (const { reject } of this.#waiting.values()) reject(error);
    }
  }

  #nobody(onWarning: (message: string) => void): void {
    if (this.#refused.size > 0) {
      const why = [...this.#refused].map(([worker, reason]) => `${worker} (${reason})`).join('; ');
      const error = new WattestError('WORKER_MISMATCH', `no worker of this queue can take part: ${why}`, {
        where: this.#parts.broker.location,
        fix: 'Start workers of this version with the same --srs, --max-log and secret, and give runs of other versions another queue with --queue-name',
      });
      for (const { reject } of this.#waiting.values()) reject(error);
      return;
    }
    if (!this.#toldNone) onWarning('no worker serves the queue; waiting for `wattest worker --queue …`');
    this.#toldNone = true;
  }

  async dispose(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    const { broker } = this.#parts;
    const ids = [...this.#asked].flatMap(([key, count]) =>
      Array.from({ length: count }, (_, again) => `${this.#run}.${key}.${again}`),
    );
    // Workers that are busy with it hear of it from the end of its life, and leave nothing either.
    const jobs = (): Promise<unknown> =>
      Promise.all(ids.map((id) => broker.queue.remove(id).catch(() => {})));
    await this.#within(clear(this.#life, this.#vault, jobs)).catch((error: Error) => {
      this.#parts.onWarning(`the queue keeps what it has of the run for a while (${error.message})`);
    });
    await this.#within(this.#closeEvents()).catch(() => {});
  }
}
