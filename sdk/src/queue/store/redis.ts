/** The broker itself as the store: a hash a run, which expires if nobody removes it. Nothing more to set up; its memory must hold what is under way. */
import { isWattestError } from '../../errors/index.ts';
import { oneLine, type RedisClient } from '../connection.ts';
import { type JobStore, storeFailed, storeFull } from './store.ts';

/** Redis takes up to 512 MiB in one value; smaller ones do not hold up the others. */
const PART_BYTES = 2 ** 25;
/** Of a run that nobody removed: longer than one that nobody touches any more can last. */
const EXPIRE_SECONDS = 7 * 24 * 3600;

/** @param client shared: `close` leaves it open */
export function redisStore(client: RedisClient, location: string, prefix: string): JobStore {
  const key = (run: string): string => `${prefix}:store:${run}`;
  const field = (name: string, part: number): string => `${name}#${part}`;
  const asking = <T>(work: () => Promise<T>): Promise<T> => askingRedis(location, work);
  return {
    location,
    read: (run, name) =>
      asking(async () => {
        const parts: Uint8Array[] = [];
        do {
          const part = await client.hgetBuffer(key(run), field(name, parts.length));
          if (part === null) return undefined;
          parts.push(part);
        } while (parts.at(-1)!.length === PART_BYTES);
        return parts.length === 1 ? Uint8Array.from(parts[0]!) : new Uint8Array(Buffer.concat(parts));
      }),
    write: (run, name, bytes) =>
      asking(async () => {
        // A part that is not full ends the entry; the first one last, so that there is all of it or nothing.
        const count = Math.floor(bytes.length / PART_BYTES) + 1;
        for (let part = count - 1; part >= 0; part--) {
          const at = part * PART_BYTES;
          const piece = Buffer.from(
            bytes.buffer,
            bytes.byteOffset + at,
            Math.min(PART_BYTES, bytes.length - at),
          );
          await client.hset(key(run), field(name, part), piece);
        }
        await client.expire(key(run), EXPIRE_SECONDS);
      }),
    remove: (run, name) =>
      asking(async () => {
        if (name === undefined) await client.unlink(key(run));
        else for (let part = 0; (await client.hdel(key(run), field(name, part))) === 1; part++);
      }),
    runs: async () => [],
    close: async () => {},
  };
}

/** Does something with Redis. @throws STORE_FULL where its memory is, STORE_FAILED else */
export async function askingRedis<T>(location: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isWattestError(error)) throw error;
    // What Redis says, without what it was asked: a command may hold an entry.
    const reason = oneLine(error instanceof Error ? error.message : String(error));
    return /^(?:OOM|MISCONF) /.test(reason)
      ? storeFull(location, reason, error)
      : storeFailed(location, reason, error);
  }
}
