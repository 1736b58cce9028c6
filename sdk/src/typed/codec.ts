/** Values as JSON has them to 64-bit words and back (docs/typed-programs.md): one encoding a value, everything else refused. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import { Reader } from '../json/reader.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress } from '../solidity/abi.ts';
import {
  type BytesType,
  type Field,
  type NumberType,
  type Type,
  WORD_BITS,
  WORD_BYTES,
  wordRange,
  wordsOfBytes,
} from './types.ts';

/** A value of a typed program: integers are bigint, addresses and bytes 0x and hexadecimal digits, structs objects. */
export type TypedValue = bigint | boolean | string | readonly TypedValue[] | TypedRecord;
export interface TypedRecord {
  readonly [field: string]: TypedValue;
}

/**
 * Words of the values of `fields`.
 * @param values an object with exactly these fields; integers also as safe numbers, or as texts, decimal or with 0x
 * @param where what errors call it
 * @throws INPUT_INVALID with the path, never with a value, which may be private
 */
export function encodeFields(fields: readonly Field[], values: unknown, where: string): bigint[] {
  const words: bigint[] = [];
  const fix = 'Give a value of the type that the manifest names there (docs/typed-programs.md)';
  encodeMembers(fields, new Reader(values, where, { code: 'INPUT_INVALID', fix }), words);
  return words;
}

function encodeMembers(fields: readonly Field[], reader: Reader, words: bigint[]): void {
  const { value } = reader;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) reader.invalid('is not an object');
  for (const { name, type } of fields) encode(type, reader.at(name), words);
  // What the others are called is not said: it may be a value that slipped.
  if (Object.keys(value).length > fields.length) {
    reader.invalid(`has other fields than ${fields.map(({ name }) => name).join(', ') || 'none'}`);
  }
}

function encode(type: Type, reader: Reader, words: bigint[]): void {
  switch (type.kind) {
    case 'number':
      words.push(...wordsOfNumber(type, numberOf(type, reader)));
      return;
    case 'run':
      pushRun(bytesOf(reader, type.size, type.size), words);
      return;
    case 'bytes': {
      const bytes = type.name === 'string' ? textBytes(reader, type) : bytesOf(reader, 0, type.max);
      words.push(BigInt(bytes.length));
      pushRun(bytes, words);
      return;
    }
    case 'array': {
      const { value } = reader;
      if (!Array.isArray(value) || value.length !== type.length)
        reader.invalid(`is not a list of ${type.length}`);
      reader.list((item) => encode(type.item, item, words));
      return;
    }
    case 'list': {
      const { value } = reader;
      words.push(BigInt(Array.isArray(value) ? value.length : 0));
      reader.list((item) => encode(type.item, item, words), type.max);
      return;
    }
    case 'struct':
      encodeMembers(type.fields, reader, words);
  }
}

function numberOf(type: NumberType, reader: Reader): bigint {
  if (type.as === 'bool') return reader.boolean() ? 1n : 0n;
  if (type.as === 'address') return BigInt(addressText(reader));
  const { value } = reader;
  const number = integerOf(value);
  const [least, end] = boundsOf(type);
  if (number === undefined || number < least || number >= end) reader.invalid(`is not of type ${type.name}`);
  return number;
}

function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  // No text of a number in range is longer.
  if (typeof value !== 'string' || value.length > 80) return undefined;
  return /^(?:-?(?:0|[1-9]\d*)|0x[\da-fA-F]+)$/.test(value) ? BigInt(value) : undefined;
}

function boundsOf({ bits, signed }: NumberType): readonly [least: bigint, end: bigint] {
  return signed ? [-(1n << BigInt(bits - 1)), 1n << BigInt(bits - 1)] : [0n, 1n << BigInt(bits)];
}

/** In mixed case its checksum must be right (ERC-55). */
function addressText(reader: Reader): Hex {
  const text = reader.take<Hex>(
    (value) => typeof value === 'string' && /^0x[\da-fA-F]{40}$/.test(value),
    'is no address: 0x and 40 hexadecimal digits',
  );
  const digits = text.slice(2);
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (mixed && checksumAddress(text) !== text) reader.invalid('is an address whose checksum is wrong');
  return text;
}

function bytesOf(reader: Reader, least: number, most: number): Uint8Array {
  const text = reader.take<string>(
    (value) => typeof value === 'string' && /^0x(?:[\da-fA-F]{2})*$/.test(value),
    'is not 0x and whole bytes in hexadecimal',
  );
  const count = text.length / 2 - 1;
  if (count < least || count > most)
    reader.invalid(least === most ? `is not ${most} bytes` : `is more than ${most} bytes`);
  return Uint8Array.from({ length: count }, (_, i) => Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16));
}

function textBytes(reader: Reader, { max }: BytesType): Uint8Array {
  const text = reader.text();
  // A lone surrogate has no UTF-8, and would become another character.
  if (/\p{Surrogate}/u.test(text)) reader.invalid('is no well-formed text');
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > max) reader.invalid(`is more than ${max} bytes of UTF-8`);
  return bytes;
}

