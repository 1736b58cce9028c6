/** Arguments and results of typed entries (docs/arguments.md): values as callers have them, and words of the statement. */
import { fail } from '../../errors/index.ts';
import type { Execution } from '../../machine/execute/execute.ts';
import { type Program, STATUS_RETURNED, type Typed, type TypedCall } from '../../machine/program.ts';
import {
  isBytes,
  type Parameter,
  type ResultType,
  type Scalar,
  STRING_LISTS,
  type StringList,
  scalarInfo,
} from '../../machine/signature.ts';
import { floatOfWord } from '../../wasm/floats.ts';
import { parseNumber, type WordLike } from '../module/words.ts';
import {
  digestWords,
  type GivenFiles,
  type NamedDigest,
  namedDigests,
  requireFiles,
  wordsOfDigests,
} from './given-files.ts';
import { decodeStdin, decodeStdout, encodeStream, stdoutOf, wordsOfBytes } from './streams.ts';

/** An argument of a typed entry: a word for scalars, bytes, or text that is encoded as the module has its strings. */
export type ArgumentLike = WordLike | Uint8Array;

/** Words of arguments, by who sees them. */
export interface ArgumentWords {
  readonly publicWords: readonly bigint[];
  readonly privateWords: readonly bigint[];
}

/** Parameters of all calls, in their order. */
export function parametersOf({ calls }: Typed): readonly (Parameter & Pick<TypedCall, 'isWide'>)[] {
  return calls.flatMap(({ signature, isWide }) =>
    signature.parameters.map((parameter) => ({ ...parameter, isWide })),
  );
}

/** @throws INPUT_INVALID, without the value, which may be private */
export function argumentWords(typed: Typed, args: readonly ArgumentLike[]): ArgumentWords {
  const parameters = parametersOf(typed);
  if (args.length !== parameters.length) {
    const list = parameters.map(({ type }) => type).join(', ');
    fail(
      'INPUT_INVALID',
      `${typed.calls.map(({ name }) => name).join(', then ')} take${typed.calls.length === 1 ? 's' : ''} ${parameters.length} argument${parameters.length === 1 ? '' : 's'} (${list}), got ${args.length}`,
      {
        where: 'args',
        fix: 'Give one value for each, in their order',
      },
    );
  }
  const words = { publicWords: [] as bigint[], privateWords: [] as bigint[] };
  for (const [i, { type, isPrivate, isWide }] of parameters.entries()) {
    const list = isPrivate ? words.privateWords : words.publicWords;
    list.push(...wordsOfArgument(args[i]!, type, isWide, `args[${i}]`));
  }
  return words;
}

function wordsOfArgument(
  value: ArgumentLike,
  type: Parameter['type'],
  isWide: boolean,
  where: string,
): bigint[] {
  if (isBytes(type)) {
    if (value instanceof Uint8Array) return encodeStream(value);
    if (type === 'string' && typeof value === 'string') return encodeStream(isWide ? utf16(value) : value);
    fail('INPUT_INVALID', `not ${type === 'bytes' ? 'bytes' : 'text'}`, {
      where,
      fix: type === 'bytes' ? 'Give a Uint8Array (--arg-bytes FILE)' : 'Give a string (--arg-string TEXT)',
    });
  }
  if (value instanceof Uint8Array) {
    fail('INPUT_INVALID', `bytes for a parameter of type ${type}`, { where, fix: 'Give a number' });
  }
  const { flat, low, count } = scalarInfo(type);
  const word = parseNumber(value, flat, where);
  if (count === undefined) return [word];
  const least = BigInt(low ?? 0);
  const signed = BigInt.asIntN(32, word);
  if (signed >= least && signed < least + BigInt(count)) return [word];
  fail('INPUT_INVALID', `the number is none of type ${type}`, {
    where,
    fix: `Give one from ${least} to ${least + BigInt(count) - 1n}`,
  });
}

function utf16(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true);
  return new Uint8Array(view.buffer);
}

/** How many words of a statement's public inputs are lists of strings and arguments; undefined where there are fewer than it takes. */
export function publicArgumentWords(typed: Typed, publicInputs: readonly bigint[]): number | undefined {
  let used = 0;
  const { strings } = typed.calls[0]!.signature;
  const shown = parametersOf(typed).filter(({ isPrivate }) => !isPrivate);
  for (const type of [...strings, ...shown.map((parameter) => parameter.type)]) {
    const [start, length] = [used, publicInputs[used++]];
    if (length === undefined) return undefined;
    if (type in LISTS || isBytes(type as Parameter['type'])) used += wordsOfBytes(length);
    if (type !== 'files') continue;
    const names = decodeStdin(publicInputs.slice(start, used), 0);
    if (names === undefined) return undefined;
    used += wordsOfDigests(names.filter((byte) => byte === 0).length);
  }
  return used <= publicInputs.length ? used : undefined;
}

/** What a WASI program is given besides its streams. */
export interface ProgramStrings {
  /** Its arguments, by custom its name first; public, for an entry such as `_start(args)`. Default: none. */
  readonly programArguments?: readonly string[];
  /** Its environment; public, for an entry such as `_start(environ)`. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that it may open, by path below `/`, for an entry such as `_start(files)`: names and SHA-256 are public, bytes private. Default: none. */
  readonly files?: GivenFiles;
}

/** The option that gives each list. */
const LISTS: Readonly<Record<StringList, string>> = {
  args: 'programArguments',
  environ: 'environment',
  files: 'files',
};

