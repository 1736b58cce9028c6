/**
 * Derived points on disk. A cached file that is corrupt, truncated or of another SRS is reported and made again; a
 * cache that cannot be read or written is reported and done without.
 */
import { isWattestError } from '../errors/index.ts';
import type { BlobStore } from '../platform/storage.ts';
import { encodeSrsFile, openSrsFile, type SrsFile, type SrsFileHeader } from './srs-file.ts';
import type { SrsOptions } from './srs-options.ts';

/** Stores whose own trouble (permissions, no space) was told: once is enough, it is the same for every file. */
const told = { read: new WeakSet<BlobStore>(), write: new WeakSet<BlobStore>() };

/** The name of the blob that holds what `header` describes. */
export function cacheName({ kind, digest, t, height, count }: SrsFileHeader): string {
  const id = digest.slice(0, 24);
  return kind === 'monomial' ? `srs-${id}-monomial.bin` : `srs-${id}-t${t}-n${height}-${count}.bin`;
}

/** What `read` takes from the cached file that holds at least what is `wanted`; `undefined` where there is none. */
export async function readCached<T>(
  wanted: SrsFileHeader,
  read: (file: SrsFile) => Promise<T>,
  { store, onWarning = console.warn }: SrsOptions,
): Promise<T | undefined> {
  if (store === undefined) return undefined;
  const name = cacheName(wanted);
  try {
    const source = await store.open(name);
    if (source === undefined) return undefined;
    try {
      const file = await openSrsFile(source);
      const { header } = file;
      const same =
        header.kind === wanted.kind &&
        header.digest === wanted.digest &&
        header.insecure === wanted.insecure &&
        header.t === wanted.t &&
        header.height === wanted.height;
      if (!same) {
        onWarning(`wattest: cached ${name} in ${store.location} belongs to another SRS; it is made again`);
        return undefined;
      }
      // A shorter prefix of the powers is no fault: a longer one replaces it.
      return header.count < wanted.count ? undefined : await read(file);
    } finally {
      await source.close();
    }
  } catch (error) {
    // Of the kernels that take the points: no memory, interrupted.
    if (isWattestError(error) && error.code !== 'SRS_MALFORMED') throw error;
    if (!isWattestError(error)) {
      if (told.read.has(store)) return undefined;
      told.read.add(store);
    }
    const why = isWattestError(error) ? error.message : `${name} cannot be read (${reason(error)})`;
    onWarning(`wattest: cached SRS data in ${store.location} is unusable: ${why}; it is made again`);
    return undefined;
  }
}

/** Keeps points for the next time, if the store lets us; tells whether it did. */
export async function writeCached(
  header: SrsFileHeader,
  payload: () => Promise<Uint8Array>,
  { store, onWarning = console.warn }: SrsOptions,
): Promise<boolean> {
  if (store === undefined) return false;
  const parts = await encodeSrsFile(header, await payload());
  try {
    await store.write(cacheName(header), parts);
    return true;
  } catch (error) {
    if (told.write.has(store)) return false;
    told.write.add(store);
    onWarning(
      `wattest: cannot write to the cache ${store.location} (${reason(error)}); going on without, ` +
        'so the next run computes this again',
    );
    return false;
  }
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'unknown reason';
}
