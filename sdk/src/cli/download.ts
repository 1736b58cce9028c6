/** Large files from the network: resumed where they stopped, and in place only with the hash that was published. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { fail, isWattestError } from '../errors/index.ts';
import { fileReason } from '../platform/file-reason.ts';

export interface DownloadParameters {
  readonly url: string;
  readonly path: string;
  /** BLAKE2b-512, hexadecimal. */
  readonly blake2b: string;
  readonly signal?: AbortSignal;
  /** Bytes that are there, and of how many if the server says so. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/** Where a download stands until it is whole. */
export const partOf = (path: string): string => `${path}.part`;

/**
 * Downloads to `path`, going on from `path.part` where there is one.
 * @throws DOWNLOAD_FAILED, after which the next call goes on; HASH_MISMATCH, after which nothing is left; FILE_UNWRITABLE; ABORTED
 */
export async function download(parameters: DownloadParameters): Promise<void> {
  const { path, blake2b, signal } = parameters;
  const part = partOf(path);
  try {
    await fetchRest(parameters, part);
    const found = await blake2bOf(part, signal);
    if (found !== blake2b) {
      await rm(part, { force: true });
      fail('HASH_MISMATCH', `what came has BLAKE2b ${found}, published is ${blake2b}`, {
        where: path,
        fix: 'Nothing of it was kept: try again, or from another place (--url)',
      });
    }
    await rename(part, path);
  } catch (cause) {
    if (isWattestError(cause)) throw cause;
    if (signal?.aborted === true) {
      fail('ABORTED', `the download was interrupted; what came is in ${part}`, {
        fix: 'Run the command again: it goes on from there',
      });
    }
    if (typeof (cause as NodeJS.ErrnoException).syscall === 'string' && 'path' in (cause as object)) {
      fail('FILE_UNWRITABLE', `cannot be written (${fileReason(cause)})`, {
        where: path,
        fix: 'Check the folder, its permissions and the room on the disk; what came is kept',
        cause,
      });
    }
    fail('DOWNLOAD_FAILED', `the connection failed; what came is in ${part}`, {
      where: path,
      fix: 'Run the command again: it goes on from there',
      cause,
    });
  }
}

async function fetchRest({ url, path, signal, onProgress }: DownloadParameters, part: string): Promise<void> {
  const have = (await stat(part).catch(() => undefined))?.size ?? 0;
  const response = await fetch(url, {
    ...(signal === undefined ? {} : { signal }),
    headers: have === 0 ? {} : { range: `bytes=${have}-` },
  });
  // All of it is there already.
  if (response.status === 416 && have > 0) return;
  if (!response.ok || response.body === null) {
    fail('DOWNLOAD_FAILED', `the server answers with HTTP ${response.status}`, {
      where: path,
      fix: 'Check the URL, or take the file from another place (--url)',
    });
  }
  // A server that knows no ranges sends all of it.
  let done = response.status === 206 ? have : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? done + length : undefined;
  await using file = await open(part, done === 0 ? 'w' : 'a');
  for await (const chunk of response.body) {
    await file.appendFile(chunk);
    done += chunk.length;
    onProgress?.(done, total);
  }
  if (total !== undefined && done < total) throw new RangeError(`${done} bytes of ${total}`);
}

/** BLAKE2b-512 of a file, hexadecimal. */
export async function blake2bOf(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('blake2b512');
  const stream = createReadStream(path, {
    highWaterMark: 2 ** 20,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
