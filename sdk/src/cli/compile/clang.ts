/** C and C++ by the clang that comes from npm (`@yowasp/clang`, an optional peer), the C library included. */
import type { Tree } from '@yowasp/clang';
import { runAbortable } from '../../platform/thread-job.ts';
import { compilerFailed, refuseInterrupted, requireCompiler } from './failed.ts';

/** The linker writes it into the module, so ids of C guests depend on it. */
const OUTPUT = 'guest.wasm';
const WARNINGS: readonly string[] = ['-Wall', '-Wextra', '-Werror'];
/** For functions that are entered by name and know no library. */
export const FREESTANDING_FLAGS: readonly string[] = [
  '--target=wasm32',
  '-O2',
  '-nostdlib',
  '-ffreestanding',
  ...WARNINGS,
  '-Wl,--no-entry',
];
/** For programs, which have a `main` and may use the standard library. */
export const WASI_FLAGS: readonly string[] = ['--target=wasm32-wasip1', '-O2', ...WARNINGS];

export interface CompileOptions {
  /** What messages call the source; default: the name in the tree. */
  readonly name?: string;
  /** Receives the compiler's messages about a module that it made all the same; without it warnings are errors. */
  readonly onWarnings?: ((messages: string) => void) | undefined;
  /** Ends the compiler, which then has a thread of its own. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link clang} is given. */
interface Job {
  /** Address of the compiler. */
  readonly url: string;
  readonly command: 'clang' | 'clang++';
  readonly args: readonly string[];
  readonly files: Tree;
  readonly output: string;
}

interface Made {
  readonly wasm: Uint8Array | undefined;
  readonly messages: string;
  readonly error: string | undefined;
}

/**
 * Compiles `main`, one of `files`, to a WebAssembly module: C++ where its name does not end in `.c`.
 * @throws COMPILER_MISSING, COMPILER_FAILED with the compiler's messages, ABORTED
 */
export async function compileC(
  files: Tree,
  main: string,
  flags: readonly string[],
  { name = main, onWarnings, signal }: CompileOptions = {},
): Promise<Uint8Array> {
  const fix =
    'Run `npm install @yowasp/clang` beside wattest, or compile with a clang of your own (docs/compile.md)';
  const url = requireCompiler('@yowasp/clang', name, 'C', fix);
  const strict = onWarnings === undefined;
  const args = [...(strict ? flags : flags.filter((flag) => flag !== '-Werror')), main, '-o', OUTPUT];
  const command = main.endsWith('.c') ? 'clang' : 'clang++';
  const job: Job = { url, command, args, files, output: OUTPUT };
  let made: Made;
  try {
    made = await runAbortable(clang, job, signal);
  } catch (error) {
    refuseInterrupted(name, signal, error);
    return compilerFailed(name, String(error), error);
  }
  const { wasm, messages, error } = made;
  if (wasm === undefined) return compilerFailed(name, messages || (error ?? 'no output'), error);
  if (messages !== '') onWarnings?.(messages);
  return wasm;
}

/** Runs on a thread of its own, too, so it knows nothing but globals. */
async function clang({ url, command, args, files, output }: Job): Promise<Made> {
  const { commands, runLLVM } = (await import(url)) as typeof import('@yowasp/clang');
  // The first call reads the compiler from disk and would print its progress.
  await runLLVM(['size', '--version'], {}, { fetchProgress: () => {}, stdout: () => {}, stderr: () => {} });
  let messages = '';
  const note = (bytes: Uint8Array | null): void => {
    if (bytes !== null) messages += new TextDecoder().decode(bytes);
  };
  try {
    const made = await commands[command]?.([...args], files, { stdout: note, stderr: note });
    const wasm = typeof made === 'object' ? made[output] : undefined;
    return { wasm: wasm instanceof Uint8Array ? wasm : undefined, messages, error: undefined };
  } catch (error) {
    return { wasm: undefined, messages, error: String(error) };
  }
}
