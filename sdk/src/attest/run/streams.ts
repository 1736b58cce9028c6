/**
 * Byte streams as words (WASI programs, docs/wasi.md): standard input among the inputs, standard output among the outputs.
 * Eight bytes are a word, low byte first, the last one filled up with zeros.
 */
import { fail, isWattestError } from '../../errors/index.ts';
import type { PrivateSource, Program } from '../../machine/program.ts';

/** Bytes, or text that is taken as UTF-8. */
export type StreamLike = Uint8Array | string;

const bytesOfStream = (stream: StreamLike): Uint8Array =>
  typeof stream === 'string' ? new TextEncoder().encode(stream) : stream;

/** Words that hold so many bytes. */
export const wordsOfBytes = (length = 0n): number => Number((length + 7n) / 8n);

/** A stream as input words: its length in bytes, then its bytes. */
export function encodeStream(stream: StreamLike): bigint[] {
  const bytes = bytesOfStream(stream);
  const padded = new DataView(new ArrayBuffer((bytes.length + 7) & ~7));
  new Uint8Array(padded.buffer).set(bytes);
  const words = [BigInt(bytes.length)];
  for (let i = 0; i < padded.byteLength; i += 8) words.push(padded.getBigUint64(i, true));
  return words;
}

/**
 * What a run wrote to standard output, from its public output words: bytes, then their number as the last word. Of a run
 * that trapped there is no such word: see `RunResult.stdout`.
 * @throws INPUT_INVALID where the words are no such stream; there is exactly one list of words for given bytes
 */
export function decodeStdout(words: readonly bigint[]): Uint8Array {
  const length = words.at(-1);
  const wide = words.findIndex((word) => typeof word !== 'bigint' || word < 0n || word >= 1n << 64n);
  if (wide >= 0) {
    fail('INPUT_INVALID', `output word ${wide} is not in [0, 2^64)`, {
      where: 'decodeStdout',
      fix: 'Give the public outputs of the statement as they are',
    });
  }
  const bytes = bytesOfWords(words.slice(0, -1));
  const stream = cut(bytes, length);
  if (stream === undefined) {
    fail('INPUT_INVALID', `${words.length} output words are not bytes and their number`, {
      where: 'decodeStdout',
      fix: 'Give all public outputs of a WASI program that returned or exited, without results of its export',
    });
  }
  return stream;
}

/**
 * The stream at the end of a list of public input words, behind the first `skip` of them; undefined where there is none: words that
 * are not a number of bytes and just as many.
 */
export function decodeStdin(words: readonly bigint[], skip: number): Uint8Array | undefined {
  const [length, ...rest] = words.slice(skip);
  return cut(bytesOfWords(rest), length);
}

/** The first `length` bytes of whole words; undefined where these are not as many as it takes, or not filled up with zeros. */
function cut(bytes: Uint8Array, length: bigint | undefined): Uint8Array | undefined {
  if (length === undefined || (length + 7n) / 8n !== BigInt(bytes.length / 8)) return undefined;
  return bytes.subarray(Number(length)).some((byte) => byte !== 0)
    ? undefined
    : bytes.slice(0, Number(length));
}

/** What whoever proves chooses of these sources, in words; nothing about it is proven. */
export function chosenByProver(sources: ReadonlySet<PrivateSource>): string[] {
  return [
    ...(sources.has('clock') ? ['the time'] : []),
    ...(sources.has('random') ? ['random numbers'] : []),
  ];
}

/** Eight bytes for each word: what a run that trapped had written, up to its last whole word. */
function bytesOfWords(words: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * words.length));
  words.forEach((word, i) => {
    view.setBigUint64(8 * i, word, true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * Standard output of a run, where the program has one. A program that also writes words of its own (`wasm_output`) has
 * outputs that cannot be told apart: none.
 */
export function stdoutOf(
  { streams }: Pick<Program, 'streams'>,
  { outputs, trap }: { readonly outputs: readonly bigint[]; readonly trap: unknown },
): Uint8Array | undefined {
  if (streams?.writes !== true) return undefined;
  if (trap !== undefined) return bytesOfWords(outputs);
  try {
    return decodeStdout(outputs);
  } catch (error) {
    if (isWattestError(error, 'INPUT_INVALID')) return undefined;
    throw error;
  }
}

/** Sources of private words besides the list of private inputs. */
export interface PrivateStreams {
  /** What the program reads at file 3; default: nothing. Known to the prover only. */
  readonly privateStdin?: StreamLike | undefined;
  /** Nanoseconds, for every clock; default: the time of day. Nothing about it is proven. */
  readonly clock?: () => bigint;
  /** A word of `random_get`; default: of the system's generator. Nothing about it is proven. */
  readonly random?: () => bigint;
}

/** The words of files, by their numbers. */
export type FileWords = readonly (readonly bigint[])[];

/** Where a run takes those words from. */
export function privateWords(
  streams: PrivateStreams,
  files: FileWords = [],
): (source: PrivateSource, which?: number) => bigint | undefined {
  const stream = encodeStream(streams.privateStdin ?? '');
  const clock = streams.clock ?? (() => BigInt(Date.now()) * 1_000_000n);
  const random = streams.random ?? (() => crypto.getRandomValues(new BigUint64Array(1))[0]);
  let next = 0;
  const nextOf = files.map(() => 0);
  return (source, which = 0) => {
    if (source === 'stream') return stream[next++];
    if (source === 'file') return files[which]?.[nextOf[which]!++];
    const word: unknown = source === 'clock' ? clock() : random();
    // Not by a conversion: its error would show the word, which is private.
    if (typeof word !== 'bigint') {
      fail('INPUT_INVALID', `${source} gave no bigint`, {
        where: source,
        fix: 'Give a function that returns one',
      });
    }
    return BigInt.asUintN(64, word);
  };
}
