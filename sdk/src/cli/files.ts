/** Files that a user names: read whole or refused by name, written whole or not at all. */

import { access, constants, mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fail, printable, type WattestError } from '../errors/index.ts';
import { fileReason } from '../platform/file-reason.ts';
import {
  type MostBytes,
  readTextFile,
  readTextStream,
  readWholeFile,
  readWholeStream,
} from '../platform/node-files.ts';
import { writeWhole } from '../platform/node-storage.ts';

export function readBytes(path: string): Promise<Uint8Array> {
  return readWholeFile(path);
}

let modulePath: string | undefined;

/** The module that this command is about: errors name it. */
export async function readModule(path: string): Promise<Uint8Array> {
  modulePath = path;
  // Whatever is called reads this file, and only some of it modules.
  const { LIMITS, SMALLER_MODULE } = await import('../wasm/limits.ts');
  const bytes = await readWholeFile(path, { most: LIMITS.fileBytes, tooLarge: SMALLER_MODULE });
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) await refuseSource(path);
  return bytes;
}

const MAGIC = [0, 0x61, 0x73, 0x6d];

/** @throws MODULE_MALFORMED where the name is that of a source */
async function refuseSource(path: string): Promise<void> {
  const { SOURCES } = await import('./compile/sources.ts');
  const ending = extname(path);
  const command =
    ending === '.wat' ? 'npx -p wabt wat2wasm' : SOURCES.includes(ending) ? 'wattest compile' : undefined;
  if (command === undefined) return;
  fail('MODULE_MALFORMED', 'a source, and no module yet', {
    where: path,
    fix: `Compile it first, with \`${command} ${argument(path)} -o ${argument(`${path.slice(0, -ending.length)}.wasm`)}\``,
  });
}

/** A path as one argument of a command that is typed. */
const argument = (path: string): string => (/\s/.test(path) ? `"${path}"` : path);

/** The message of an error, with the file in place of "module". */
export function messageOf({ message, where }: WattestError): string {
  const [whole] = /^module(?=\+0x|$)/.exec(where ?? '') ?? [];
  return whole === undefined || modulePath === undefined
    ? message
    : `${printable(modulePath)}${message.slice(whole.length)}`;
}

/** A file, or all of this process's standard input where the path is `-`. */
export function readBytesOrStdin(path: string): Promise<Uint8Array> {
  return path === '-' ? readWholeStream(process.stdin, 'standard input') : readBytes(path);
}

/** @param tooLarge what to do where the file is larger than any of its kind; `most`: so many bytes */
export function readText(path: string, tooLarge: string, most?: number): Promise<string> {
  return readTextFile(path, { tooLarge, ...(most === undefined ? {} : { most }) });
}

export function readTextOrStdin(path: string, tooLarge: string): Promise<string> {
  return path === '-'
    ? readTextStream(process.stdin, 'standard input', { tooLarge })
    : readText(path, tooLarge);
}

/** The text of a proof file. @param most the most bytes that it can have, which may follow from its first ones */
export function readProofText(path: string, most: MostBytes): Promise<string> {
  const tooLarge = 'Give a proof file: `wattest prove` writes some kilobytes, and the public words';
  return readTextFile(path, { tooLarge, most });
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

/** As {@link writeBytes}. */
export function writeText(path: string, text: string): Promise<void> {
  return writeBytes(path, new TextEncoder().encode(text));
}

/** Writes through a temporary file beside it, so that there is the old file or the whole new one. */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeWhole(path, [bytes]);
  } catch (error) {
    unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): never {
  fail('FILE_UNWRITABLE', `cannot be written (${fileReason(error)})`, {
    where: path,
    fix:
      (error as NodeJS.ErrnoException).code === 'EINPUT'
        ? 'Name another file'
        : 'Name a file in a folder that exists and that you may write to',
    cause: error,
  });
}