/** The strings of a list; undefined where the words are none. No other bytes are written with the same letters. */
function textsOf(words: readonly bigint[]): readonly string[] | undefined {
  const bytes = decodeStdin(words, 0);
  if (bytes === undefined) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.split('\0').slice(0, -1);
  } catch {
    return undefined;
  }
}

/** Lists of strings that an entry takes, as public words. @throws INPUT_INVALID for one that the entry does not take */
export function stringWords(
  { programArguments, environment, files }: ProgramStrings,
  typed: Typed | undefined,
): bigint[] {
  const given: Readonly<Record<StringList, readonly string[] | undefined>> = {
    args: programArguments,
    environ: environment && Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    files: files && requireFiles(files).map(([name]) => name),
  };
  const takes = typed?.calls[0]?.signature.strings ?? [];
  for (const list of STRING_LISTS) {
    if (given[list] === undefined || takes.includes(list)) continue;
    fail('INPUT_INVALID', `the entry takes no ${list}`, {
      where: LISTS[list],
      fix: `Enter at "NAME(${list})", _start(${list}) say: the program id says where they come from`,
    });
  }
  return takes.flatMap((list) => [
    ...encodeStream((given[list] ?? []).map((text) => terminated(text, list)).join('')),
    ...(list === 'files' && files !== undefined ? digestWords(files) : []),
  ]);
}

/** What a statement says of a program's arguments, environment and files. */
export interface StatedStrings {
  readonly args?: readonly string[];
  readonly environ?: readonly string[];
  readonly files?: readonly NamedDigest[];
}

/** The lists at the beginning of a statement's public inputs; undefined where they are none. */
export function stringsOf({ calls }: Typed, publicInputs: readonly bigint[]): StatedStrings | undefined {
  const { strings } = calls[0]!.signature;
  let used = 0;
  const lists: { -readonly [list in StringList]?: StatedStrings[list] } = {};
  for (const list of strings) {
    const count = 1 + wordsOfBytes(publicInputs[used]);
    const texts = textsOf(publicInputs.slice(used, used + count));
    if (texts === undefined) return undefined;
    used += count;
    if (list !== 'files') lists[list] = texts;
    else {
      const words = publicInputs.slice(used, used + wordsOfDigests(texts.length));
      if (words.length < wordsOfDigests(texts.length)) return undefined;
      lists.files = namedDigests(texts, words);
      used += words.length;
    }
  }
  return lists as StatedStrings;
}

function terminated(text: string, list: StringList): string {
  if (typeof text === 'string' && !text.includes('\0')) return `${text}\0`;
  return fail('INPUT_INVALID', 'no text without zero bytes', {
    where: LISTS[list],
    fix: 'Give strings; a zero byte ends one',
  });
}

/** A result of a typed entry: a number for scalars (a bigint, of floats a number), bytes, text, or the fields of a record. */
export type ReturnedOfCall = ScalarValue | Uint8Array | string | readonly ScalarValue[];
/** Of several calls with a result, a list of their values. */
export type ReturnedValue = ReturnedOfCall | readonly ReturnedOfCall[];
export type ScalarValue = bigint | number | boolean;

/** Output words of a run, told apart. */
export interface Outputs {
  /** Words that the program wrote, standard output among them. */
  readonly outputs: readonly bigint[];
  readonly results: readonly bigint[];
  /** The value of a typed entry; undefined where it has none, or the run did not return. */
  readonly returned: ReturnedValue | undefined;
  readonly stdout: Uint8Array | undefined;
}

/** What a run wrote and returned, from its words; those of a typed entry are not apart yet. */
export function outputsOf(
  program: Pick<Program, 'streams' | 'typed'>,
  execution: Pick<Execution, 'outputs' | 'results' | 'status'> & { readonly trap: unknown },
): Outputs {
  const { typed } = program;
  const { outputs, results, returned } =
    typed === undefined || execution.status !== STATUS_RETURNED
      ? { ...execution, returned: undefined }
      : split(typed, execution.outputs);
  return { outputs, results, returned, stdout: stdoutOf(program, { outputs, trap: execution.trap }) };
}

/** Results stand behind each other, and how many words bytes are is said by the last one: from the end on. */
function split({ calls }: Typed, words: readonly bigint[]): Omit<Outputs, 'stdout'> {
  let start = words.length;
  const values: ReturnedOfCall[] = [];
  for (const { signature, isWide } of [...calls].reverse()) {
    const { result } = signature;
    if (result === undefined) continue;
    const count = isRecord(result) ? result.length : isBytes(result) ? 1 + wordsOfBytes(words[start - 1]) : 1;
    const end = start;
    start -= count;
    values.unshift(resultValue(result, isWide, words.slice(start, end)));
  }
  const returned = values.length > 1 ? values : values[0];
  return { outputs: words.slice(0, start), results: words.slice(start), returned };
}

const isRecord = (result: ResultType): result is readonly Scalar[] => typeof result !== 'string';

function resultValue(result: ResultType, isWide: boolean, words: readonly bigint[]): ReturnedOfCall {
  if (isRecord(result)) return result.map((type, i) => scalarValue(type, words[i]!));
  if (!isBytes(result)) return scalarValue(result, words[0]!);
  const bytes = decodeStdout(words);
  return result === 'bytes'
    ? bytes
    : new TextDecoder(isWide ? 'utf-16le' : 'utf-8', { ignoreBOM: true }).decode(bytes);
}

function scalarValue(type: Scalar, word: bigint): ScalarValue {
  if (type === 'bool') return word !== 0n;
  const { flat } = scalarInfo(type);
  if (flat === 'f32' || flat === 'f64') return floatOfWord(word, flat);
  return type.startsWith('s') ? BigInt.asIntN(flat === 'i32' ? 32 : 64, word) : word;
}
