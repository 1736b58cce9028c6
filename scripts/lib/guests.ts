/**
 * Compiles the example guests with the compilers that the install brings: AssemblyScript, and clang for C and C++. No npm package brings
 * one for Rust, Go, Zig or Swift: those modules are committed beside their sources.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeStream } from '../../sdk/src/attest/run/streams.ts';
import { compileSource } from '../../sdk/src/cli/compile/compile.ts';
import { placeOf } from './run-cache.ts';

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
  /** Of a session that proves it, where the one without options does not. */
  readonly maxLog?: number;
}

const EXAMPLES: string = resolve(dirname(fileURLToPath(import.meta.url)), '../../examples');

/** Those that words are given to; typed ones have a manifest instead. */
async function allExamples(): Promise<Example[]> {
  const names = (await readdir(EXAMPLES)).filter((name) => existsSync(join(EXAMPLES, name, 'example.json')));
  return Promise.all(names.map(readExample));
}

/** Those that a session without options proves. */
export async function exampleNames(): Promise<string[]> {
  return (await allExamples()).filter(({ maxLog }) => maxLog === undefined).map(({ name }) => name);
}

/** The others. */
export async function largeExamples(): Promise<Example[]> {
  return (await allExamples()).filter(({ maxLog }) => maxLog !== undefined);
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
    ...(json.maxLog === undefined ? {} : { maxLog: json.maxLog }),
  };
}

/** Endings of sources whose modules are committed. */
const COMMITTED: readonly string[] = ['.rs', '.go', '.zig', '.swift'];

/**
 * Compiles a guest by the ending of its source, as `wattest compile` does, but warnings of the C compiler are errors; where no npm package
 * brings a compiler reads the module beside it.
 */
export async function compileGuest(source: string): Promise<Uint8Array> {
  const { dir, name, ext } = parse(source);
  if (COMMITTED.includes(ext)) return readFile(join(dir, `${name}.wasm`));
  const place = placeOf('guest', source, ...(await filesOf(dir)));
  const known = place?.read();
  if (known !== undefined) return new Uint8Array(known);
  const wasm = await compileSource(source);
  place?.write(wasm);
  return wasm;
}

/** Paths and contents of what a source may include; what else a module is made of does not change during a run of the tests. */
async function filesOf(folder: string): Promise<(string | Uint8Array)[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.toSorted().map((file) => readFile(file)));
  return files.toSorted().flatMap((file, i) => [file, contents[i]!]);
}
