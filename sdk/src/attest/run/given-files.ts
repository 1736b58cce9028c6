/** Read-only files of a WASI program (docs/wasi.md): names and digests as public words, bytes as private ones. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../../errors/index.ts';
import { FILE_CELLS, MAX_FILES } from '../../machine/translate/wasi-layout.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { quote } from '../../wasm/types.ts';
import { encodeStream, wordsOfBytes } from './streams.ts';

/** Bytes by name: a path below the directory `/`, with slashes between its parts. */
export type GivenFiles = Readonly<Record<string, Uint8Array>>;

/** A file as a statement has it. */
export interface NamedDigest {
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly digest: Hex;
}

const WORDS_OF_DIGEST = 4;

/** @throws INPUT_INVALID for names that no path finds, too many files, or too large ones */
export function requireFiles(files: GivenFiles): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const list = Object.entries(files);
  const names = new Set(list.map(([name]) => name));
  const invalid = (what: string, fix: string): never => fail('INPUT_INVALID', what, { where: 'files', fix });
  if (list.length > MAX_FILES)
    invalid(`${list.length} files, and a program can have ${MAX_FILES}`, 'Give fewer files');
  for (const [name, bytes] of list) {
    const parts = name.split('/');
    if (
      /\0|\p{Surrogate}/u.test(name) ||
      parts.some((part) => part === '' || part === '.' || part === '..')
    ) {
      invalid(
        `no name of a file: ${quote(name)}`,
        'Give a path like data/table.csv, from the directory / on: no slash at either end, no "." and ".." in it',
      );
    }
    for (let i = 1; i < parts.length; i++) {
      const above = parts.slice(0, i).join('/');
      if (names.has(above)) invalid(`${quote(above)} is a file and a directory`, 'Rename one of them');
    }
    if (!(bytes instanceof Uint8Array))
      invalid(`${quote(name)} has no bytes`, 'Give its bytes, a Uint8Array of the file');
  }
  const cells = list.reduce((sum, [, bytes]) => sum + 2 * wordsOfBytes(BigInt(bytes.length)), 0);
  if (cells > FILE_CELLS.content)
    invalid(`files of more than ${4 * FILE_CELLS.content} bytes in all`, 'Give smaller files');
  return list;
}

/** Digests as public words, in the order of the files. */
export function digestWords(files: GivenFiles): bigint[] {
  return requireFiles(files).flatMap(([, bytes]) => encodeStream(sha256(bytes)).slice(1));
}

/** The words of each file, in their order. */
export function fileWords(files: GivenFiles): readonly (readonly bigint[])[] {
  return requireFiles(files).map(([, bytes]) => encodeStream(bytes));
}

/** How many words of public inputs are digests of so many files. */
export const wordsOfDigests = (count: number): number => WORDS_OF_DIGEST * count;

/** Whether a statement is about these files: the same names, each with the same digest, in any order. */
export function sameFiles(
  stated: readonly NamedDigest[],
  files: Readonly<Record<string, Hex | Uint8Array>>,
): boolean {
  const names = Object.keys(files);
  const digestOf = (file: Hex | Uint8Array): string =>
    typeof file === 'string' ? file.toLowerCase() : `0x${bytesToHex(sha256(file))}`;
  // The first of a name is the one that a path finds.
  return (
    stated.length === names.length &&
    names.every((name) => stated.find((one) => one.name === name)?.digest === digestOf(files[name]!))
  );
}

/** Names with the digests that words say; the other way round of {@link digestWords}. */
export function namedDigests(names: readonly string[], words: readonly bigint[]): NamedDigest[] {
  return names.map((name, i) => {
    const bytes = new DataView(new ArrayBuffer(8 * WORDS_OF_DIGEST));
    for (let k = 0; k < WORDS_OF_DIGEST; k++)
      bytes.setBigUint64(8 * k, words[WORDS_OF_DIGEST * i + k] ?? 0n, true);
    return { name, digest: `0x${bytesToHex(new Uint8Array(bytes.buffer))}` };
  });
}