/** Most significant word first; two's complement. */
function wordsOfNumber({ words }: NumberType, value: bigint): bigint[] {
  return Array.from({ length: words }, (_, i) =>
    BigInt.asUintN(WORD_BITS, value >> BigInt(WORD_BITS * (words - 1 - i))),
  );
}

function pushRun(bytes: Uint8Array, words: bigint[]): void {
  const padded = new DataView(new ArrayBuffer(WORD_BYTES * wordsOfBytes(bytes.length)));
  new Uint8Array(padded.buffer).set(bytes);
  for (let i = 0; i < padded.byteLength; i += WORD_BYTES) words.push(padded.getBigUint64(i, true));
}

/**
 * The values that `words` are the encoding of, and of nothing else: as many words as they take, no bit in vain.
 * @param where what errors call the words: `publicInputs`
 * @throws ENCODING_INVALID with path and word
 */
export function decodeFields(fields: readonly Field[], words: readonly bigint[], where: string): TypedRecord {
  const cursor = new Cursor(words, where);
  const record = decodeMembers(fields, cursor, '');
  cursor.end();
  return record;
}

class Cursor {
  readonly #words: readonly bigint[];
  readonly #where: string;
  #next = 0;

  constructor(words: readonly bigint[], where: string) {
    this.#words = words;
    this.#where = where;
  }

  word(path: string): bigint {
    const word = this.#words[this.#next];
    if (word === undefined) return this.invalid(path, 'ends behind the last word');
    if (word < 0n || word >= 1n << BigInt(WORD_BITS))
      this.invalid(path, 'has a word that is none of 64 bits');
    this.#next++;
    return word;
  }

  /** A number of items or bytes, which must be there: a length that lies takes no time or memory. */
  count(path: string, max: number, least: (count: number) => number): number {
    const word = this.word(path);
    if (word > BigInt(max)) this.invalid(path, `has more than ${max}`);
    const count = Number(word);
    if (least(count) > this.#words.length - this.#next) this.invalid(path, 'ends behind the last word');
    return count;
  }

  bytes(path: string, length: number): Uint8Array {
    const count = wordsOfBytes(length);
    const view = new DataView(new ArrayBuffer(WORD_BYTES * count));
    for (let i = 0; i < count; i++) view.setBigUint64(WORD_BYTES * i, this.word(path), true);
    const bytes = new Uint8Array(view.buffer);
    if (bytes.subarray(length).some((byte) => byte !== 0))
      this.invalid(path, 'has something other than zeros behind its last byte');
    return bytes.subarray(0, length);
  }

  end(): void {
    const surplus = this.#words.length - this.#next;
    if (surplus > 0) this.#fail(`${surplus} words are left over behind the values`);
  }

  invalid(path: string, problem: string): never {
    return this.#fail(`${path} ${problem}`);
  }

  #fail(problem: string): never {
    return fail('ENCODING_INVALID', problem, {
      where: this.#where,
      fix: 'Take words that a run of this program read or wrote; no other words stand for its values',
    });
  }
}

function decodeMembers(fields: readonly Field[], cursor: Cursor, path: string): TypedRecord {
  return Object.fromEntries(
    fields.map(({ name, type }) => [name, decode(type, cursor, path === '' ? name : `${path}.${name}`)]),
  );
}

function decode(type: Type, cursor: Cursor, path: string): TypedValue {
  switch (type.kind) {
    case 'number':
      return decodeNumber(type, cursor, path);
    case 'run':
      return `0x${bytesToHex(cursor.bytes(path, type.size))}`;
    case 'bytes': {
      const bytes = cursor.bytes(path, cursor.count(path, type.max, wordsOfBytes));
      return type.name === 'bytes' ? `0x${bytesToHex(bytes)}` : decodeText(bytes, cursor, path);
    }
    case 'array':
      return Array.from({ length: type.length }, (_, i) => decode(type.item, cursor, `${path}[${i}]`));
    case 'list': {
      const { least } = wordRange(type.item);
      const length = cursor.count(path, type.max, (count) => count * least);
      return Array.from({ length }, (_, i) => decode(type.item, cursor, `${path}[${i}]`));
    }
    case 'struct':
      return decodeMembers(type.fields, cursor, path);
  }
}

function decodeNumber(type: NumberType, cursor: Cursor, path: string): TypedValue {
  let raw = 0n;
  for (let i = 0; i < type.words; i++) raw = (raw << BigInt(WORD_BITS)) | cursor.word(path);
  const value = type.signed ? BigInt.asIntN(WORD_BITS * type.words, raw) : raw;
  const [least, end] = boundsOf(type);
  if (value < least || value >= end) cursor.invalid(path, `is not of type ${type.name}`);
  if (type.as === 'bool') return value === 1n;
  return type.as === 'address' ? checksumAddress(`0x${value.toString(16).padStart(40, '0')}`) : value;
}

function decodeText(bytes: Uint8Array, cursor: Cursor, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return cursor.invalid(path, 'is no well-formed UTF-8');
  }
}
