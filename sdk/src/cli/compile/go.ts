/** Go by a `go` on the path. */
import { basename, dirname } from 'node:path';
import { fail } from '../../errors/index.ts';
import { answer, compileBy, onPath, type ProcessOptions } from './process.ts';

/** The first release with `GOOS=wasip1`, and that with `//go:wasmexport`: 1.n. */
const PROGRAM_VERSION = 21;
const LIBRARY_VERSION = 24;

/** The first `go` on the path of version 1.`least` or later; undefined where there is none. */
export async function findGo(least: number = PROGRAM_VERSION): Promise<string | undefined> {
  for await (const go of onPath('go')) {
    const version = /\bgo1\.(\d+)/.exec((await answer(go, ['version'])) ?? '')?.[1];
    if (version !== undefined && Number(version) >= least) return go;
  }
  return undefined;
}

/**
 * Compiles a source file of the package `main` for WASI, in its folder, so packages of the module around it are found: a program, or where
 * it exports functions (`//go:wasmexport`) a library.
 * @throws COMPILER_MISSING, COMPILER_FAILED, ABORTED
 */
export async function compileGo(
  path: string,
  text: string,
  { flags = [], ...options }: ProcessOptions = {},
): Promise<Uint8Array> {
  const isLibrary = /^\/\/go:wasmexport\s/m.test(text);
  const least = isLibrary ? LIBRARY_VERSION : PROGRAM_VERSION;
  const go = await findGo(least);
  if (go === undefined)
    fail('COMPILER_MISSING', `no go of version 1.${least} or later is on the path`, {
      where: path,
      fix: 'Install Go from go.dev or a distribution (Debian 13: `apt-get install golang-go`)',
    });
  const kind = isLibrary ? ['-buildmode=c-shared'] : [];
  // Nothing of this machine belongs into the module: no paths, no state of a repository.
  const same = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid='];
  return compileBy(
    go,
    path,
    (output) => ['build', ...kind, ...same, '-o', output, ...flags, basename(path)],
    options,
    { cwd: dirname(path), env: { GOOS: 'wasip1', GOARCH: 'wasm' } },
  );
}
