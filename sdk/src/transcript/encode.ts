/** Byte encodings shared by transcript, keys and proofs: big-endian, as the EVM reads them. */
import { numberToBytesBE } from '@noble/curves/utils.js';

/**
 * How an item is encoded, in the transcript as in the proof (all big-endian):
 * `bytes32` 32 bytes · `digest` 32 bytes that a transcript came to · `heights` 32 bytes, byte i the log2 height of the i-th chip that has its height
 * from the proof, rest zero · `word` an unsigned 256-bit word, below r where the hash takes elements · `words64` 8 bytes a word · `point` x ‖ y, 64 bytes ·
 * `scalar` 32 bytes, below r.
 */
export type ItemKind = 'bytes32' | 'digest' | 'heights' | 'word' | 'words64' | 'point' | 'scalar';

/** A 256-bit word, 32 bytes big-endian. Throws for values outside `[0, 2^256)`. */
export function word(value: bigint | number): Uint8Array {
  return numberToBytesBE(value, 32);
}

/** One array of all parts. Not by arguments of a call: there can be more parts than those an engine takes. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** 64-bit words packed eight bytes big-endian each. */
export function packWords64(words: readonly bigint[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(8 * words.length));
  words.forEach((value, i) => {
    out.setBigUint64(8 * i, value);
  });
  return new Uint8Array(out.buffer);
}

/** Appends encodings; the chain returns the writer. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  word(value: bigint): this {
    return this.bytes(word(value));
  }

  u32(value: number): this {
    return this.bytes(numberToBytesBE(value, 4));
  }

  /** UTF-8 behind its length in bytes. */
  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u32(bytes.length).bytes(bytes);
  }

  /** The items behind their count. */
  list<T>(items: readonly T[], each: (item: T) => void): this {
    this.u32(items.length);
    items.forEach(each);
    return this;
  }

  done(): Uint8Array {
    return joined(this.#parts);
  }
}
