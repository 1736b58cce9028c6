/** AssemblyScript by its compiler, an optional peer. */
import { basename } from 'node:path';
import { runAbortable } from '../../platform/thread-job.ts';
import { compilerFailed, refuseInterrupted, requireCompiler } from './failed.ts';

/** What {@link asc} calls the source, wherever it lies. */
const MAIN = 'guest.ts';
const FLAGS: readonly string[] = ['--optimizeLevel', '3', '--runtime', 'stub', '--use', 'abort=', '--debug'];

export interface AssemblyScriptOptions {
  /** Where files lie that it imports. */
  readonly folder: string;
  /** What messages call the source. */
  readonly name: string;
  readonly flags?: readonly string[];
  /** Ends the compiler, which then has a thread of its own. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link asc} is given. */
interface Job {
  /** Address of the compiler. */
  readonly url: string;
  readonly text: string;
  readonly folder: string;
  readonly args: readonly string[];
}

interface Made {
  readonly wasm: Uint8Array | undefined;
  readonly messages: string;
  readonly error: string | undefined;
}

/** Compiles a source to a WebAssembly module. @throws COMPILER_MISSING, COMPILER_FAILED, ABORTED */
export async function compileAssemblyScript(
  text: string,
  { folder, name, flags = [], signal }: AssemblyScriptOptions,
): Promise<Uint8Array> {
  const fix = 'Run `npm install assemblyscript` beside wattest';
  const url = requireCompiler('assemblyscript/asc', name, 'AssemblyScript', fix);
  const job: Job = { url, text, folder, args: [...FLAGS, ...flags] };
  let made: Made;
  try {
    made = await runAbortable(asc, job, signal);
  } catch (error) {
    refuseInterrupted(name, signal, error);
    return compilerFailed(name, String(error), error);
  }
  const { wasm, messages, error } = made;
  if (error !== undefined || wasm === undefined)
    return compilerFailed(name, messages.replaceAll(` ${MAIN}(`, ` ${basename(name)}(`), error);
  return wasm;
}

/** Runs on a thread of its own, too, so it knows nothing but globals. */
async function asc({ url, text, folder, args }: Job): Promise<Made> {
  const { main } = (await import(url)) as typeof import('assemblyscript/asc');
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  const { join } = process.getBuiltinModule('node:path');
  let wasm: Uint8Array | undefined;
  // Options that are given twice count the last time.
  const { error, stderr } = await main(['guest.ts', '--outFile', 'guest.wasm', ...args], {
    readFile: (file) => (file === 'guest.ts' ? text : readFile(join(folder, file), 'utf8').catch(() => null)),
    writeFile: (file, contents) => {
      if (file === 'guest.wasm' && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  return { wasm, messages: stderr.toString(), error: error === null ? undefined : String(error) };
}
