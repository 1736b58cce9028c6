/** Zig by a `zig` on the path, or the `python-zig` of PyPI's package `ziglang`. */
import { join } from 'node:path';
import { fail } from '../../errors/index.ts';
import { compileBy, onPath, type ProcessOptions } from './process.ts';

/** The first compiler on the path; undefined where there is none. */
export async function findZig(): Promise<string | undefined> {
  for await (const zig of onPath('zig', 'python-zig')) return zig;
  return undefined;
}

/**
 * Compiles a source file: with a `pub fn main` for WASI, without one as a library of its `export fn`.
 * @throws COMPILER_MISSING, COMPILER_FAILED, ABORTED
 */
export async function compileZig(
  path: string,
  text: string,
  { flags = [], ...options }: ProcessOptions = {},
): Promise<Uint8Array> {
  const zig = await findZig();
  if (zig === undefined)
    fail('COMPILER_MISSING', 'no zig is on the path', {
      where: path,
      fix: 'Run `pip install ziglang`, whose `python-zig` does as well, or install Zig from ziglang.org',
    });
  const kind = /^\s*pub\s+fn\s+main\s*\(/m.test(text)
    ? ['-target', 'wasm32-wasi']
    : ['-target', 'wasm32-freestanding', '-fno-entry', '-rdynamic'];
  return compileBy(
    zig,
    path,
    (output, folder) => [
      ...['build-exe', path, ...kind, '-O', 'ReleaseSmall', '-fstrip', `-femit-bin=${output}`],
      ...['--cache-dir', join(folder, 'cache'), ...flags],
    ],
    options,
  );
}
