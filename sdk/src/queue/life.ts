/** A run lives while its prover says so. Workers drop jobs of runs that do not, and what the store has of them: a prover that was killed cleans nothing. */
import { type Broker, pause } from './connection.ts';
import { askingRedis } from './store/redis.ts';
import type { JobStore } from './store/store.ts';

/** Far longer than the longest piece of work without a pause in between. */
const ALIVE_SECONDS = 300;
const RENEW_MS = 30_000;
/** Long enough for all workers to hear of it. */
const ENDED_SECONDS = 30;
/** A broker that lost its memory is told anew by then. */
const GRACE_MS = 6000;

const ALIVE = 'alive';
const ENDED = 'ended';

const keyOf = ({ prefix }: Broker, run: string): string => `${prefix}:life:${run}`;

export interface Life {
  end(): Promise<void>;
}

export async function keepAlive(broker: Broker, run: string): Promise<Life> {
  const key = keyOf(broker, run);
  const renew = (): Promise<unknown> => broker.client.set(key, ALIVE, 'EX', ALIVE_SECONDS);
  await Promise.race([askingRedis(broker.location, renew), broker.lost]);
  const again = (): void => void renew().catch(() => {});
  const timer = setInterval(again, RENEW_MS);
  broker.client.on('ready', again);
  return {
    end: async () => {
      clearInterval(timer);
      broker.client.off('ready', again);
      // A broker that is full takes no note; without any they know it a little later.
      await broker.client.set(key, ENDED, 'EX', ENDED_SECONDS).catch(() => broker.client.del(key));
    },
  };
}

/** Whether a run has ended: at once where its prover said so, else when nothing was heard of it for a while. */
export async function hasEnded(broker: Broker, run: string, signal?: AbortSignal): Promise<boolean> {
  const key = keyOf(broker, run);
  const first = await broker.client.get(key);
  if (first !== null) return first === ENDED;
  await pause(GRACE_MS, signal);
  return signal?.aborted !== true && (await broker.client.get(key)) !== ALIVE;
}

/** Removes from a store what it has of runs that have ended. */
export async function sweep(broker: Broker, store: JobStore): Promise<void> {
  for (const run of await store.runs()) if (await hasEnded(broker, run)) await store.remove(run);
}
