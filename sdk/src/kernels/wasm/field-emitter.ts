/**
 * Emits arithmetic of a 254-bit prime field on floating-point SIMD lanes ("S51").
 *
 * An element is `x = Σ_{j<5} x_j·2^(51j)` with integer limbs `x_j` in f64, in Montgomery form with `R = 2^255`. Four
 * elements make a group of 160 bytes: limb j of lane l at `32j + 8l`. Code works on both halves (two v128) of a
 * group at once, interleaved, so that V8 can fuse them to 256-bit instructions (`lanes = 4`), or on one half after
 * the other (`lanes = 2`), which needs fewer registers.
 *
 * The product of two limbs splits exactly into `hi·2^51 + lo` by two fused multiply-adds: with
 * `C1 = 1.5·2^103` and `C2 = C1 + 1.5·2^52`, `h = fma(x, y, C1)` rounds the product to a multiple of 2^51 and
 * `l = fma(x, y, C2 − h)` is `1.5·2^52 +` the rest. The bit patterns of `h` and `l`, taken as i64, are `hi` and `lo`
 * plus constants, so columns are summed as integers and the constants are taken off once, with the biases that
 * keep columns positive before a logical shift. Without fused multiply-add the rounding error of the product
 * is computed by Dekker's method instead; hi then may differ by one and lo by up to 2^51, nothing else changes.
 *
 * Bounds. A "normal" element has `|x_j| ≤ 2^50` for j < 4 and `|x| ≤ 1.62·p`, so `|x_4| ≤ 1.23·2^50`.
 *  - Exactness of a split needs `|x_i·y_j| ≤ 2^102`; columns are sums of at most 50 terms ≤ 2^52 and never near the
 *    bias 2^58. The top limb of a result is converted by adding 1.5·2^52, so results must be within 2.6·p.
 *  - Columns 0 to 3 are cleared by `q·k·p` with `k ≡ −1/p (mod 2^51)`, so that the digit q is the low limb itself
 *    (signed, `|q| ≤ 2^50`) and `q + q·k·p ≡ 0`; what remains is `q·m`, `m = (k·p + 1)/2^51`. That of column 3 contributes
 *    `|k|·p/2^52`, those before it nothing that counts, even with a k of 102 bits for columns 0 and 1 together
 *    (`2^-53·p`). Column 4 takes `q·p`, `|q| ≤ 2^50`: `p/2`. For both moduli `1/2 + |k|/2^52 < 0.627`,
 *    and `R/p = 2.645`, so `|x·y·R^-1| ≤ (|x/p|·|y/p|/2.645 + 0.627)·p`: 1.62·p is a fixed point, and the result's
 *    limbs below the top are in `[−2^50, 2^50)`.
 *  - Sums and differences are taken limb by limb without carry. `normalise` brings `|x_j| ≤ 2^52`, `|x| ≤ 7·p`
 *    back to limbs ≤ 2^50 and `|x| ≤ 0.501·p`.
 */
import { LIMB_BITS as BITS, LIMBS, signedLimbs } from '../../field/limbs.ts';
import { type Code, f64x2, type Local, type Operand, set, v128 } from './assembler.ts';
import type { ConstantPool } from './constants.ts';
import { Lanes } from './field-lanes.ts';
import { type ProductCode, ProductEmitter, type Term } from './field-products.ts';
import { createTemporaries, type Element, type Source, type Temporaries } from './field-registers.ts';
import type { FunctionBuilder } from './module-builder.ts';
import { LOW } from './reduction.ts';

export type { Element, Source } from './field-registers.ts';

export interface FieldEmitterOptions {
  readonly modulus: bigint;
  readonly constants: ConstantPool;
  readonly lanes: 2 | 4;
  /** Use `f64x2.relaxed_madd`; false where it does not fuse. */
  readonly fma: boolean;
}

export class FieldEmitter {
  readonly modulus: bigint;
  readonly lanes: 2 | 4;
  readonly #lanes: Lanes;
  readonly #fma: boolean;
  readonly #products: ProductEmitter;
  /** Limbs of p. */
  readonly #p: number[];
  readonly #temporaries = new WeakMap<FunctionBuilder, Temporaries[]>();

  constructor({ modulus, constants, lanes, fma }: FieldEmitterOptions) {
    this.modulus = modulus;
    this.lanes = lanes;
    this.#lanes = new Lanes(lanes, constants);
    this.#fma = fma;
    this.#products = new ProductEmitter(modulus, this.#lanes, fma);
    this.#p = signedLimbs(modulus).map(Number);
  }

