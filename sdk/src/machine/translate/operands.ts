import type { Emitter } from './emitter.ts';

/** Where an operand is found: a slot of the frame, or an immediate (canonical, 0 ≤ value < 2^64). */
export type Operand =
  | { readonly kind: 'slot'; readonly slot: number; readonly narrow: boolean }
  | { readonly kind: 'constant'; readonly value: bigint };

/** An entry of the symbolic stack: in its home slot, or pending as a local or a constant. */
export type Entry =
  | { readonly kind: 'home'; readonly narrow: boolean }
  | { readonly kind: 'local'; readonly local: number }
  | { readonly kind: 'constant'; readonly value: bigint };

/** Pending copies that may stay so over the beginning of a block: bounds the work for each block. */
const MAX_COPIES = 64;

const HOME: Entry = { kind: 'home', narrow: false };
const NARROW: Entry = { kind: 'home', narrow: true };

/**
 * The operand stack of a function while it is translated. The value at height `h` has its home in slot `base + h`;
 * copies of locals and constants stay pending until something needs them there. No two entries share a slot that is
 * written while both are live: a local is written only after {@link OperandStack.release}.
 */
export class OperandStack {
  /** Greatest height that any slot was used at. */
  maxHeight = 0;
  private readonly entries: Entry[] = [];
  /**
   * By local, once it has any: heights of the entries that are copies of it, in increasing order. Those whose entry went
   * home, or is gone since, are taken out later: nothing searches these lists.
   */
  private readonly copies: Map<number, number[]> = new Map();
  /** Heights of all of them in increasing order; those whose entry went home are taken out later. */
  private readonly pendingCopies: number[] = [];
  private readonly emitter: Emitter;
  private readonly base: number;
  private readonly slotOfLocal: (local: number) => number;

  constructor(emitter: Emitter, base: number, slotOfLocal: (local: number) => number) {
    this.emitter = emitter;
    this.base = base;
    this.slotOfLocal = slotOfLocal;
  }

  get height(): number {
    return this.entries.length;
  }

  home(height: number): number {
    if (height >= this.maxHeight) this.maxHeight = height + 1;
    return this.base + height;
  }

  /** The k-th slot above the stack: free to use until something is pushed. */
  temporary(k: number): number {
    return this.home(this.entries.length + k);
  }

  /** Pushes a value that lies in its home slot. `narrow` says that it is known to be below 2^32. */
  pushHome(narrow = false): number {
    const slot = this.home(this.entries.length);
    this.entries.push(narrow ? NARROW : HOME);
    return slot;
  }

  pushLocal(local: number): void {
    const height = this.entries.length;
    const heights = this.copies.get(local);
    if (heights === undefined) this.copies.set(local, [height]);
    else {
      dropFrom(heights, height);
      heights.push(height);
    }
    this.pendingCopies.push(height);
    this.push({ kind: 'local', local });
  }

  pushConstant(value: bigint): void {
    this.push({ kind: 'constant', value });
  }

  /** What is at `height`; the top is at `this.height − 1`. */
  operand(height: number): Operand {
    const entry = this.entries[height];
    if (entry.kind === 'constant') return entry;
    if (entry.kind === 'local') return { kind: 'slot', slot: this.slotOfLocal(entry.local), narrow: false };
    return { kind: 'slot', slot: this.home(height), narrow: entry.narrow };
  }

  pop(): Operand {
    const operand = this.operand(this.entries.length - 1);
    this.popEntry();
    return operand;
  }

  /** Takes the top off to be pushed again at the same height by {@link pushEntry}. */
  popEntry(): Entry {
    const entry = this.entries.pop() as Entry;
    if (this.pendingCopies.at(-1) === this.entries.length) this.pendingCopies.pop();
    return entry;
  }

  pushEntry(entry: Entry): void {
    if (entry.kind === 'local') this.pushLocal(entry.local);
    else this.push(entry);
  }

  truncate(height: number): void {
    while (this.entries.length > height) this.popEntry();
  }

  /** Puts the value at `height` into its home slot. */
  materialise(height: number): void {
    if (this.entries[height].kind !== 'home') this.copy(height);
  }

  /** Before a local is written: its pending copies become values of their own. */
  release(local: number): void {
    const heights = this.copies.get(local);
    if (heights === undefined) return;
    dropFrom(heights, this.entries.length);
    for (const height of heights) {
      const entry = this.entries[height];
      if (entry.kind === 'local' && entry.local === local) this.copy(height);
    }
    heights.length = 0;
  }

  /**
   * Before a block: copies at `from` or above of locals that it assigns become values of their own, and so do all but
   * the topmost MAX_COPIES.
   */
  releaseAssigned(from: number, isAssigned: (local: number) => boolean): void {
    const { pendingCopies } = this;
    let first = pendingCopies.length;
    while (first > 0 && pendingCopies[first - 1] >= from) first--;
    const heights = pendingCopies.splice(first).filter((height) => this.entries[height].kind === 'local');
    for (const [i, height] of heights.entries()) {
      const entry = this.entries[height];
      const stays = entry.kind === 'local' && i >= heights.length - MAX_COPIES && !isAssigned(entry.local);
      if (stays) pendingCopies.push(height);
      else this.materialise(height);
    }
  }

  private copy(height: number): void {
    const source = this.operand(height);
    if (source.kind === 'constant') this.emitter.constant(this.home(height), source.value);
    else this.emitter.move(this.home(height), source.slot);
    this.entries[height] = HOME;
  }

  private push(entry: Entry): void {
    this.entries.push(entry);
  }
}

/** Takes the heights from `height` on off the end of a list. */
function dropFrom(heights: number[], height: number): void {
  while ((heights.at(-1) ?? -1) >= height) heights.pop();
}

/** Copies values to slots as if all at once; a cycle goes through `temporary`. */
export function parallelMoves(
  emitter: Emitter,
  moves: readonly { readonly to: number; readonly from: Operand }[],
  temporary: () => number,
): void {
  const pending = new Map<number, number>();
  /** How many pending moves still read a slot. */
  const readers = new Map<number, number>();
  const addReader = (slot: number, count: number): number => {
    const total = (readers.get(slot) ?? 0) + count;
    readers.set(slot, total);
    return total;
  };
  for (const { to, from } of moves) {
    if (from.kind !== 'slot' || from.slot === to) continue;
    pending.set(to, from.slot);
    addReader(from.slot, 1);
  }
  const ready = [...pending.keys()].filter((to) => (readers.get(to) ?? 0) === 0);
  while (pending.size > 0) {
    const to = ready.pop();
    if (to === undefined) {
      // Only cycles are left: free one slot by moving its value aside.
      const [slot] = pending.keys();
      const aside = temporary();
      emitter.move(aside, slot);
      for (const [target, source] of pending) if (source === slot) pending.set(target, aside);
      readers.set(aside, readers.get(slot) as number);
      readers.set(slot, 0);
      ready.push(slot);
      continue;
    }
    const from = pending.get(to) as number;
    pending.delete(to);
    emitter.move(to, from);
    if (addReader(from, -1) === 0 && pending.has(from)) ready.push(from);
  }
  for (const { to, from } of moves) if (from.kind === 'constant') emitter.constant(to, from.value);
}
