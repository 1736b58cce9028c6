/** Words as people write them, to the canonical 64-bit words that machine and statement use. */
import { fail } from '../../errors/index.ts';
import { type PrivateSource, type Program, wordBits } from '../../machine/program.ts';
import type { NumberType } from '../../wasm/types.ts';
import { parseFloatWord } from './floats.ts';
import { encodeStream, type PrivateStreams, privateWords, type StreamLike } from './streams.ts';

/** What a run is given. All words canonical: unsigned, below 2^64 (i32 arguments below 2^32). */
export interface Inputs {
  /** Arguments of the entered function; they are the first public input words. */
  readonly args: readonly bigint[];
  readonly publicInputs: readonly bigint[];
  /** Known to the prover only. */
  readonly privateInputs: readonly bigint[];
  /** Public words that nobody gave: the empty standard input. */
  readonly unasked: number;
  /** Private words of other sources. */
  readonly privateWord: (source: PrivateSource) => bigint | undefined;
  /** Whether there is a private stream. */
  readonly privateStream: boolean;
  /** Of which sources `privateWord` was asked (so far). */
  readonly sources: ReadonlySet<PrivateSource>;
}

/** A word as a caller may give it: signed or unsigned. For f32 and f64 arguments numbers, see floats.ts. */
export type WordLike = bigint | number | string;

/** The inputs of a run before they are checked against the entered function. */
export interface InputParameters extends PrivateStreams {
  readonly args?: readonly WordLike[];
  readonly publicInputs?: readonly WordLike[];
  /** What a WASI program reads as its standard input; public, behind `publicInputs`. Default: nothing. */
  readonly stdin?: StreamLike;
  readonly privateInputs?: readonly WordLike[];
}

/**
 * One word of `bits` bits, from a signed or unsigned decimal or 0x-hexadecimal integer in `[−2^(bits−1), 2^bits)`.
 * The value itself never appears in the error: it may be private.
 */
function parseWord(value: WordLike, bits: 32 | 64, where: string): bigint {
  let word: bigint | undefined;
  if (typeof value === 'bigint') word = value;
  else if (typeof value === 'number') word = Number.isSafeInteger(value) ? BigInt(value) : undefined;
  else if (typeof value === 'string' && /^[+-]?(?:\d+|0x[\da-f]+)$/i.test(value.trim())) {
    const text = value.trim().replace(/^\+/, '');
    word = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  }
  if (word === undefined) {
    fail('INPUT_INVALID', 'not an integer', {
      where,
      fix: 'Give decimal or 0x-hexadecimal integers, signed or unsigned, separated by commas',
    });
  }
  if (word < -(1n << BigInt(bits - 1)) || word >= 1n << BigInt(bits)) {
    fail('INPUT_INVALID', `the integer does not fit ${bits} bits`, {
      where,
      fix: `Give a value from −2^${bits - 1} to 2^${bits} − 1`,
    });
  }
  return BigInt.asUintN(bits, word);
}

function parseArgument(value: WordLike, type: NumberType, where: string): bigint {
  if (type === 'f32' || type === 'f64') return parseFloatWord(value, type, where);
  return parseWord(value, wordBits(type), where);
}

/** Without holes, which would be no word at all. */
function requireList(list: readonly WordLike[], where: string): readonly WordLike[] {
  if (Array.isArray(list)) return Array.from(list);
  fail('INPUT_INVALID', 'the words are not an array', { where, fix: 'Give an array of words' });
}

/** Checks number and width of the arguments against the entered function, and every input word. */
export function parseInputs(
  parameters: InputParameters,
  program: Pick<Program, 'entryName' | 'entryType' | 'streams'>,
): Inputs {
  const args = requireList(parameters.args ?? [], 'args');
  const { entryName: name, streams } = program;
  const expected = program.entryType.parameters;
  if (args.length !== expected.length) {
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
  const given = words(parameters.publicInputs, 'public');
  const unasked =
    streams?.reads === true && stdin === undefined && given.length === 0 ? encodeStream('') : [];
  const privateWord = privateWords(parameters);
  const sources = new Set<PrivateSource>();
  return {
    args: args.map((value, i) => parseArgument(value, expected[i], `args[${i}]`)),
    publicInputs: [...given, ...(stdin === undefined ? unasked : encodeStream(stdin))],
    privateInputs: words(parameters.privateInputs, 'private'),
    unasked: unasked.length,
    privateWord: (source) => {
      sources.add(source);
      return privateWord(source);
    },
    privateStream: parameters.privateStdin !== undefined,
    sources,
  };
}
