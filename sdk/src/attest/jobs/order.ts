/**
 * An order: everything that decides the rows and the blinding of a run of several proofs, so that whoever has it and the module does any job of the run, at any time,
 * and gets the same bytes. It is as secret as the private inputs.
 */

import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { Reader, type ReaderErrors } from '../../json/reader.ts';
import type { AskedWord } from '../../machine/execute/execute.ts';
import type { RunPlan, ShardLimits } from '../../machine/execute/segments.ts';
import { PRIVATE_SOURCES } from '../../machine/program.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { ByteWriter } from '../../transcript/encode.ts';
import { TRANSCRIPTS, type TranscriptHash } from '../../transcript/transcript.ts';

/** What a run is given; all words canonical (see `Inputs`). */
export interface RunInputs {
  readonly args: readonly bigint[];
  readonly publicInputs: readonly bigint[];
  readonly privateInputs: readonly bigint[];
}

/** What somebody who does jobs of a run must have alike. */
export interface RunTerms {
  /** Version of the machine. */
  readonly system: string;
  /** Hash of the transcripts. */
  readonly transcript: TranscriptHash;
  /** Digest of the keys of both kinds of shards (`runDigest`). */
  readonly keys: Hex;
  /** keccak256 of the .wasm file. */
  readonly module: Hex;
  /** Name of the export that is entered. */
  readonly entry: string;
  /** What the module's imports become ({@link importsText}). */
  readonly imports: string;
}

export interface RunOrder {
  readonly terms: RunTerms;
  readonly programId: Hex;
  readonly inputs: RunInputs;
  /** Asked for besides the private inputs (private stream, clock, randomness, files), in their order. */
  readonly words: readonly AskedWord[];
  /** RUN_TOO_LONG after so many WebAssembly instructions. */
  readonly maxInstructions: number | undefined;
  readonly limits: ShardLimits;
  /** Least heights of chips, log2, by name. */
  readonly least: Readonly<Record<string, number>>;
  /** What the plan must come to ({@link planDigest}). */
  readonly plan: Hex;
  /** 32 random bytes that all blinding follows from. */
  readonly seed: Uint8Array;
}

export const digestOf = (bytes: Uint8Array): Hex => `0x${bytesToHex(keccak_256(bytes))}`;

/** Of everything that decides which rows stand where: other rows never meet the same blinding. */
export function planDigest(
  run: Pick<RunOrder, 'programId' | 'inputs' | 'words' | 'least'>,
  { publicInputs, publicOutputs, status }: Statement,
  plan: RunPlan,
): Hex {
  const out = new ByteWriter().bytes(hexToBytes(run.programId.slice(2))).word(status);
  for (const words of [publicInputs, publicOutputs, run.inputs.privateInputs])
    out.list(words, (value) => out.word(value));
  out.list(run.words, ({ source, which, word }) =>
    out
      .text(source)
      .u32(which)
      .u32(word === undefined ? 0 : 1)
      .word(word ?? 0n),
  );
  const least = Object.entries(run.least).toSorted(([a], [b]) => (a < b ? -1 : 1));
  out.list(least, ([name, log]) => out.text(name).u32(log));
  out.list(plan.shards, ({ until, placement, rows, refreshes, cells }) => {
    const numbers = [
      until === undefined || until === Number.POSITIVE_INFINITY ? 0 : until,
      ...placement,
      ...Object.values(rows),
    ];
    for (const value of [...numbers, refreshes, cells.from, cells.to, Number(cells.ends)])
      out.word(BigInt(value));
  });
  return digestOf(out.done());
}

/** Infinity is none of JSON's numbers. */
const finite = (value: number | undefined): number | null =>
  value === undefined || value === Number.POSITIVE_INFINITY ? null : value;

const decimals = (words: readonly bigint[]): string[] => words.map(String);

/** As text (JSON): secret. */
export function encodeOrder(order: RunOrder): string {
  const { inputs, limits } = order;
  return JSON.stringify({
    ...order,
    inputs: {
      args: decimals(inputs.args),
      publicInputs: decimals(inputs.publicInputs),
      privateInputs: decimals(inputs.privateInputs),
    },
    words: order.words.map(writeWord),
    maxInstructions: finite(order.maxInstructions),
    limits: { heights: limits.heights, cells: finite(limits.cells) },
    seed: `0x${bytesToHex(order.seed)}`,
  });
}

export const writeWord = ({ source, which, word }: AskedWord): unknown => ({
  source,
  ...(which === 0 ? {} : { which }),
  word: word === undefined ? null : String(word),
});

export const readWords = (json: Reader): AskedWord[] =>
  json.list((item) => ({
    source: item.at('source').oneOf(PRIVATE_SOURCES),
    which: item.at('which').value === undefined ? 0 : item.at('which').integer(),
    word: item.at('word').value === null ? undefined : item.at('word').decimal(1n << 64n),
  }));

export const readTerms = (json: Reader): RunTerms => ({
  system: json.at('system').text(),
  transcript: json.at('transcript').oneOf(TRANSCRIPTS),
  keys: json.at('keys').hex(32),
  module: json.at('module').hex(32),
  entry: json.at('entry').text(),
  imports: json.at('imports').text(),
});

/** What is told of an order, or a part of one, that is none of this release. */
export const ORDER_ERRORS: ReaderErrors = {
  code: 'RUN_MISMATCH',
  fix: 'Use one release of wattest on all machines',
};

/** @throws RUN_MISMATCH for a text that {@link encodeOrder} of this version does not write */
export function decodeOrder(text: string): RunOrder {
  const top = Reader.parse(text, 'order of a run', ORDER_ERRORS);
  const inputs = top.at('inputs');
  const limits = top.at('limits');
  const words = (name: string): bigint[] => inputs.at(name).list((word) => word.decimal(1n << 64n));
  const orInfinity = (json: Reader): number | undefined => (json.value === null ? undefined : json.integer());
  return {
    terms: readTerms(top.at('terms')),
    programId: top.at('programId').hex(32),
    inputs: {
      args: words('args'),
      publicInputs: words('publicInputs'),
      privateInputs: words('privateInputs'),
    },
    words: readWords(top.at('words')),
    maxInstructions: orInfinity(top.at('maxInstructions')),
    limits: {
      heights: readLogs(limits.at('heights')) as ShardLimits['heights'],
      cells: limits.at('cells').value === null ? Number.POSITIVE_INFINITY : readCells(limits.at('cells')),
    },
    least: readLogs(top.at('least')),
    plan: top.at('plan').hex(32),
    seed: top.at('seed').bytes(32),
  };
}

/** Any positive number: a share of the memory. */
const readCells = (json: Reader): number =>
  json.take((value) => typeof value === 'number' && value > 0, 'is not a positive number');

function readLogs(json: Reader): Readonly<Record<string, number>> {
  const { value } = json;
  if (typeof value !== 'object' || value === null) json.invalid('is not an object');
  return Object.fromEntries(Object.keys(value as object).map((name) => [name, json.at(name).integer(32)]));
}
