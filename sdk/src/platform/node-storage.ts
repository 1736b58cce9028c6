/** Files of Node as stores and sources (see `storage.ts`). Pages do not load this file, but their bundlers read it. */
import { fail, isWattestError } from '../errors/index.ts';
import { fileReason } from './file-reason.ts';
import { lockFile } from './node-lock.ts';
import type { BlobStore, ByteSource, PrivateFile } from './storage.ts';

const { randomBytes } = process.getBuiltinModule('node:crypto');
const { mkdir, open, readdir, readFile, rename, rm, stat } = process.getBuiltinModule('node:fs/promises');
const { homedir } = process.getBuiltinModule('node:os');
const { basename, dirname, join } = process.getBuiltinModule('node:path');

/**
 * The user's cache folder for wattest: `WATTEST_CACHE_DIR` where set, else `$XDG_CACHE_HOME/wattest` or
 * `~/.cache/wattest`, `~/Library/Caches/wattest` on macOS, `%LOCALAPPDATA%\wattest` on Windows. Not created here.
 */
export function cacheDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  const { WATTEST_CACHE_DIR: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (own) return own;
  if (platform === 'win32') return join(local || join(homedir(), 'AppData', 'Local'), 'wattest');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'wattest');
  return join(xdg || join(homedir(), '.cache'), 'wattest');
}

/**
 * A folder as a store, made on the first write, for this user alone. What is read from it decides keys and program ids, so
 * nothing is read that somebody else could have written: folder and file must belong to this user (or to root) and not be
 * writable for others. Windows has no such bits; the user's own folder is trusted there.
 */
export function directoryStore(directory: string = cacheDirectory()): BlobStore {
  return {
    location: directory,
    open: async (name) => {
      try {
        await requireOwn(directory);
        await requireOwn(join(directory, name));
        return await source(join(directory, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: async (name, parts) => {
      await makeFolder(directory);
      await writeWhole(join(directory, name), parts);
    },
  };
}

/** The folder and at most its parent: `recursive` never returns on some file systems (/proc). */
async function makeFolder(directory: string): Promise<void> {
  const make = (path: string): Promise<unknown> =>
    mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  try {
    await make(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await make(dirname(directory));
    await make(directory);
  }
}

async function requireOwn(path: string): Promise<void> {
  const { uid, mode } = await stat(path);
  const me = process.getuid?.();
  if (me === undefined || ((uid === me || uid === 0) && (mode & 0o022) === 0)) return;
  throw Object.assign(new Error(`${path} can be written by other users`), {
    code: 'shared with other users',
  });
}

/** A file that a user named; `FILE_UNREADABLE` where it cannot be opened. */
export async function fileSource(path: string): Promise<ByteSource> {
  try {
    return await source(path);
  } catch (error) {
    return fail('FILE_UNREADABLE', `cannot be opened (${fileReason(error)})`, {
      where: path,
      fix: 'Check the path and its permissions',
      cause: error,
    });
  }
}

/**
 * Writes a file through a temporary one beside it, so that a reader (another process too) sees the old file or
 * the new one. Leaves nothing behind where it fails.
 * @param mode permissions of the file, from the start
 */
export async function writeWhole(path: string, parts: readonly Uint8Array[], mode = 0o666): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * A file that nobody but this user reads or writes (permissions 0600), for secrets that have to outlive the process.
 * @throws FILE_UNREADABLE, also where others may write to it: they could have chosen what it says; FILE_UNWRITABLE
 */
export function ownFile(path: string): PrivateFile {
  const named = (code: 'FILE_UNREADABLE' | 'FILE_UNWRITABLE', what: string, cause: unknown): never =>
    fail(code, `${what} (${fileReason(cause)})`, {
      where: path,
      fix: 'Name a file in a folder of your own that has room, which nobody else may write to',
      cause,
    });
  return {
    location: path,
    read: async () => {
      try {
        await requireOwn(path);
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        return named('FILE_UNREADABLE', 'cannot be read', error);
      }
    },
    write: async (text) => {
      try {
        await writeWhole(path, [new TextEncoder().encode(text)], 0o600);
        await syncFolder(dirname(path));
      } catch (error) {
        named('FILE_UNWRITABLE', 'cannot be written', error);
      }
    },
    remove: () => rm(path, { force: true }),
    lock: async () => {
      try {
        const release = await lockFile(path);
        await removeLeftovers(path);
        return release;
      } catch (error) {
        if (isWattestError(error)) throw error;
        return named('FILE_UNWRITABLE', 'cannot be kept for this process alone', error);
      }
    },
  };
}

/** What processes left that were killed while they wrote: as secret as the file. Whoever removes them has its lock. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const own = `${basename(path)}.`;
  for (const name of await readdir(folder)) {
    if (name.startsWith(own) && /^\d+\.[0-9a-f]{8}\.tmp$/.test(name.slice(own.length)))
      await rm(join(folder, name), { force: true });
  }
}

/** So that a file that was renamed into it is there after a power failure. Windows does it by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function source(path: string): Promise<ByteSource> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw Object.assign(new Error(`${path} is not a file`), { code: 'EISDIR' });
    return {
      name: path,
      size: stat.size,
      read: async (offset, length) => {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), offset + done);
          if (bytesRead === 0) throw new RangeError(`${path} ends before byte ${offset + length}`);
          done += bytesRead;
        }
        return bytes;
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
