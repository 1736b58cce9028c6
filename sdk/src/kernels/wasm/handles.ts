/** What the opaque handles of this engine hold. `address` is 0 after `free`. */
import { misuse } from '../checks.ts';
import type { IntColumn, Points, Vector } from '../contract.ts';

/** Groups of four elements (see `field/limbs.ts`); lanes beyond `length` in the last group are zero. */
export class WasmVector implements Vector {
  readonly kind = 'vector';
  readonly length: number;
  address: number;
  #clear: (() => void) | undefined;

  /** `clear` zeroes the memory when it is first needed: most vectors are overwritten before. */
  constructor(address: number, length: number, clear?: () => void) {
    this.address = address;
    this.length = length;
    this.#clear = clear;
  }

  /** Before contents are read or partly written. */
  settle(): void {
    this.#clear?.();
    this.#clear = undefined;
  }

  /** Before all groups are overwritten; whether they were to be zeroed. */
  discard(): boolean {
    const dirty = this.#clear !== undefined;
    this.#clear = undefined;
    return dirty;
  }

  get groups(): number {
    return Math.ceil(this.length / 4);
  }
}

/** Little-endian words, one column element after the other; zero up to a multiple of four elements. */
export class WasmInts implements IntColumn {
  readonly kind = 'ints';
  readonly length: number;
  readonly words: 1 | 2;
  address: number;
  constructor(address: number, length: number, words: 1 | 2) {
    this.address = address;
    this.length = length;
    this.words = words;
  }
}

/** See `msm-layout.ts`. */
export class WasmPoints implements Points {
  readonly kind = 'points';
  readonly length: number;
  address: number;
  /** Whether infinity may be among them; multiplication is faster where not. */
  infinity = true;
  constructor(address: number, length: number) {
    this.address = address;
    this.length = length;
  }
}

function live<T extends { readonly address: number }>(handle: T, what: string): T {
  if (handle.address === 0) misuse(`${what} used after it was freed`);
  return handle;
}

/** The handle as this engine made it; `KERNEL_CONTRACT` for anything else. */
export function asVector(handle: Vector): WasmVector {
  const vector = own(handle);
  vector.settle();
  return vector;
}

/** Likewise, of a vector whose groups will all be written before any is read. */
export function asTarget(handle: Vector): WasmVector {
  const vector = own(handle);
  vector.discard();
  return vector;
}

/** Likewise, and whether what is written is to take zeros for its contents. */
export function asSum(handle: Vector): { readonly vector: WasmVector; readonly fresh: boolean } {
  const vector = own(handle);
  return { vector, fresh: vector.discard() };
}

function own(handle: Vector): WasmVector {
  return handle instanceof WasmVector ? live(handle, 'vector') : misuse('a vector of another engine');
}

export function asInts(handle: IntColumn): WasmInts {
  return handle instanceof WasmInts ? live(handle, 'column') : misuse('a column of another engine');
}

export function asPoints(handle: Points): WasmPoints {
  return handle instanceof WasmPoints ? live(handle, 'points') : misuse('points of another engine');
}
