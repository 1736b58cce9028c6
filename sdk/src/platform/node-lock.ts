/** Locks of files between processes, for Node, which has none of the system's: a file beside them that names its owner. */
import { fail } from '../errors/index.ts';

const { randomBytes } = process.getBuiltinModule('node:crypto');
const { constants, copyFile, link, readFile, rename, rm, writeFile } =
  process.getBuiltinModule('node:fs/promises');
const { hostname } = process.getBuiltinModule('node:os');
const { resolve } = process.getBuiltinModule('node:path');

interface Owner {
  readonly pid: number;
  readonly host: string;
}

/** Of this process: they are no leftovers of an earlier one that had the same number. */
const held = new Set<string>();

/**
 * Makes `<path>.lock`, or takes over that of a process of this machine that is gone. The result gives it back, once.
 * @throws RESUME_BUSY where its owner may be at work
 */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const lock = `${resolve(path)}.lock`;
  const mine = `${lock}.${process.pid}.${randomBytes(4).toString('hex')}`;
  if (held.has(lock)) busy(path, { pid: process.pid, host: hostname() });
  held.add(lock);
  try {
    const own: Owner = { pid: process.pid, host: hostname() };
    await writeFile(mine, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
    // A link is made whole, and only where nothing is: nobody sees a lock without its owner.
    while (!(await linked(mine, lock))) {
      const owner = await ownerOf(lock);
      if (owner === undefined) continue;
      if (mayRun(owner)) busy(path, owner);
      await discard(lock, `${mine}.old`);
    }
  } catch (error) {
    held.delete(lock);
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
  let released = false;
  return async () => {
    if (released) return;
    released = true;
    await rm(lock, { force: true });
    held.delete(lock);
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
  try {
    try {
      await link(from, to);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      // File systems without links: made at once as well, though not whole.
      await copyFile(from, to, constants.COPYFILE_EXCL);
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined where the lock has just been given back; what nobody wrote whole belongs to nobody. */
async function ownerOf(lock: string): Promise<Owner | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(lock, 'utf8')) as Partial<Owner>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : { pid: 0, host: hostname() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, host: hostname() };
    throw error;
  }
}

/** Takes a lock of nobody's away. Somebody else may have done so first, and made his own: then that goes back. */
async function discard(lock: string, aside: string): Promise<void> {
  try {
    await rename(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const owner = await ownerOf(aside);
  if (owner !== undefined && mayRun(owner)) await linked(aside, lock);
  await rm(aside, { force: true });
}

/** Processes of other machines cannot be asked. */
function mayRun({ pid, host }: Owner): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process answers that it is not ours.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function busy(path: string, { pid, host }: Owner): never {
  fail(
    'RESUME_BUSY',
    `process ${pid}${host === hostname() ? '' : ` of ${host}`} proves a run with this file`,
    {
      where: path,
      fix: `Wait for it or stop it; if it does not run any more, delete ${path}.lock. Or name another file`,
    },
  );
}
