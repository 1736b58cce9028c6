/**
 * Compiles the example guests with the compilers that the install brings: AssemblyScript, and clang for C. No package brings
 * a Rust compiler: those modules are committed beside their sources.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeStream } from '../../sdk/src/attest/run/streams.ts';
import { compileSource } from '../../sdk/src/cli/compile/compile.ts';

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

/** Those that words are given to; typed ones have a manifest instead. */
export async function exampleNames(): Promise<string[]> {
  const names = await readdir(EXAMPLES);
  return names.filter((name) => existsSync(join(EXAMPLES, name, 'example.json')));
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
 * Compiles a guest by the ending of its source, as `wattest compile` does, but warnings of the C compiler are errors; of `.rs` reads the
 * module beside it.
 */
export function compileGuest(source: string): Promise<Uint8Array> {
  return extname(source) === '.rs' ? readFile(source.replace(/\.rs$/, '.wasm')) : compileSource(source);
}
