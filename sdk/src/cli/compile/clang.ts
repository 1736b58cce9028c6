/** C and C++ by the clang that comes from npm (`@yowasp/clang`, an optional peer), the C library included. */
import type { Tree } from '@yowasp/clang';
import { fail } from '../../errors/index.ts';
import { compilerFailed } from './failed.ts';

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
}

/**
 * Compiles `main`, one of `files`, to a WebAssembly module: C++ where its name does not end in `.c`.
 * @throws COMPILER_MISSING, COMPILER_FAILED with the compiler's messages
 */
export async function compileC(
  files: Tree,
  main: string,
  flags: readonly string[],
  { name = main, onWarnings }: CompileOptions = {},
): Promise<Uint8Array> {
  const { commands, runLLVM } = await import('@yowasp/clang').catch((cause: unknown) =>
    fail('COMPILER_MISSING', 'no compiler for C is installed', {
      where: name,
      fix: 'Run `npm install @yowasp/clang` beside wattest, or compile with a clang of your own (docs/compile.md)',
      cause,
    }),
  );
  // The first call reads the compiler from disk and would print its progress.
  await runLLVM(['size', '--version'], {}, { fetchProgress: () => {}, stdout: () => {}, stderr: () => {} });
  const messages: string[] = [];
  const note = (bytes: Uint8Array | null): void => {
    if (bytes !== null) messages.push(new TextDecoder().decode(bytes));
  };
  try {
    const strict = onWarnings === undefined;
    const args = [...(strict ? flags : flags.filter((flag) => flag !== '-Werror')), main, '-o', OUTPUT];
    const command = commands[main.endsWith('.c') ? 'clang' : 'clang++'];
    const out = await command?.(args, files, { stdout: note, stderr: note });
    const wasm = typeof out === 'object' && OUTPUT in out ? out[OUTPUT] : undefined;
    if (!(wasm instanceof Uint8Array)) throw new Error('no output');
    if (messages.length > 0) onWarnings?.(messages.join(''));
    return wasm;
  } catch (error) {
    return compilerFailed(name, messages.join('') || String(error), error);
  }
}
