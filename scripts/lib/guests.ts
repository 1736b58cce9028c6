/**
 * Compiles the example guests with the compilers that the install brings: AssemblyScript, and clang for C. No package brings
 * a Rust compiler: those modules are committed beside their sources.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeStream } from '../../sdk/src/attest/run/streams.ts';
import { decodeModule } from '../../sdk/src/wasm/decode.ts';
import { exportedFunctions } from '../../sdk/src/wasm/types.ts';
import { compileC, FREESTANDING_FLAGS, WASI_FLAGS } from './clang.ts';

/** What an example is run and proven with. */
export interface ExampleRun {
  readonly invoke: string;
  readonly args: readonly string[];
  readonly publicInputs: readonly string[];
  readonly privateInputs: readonly string[];
  readonly privateStdin?: string;
}

/**
 * `examples/NAME/example.json`; words are decimal strings as the command line takes them. Of a WASI program `stdin`,
 * `privateStdin` and `stdout` are texts there, and here the words of the first and the last are among inputs and outputs.
 */
export interface Example extends ExampleRun {
  readonly name: string;
  readonly about: string;
  /** Absolute path of the source. */
  readonly source: string;
  readonly parameters: ExampleRun;
  /** Texts, where it is a WASI program. */
  readonly stdin?: string;
  readonly stdout?: string;
  /** Words that the program writes, then its results. */
  readonly outputs: readonly string[];
  readonly results: readonly string[];
}

const EXAMPLES: string = resolve(dirname(fileURLToPath(import.meta.url)), '../../examples');

const ASSEMBLYSCRIPT_FLAGS: readonly string[] = [
  '--optimizeLevel',
  '3',
  '--runtime',
  'stub',
  '--use',
  'abort=',
  '--debug',
];
/** C functions know the host functions of `wattest.h` and nothing else. */
const FUNCTION_FLAGS: readonly string[] = [
  ...FREESTANDING_FLAGS,
  // Copies of structs become memory.copy instead of a call of the memcpy that no library provides.
  '-mbulk-memory',
  '-Iinclude',
];

export async function exampleNames(): Promise<string[]> {
  const entries = await readdir(EXAMPLES, { withFileTypes: true });
  return entries.filter((e) => e.isDirectory() && e.name !== 'include').map((e) => e.name);
}

export async function readExample(name: string): Promise<Example> {
  const json = JSON.parse(await readFile(join(EXAMPLES, name, 'example.json'), 'utf8'));
  const { stdin, privateStdin, stdout } = json;
  const parameters: ExampleRun = {
    invoke: json.invoke ?? '_start',
    args: json.args ?? [],
    publicInputs: json.public ?? (stdin === undefined ? [] : encodeStream(stdin).map(String)),
    privateInputs: json.private ?? [],
    ...(privateStdin === undefined ? {} : { privateStdin }),
  };
  const [length, ...words] = encodeStream(stdout ?? '').map(String);
  return {
    name,
    about: json.about,
    source: join(EXAMPLES, name, json.source),
    ...parameters,
    parameters,
    ...(stdin === undefined ? {} : { stdin }),
    ...(stdout === undefined ? {} : { stdout }),
    outputs: json.outputs ?? (stdout === undefined ? [] : [...words, length]),
    results: json.results ?? [],
  };
}

/**
 * Compiles a guest by the ending of its source, `.ts` or `.c`; of `.rs` reads the module beside it. Throws with the
 * compiler's messages; warnings of the C compiler are errors unless there is `onWarnings`.
 */
export function compileGuest(source: string, onWarnings?: (messages: string) => void): Promise<Uint8Array> {
  switch (extname(source)) {
    case '.c':
      return compileCGuest(source, onWarnings);
    case '.rs':
      return readFile(source.replace(/\.rs$/, '.wasm'));
    default:
      return compileAssemblyScript(source);
  }
}

async function compileAssemblyScript(source: string): Promise<Uint8Array> {
  const asc = await import('assemblyscript/asc');
  let wasm: Uint8Array | undefined;
  const text = await readFile(source, 'utf8');
  const { error, stderr } = await asc.main(['guest.ts', '--outFile', 'guest.wasm', ...ASSEMBLYSCRIPT_FLAGS], {
    readFile: (name) => (name === 'guest.ts' ? text : null),
    writeFile: (name, contents) => {
      if (name === 'guest.wasm' && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) throw new Error(`${source}: ${stderr.toString()}`);
  return wasm;
}

async function compileCGuest(source: string, onWarnings?: (messages: string) => void): Promise<Uint8Array> {
  const header = await readFile(join(EXAMPLES, 'include/wattest.h'), 'utf8');
  const text = await readFile(source, 'utf8');
  const main = basename(source);
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ' ');
  const flags = /\bmain\s*\(/.test(code) ? WASI_FLAGS : FUNCTION_FLAGS;
  const files = { include: { 'wattest.h': header }, [main]: text };
  const wasm = await compileC(files, main, flags, source, onWarnings);
  if (exportedFunctions(decodeModule(wasm)).length > 0) return wasm;
  throw new Error(`${source}: it exports no function. Give it a main, or WATTEST_EXPORT(name) of wattest.h`);
}
