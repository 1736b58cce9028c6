import {
  CELLS_PER_PAGE,
  GLOBALS,
  MAX_FRAME,
  MEMORY,
  PAGE_BYTES,
  PAGES,
  STACK,
  STACK_SLOTS,
  TABLES,
} from '../memory-map.ts';
import type { Program } from '../program.ts';

/** Stack slots provided at first, besides one frame; calls make more. */
const FIRST_SLOTS = 4096;

/**
 * The cells of a running program, in increasing order of their keys: `low` and `high` hold the words of machine cells,
 * globals, tables and stack, at dense indices; `words` those of the linear memory, 4 bytes each.
 */
export class Machine {
  low: Int32Array;
  high: Int32Array;
  /** Cells of the memory; beyond `pages` there may be spare ones. */
  words: Int32Array;
  bytes: Uint8Array;
  /** Index of the first table cell, and of the first slot of the stack. */
  readonly tables: number;
  readonly stack: number;

  private readonly frameSlots: number;

  constructor(program: Program) {
    this.frameSlots = program.frameSlots;
    let globals = 0;
    let tableCells = 0;
    const extend = (key: number): void => {
      if (key < TABLES) globals = Math.max(globals, key - GLOBALS + 1);
      else if (key < STACK) tableCells = Math.max(tableCells, key - TABLES + 1);
    };
    for (const { key } of program.words) extend(key);
    for (const { hi } of program.zeros) extend(hi);
    this.tables = GLOBALS + globals;
    this.stack = this.tables + tableCells;
    const slots = this.stack + FIRST_SLOTS + this.frameSlots;
    this.low = new Int32Array(slots);
    this.high = new Int32Array(slots);
    this.words = new Int32Array(program.pages * CELLS_PER_PAGE);
    this.bytes = new Uint8Array(this.words.buffer);
    for (const { key, value } of program.words) {
      if (key >= MEMORY) {
        this.words[key - MEMORY] = Number(value);
        continue;
      }
      const index = this.indexOf(key);
      this.low[index] = Number(BigInt.asIntN(32, value));
      this.high[index] = Number(BigInt.asIntN(32, value >> 32n));
    }
  }

  get pages(): number {
    return this.low[PAGES];
  }

  /** Dense index of a key below the memory. */
  indexOf(key: number): number {
    if (key >= STACK) return key - STACK + this.stack;
    return key >= TABLES ? key - TABLES + this.tables : key;
  }

  keyOf(index: number): number {
    if (index >= this.stack) return index - this.stack + STACK;
    return index >= this.tables ? index - this.tables + TABLES : index;
  }

  /** Makes room for a frame at dense index `fp`. False where the stack does not suffice for a largest one. */
  reserveFrame(fp: number): boolean {
    if (fp + MAX_FRAME - this.stack > STACK_SLOTS) return false;
    const end = fp + this.frameSlots;
    if (end > this.low.length) {
      const length = Math.min(this.stack + STACK_SLOTS, 2 * end);
      this.low = extended(this.low, length);
      this.high = extended(this.high, length);
    }
    return true;
  }

  /** One page more; its cells are zero. */
  grow(): void {
    const cells = (this.pages + 1) * CELLS_PER_PAGE;
    this.low[PAGES]++;
    if (cells <= this.words.length) return;
    this.words = extended(this.words, Math.max(cells, Math.min(2 * this.words.length, 2 ** 30)));
    this.bytes = new Uint8Array(this.words.buffer);
  }

  get memoryBytes(): number {
    return this.pages * PAGE_BYTES;
  }
}

/** A longer copy with zeros behind. */
export function extended<T extends Int32Array | Uint32Array>(array: T, length: number): T {
  const longer = new (array.constructor as new (length: number) => T)(length);
  longer.set(array);
  return longer;
}