  /** A constant in all lanes. */
  constant(value: number | bigint): Code {
    return this.#lanes.constant(value, 0);
  }

  #constant(value: number | bigint, h: number): Code {
    return this.#lanes.constant(value, h);
  }

  /** Registers of one element per lane. */
  element(fn: FunctionBuilder): Element {
    return Array.from({ length: this.#lanes.width }, () => fn.locals('v128', LIMBS));
  }

  /**
   * Code over a whole group: emitted once for four lanes, once per half for two. Only arithmetic and `load`/`store` of
   * this emitter belong inside; pointers must be advanced outside.
   */
  group(body: () => Code): Code {
    return this.#lanes.group(body);
  }

  /** For code of one's own inside `group`: `body(h, half)` with the register index and the half it stands for. */
  eachHalf(body: (h: number, half: number) => Code): Code {
    return this.#each((h) => body(h, this.#lanes.half(h)));
  }

  #each(body: (h: number) => Code): Code {
    return this.#lanes.each(body);
  }

  #eachLimb(body: (h: number, j: number) => Code): Code {
    return this.#lanes.eachLimb(body);
  }

  #limb(source: Source, h: number, j: number): Code {
    return this.#lanes.limb(source, h, j);
  }

  /** Registers of product i of those that are emitted side by side. */
  #temps(fn: FunctionBuilder, i = 0): Temporaries {
    const all = this.#temporaries.get(fn) ?? [];
    this.#temporaries.set(fn, all);
    while (all.length <= i) all.push(createTemporaries(fn, this.#lanes.width));
    return all[i];
  }

  /** `dst = ` the group at `address + offset`. */
  load(dst: Element, address: Operand, offset = 0): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], v128.load(address, offset + this.#lanes.offset(h, j))));
  }

  /** `dst = ` the one element of 40 bytes at `address + offset`, in all lanes. */
  loadSplat(dst: Element, address: Operand, offset = 0): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], v128.load64_splat(address, offset + 8 * j)));
  }

  /** `dst = source`, whatever it is. */
  loadSource(dst: Element, source: Source): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], this.#limb(source, h, j)));
  }

  store(address: Operand, src: Element, offset = 0): Code {
    return this.#eachLimb((h, j) => v128.store(address, src[h][j], offset + this.#lanes.offset(h, j)));
  }

  zero(dst: Element): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], this.#constant(0, h)));
  }

  copy(dst: Element, src: Element): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], src[h][j]));
  }

  /** Limb by limb: bounds add. */
  add(dst: Element, a: Source, b: Source): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], f64x2.add(this.#limb(a, h, j), this.#limb(b, h, j))));
  }

  /** Limb by limb: bounds add. */
  sub(dst: Element, a: Source, b: Source): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], f64x2.sub(this.#limb(a, h, j), this.#limb(b, h, j))));
  }

  neg(dst: Element, a: Source): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], f64x2.neg(this.#limb(a, h, j))));
  }

  /** `dst = mask ? −dst : dst`; `mask(h)` is all ones or all zeros in each lane. */
  negateWhere(dst: Element, mask: (h: number) => Operand): Code {
    return this.#eachLimb((h, j) =>
      set(dst[h][j], v128.xor(dst[h][j], v128.and(mask(h), this.#constant(-0, h)))),
    );
  }

  /** Carries between limbs only: `|x_j| ≤ 2^53` to `|x_j| ≤ 2^50` for j < 4; the value stays. */
  carry(fn: FunctionBuilder, dst: Element): Code {
    const { h: carry } = this.#temps(fn);
    return Array.from({ length: LIMBS - 1 }, (_, j) => [
      this.#each((h) => set(carry[h], this.#roundScaled(dst[h][j], 2 ** -BITS, h))),
      this.#each((h) => set(dst[h][j], this.#subtractProduct(dst[h][j], carry[h], 2 ** BITS, h))),
      this.#each((h) => set(dst[h][j + 1], f64x2.add(dst[h][j + 1], carry[h]))),
    ]);
  }

  /**
   * Subtracts the nearest multiple `c·p` and carries: `|x_j| ≤ 2^52` and `|x| ≤ 7·p` to `|x_j| ≤ 2^50` (j < 4),
   * `|x| ≤ 0.501·p`. The multiple is estimated from the top limb; the others are below 2^-45·p together. All steps are
   * exact: `|c| ≤ 7` and `|p_j| ≤ 0.55·2^50` (j < 4), so `|x_j − c·p_j| < 2^53`; `|x_4| ≤ 7·0.757·2^50 + 1`.
   */
  normalise(fn: FunctionBuilder, dst: Element): Code {
    const { y: q } = this.#temps(fn);
    const inverse = 2 ** 204 / Number(this.modulus);
    return [
      this.#each((h) => set(q[h], this.#roundScaled(dst[h][LIMBS - 1], inverse, h))),
      this.#eachLimb((h, j) => set(dst[h][j], this.#subtractProduct(dst[h][j], q[h], this.#p[j], h))),
      this.carry(fn, dst),
    ];
  }

  /** The integer nearest to `value·scale`, for results below 2^51. */
  #roundScaled(value: Local, scale: number, h: number): Code {
    const magic = this.#constant(LOW, h);
    const factor = this.#constant(scale, h);
    const sum = this.#fma
      ? f64x2.relaxed_madd(value, factor, magic)
      : f64x2.add(f64x2.mul(value, factor), magic);
    return f64x2.sub(sum, magic);
  }

  /** `value − a·b`; exact either way, since all are integers below 2^53. */
  #subtractProduct(value: Local, a: Local, b: number, h: number): Code {
    const factor = this.#constant(b, h);
    return this.#fma ? f64x2.relaxed_nmadd(a, factor, value) : f64x2.sub(value, f64x2.mul(a, factor));
  }

  /**
   * `dst = x·y·R^-1` (Montgomery product). `dst` may be `x` or `y`. See the file's head for bounds.
   * With `xLimbs = n < 5` only the low n limbs of `x` exist and the result is `x·y·2^(−51n)`.
   */
  mul(fn: FunctionBuilder, dst: Element, x: Source, y: Source, xLimbs: number = LIMBS): Code {
    return this.#emit([this.#products.sum(this.#temps(fn), dst, [{ x, y }], xLimbs)]);
  }

  /**
   * `dst = Σ ±x·y·R^-1` over at most four terms, with one reduction for all. Each product must be exact as for `mul`, and
   * the result within 2.6·p: `|Σ x·y|/(2.645·p) + 0.627·p`. Factors in memory are read limb by limb.
   */
  mulSum(fn: FunctionBuilder, dst: Element, terms: readonly Term[]): Code {
    return this.#emit([this.#products.sum(this.#temps(fn), dst, terms)]);
  }

  /** `dst = x²·R^-1`; 15 products instead of 25. `dst` may be `x`. `|x_j| ≤ 2^50.5`. */
  square(fn: FunctionBuilder, dst: Element, x: Source): Code {
    return this.#emit([this.#products.square(this.#temps(fn), dst, x)]);
  }

  /**
   * Products that do not depend on one another, side by side: a product alone waits for its own digits. Results are written
   * after all factors are read.
   */
  mulEach(
    fn: FunctionBuilder,
    products: readonly { readonly dst: Element; readonly x: Source; readonly y: Source }[],
  ): Code {
    return this.#emit(
      products.map(({ dst, x, y }, i) => this.#products.sum(this.#temps(fn, i), dst, [{ x, y }])),
    );
  }

  /** Squares likewise. */
  squareEach(fn: FunctionBuilder, squares: readonly { readonly dst: Element; readonly x: Source }[]): Code {
    return this.#emit(squares.map(({ dst, x }, i) => this.#products.square(this.#temps(fn, i), dst, x)));
  }

  /**
   * Leaves Montgomery form: `dst = x·R^-1` for `|x_j| ≤ 2^51`. `|dst| ≤ 0.63·p + 1`, so one conditional addition of p
   * makes it canonical. `dst` may be `x`.
   */
  reduce(fn: FunctionBuilder, dst: Element, x: Source): Code {
    return this.#emit([this.#products.reduce(this.#temps(fn), dst, x)]);
  }

  /** Each product is one step behind the one before, so that their waits do not coincide. */
  #emit(products: readonly ProductCode[]): Code {
    const code: Code[] = [];
    const steps = Math.max(...products.map((p, i) => p.steps.length + i));
    for (let s = 0; s < steps; s++) code.push(products.map((p, i) => p.steps[s - i] ?? []));
    return [code, products.map((p) => p.result)];
  }
}
