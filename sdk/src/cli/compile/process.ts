/** Compilers that are processes of their own: found on the path, run in a folder of their own, ended by a signal. */
import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { compilerFailed, refuseInterrupted } from './failed.ts';

const run = promisify(execFile);

export interface ProcessOptions {
  /** More options for the compiler. */
  readonly flags?: readonly string[];
  /** Receives the compiler's messages about a module that it made all the same. */
  readonly onWarnings?: ((messages: string) => void) | undefined;
  /** Ends the compiler. */
  readonly signal?: AbortSignal | undefined;
}

/** Files that can be run by one of these names, in the order of the path and, within a folder, of the names. */
export async function* onPath(...names: readonly string[]): AsyncGenerator<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of names) {
      const file = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) yield file;
    }
  }
}

/** What a command prints, without blanks around it; undefined where it fails. */
export async function answer(command: string, args: readonly string[]): Promise<string | undefined> {
  return run(command, args).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

/**
 * Has `command` make a module of the source at `path`.
 * @param argsFor its arguments, from the file that the module is to be written to, in a folder that is removed afterwards
 * @param place where it runs, and variables of the environment besides those of this process
 * @throws COMPILER_FAILED with the compiler's messages, ABORTED
 */
export function compileBy(
  command: string,
  path: string,
  argsFor: (output: string, folder: string) => readonly string[],
  options: ProcessOptions,
  place: Place = {},
): Promise<Uint8Array> {
  return compileBySteps(
    path,
    (output, folder) => [{ command, args: argsFor(output, folder) }],
    options,
    place,
  );
}

interface Step {
  readonly command: string;
  readonly args: readonly string[];
}

interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The same by several commands, one after the other. @throws as {@link compileBy} */
export async function compileBySteps(
  path: string,
  stepsFor: (output: string, folder: string) => readonly Step[],
  { onWarnings, signal }: ProcessOptions,
  place: Place = {},
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'wattest-compile-'));
  const output = join(folder, 'guest.wasm');
  try {
    for (const { command, args } of stepsFor(output, folder)) {
      const { stderr } = await run(command, args, {
        maxBuffer: 2 ** 26,
        ...place,
        env: { ...process.env, ...place.env },
        ...(signal === undefined ? {} : { signal }),
      });
      if (stderr !== '') onWarnings?.(stderr);
    }
    return await readFile(output);
  } catch (error) {
    refuseInterrupted(path, signal, error);
    return compilerFailed(path, (error as { stderr?: string }).stderr || String(error), error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
