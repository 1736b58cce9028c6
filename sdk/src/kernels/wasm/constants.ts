/**
 * Constants of the kernels live in memory: V8 rebuilds a `v128.const` at every use, which costs half the speed.
 * Each takes 32 bytes, the value in all four lanes, so that both halves of a group can load their own copy.
 */
import { type Code, v128 } from './assembler.ts';

const SLOT_BYTES = 32;

export class ConstantPool {
  readonly #base: number;
  readonly #limit: number;
  readonly #values: (number | bigint)[] = [];
  readonly #places = new Map<string, number>();

  /** The pool fills `[base, base + capacity)` of the memory. */
  constructor(base: number, capacity: number) {
    this.#base = base;
    this.#limit = Math.floor(capacity / SLOT_BYTES);
  }

  /** Address of a constant: a `number` is an f64, a `bigint` an i64 (taken mod 2^64). */
  address(value: number | bigint): number {
    const normal = typeof value === 'bigint' ? BigInt.asIntN(64, value) : value;
    const key = `${typeof normal}${Object.is(normal, -0) ? '-0' : normal}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#values.length >= this.#limit) throw new RangeError('constant pool is full');
    const place = this.#base + SLOT_BYTES * (this.#values.push(normal) - 1);
    this.#places.set(key, place);
    return place;
  }

  /** Loads the copy of half `half` (0 or 1). */
  load(value: number | bigint, half: number): Code {
    return v128.load(0, this.address(value) + 16 * half);
  }

  /** Writes all constants; done once, before the first kernel runs. */
  writeTo(buffer: ArrayBufferLike): void {
    const view = new DataView(buffer);
    this.#values.forEach((value, i) => {
      for (let at = this.#base + SLOT_BYTES * i, lane = 0; lane < 4; lane++) {
        if (typeof value === 'bigint') view.setBigInt64(at + 8 * lane, value, true);
        else view.setFloat64(at + 8 * lane, value, true);
      }
    });
  }
}
