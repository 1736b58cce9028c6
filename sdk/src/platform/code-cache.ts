/**
 * Compiled code of this package kept between starts, by Node's compile cache: it holds the digest of each source and the version of the
 * engine, and is made again where either is another. Code is as powerful as a program, so the folder must be the user's own.
 */
import { cacheDirectory } from './node-storage.ts';

const { lstatSync, mkdirSync } = process.getBuiltinModule('node:fs');
// Node 20 has none.
const { enableCompileCache }: Partial<Pick<typeof import('node:module'), 'enableCompileCache'>> =
  process.getBuiltinModule('node:module');
const { dirname, join } = process.getBuiltinModule('node:path');

/** Of modules that are loaded from now on. Without a folder that is safe nothing is kept, and nothing said: it costs time alone. */
export function enableCodeCache(cache: string = cacheDirectory()): void {
  const folder = codeFolder(cache);
  if (folder !== undefined) enableCompileCache?.(folder);
}

/** The folder, made if need be: open to nobody but this user, in a folder that nobody else can write to. Else undefined. */
export function codeFolder(cache: string): string | undefined {
  const folder = join(cache, 'code');
  try {
    // Not `recursive`, which never returns on some file systems (/proc).
    for (const path of [dirname(cache), cache, folder]) make(path);
    return isOwn(cache, 0o022) && isOwn(folder, 0o077) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function make(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A folder of this user, no link, with none of these permissions. Windows has no such bits; the user's folder is trusted there. */
function isOwn(path: string, forbidden: number): boolean {
  const stat = lstatSync(path);
  const me = process.getuid?.();
  return stat.isDirectory() && (me === undefined || (stat.uid === me && (stat.mode & forbidden) === 0));
}
