/** Rust by a `rustc` on the path that has the standard library of the target: rustup's, or a distribution's. */
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { fail } from '../../errors/index.ts';
import { compilerFailed, refuseInterrupted } from './failed.ts';

const run = promisify(execFile);

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
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const rustc = join(folder, process.platform === 'win32' ? 'rustc.exe' : 'rustc');
    const root = await run(rustc, ['--print', 'sysroot']).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
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

export interface RustOptions {
  readonly flags?: readonly string[];
  readonly onWarnings?: ((messages: string) => void) | undefined;
  /** Ends the compiler. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compiles a source file: with a `main` for WASI, without one as a library whose functions are entered by name.
 * @throws COMPILER_MISSING, COMPILER_FAILED, ABORTED
 */
export async function compileRust(
  path: string,
  text: string,
  { flags = [], onWarnings, signal }: RustOptions = {},
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
  const folder = await mkdtemp(join(tmpdir(), 'wattest-rustc-'));
  const output = join(folder, 'guest.wasm');
  try {
    const kind = isProgram ? [] : ['--crate-type', 'cdylib'];
    const args = ['--target', found.target, ...kind, ...FLAGS, ...flags, path, '-o', output];
    const { stderr } = await run(found.rustc, args, {
      maxBuffer: 2 ** 26,
      ...(signal === undefined ? {} : { signal }),
    });
    if (stderr !== '') onWarnings?.(stderr);
    return await readFile(output);
  } catch (error) {
    refuseInterrupted(path, signal, error);
    return compilerFailed(path, (error as { stderr?: string }).stderr || String(error), error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
