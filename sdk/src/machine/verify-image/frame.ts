/** What is known of the slots of a frame: of each, the most that it holds. */

/** Below 2^32, below 2^64, and nothing: a slot that was not written on every path to here. */
export const WORD32: number = 2 ** 32 - 1;
export const WORD64: number = 2 ** 64;
export const UNSET: number = Number.POSITIVE_INFINITY;

/** The most that so many bits hold. Between 2^32 and 2^64 nothing is told apart. */
export function mostOfBits(bits: number): number {
  return bits > 32 ? WORD64 : 2 ** bits - 1;
}

const SLOTS = 32;
/** Behind the slots of a chunk: whether all its values are widths. */
const IS_WIDE = SLOTS;

type Chunk = Float64Array;
const NOTHING: Chunk = new Float64Array(SLOTS + 1).fill(UNSET);
NOTHING[IS_WIDE] = 1;

/**
 * A map from slots to values that is cheap to copy: chunks are shared until one of the copies writes them. Behind the chunks
 * there are, slots are unset.
 */
export class Frame {
  private chunks: Chunk[];
  private owned: boolean[];

  constructor(chunks: Chunk[] = []) {
    this.chunks = chunks;
    this.owned = chunks.map(() => false);
  }

  get(slot: number): number {
    return this.chunks[Math.floor(slot / SLOTS)]?.[slot % SLOTS] ?? UNSET;
  }

  set(slot: number, value: number): void {
    const at = Math.floor(slot / SLOTS);
    if (this.get(slot) === value) return;
    while (this.chunks.length <= at) this.append();
    const chunk = this.own(at);
    chunk[slot % SLOTS] = value;
    chunk[IS_WIDE] = 0;
  }

  /** Slots from here on are unset: a call may have written them. */
  forgetFrom(slot: number): void {
    const first = Math.ceil(slot / SLOTS);
    if (this.chunks.length > first) this.chunks.length = this.owned.length = first;
    for (let i = slot; i < first * SLOTS; i++) if (this.get(i) !== UNSET) this.set(i, UNSET);
  }

  copy(): Frame {
    this.owned.fill(false);
    return new Frame([...this.chunks]);
  }

  /** What is known where this and another path meet. Returns whether it is less than before. */
  join(other: Frame): boolean {
    let changed = false;
    for (let at = 0; at < this.chunks.length; at++) {
      const [mine, theirs] = [this.chunks[at]!, other.chunks[at] ?? NOTHING];
      if (mine === theirs) continue;
      for (let i = 0; i < SLOTS; i++) {
        if (theirs[i]! <= this.chunks[at]![i]!) continue;
        const chunk = this.own(at);
        chunk[i] = theirs[i]!;
        chunk[IS_WIDE] = 0;
        changed = true;
      }
    }
    return changed;
  }

  /** Only widths are left: what loops start from, so that going round changes little. */
  widen(): void {
    for (let at = 0; at < this.chunks.length; at++) {
      if (this.chunks[at]![IS_WIDE] === 1) continue;
      const chunk = this.own(at);
      for (let i = 0; i < SLOTS; i++) if (chunk[i]! < WORD32) chunk[i] = WORD32;
      chunk[IS_WIDE] = 1;
    }
  }

  private append(): void {
    this.chunks.push(NOTHING);
    this.owned.push(false);
  }

  private own(at: number): Chunk {
    if (!this.owned[at]!) {
      this.chunks[at] = this.chunks[at]!.slice();
      this.owned[at] = true;
    }
    return this.chunks[at]!;
  }
}
