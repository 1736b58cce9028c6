/** Programs of a manifest on the command line: values in and out instead of words. */
import type { Command } from 'commander';
import { fail } from '../errors/index.ts';
import { parseJson } from '../json/reader.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import type { TypedRecord, TypedValue } from '../typed/codec.ts';
import type { TypedInterface } from '../typed/program.ts';
import type { EncodedInputs } from '../typed/typed-program.ts';
import { readTextOrStdin } from './files.ts';
import { kebab } from './tables.ts';

export interface TypedFlags {
  readonly manifest?: string;
  readonly input?: string;
  readonly inputFile?: string;
  readonly privateInput?: string;
  /** No flag: the program that the manifest and the name beside it stand for, or that the caller found. */
  readonly typed?: TypedInterface;
}

/** Flags that give a run what the manifest says already. */
const WORDS = [
  ...[
    'invoke',
    'args',
    'argString',
    'argBytes',
    'privateArgString',
    'privateArgBytes',
    'env',
    'file',
    'behind',
  ],
  ...[
    'returns',
    'allocator',
    'public',
    'private',
    'privateFile',
    'stdin',
    'privateStdin',
    'trapImports',
    'global',
  ],
] as const;
const VALUES = ['input', 'inputFile', 'privateInput'] as const;

export function withTypedOptions(command: Command): Command {
  return command
    .option(
      '--manifest <file>',
      'run a typed program of this manifest; its name stands in place of the module',
    )
    .option('--input <json>', 'its public inputs, an object: \'{"amount": "5"}\'')
    .option('--input-file <file>', 'the same from a file; - for standard input')
    .option(
      '--private-input <file>',
      'its private inputs, from a JSON file or - ; they stay on this machine',
    );
}

/** The module that a command is about, and with it what the manifest says. @throws USAGE, FILE_UNREADABLE, MANIFEST_INVALID */
export async function targetOf<F extends TypedFlags>(
  file: string,
  flags: F,
): Promise<{ readonly file: string; readonly flags: F }> {
  const given = flags as Readonly<Record<string, unknown>>;
  if (flags.typed !== undefined) return { file, flags };
  if (flags.manifest === undefined) {
    const surplus = VALUES.find((name) => given[name] !== undefined);
    if (surplus !== undefined)
      fail('USAGE', `${optionOf(surplus)} without --manifest`, { fix: 'Name the manifest and the program' });
    return { file, flags };
  }
  const surplus = WORDS.find((name) => given[name] !== undefined);
  if (surplus !== undefined) {
    fail('USAGE', `${optionOf(surplus)} beside --manifest, which says it`, {
      fix: 'Leave it out: values are given with --input and --private-input',
    });
  }
  // Loaded here: most runs have no manifest.
  const { moduleFile, programOf, readManifestFile } = await import('./bind/manifest-file.ts');
  const manifest = await readManifestFile(flags.manifest);
  const typed = programOf(manifest, file);
  return { file: moduleFile(manifest, typed), flags: { ...flags, typed } };
}

const optionOf = (name: string): string => (name === 'behind' ? 'what stands behind --' : `--${kebab(name)}`);

/** Files of values. */
export function typedFiles({
  inputFile,
  privateInput,
  manifest,
}: TypedFlags): readonly (string | undefined)[] {
  return [inputFile, privateInput, manifest];
}

/** @throws INPUT_INVALID without a value, FILE_UNREADABLE */
export async function typedInputs(typed: TypedInterface, flags: TypedFlags): Promise<EncodedInputs> {
  const { inputs, privateInputs } = await typedValues(flags);
  const { encodeInputs } = await import('../typed/typed-program.ts');
  return encodeInputs(typed, inputs, privateInputs);
}

/** Values as JSON has them; none where none are given. @throws USAGE, INPUT_INVALID without a value, FILE_UNREADABLE */
export async function typedValues({
  input,
  inputFile,
  privateInput,
}: Pick<TypedFlags, 'input' | 'inputFile' | 'privateInput'>): Promise<{
  readonly inputs: unknown;
  readonly privateInputs: unknown;
}> {
  if (input !== undefined && inputFile !== undefined)
    fail('USAGE', '--input and --input-file both give public inputs', { fix: 'Use one of them' });
  const inputs =
    input !== undefined ? json(input, '--input') : inputFile !== undefined ? await jsonFile(inputFile) : {};
  const privateInputs = privateInput === undefined ? {} : await jsonFile(privateInput);
  return { inputs, privateInputs };
}

async function jsonFile(path: string): Promise<unknown> {
  return json(
    await readTextOrStdin(path, 'Give fewer values: no run reads so many'),
    path === '-' ? 'standard input' : path,
  );
}

/** What an engine says of a malformed text may show some of it, and stays out. */
function json(text: string, where: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return fail('INPUT_INVALID', 'not JSON', {
      where,
      fix: 'Give an object with a member for each input (docs/typed-programs.md)',
    });
  }
}

/** Values of a statement. @throws ENCODING_INVALID */
export async function typedStatement(
  typed: TypedInterface,
  { publicInputs, publicOutputs, status }: Statement,
): Promise<{ readonly inputs: TypedRecord; readonly outputs?: TypedRecord }> {
  const { decodeFields } = await import('../typed/codec.ts');
  const inputs = decodeFields(typed.inputs, publicInputs, `inputs of ${typed.name}`);
  // A run that failed may have stopped anywhere in its outputs.
  return status === 0n ? { inputs, outputs: (await typedOutputs(typed, publicOutputs))! } : { inputs };
}

/** Values of the words that a run wrote; undefined where the program is not typed. @throws ENCODING_INVALID */
export async function typedOutputs(
  typed: TypedInterface | undefined,
  outputs: readonly bigint[],
): Promise<TypedRecord | undefined> {
  if (typed === undefined) return undefined;
  const { decodeFields } = await import('../typed/codec.ts');
  return decodeFields(typed.outputs, outputs, `outputs of ${typed.name}`);
}

/** A line for each value. */
export function typedRows(values: TypedRecord, label: string): readonly (readonly [string, string])[] {
  const entries = Object.entries(values);
  if (entries.length === 0) return [[label, '(none)']];
  return entries.map(([name, value]) => [`${label}.${name}`, formatValue(value)]);
}

function formatValue(value: TypedValue): string {
  if (typeof value === 'string' && value.startsWith('0x')) return value;
  return typeof value === 'bigint'
    ? String(value)
    : JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each));
}
