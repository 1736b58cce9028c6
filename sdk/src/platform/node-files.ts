/** Files of Node that a user names, read whole or refused by name. */
import { open } from 'node:fs/promises';
import { fail, isWattestError } from '../errors/index.ts';
import { fileReason } from './file-reason.ts';

/** Most bytes of a file that is read whole: far above what a run can take in. */
const MOST_BYTES = 2 ** 30;
/** Of a text: half of what an engine's string can hold. */
const MOST_TEXT_BYTES = 2 ** 28;

/** Most bytes of a file, or how they follow from its first ones. */
export type MostBytes = number | ((head: Uint8Array) => number);

export interface ReadFixes {
  /** What to do where the file cannot be read. */
  readonly missing?: string;
  /** What to do where it is larger than anything that it could be. */
  readonly tooLarge?: string;
}

/** @throws FILE_UNREADABLE, also for more than 2^30 bytes, or than `most`, however many follow (devices have no end) */
export function readWholeFile(
  path: string,
  { most = MOST_BYTES, ...fixes }: ReadFixes & { readonly most?: number } = {},
): Promise<Uint8Array> {
  return readAtMost(path, most, fixes);
}

/** UTF-8, what is none of it replaced. @throws FILE_UNREADABLE, also for more than 2^28 bytes, or than `most` */
export async function readTextFile(
  path: string,
  { most = MOST_TEXT_BYTES, ...fixes }: ReadFixes & { readonly most?: MostBytes } = {},
): Promise<string> {
  return new TextDecoder().decode(await readAtMost(path, most, fixes));
}

/** All that a stream brings. @throws FILE_UNREADABLE for more than 2^30 bytes */
export function readWholeStream(stream: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  return collect(stream, name, MOST_BYTES, {});
}

/** The same as text. @throws FILE_UNREADABLE for more than 2^28 bytes, or than `most` */
export async function readTextStream(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  { most = MOST_TEXT_BYTES, ...fixes }: ReadFixes & { readonly most?: number } = {},
): Promise<string> {
  return new TextDecoder().decode(await collect(stream, name, most, fixes));
}

async function collect(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  most: number,
  fixes: ReadFixes,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > most) tooLarge(name, most, fixes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readAtMost(path: string, most: MostBytes, fixes: ReadFixes): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    let limit = typeof most === 'number' ? most : MOST_TEXT_BYTES;
    if (size > limit) tooLarge(path, limit, fixes);
    // A pipe or a device says that it is empty, and a file may grow while it is read.
    const chunks: Uint8Array[] = [];
    for (let length = 0; ; ) {
      const first = length === 0 && typeof most === 'function';
      const room = first ? MIN_CHUNK : Math.min(Math.max(size - length, 0) + 1, limit + 1 - length);
      const chunk = new Uint8Array(Math.max(room, Math.min(MIN_CHUNK, limit + 1 - length)));
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      if (first) limit = Math.min(limit, most(chunk.subarray(0, bytesRead)));
      length += bytesRead;
      if (Math.max(length, size) > limit) tooLarge(path, limit, fixes);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } catch (cause) {
    if (isWattestError(cause)) throw cause;
    fail('FILE_UNREADABLE', `cannot be read (${fileReason(cause)})`, {
      where: path,
      fix: fixes.missing ?? 'Check the path',
      cause,
    });
  }
}

const MIN_CHUNK = 2 ** 16;

function tooLarge(where: string, most: number, fixes: ReadFixes): never {
  fail('FILE_UNREADABLE', `is larger than ${Math.ceil(most / 2 ** 20)} MiB, the most that is read`, {
    where,
    fix: fixes.tooLarge ?? 'Give a smaller file',
  });
}
