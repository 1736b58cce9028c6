/** What several commands show of a run: its ending, words, text and rows. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { OneProof } from '../attest/proof/one-proof.ts';
import type { ReturnedValue } from '../attest/run/arguments.ts';
import { wordBits } from '../machine/program.ts';
import { predicateOf, type StatusDescription } from '../machine/status.ts';
import { formatFloat } from '../wasm/floats.ts';
import type { NumberType } from '../wasm/types.ts';
import { warn } from './options.ts';
import { grouped, shortened } from './tables.ts';

/** How a run ended, as every command says it in JSON: `statusWord` is what is proven, the rest follows from it. */
export function statusJson(
  { kind, code, text, word }: StatusDescription,
  trapAt?: string,
): Record<string, unknown> {
  return {
    status: kind,
    outcome: text,
    statusWord: word,
    ...(kind === 'exited' ? { exitCode: code } : {}),
    ...(trapAt === undefined ? {} : { trapAt }),
  };
}

/** Beside what is shown of a run: that it failed, if it did. @param run of several, which it was */
export function warnOfFailure(ending: StatusDescription, run = 'the run'): void {
  if (ending.kind !== 'returned') warn(`${run} failed: it ${predicateOf(ending)}`);
}

/** Bytes as text; what is no UTF-8 is replaced, the words of the outputs have it. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const MOST_LINES = 20;
const LONGEST_LINE = 120;

/** The first lines of what a program wrote, for a table. */
export function formatText(bytes: Uint8Array): readonly string[] {
  if (bytes.length === 0) return ['(nothing)'];
  const lines = textOf(bytes).replace(/\n$/, '').replaceAll('\t', '  ').split('\n');
  const shown = lines.slice(0, MOST_LINES).map((line) => shortened(line, LONGEST_LINE));
  const more = lines.length - MOST_LINES;
  return more <= 0 ? shown : [...shown, `… and ${more} more (--json has all of it)`];
}

/** The value of a typed entry: text as it is, bytes in hexadecimal. */
export function formatReturned(value: ReturnedValue): string | readonly string[] {
  if (typeof value === 'string') return formatText(new TextEncoder().encode(value));
  if (value instanceof Uint8Array)
    return value.length === 0 ? '(no bytes)' : shortened(hexOf(value), 16 * LONGEST_LINE);
  if (typeof value !== 'object') return String(value);
  // Of several calls a line each, or more.
  if (value.some((one) => typeof one === 'object' || typeof one === 'string'))
    return value.flatMap(formatReturned);
  return `(${value.map(String).join(', ')})`;
}

/** The same for `--json`. */
export function returnedJson(value: ReturnedValue | undefined): Record<string, unknown> {
  if (value === undefined) return {};
  const json = (one: ReturnedValue): unknown =>
    one instanceof Uint8Array ? hexOf(one) : Array.isArray(one) ? one.map(json) : one;
  return { returned: json(value) };
}

const hexOf = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

/** Undefined: any word. */
export type WordTypes = readonly (NumberType | undefined)[];

function formatNumber(word: bigint, type: NumberType): string {
  if (type === 'f32' || type === 'f64') return formatFloat(word, type);
  return String(BigInt.asIntN(wordBits(type), word));
}

/** Words in decimal; behind those of which the type is known the number, where it reads otherwise: negative or floating-point. */
export function formatWords(words: readonly bigint[], types: WordTypes = []): string {
  const texts = words.map((word, i) => {
    const type = types[i];
    const number = type === undefined ? String(word) : formatNumber(word, type);
    return number === String(word) ? number : `${word} (${number})`;
  });
  return texts.length === 0 ? '(none)' : texts.join(', ');
}

const WORDS_A_LINE = 8;
const MOST_WORDS = 16;

/** The first words, in lines. */
export function formatWordLines(words: readonly bigint[], types: WordTypes = []): readonly string[] {
  const lines = [formatWords(words.slice(0, WORDS_A_LINE), types)];
  for (let i = WORDS_A_LINE; i < Math.min(words.length, MOST_WORDS); i += WORDS_A_LINE) {
    const to = Math.min(i + WORDS_A_LINE, MOST_WORDS);
    lines.push(formatWords(words.slice(i, to), types.slice(i, to)));
  }
  const more = words.length - MOST_WORDS;
  return more <= 0 ? lines : [...lines, `… ${grouped(more)} more (--json shows all)`];
}

/** `returned`, `trapped: unreachable, at function 3 "f", …`. */
export function formatEnding(text: string, trapAt: string | undefined): string {
  return trapAt === undefined ? text : `${text}, at ${trapAt}`;
}

export function formatRows(rows: Readonly<Record<string, number>>): string {
  const parts = Object.entries(rows).map(([chip, count]) => `${chip} ${grouped(count)}`);
  return `${grouped(Object.values(rows).reduce((sum, count) => sum + count, 0))} (${parts.join(', ')})`;
}

/** `8 s`, `3 min`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The options that make one proof of a run. */
export const formatOneProof = ({ maxLog, maxMemoryBytes }: OneProof): string =>
  [
    ...(maxLog === undefined ? [] : [`--max-log ${maxLog}`]),
    ...(maxMemoryBytes === undefined ? [] : [`--max-memory ${maxMemoryBytes / 2 ** 20}`]),
  ].join(' ');
