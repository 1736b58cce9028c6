/** The lanes of a group as code sees them: two halves at once (four lanes), or one after the other (two). */
import { LIMBS } from '../../field/limbs.ts';
import { type Code, get, v128 } from './assembler.ts';
import type { ConstantPool } from './constants.ts';
import type { Source } from './field-registers.ts';

export class Lanes {
  readonly count: 2 | 4;
  readonly #constants: ConstantPool;
  /** The half being emitted where `count` is 2. */
  #half = 0;

  constructor(count: 2 | 4, constants: ConstantPool) {
    this.count = count;
    this.#constants = constants;
  }

  /** Number of halves handled together. */
  get width(): number {
    return this.count / 2;
  }

  /** Which half register `h` stands for. */
  half(h: number): number {
    return this.count === 2 ? this.#half : h;
  }

  /** A constant in all lanes. */
  constant(value: number | bigint, h: number): Code {
    return this.#constants.load(value, this.count === 2 ? 0 : h);
  }

  /** Code over a whole group: emitted once for four lanes, once per half for two. */
  group(body: () => Code): Code {
    if (this.count === 4) return body();
    this.#half = 0;
    const first = body();
    this.#half = 1;
    const second = body();
    this.#half = 0;
    return [first, second];
  }

  /** Emits `body(h)` for the halves handled together, interleaved step by step by the caller. */
  each(body: (h: number) => Code): Code {
    return Array.from({ length: this.width }, (_, h) => body(h));
  }

  eachLimb(body: (h: number, j: number) => Code): Code {
    return Array.from({ length: LIMBS }, (_, j) => this.each((h) => body(h, j)));
  }

  /** Byte offset of limb j in a group. */
  offset(h: number, j: number): number {
    return 32 * j + 16 * this.half(h);
  }

  limb(source: Source, h: number, j: number): Code {
    if ('group' in source) return v128.load(source.group, (source.offset ?? 0) + this.offset(h, j));
    if ('splat' in source) return v128.load64_splat(source.splat, (source.offset ?? 0) + 8 * j);
    return get(source[h][j]);
  }
}
