/** A bucket, on anything that speaks S3: keys, region and endpoint as its client library finds them (`AWS_…` of the environment, profiles, roles). */
import { fail } from '../../errors/index.ts';
import { peer, reasonOf } from '../connection.ts';
import { type JobStore, RUN_NAME, storeFailed, storeFull } from './store.ts';

const ABSENT: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound']);
const NO_ROOM: ReadonlySet<string> = new Set(['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull']);
/** As many keys as one request may list or delete. */
const MOST_KEYS = 1000;

/**
 * @param where `s3://BUCKET/PREFIX`; the prefix may be left out
 * @throws PEER_MISSING, INPUT_INVALID
 */
export async function s3Store(where: string): Promise<JobStore> {
  const [, bucket, folder = ''] = /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])(?:\/(.*?))?\/*$/.exec(where) ?? [];
  if (bucket === undefined) {
    fail('INPUT_INVALID', 'the store is no s3://BUCKET/PREFIX', {
      where: '--store',
      fix: 'Name a bucket that exists, and below it a prefix for the jobs of this queue',
    });
  }
  const { S3Client, GetObjectCommand, PutObjectCommand, DeleteObjectsCommand, ListObjectsV2Command } =
    await peer('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'));
  // Buckets in the path: what speaks S3 without being it has no names of hosts for them.
  const client = new S3Client({ forcePathStyle: true });
  const root = folder === '' ? '' : `${folder}/`;
  const keyOf = (run: string, name: string): string => `${root}${run}/${name}`;
  const asking = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const { name } = error as Error;
      return NO_ROOM.has(name) ? storeFull(where, name, error) : storeFailed(where, reasonOf(error), error);
    }
  };
  /** Keys and folders right below a prefix. */
  const listed = async (prefix: string): Promise<{ readonly keys: string[]; readonly folders: string[] }> => {
    const keys: string[] = [];
    const folders: string[] = [];
    let from: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          Delimiter: '/',
          MaxKeys: MOST_KEYS,
          ContinuationToken: from,
        }),
      );
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) folders.push(Prefix);
      from = page.NextContinuationToken;
    } while (from !== undefined);
    return { keys, folders };
  };
  return {
    location: where,
    read: (run, name) =>
      asking(async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(run, name) }));
          return await Body?.transformToByteArray();
        } catch (error) {
          if (ABSENT.has((error as Error).name)) return undefined;
          throw error;
        }
      }),
    write: (run, name, bytes) =>
      asking(async () => {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(run, name), Body: bytes }));
      }),
    remove: (run, name) =>
      asking(async () => {
        const keys = name === undefined ? (await listed(`${root}${run}/`)).keys : [keyOf(run, name)];
        for (let at = 0; at < keys.length; at += MOST_KEYS) {
          const Objects = keys.slice(at, at + MOST_KEYS).map((Key) => ({ Key }));
          await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
        }
      }),
    runs: () =>
      asking(async () => {
        const names = (await listed(root)).folders.map((path) => path.slice(root.length, -1));
        return names.filter((name) => RUN_NAME.test(name));
      }),
    close: async () => client.destroy(),
  };
}
