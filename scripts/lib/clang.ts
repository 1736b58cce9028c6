/** The C compiler that the install brings. */
import type { Tree } from '@yowasp/clang';

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

/**
 * Compiles `main`, one of `files`, to a WebAssembly module.
 * @param onWarnings receives the compiler's messages about a module that it made all the same; without it warnings are errors
 * @throws the compiler's messages, behind `name`
 */
export async function compileC(
  files: Tree,
  main: string,
  flags: readonly string[],
  name: string = main,
  onWarnings?: (messages: string) => void,
): Promise<Uint8Array> {
  const { commands, runLLVM } = await import('@yowasp/clang');
  // The first call reads the compiler from disk and would print its progress.
  await runLLVM(['size', '--version'], {}, { fetchProgress: () => {}, stdout: () => {}, stderr: () => {} });
  const messages: string[] = [];
  const note = (bytes: Uint8Array | null): void => {
    if (bytes !== null) messages.push(new TextDecoder().decode(bytes));
  };
  try {
    const strict = onWarnings === undefined;
    const args = [...(strict ? flags : flags.filter((flag) => flag !== '-Werror')), main, '-o', OUTPUT];
    const out = await commands['clang']?.(args, files, { stdout: note, stderr: note });
    const wasm = typeof out === 'object' && OUTPUT in out ? out[OUTPUT] : undefined;
    if (!(wasm instanceof Uint8Array)) throw new Error('no output');
    if (messages.length > 0) onWarnings?.(messages.join(''));
    return wasm;
  } catch (error) {
    throw new Error(`${name}: ${messages.join('') || error}`, { cause: error });
  }
}
