/** Byte encodings shared by transcript, keys and proofs: big-endian, as the EVM reads them. */

/**
 * How an item is encoded, in the transcript as in the proof (all big-endian):
 * `bytes32` 32 bytes · `digest` 32 bytes that a transcript came to · `heights` 32 bytes, byte i the log2 height of the i-th chip that has its height
 * from the proof, rest zero · `word` an unsigned 256-bit word, below r where the hash takes elements · `words64` 8 bytes a word · `point` x ‖ y, 64 bytes ·
 * `scalar` 32 bytes, below r.
 */
export type ItemKind = 'bytes32' | 'digest' | 'heights' | 'word' | 'words64' | 'point' | 'scalar';

/** A 256-bit word, 32 bytes big-endian. Throws for values outside `[0, 2^256)`. */
export function word(value: bigint | number): Uint8Array {
  const bytes = new Uint8Array(32);
  setWord(new DataView(bytes.buffer), 0, BigInt(value));
  return bytes;
}

function setWord(view: DataView, at: number, value: bigint): void {
  if (value < 0n || value >> 256n !== 0n) throw new RangeError('no unsigned 256-bit word');
  // Each takes the 64 bits that are lowest.
  for (let i = 0; i < 4; i++) view.setBigUint64(at + 8 * i, value >> BigInt(192 - 64 * i));
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
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  word(value: bigint): this {
    const at = this.#grow(32);
    setWord(this.#view, at, value);
    return this;
  }

  /** @throws RangeError outside of `[0, 2^32)` */
  u32(value: number): this {
    if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 32))
      throw new RangeError('no unsigned 32-bit integer');
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
    return this;
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

  /** What was written so far, which later writing leaves as it is. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Room for so many bytes, which count as written; where they begin. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
