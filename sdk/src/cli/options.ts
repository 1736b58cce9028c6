/** Options that several commands take, and what they share while they run. */
import { type Command, InvalidArgumentError } from 'commander';
import type { ImportParameters } from '../attest/module/imports.ts';
import type { InputParameters } from '../attest/run/inputs.ts';
import { DEFAULT_MAX_INSTRUCTIONS } from '../attest/run/max-instructions.ts';
import { fail, printable } from '../errors/index.ts';
import { type ArgumentFlags, argumentFiles, argumentsOf, withArguments } from './arguments.ts';
import { readBytesOrStdin, readTextOrStdin } from './files.ts';
import { type ImportFlags, importsOf, withImportOptions } from './imports.ts';
import { type TypedFlags, typedFiles, typedInputs, withTypedOptions } from './typed.ts';

/** `FILE.wasm --invoke NAME --args … --public … --private … --stdin … --json`, as given. */
export interface RunFlags extends ArgumentFlags, ImportFlags, TypedFlags {
  readonly public?: readonly string[];
  readonly private?: readonly string[];
  readonly privateFile?: string;
  readonly stdin?: string;
  readonly privateStdin?: string;
  readonly sourceMap?: string;
  readonly maxInstructions?: number;
  readonly json?: boolean;
}

/** A number on the command line; anything else is USAGE instead of a silent NaN. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is not a whole number');
  return Number(text);
}

/** A whole number of at least one. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('It is zero');
  return value;
}

const list = (text: string): string[] => (text.trim() === '' ? [] : text.split(','));

/** Adds what `run`, `check` and `prove` have in common. */
export function withRunOptions(command: Command): Command {
  return withInputOptions(command).option('--json', 'one JSON object on standard output');
}

/** Module, entry and inputs of a run. What stands behind `--` is taken before commander sees it. @param maxInstructions what that option is for */
export function withInputOptions(
  command: Command,
  maxInstructions = 'stop with an error after so many WebAssembly instructions',
): Command {
  const withModule = command
    .usage('[options] <file> [-- <argument>...]')
    .argument('<file>', 'the WebAssembly module, or the name of a program of --manifest');
  return withTypedOptions(withImportOptions(withArguments(withModule)))
    .option('--public <words>', 'public input words', list)
    .option('--private <words>', 'private input words; they stay on this machine', list)
    .option('--private-file <file>', 'a file of them, which no list of processes shows; - for standard input')
    .option('--stdin <file>', "standard input of a WASI program, public; - for this command's own")
    .option('--private-stdin <file>', 'what a WASI program reads at file 3; it stays on this machine')
    .option('--source-map <file>', 'the source map, where the module does not name one beside itself')
    .option('--max-instructions <count>', maxInstructions, positiveNumber, DEFAULT_MAX_INSTRUCTIONS);
}

/** What a run is given, files read. */
export async function inputsOf(
  flags: RunFlags,
  wasm: Uint8Array,
): Promise<
  InputParameters & ImportParameters & { readonly invoke?: string; readonly maxInstructions?: number }
> {
  const { stdin, privateStdin, privateFile, inputFile, privateInput, typed } = flags;
  if ([stdin, privateStdin, privateFile, inputFile, privateInput].filter((path) => path === '-').length > 1) {
    fail('USAGE', 'standard input can be read once', { fix: 'Give files to all options but one' });
  }
  const limits = flags.maxInstructions === undefined ? {} : { maxInstructions: flags.maxInstructions };
  if (typed !== undefined) return { ...(await typedInputs(typed, flags)), ...limits };
  if (privateFile !== undefined && flags.private !== undefined) {
    fail('USAGE', '--private and --private-file both give private words', { fix: 'Use one of them' });
  }
  const privateInputs = privateFile === undefined ? flags.private : await wordsInFile(privateFile);
  return {
    ...(await argumentsOf(flags, wasm)),
    ...limits,
    ...(stdin === undefined ? {} : { stdin: await readBytesOrStdin(stdin) }),
    ...(privateStdin === undefined ? {} : { privateStdin: await readBytesOrStdin(privateStdin) }),
    ...(flags.public === undefined ? {} : { publicInputs: flags.public }),
    ...(privateInputs === undefined ? {} : { privateInputs }),
    ...importsOf(flags),
  };
}

/** Words of a file, separated by commas or white space. */
async function wordsInFile(path: string): Promise<string[]> {
  const text = await readTextOrStdin(path, 'Give fewer words: no run reads so many');
  // An empty word between two commas stays, and is refused as one: it must not shift the others.
  return text.trim() === '' ? [] : text.trim().split(/\s*,\s*|\s+/);
}

/** Paths that a command reads: its output must be none of them. */
export function inputFilesOf(
  module: string | undefined,
  flags: Omit<RunFlags, 'json'> & { readonly srs?: string },
  sourceMapPath?: string,
): string[] {
  const paths = [
    module,
    flags.stdin,
    flags.privateStdin,
    flags.privateFile,
    ...argumentFiles(flags),
    ...typedFiles(flags),
    flags.sourceMap,
    sourceMapPath,
    flags.srs,
  ];
  return paths.filter((path): path is string => path !== undefined && path !== '-');
}

/** A signal that aborts on Ctrl-C; the second Ctrl-C ends the process at once. Call `release` when done. */
export function interruptible(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

/** Words as decimal strings. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v), 2)}\n`;
}

export function printJson(value: unknown): void {
  process.stdout.write(toJson(value));
}

/** A list takes a line for each item. */
export type TableValue = string | number | bigint | readonly string[];

/** `label   value` lines, aligned. Values may hold names from files. */
export function printTable(
  rows: readonly (readonly [label: string, value: TableValue])[],
  to: NodeJS.WritableStream = process.stdout,
): void {
  const width = Math.max(...rows.map(([label]) => label.length));
  for (const [label, value] of rows) {
    const lines = typeof value === 'object' ? value : [String(value)];
    to.write(`${label.padEnd(width)}  ${lines.map(printable).join(`\n${' '.repeat(width + 2)}`)}\n`);
  }
}

export function warn(message: string): void {
  process.stderr.write(`wattest: warning: ${printable(message)}\n`);
}
