/** Files that a user names: read whole or refused by name, written whole or not at all. */
import { access, constants, mkdir, open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail } from '../errors/index.ts';
import { writeWhole } from '../platform/node-storage.ts';

const reason = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  const texts: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or folder',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of its path is not a folder',
    ENOTREG: 'it is not a regular file',
    EINPUT: 'it is another file of this command',
  };
  return texts[code ?? ''] ?? code ?? message;
};

export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    fail('FILE_UNREADABLE', `cannot be read (${reason(error)})`, {
      where: path,
      fix: 'Check the path',
      cause: error,
    });
  }
}

/** A file, or all of this process's standard input where the path is `-`. */
export async function readBytesOrStdin(path: string): Promise<Uint8Array> {
  if (path !== '-') return readBytes(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

/**
 * Refuses a path that cannot be written, is no regular file or is one of `others` (what is read, or written besides), before any long work begins. The file
 * itself is not touched: it stays as it is until the result is there.
 */
export async function requireWritable(path: string, ...others: readonly string[]): Promise<void> {
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
    if (path === '-' || (existing !== undefined && !existing.isFile())) {
      throw Object.assign(new Error('device'), { code: 'ENOTREG' });
    }
    if (await isOneOf(path, others)) {
      throw Object.assign(new Error('input'), { code: 'EINPUT' });
    }
    await access(dirname(path), constants.W_OK);
    // Some file systems say yes and then refuse (/proc).
    const probe = `${path}.${process.pid}.tmp`;
    await (await open(probe, 'wx')).close();
    await rm(probe);
  } catch (error) {
    unwritable(path, error);
  }
}

/** Also by another name: a link. */
async function isOneOf(path: string, others: readonly string[]): Promise<boolean> {
  // Of a file that is not there yet the folder may be a link.
  const real = (name: string): Promise<string> =>
    realpath(name)
      .catch(async () => join(await realpath(dirname(name)), basename(name)))
      .catch(() => resolve(name));
  const found = await Promise.all([path, ...others].map(real));
  return found.slice(1).includes(found[0]!);
}

/** Makes a folder that is not there, in a parent that is. */
export async function requireFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') unwritable(path, error);
  }
}

/** Writes through a temporary file beside it, so that there is the old file or the whole new one. */
export async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, [new TextEncoder().encode(text)]);
  } catch (error) {
    unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): never {
  fail('FILE_UNWRITABLE', `cannot be written (${reason(error)})`, {
    where: path,
    fix:
      (error as NodeJS.ErrnoException).code === 'EINPUT'
        ? 'Name another file'
        : 'Name a file in a folder that exists and that you may write to',
    cause: error,
  });
}
