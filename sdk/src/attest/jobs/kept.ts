/** The resume file: what of a run is kept while it is proven, as text. It holds the seed of the run, so it is as secret as the private inputs. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../../errors/index.ts';
import { Reader, type ReaderErrors } from '../../json/reader.ts';
import type { AskedWord } from '../../machine/execute/execute.ts';
import type { PrivateSource } from '../../machine/program.ts';
import type { PrivateFile } from '../../platform/storage.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { MAX_SHARDS } from '../../plonk/verify/run.ts';
import { digestOf, type RunInputs, type RunTerms, readTerms, readWords, writeWord } from './order.ts';

const FORMAT = 'wattest-resume';
const FORMAT_VERSION = 2;

export interface Kept {
  readonly terms: RunTerms;
  /** {@link inputsDigest} of what was given. */
  readonly inputs: Hex;
  /** As of a `RunOrder`, but for those of the private stream and of files, which are given again. */
  readonly words: readonly AskedWord[];
  /** Digest of the plan (`planDigest`). */
  readonly plan: Hex;
  readonly shards: number;
  readonly seed: Uint8Array;
  /** By shard, as of a `CommitResult`. */
  readonly heads: readonly (Uint8Array | undefined)[];
  /** What all bodies that have a head look up, added up. */
  readonly uses: Uint8Array | undefined;
  readonly root: Uint8Array | undefined;
  readonly proofs: readonly (Uint8Array | undefined)[];
  /** By place in the tree that joins them (`planParts`), which has fewer parts than the run has shards. Public. */
  readonly parts: readonly (Uint8Array | undefined)[];
}

/** Whether whoever goes on with the run has the word: it is none of the file's. */
const isGivenAgain = ({ source }: Pick<AskedWord, 'source'>): boolean =>
  source === 'stream' || source === 'file';

/** The words of a run that is gone on with, those that are given again from where they are given. */
export function wordsWithGiven(
  { words }: Kept,
  given: (source: PrivateSource, which: number) => bigint | undefined,
): AskedWord[] {
  return words.map((asked) =>
    isGivenAgain(asked) ? { ...asked, word: given(asked.source, asked.which) } : asked,
  );
}

/** Numbers of jobs. */
export function jobsDone({ heads, proofs, parts }: Kept): JobsDone {
  const count = (list: readonly unknown[]): number => list.filter((one) => one !== undefined).length;
  return { commitments: count(heads), proofs: count(proofs), joins: count(parts) };
}

export interface JobsDone {
  readonly commitments: number;
  readonly proofs: number;
  readonly joins: number;
}

/** Of what a user gives to a run. @param stream words of the private stream */
export function inputsDigest(
  { args, publicInputs, privateInputs }: RunInputs,
  stream: readonly bigint[],
): Hex {
  const lists = [args, publicInputs, privateInputs, stream];
  return digestOf(new TextEncoder().encode(JSON.stringify(lists.map((list) => list.map(String)))));
}

const hex = (bytes: Uint8Array | undefined): Hex | null =>
  bytes === undefined ? null : `0x${bytesToHex(bytes)}`;

/** JSON in one line, and in the second its SHA-256, so that a damaged file is told from a bad one. */
export function writeKept(kept: Kept): string {
  const text = JSON.stringify({
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    ...kept,
    words: kept.words.map((asked) => writeWord(isGivenAgain(asked) ? { ...asked, word: undefined } : asked)),
    seed: hex(kept.seed),
    heads: kept.heads.map(hex),
    uses: hex(kept.uses),
    root: hex(kept.root),
    proofs: kept.proofs.map(hex),
    parts: kept.parts.map(hex),
  });
  return `${text}\n${checksum(text)}\n`;
}

const checksum = (text: string): string => bytesToHex(sha256(new TextEncoder().encode(text)));

/** What is kept in a file, undefined where there is none. @throws RESUME_MALFORMED, RUN_MISMATCH of another format version; what the file throws */
export async function readKept(file: PrivateFile): Promise<Kept | undefined> {
  const text = await file.read();
  if (text === undefined) return undefined;
  const where = file.location;
  const [body = '', sum, rest] = text.split('\n');
  const top = Reader.parse(body, where, ERRORS);
  if (top.at('format').value !== FORMAT) top.invalid(`"format" is not "${FORMAT}"`);
  if (top.at('formatVersion').value !== FORMAT_VERSION) {
    fail('RUN_MISMATCH', 'the run was begun by another release, whose file has another format', {
      where,
      fix: 'Go on with the release that it was begun with, or begin it anew without this file',
    });
  }
  if (sum !== checksum(body) || rest !== '') malformed('it is damaged: its checksum is another one', where);
  const bytes = (json: Reader): Uint8Array | undefined => (json.value === null ? undefined : json.bytes());
  const shards = top.at('shards').integer(MAX_SHARDS);
  const perShard = (name: string): (Uint8Array | undefined)[] => {
    const list = top.at(name).list(bytes, shards);
    if (list.length !== shards) top.at(name).invalid(`has not ${shards} entries`);
    return list;
  };
  return {
    terms: readTerms(top.at('terms')),
    inputs: top.at('inputs').hex(32),
    words: readWords(top.at('words')),
    plan: top.at('plan').hex(32),
    shards,
    seed: top.at('seed').bytes(32),
    heads: perShard('heads'),
    uses: bytes(top.at('uses')),
    root: bytes(top.at('root')),
    proofs: perShard('proofs'),
    parts: perShard('parts'),
  };
}

const FIX = 'Delete it and begin the run anew; nothing else can be made of it';
const ERRORS: ReaderErrors = { code: 'RESUME_MALFORMED', fix: FIX };

export function malformed(problem: string, where: string): never {
  fail('RESUME_MALFORMED', problem, { where, fix: FIX });
}
