/** A store as the user names it. */
import { fail } from '../../errors/index.ts';
import type { Broker } from '../connection.ts';
import { folderStore } from './folder.ts';
import { redisStore } from './redis.ts';
import type { JobStore } from './store.ts';

/**
 * @param where a folder, `s3://BUCKET/PREFIX`, or undefined for the broker itself
 * @throws INPUT_INVALID, PEER_MISSING
 */
export async function openStore(where: string | undefined, broker: Broker): Promise<JobStore> {
  if (where === undefined) return redisStore(broker.client, broker.location, broker.prefix);
  if (where.startsWith('s3://')) return (await import('./s3.ts')).s3Store(where);
  if (/^[a-z][\w+.-]+:\/\//i.test(where) || where === '') {
    fail('INPUT_INVALID', 'the store is no folder and no s3:// address', {
      where: '--store',
      fix: 'Give a folder that prover and workers see, s3://BUCKET/PREFIX, or nothing to use the broker',
    });
  }
  return folderStore(where);
}
