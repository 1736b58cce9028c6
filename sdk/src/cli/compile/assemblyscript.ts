/** AssemblyScript by its compiler, an optional peer. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors/index.ts';
import { compilerFailed } from './failed.ts';

const FLAGS: readonly string[] = ['--optimizeLevel', '3', '--runtime', 'stub', '--use', 'abort=', '--debug'];

export interface AssemblyScriptOptions {
  /** Where files lie that it imports. */
  readonly folder: string;
  /** What messages call the source. */
  readonly name: string;
  readonly flags?: readonly string[];
}

/** Compiles a source to a WebAssembly module. @throws COMPILER_MISSING, COMPILER_FAILED */
export async function compileAssemblyScript(
  text: string,
  { folder, name, flags = [] }: AssemblyScriptOptions,
): Promise<Uint8Array> {
  const asc = await import('assemblyscript/asc').catch((cause: unknown) =>
    fail('COMPILER_MISSING', 'no compiler for AssemblyScript is installed', {
      where: name,
      fix: 'Run `npm install assemblyscript` beside wattest',
      cause,
    }),
  );
  let wasm: Uint8Array | undefined;
  // Options that are given twice count the last time.
  const { error, stderr } = await asc.main(['guest.ts', '--outFile', 'guest.wasm', ...FLAGS, ...flags], {
    readFile: (file) => (file === 'guest.ts' ? text : readFile(join(folder, file), 'utf8').catch(() => null)),
    writeFile: (file, contents) => {
      if (file === 'guest.wasm' && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) return compilerFailed(name, stderr.toString(), error);
  return wasm;
}
