/**
 * Balances of bus tuples. Tuples are told apart by all of their words, so two that differ never share a balance; the hash says
 * only where to look.
 */

/** Beyond this a balance is no longer counted: sums below it are exact. */
const LIMIT = 2 ** 52;

export class TupleTable {
  /** Number of the entry + 1, 0 where empty; open addressing. */
  #slots = new Int32Array(1 << 12);
  #hashes = new Int32Array(1 << 11);
  /** Where the words of each entry begin in `#words`, and behind the last where the next ones will. */
  #starts = new Uint32Array((1 << 11) + 1);
  #balances = new Float64Array(1 << 11);
  #words = new Uint32Array(1 << 14);
  #size = 0;

  /** Number of the tuple whose words are the first `length` of `words`, entered with balance 0 if it is new. */
  index(words: Uint32Array, length: number): number {
    const hash = hashOf(words, length);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return this.#enter(slot, hash, words, length);
      if (this.#hashes[entry] === hash && this.#equals(entry, words, length)) return entry;
    }
  }

  /** A balance that gets out of hand becomes infinite, or NaN, for good: not zero, and its tuple is looked at exactly. */
  add(entry: number, multiplicity: number): void {
    const sum = this.#balances[entry]! + multiplicity;
    this.#balances[entry] = Math.abs(sum) <= LIMIT ? sum : Number.NaN;
  }

  /** Tuples whose balance is not zero, at most `limit` of them, and how many more there are. */
  unbalanced(limit: number): { readonly entries: ReadonlySet<number>; readonly more: number } {
    const entries = new Set<number>();
    let more = 0;
    for (let entry = 0; entry < this.#size; entry++) {
      if (this.#balances[entry] === 0) continue;
      if (entries.size < limit) entries.add(entry);
      else more++;
    }
    return { entries, more };
  }

  #equals(entry: number, words: Uint32Array, length: number): boolean {
    const start = this.#starts[entry]!;
    if (this.#starts[entry + 1]! - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#words[start + i] !== words[i]) return false;
    return true;
  }

  #enter(slot: number, hash: number, words: Uint32Array, length: number): number {
    const entry = this.#size++;
    const start = this.#starts[entry]!;
    if (start + length > this.#words.length) this.#words = grown(this.#words);
    for (let i = 0; i < length; i++) this.#words[start + i] = words[i]!;
    this.#starts[entry + 1] = start + length;
    this.#hashes[entry] = hash;
    this.#slots[slot] = entry + 1;
    if (this.#size === this.#hashes.length) {
      this.#hashes = grown(this.#hashes);
      this.#balances = grown(this.#balances);
      this.#starts = grown(this.#starts);
      this.#rehash();
    }
    return entry;
  }

  /** Twice as many slots; always half of them or more are empty. */
  #rehash(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = this.#hashes[entry]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }
}

/** Not made to withstand anybody: tuples that collide cost time. */
export function hashOf(words: Uint32Array, length: number): number {
  let hash = 0;
  for (let i = 0; i < length; i++) {
    hash = Math.imul(hash ^ words[i]!, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function grown<T extends Int32Array | Uint32Array | Float64Array>(array: T): T {
  const copy = new (array.constructor as new (length: number) => T)(2 * array.length);
  copy.set(array);
  return copy;
}
