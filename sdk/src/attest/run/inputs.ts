/** Words as people write them, to the canonical 64-bit words that machine and statement use. */
import { fail } from '../../errors/index.ts';
import type { OptionNames } from '../../json/options.ts';
import type { PrivateSource, Program } from '../../machine/program.ts';
import type { NumberType } from '../../wasm/types.ts';
import { parseNumber, parseWord, type WordLike } from '../module/words.ts';
import {
  type ArgumentLike,
  type ArgumentWords,
  argumentWords,
  type ProgramStrings,
  stringWords,
} from './arguments.ts';
import { fileWords } from './given-files.ts';
import { encodeStream, type PrivateStreams, privateWords, type StreamLike } from './streams.ts';

/** What a run is given. All words canonical: unsigned, below 2^64 (i32 arguments below 2^32). */
export interface Inputs {
  /** Arguments of the entered function; they are the first public input words. Of a typed entry they are among the inputs. */
  readonly args: readonly bigint[];
  readonly publicInputs: readonly bigint[];
  /** Known to the prover only. */
  readonly privateInputs: readonly bigint[];
  /** Public words that nobody gave: the empty standard input. */
  readonly unasked: number;
  /** Private words of other sources. */
  readonly privateWord: (source: PrivateSource, which?: number) => bigint | undefined;
  /** Whether there is a private stream. */
  readonly privateStream: boolean;
  /** Of which sources `privateWord` was asked (so far). */
  readonly sources: ReadonlySet<PrivateSource>;
  /** Names of files that nothing asked for (so far). */
  readonly unread: ReadonlySet<string>;
}

/** The inputs of a run before they are checked against the entered function. */
export interface InputParameters extends PrivateStreams, ProgramStrings {
  readonly args?: readonly ArgumentLike[];
  readonly publicInputs?: readonly WordLike[];
  /** What a WASI program reads as its standard input; public, behind `publicInputs`. Default: nothing. */
  readonly stdin?: StreamLike;
  readonly privateInputs?: readonly WordLike[];
}

export const INPUT_NAMES: OptionNames<InputParameters> = {
  args: true,
  publicInputs: true,
  stdin: true,
  privateInputs: true,
  privateStdin: true,
  clock: true,
  random: true,
  programArguments: true,
  environment: true,
  files: true,
};

/** Without holes, which would be no word at all. */
function requireList<T>(list: readonly T[], where: string): readonly T[] {
  if (Array.isArray(list)) return Array.from(list);
  fail('INPUT_INVALID', 'the words are not an array', { where, fix: 'Give an array of words' });
}

const NO_ARGUMENTS: ArgumentWords = { publicWords: [], privateWords: [] };

function argument(value: ArgumentLike, type: NumberType, where: string): bigint {
  if (!(value instanceof Uint8Array)) return parseNumber(value, type, where);
  fail('INPUT_INVALID', `bytes for a parameter of type ${type}`, {
    where,
    fix: 'Name what the parameters are, as in --invoke "NAME(bytes)": an address and a length are one of them',
  });
}

/** Checks number and width of the arguments against the entered function, and every input word. */
export function parseInputs(
  parameters: InputParameters,
  program: Pick<Program, 'entryName' | 'entryType' | 'streams' | 'typed'>,
): Inputs {
  const args = requireList(parameters.args ?? [], 'args');
  const { entryName: name, streams, typed } = program;
  const expected = program.entryType.parameters;
  const { publicWords, privateWords: secretWords } =
    typed === undefined ? NO_ARGUMENTS : argumentWords(typed, args);
  if (typed === undefined && args.length !== expected.length) {
    fail(
      'INPUT_INVALID',
      `${name} takes ${expected.length} argument${expected.length === 1 ? '' : 's'} (${expected.join(', ')}), got ${args.length}`,
      {
        where: 'args',
        fix: expected.length === 0 ? 'Leave the arguments out' : 'Give one number for each parameter',
      },
    );
  }
  const words = (list: readonly WordLike[] | undefined, label: string): bigint[] =>
    requireList(list ?? [], label).map((value, i) => parseWord(value, 64, `${label}[${i}]`));
  const { stdin } = parameters;
  for (const option of ['stdin', 'privateStdin'] as const) {
    if (parameters[option] === undefined || streams?.reads === true) continue;
    fail('INPUT_INVALID', 'the module does not import fd_read of WASI, so it reads no stream', {
      where: option,
      fix: 'Give input words instead (--public, --private), or a program that reads its standard input',
    });
  }
  const { files = {} } = parameters;
  if (
    parameters.privateStdin !== undefined &&
    typed?.calls[0]?.signature.strings.includes('files') === true
  ) {
    fail('INPUT_INVALID', 'a program with files has no private standard input: file 3 is their directory', {
      where: 'privateStdin',
      fix: 'Give it as one of the files, whose bytes are private too',
    });
  }
  const given = words(parameters.publicInputs, 'public');
  const unasked =
    streams?.reads === true && stdin === undefined && given.length === 0 ? encodeStream('') : [];
  const privateWord = privateWords(parameters, fileWords(files));
  const sources = new Set<PrivateSource>();
  const names = Object.keys(files);
  const unread = new Set(names);
  return {
    args: typed === undefined ? args.map((value, i) => argument(value, expected[i]!, `args[${i}]`)) : [],
    publicInputs: [
      ...stringWords(parameters, typed),
      ...publicWords,
      ...given,
      ...(stdin === undefined ? unasked : encodeStream(stdin)),
    ],
    privateInputs: [...secretWords, ...words(parameters.privateInputs, 'private')],
    unasked: unasked.length,
    privateWord: (source, which = 0) => {
      sources.add(source);
      if (source === 'file') unread.delete(names[which]!);
      return privateWord(source, which);
    },
    privateStream: parameters.privateStdin !== undefined,
    sources,
    unread,
  };
}
