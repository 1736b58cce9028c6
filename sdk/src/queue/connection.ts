/**
 * The broker: Redis or Valkey with BullMQ on it. Both libraries are optional peers, loaded when a queue is opened. What goes through it is small and no
 * secret; what is large or secret lies in the store (`vault.ts`).
 */
import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { fail, isWattestError, WattestError } from '../errors/index.ts';

export type RedisClient = Redis;

export interface BrokerOptions {
  /** `redis://`, `rediss://` or `valkey://`, with user, password and number of the database where there are such. */
  readonly url: string;
  /** Of the queue, for several in one database: letters, digits, `-` and `_`. Default: `wattest`. */
  readonly queueName?: string;
  /** Milliseconds without connection after which it is lost; until then it is tried again. Default: a minute. */
  readonly lostAfterMs?: number;
}

export interface Broker {
  /** URL without user and password. */
  readonly location: string;
  readonly name: string;
  /** Of all keys in the database. */
  readonly prefix: string;
  readonly client: RedisClient;
  readonly queue: Queue;
  readonly bullmq: typeof import('bullmq');
  /** Rejects with QUEUE_LOST when the connection has been away for too long; never resolves. */
  readonly lost: Promise<never>;
  /** A connection of its own that hears of all jobs. */
  events(): Promise<QueueEvents>;
  close(): Promise<void>;
}

const DEFAULT_NAME = 'wattest';
const DEFAULT_LOST_MS = 60_000;
const CONNECT_MS = 5000;
const MOST_RETRY_MS = 2000;

/** @throws PEER_MISSING, INPUT_INVALID, QUEUE_UNREACHABLE */
export async function openBroker(options: BrokerOptions): Promise<Broker> {
  const { queueName: name = DEFAULT_NAME, lostAfterMs = DEFAULT_LOST_MS } = options;
  const url = brokerUrl(options.url);
  if (!/^[\w-]{1,64}$/.test(name)) {
    fail('INPUT_INVALID', 'the name of the queue has other characters than letters, digits, - and _', {
      where: '--queue-name',
      fix: 'Give another name',
    });
  }
  const location = withoutPassword(url);
  const bullmq = await peer('bullmq', () => import('bullmq'));
  const { Redis } = await peer('ioredis', () => import('ioredis'));
  // Also of the connections that BullMQ makes of this one; else they would be tried again for ever, and keep the process.
  let again = false;
  const client = new Redis(url.href, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // BullMQ's workers need it: a command waits until there is a connection again.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (again ? Math.min(MOST_RETRY_MS, 50 * 2 ** Math.min(times, 10)) : null),
  });
  // Failed attempts to connect are told here, and by `lost` when it is time.
  let reason = '';
  client.on('error', (error: Error) => {
    reason = reasonOf(error);
  });
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    client.disconnect();
    return fail('QUEUE_UNREACHABLE', `the queue cannot be reached (${reason || reasonOf(cause)})`, {
      where: location,
      fix: 'Start Redis or Valkey there, or correct the address, user and password of --queue; nothing was begun',
      cause,
    });
  }
  again = true;
  const { lost, stop } = watch(client, lostAfterMs, location, () => reason);
  const prefix = 'wattest';
  const common = { connection: client, prefix };
  const queue = new bullmq.Queue(name, common);
  queue.on('error', () => {});
  const opened: QueueEvents[] = [];
  return {
    location,
    name,
    prefix: `${prefix}:${name}`,
    client,
    queue,
    bullmq,
    lost,
    events: async () => {
      const events = new bullmq.QueueEvents(name, common);
      events.on('error', () => {});
      opened.push(events);
      await events.waitUntilReady();
      return events;
    },
    close: async () => {
      stop();
      again = false;
      // Without a connection there is nobody to say goodbye to.
      const closing = Promise.all([...opened, queue].map((each) => each.close().catch(() => {})));
      await Promise.race([closing, pause(CONNECT_MS)]);
      client.disconnect();
    },
  };
}

/** Resolves after so many milliseconds, or earlier where it is told to. It keeps no process alive. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref();
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true) end();
  });

function watch(
  client: RedisClient,
  lostAfterMs: number,
  location: string,
  reason: () => string,
): { readonly lost: Promise<never>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const found = (): void => clearTimeout(timer);
  let over = false;
  const lost = new Promise<never>((_, reject) => {
    const tell = (): void =>
      reject(
        new WattestError('QUEUE_LOST', `the connection to the queue is lost (${reason() || 'closed'})`, {
          where: location,
          fix: 'Start Redis or Valkey again, then prove again, with --resume where a resume file was kept',
        }),
      );
    // Told again by each attempt that fails: the time is that since the first.
    let since: number | undefined;
    client.on('ready', () => {
      found();
      since = undefined;
    });
    client.on('close', () => {
      found();
      if (over) return;
      since ??= performance.now();
      timer = setTimeout(tell, Math.max(0, since + lostAfterMs - performance.now()));
    });
  });
  // Whoever waits is told; nobody has to.
  lost.catch(() => {});
  const stop = (): void => {
    over = true;
    found();
  };
  return { lost, stop };
}

/** Loads an optional peer. */
export async function peer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    return fail('PEER_MISSING', `${name} is not installed`, {
      fix: `Run \`npm install ${name}\` beside wattest`,
      cause,
    });
  }
}

function brokerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text.replace(/^valkey(s?):/, 'redis$1:')) : undefined;
  if (url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '') return url;
  return fail('INPUT_INVALID', 'the address of the queue is none', {
    where: '--queue',
    fix: 'Give redis://HOST:PORT, or rediss:// for an encrypted connection',
  });
}

/** As it may be shown. */
function withoutPassword(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  // The client takes both from here too.
  shown.search = '';
  shown.hash = '';
  return shown.href;
}

/** Of an error of the connection, of one line and without what was asked. */
export function reasonOf(error: unknown): string {
  if (isWattestError(error)) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return oneLine(code ?? message ?? String(error));
}

export const oneLine = (text: string): string => text.split('\n')[0]!.slice(0, 160);
