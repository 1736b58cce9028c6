/** Rust by a `rustc` on the path that has the standard library of the target: rustup's, or a distribution's. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors/index.ts';
import { answer, compileBy, onPath, type ProcessOptions } from './process.ts';

/** Names of the targets, the current one first. */
const PROGRAM_TARGETS: readonly string[] = ['wasm32-wasip1', 'wasm32-wasi'];
const LIBRARY_TARGETS: readonly string[] = ['wasm32-unknown-unknown'];
const FLAGS: readonly string[] = [
  ...['--edition', '2021', '-C', 'opt-level=s', '-C', 'lto=fat', '-C', 'panic=abort', '-C', 'strip=symbols'],
];

export interface RustCompiler {
  readonly rustc: string;
  readonly target: string;
}

/** The first `rustc` on the path, with a target that it has; undefined where none has one. */
export async function findRustc(isProgram: boolean): Promise<RustCompiler | undefined> {
  for await (const rustc of onPath('rustc')) {
    const root = await answer(rustc, ['--print', 'sysroot']);
    if (root === undefined) continue;
    for (const target of isProgram ? PROGRAM_TARGETS : LIBRARY_TARGETS) {
      const library = join(root, 'lib/rustlib', target, 'lib');
      if (
        await access(library).then(
          () => true,
          () => false,
        )
      )
        return { rustc, target };
    }
  }
  return undefined;
}

/**
 * Compiles a source file: with a `main` for WASI, without one as a library whose functions are entered by name.
 * @throws COMPILER_MISSING, COMPILER_FAILED, ABORTED
 */
export async function compileRust(
  path: string,
  text: string,
  { flags = [], ...options }: ProcessOptions = {},
): Promise<Uint8Array> {
  const isProgram = /^\s*(?:pub\s+)?fn\s+main\s*\(/m.test(text);
  const found = await findRustc(isProgram);
  if (found === undefined) {
    const target = (isProgram ? PROGRAM_TARGETS : LIBRARY_TARGETS)[0]!;
    fail('COMPILER_MISSING', `no rustc on the path has the target ${target}`, {
      where: path,
      fix: `Run \`rustup target add ${target}\`, or \`apt-get install rustc libstd-rust-dev-wasm32 lld\``,
    });
  }
  const kind = isProgram ? [] : ['--crate-type', 'cdylib'];
  return compileBy(
    found.rustc,
    path,
    (output) => ['--target', found.target, ...kind, ...FLAGS, ...flags, path, '-o', output],
    options,
  );
}
