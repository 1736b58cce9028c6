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
 *  - Rounds 0–3 of the reduction add `q·k·p` with `k ≡ −1/p (mod 2^51)`, so that the digit q is the low limb itself
 *    (signed, `|q| ≤ 2^50`) and `q + q·k·p ≡ 0`; what remains is `q·m`, `m = (k·p + 1)/2^51`. They contribute
 *    `|k|·p/2^52·(1 + 2^-51 + …)`. Round 4 adds `q·p`, `|q| ≤ 2^50`: `p/2`. For both moduli `1/2 + |k|/2^52 < 0.627`,
 *    and `R/p = 2.645`, so `|x·y·R^-1| ≤ (|x/p|·|y/p|/2.645 + 0.627)·p`: 1.62·p is a fixed point, and the result's
 *    limbs below the top are in `[−2^50, 2^50)`.
 *  - Sums and differences are taken limb by limb without carry. `normalise` brings `|x_j| ≤ 2^52`, `|x| ≤ 7·p`
 *    back to limbs ≤ 2^50 and `|x| ≤ 0.501·p`.
 */
import { LIMB_BITS as BITS, LIMBS, signedLimbs } from '../../field/limbs.ts';
import { type Code, f64x2, get, i64x2, type Local, type Operand, set, v128 } from './assembler.ts';
import type { ConstantPool } from './constants.ts';
import { createTemporaries, type Element, type Source, type Temporaries } from './field-registers.ts';
import type { FunctionBuilder } from './module-builder.ts';
import {
  C1,
  C2,
  columnBiases,
  DIGIT,
  EXPONENT_52,
  inverseModPowerOfTwo,
  LOW,
  LOW_BITS,
  MASK,
  type ReductionPlan,
  SPLIT_MASK,
} from './reduction.ts';

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
  readonly #constants: ConstantPool;
  readonly #fma: boolean;
  /** Limbs of p and of m = (k·p + 1)/2^51. */
  readonly #p: number[];
  readonly #m: number[];
  /** −1/p mod 2^51, centred. */
  readonly #k: bigint;
  readonly #temporaries = new WeakMap<FunctionBuilder, Temporaries>();
  /** The half being emitted where `lanes` is 2. */
  #half = 0;

  constructor(options: FieldEmitterOptions) {
    this.modulus = options.modulus;
    this.lanes = options.lanes;
    this.#constants = options.constants;
    this.#fma = options.fma;
    this.#k = BigInt.asIntN(BITS, -inverseModPowerOfTwo(options.modulus));
    this.#p = signedLimbs(options.modulus).map(Number);
    this.#m = signedLimbs((this.#k * options.modulus + 1n) >> BigInt(BITS)).map(Number);
  }

  /** Number of halves handled together. */
  get #width(): number {
    return this.lanes / 2;
  }

  /** Byte offset of register half `h` within a limb of a group. */
  #offset(h: number): number {
    return 16 * (this.lanes === 2 ? this.#half : h);
  }

  /** A constant in all lanes. */
  constant(value: number | bigint): Code {
    return this.#constants.load(value, 0);
  }

  #constant(value: number | bigint, h: number): Code {
    return this.#constants.load(value, this.lanes === 2 ? 0 : h);
  }

  /** Registers of one element per lane. */
  element(fn: FunctionBuilder): Element {
    return Array.from({ length: this.#width }, () => fn.locals('v128', LIMBS));
  }

  /**
   * Code over a whole group: emitted once for four lanes, once per half for two. Only arithmetic and `load`/`store` of
   * this emitter belong inside; pointers must be advanced outside.
   */
  group(body: () => Code): Code {
    if (this.lanes === 4) return body();
    this.#half = 0;
    const first = body();
    this.#half = 1;
    const second = body();
    this.#half = 0;
    return [first, second];
  }

  /** For code of one's own inside `group`: `body(h, half)` with the register index and the half it stands for. */
  eachHalf(body: (h: number, half: number) => Code): Code {
    return this.#each((h) => body(h, this.lanes === 2 ? this.#half : h));
  }

  /** Emits `body(half registers, h)` for the halves handled together, interleaved step by step by the caller. */
  #each(body: (h: number) => Code): Code {
    return Array.from({ length: this.#width }, (_, h) => body(h));
  }

  #eachLimb(body: (h: number, j: number) => Code): Code {
    return Array.from({ length: LIMBS }, (_, j) => this.#each((h) => body(h, j)));
  }

  #temps(fn: FunctionBuilder): Temporaries {
    let temps = this.#temporaries.get(fn);
    if (temps === undefined) {
      temps = createTemporaries(fn, this.#width);
      this.#temporaries.set(fn, temps);
    }
    return temps;
  }

  /** `dst = ` the group at `address + offset`. */
  load(dst: Element, address: Operand, offset = 0): Code {
    return this.#eachLimb((h, j) => set(dst[h][j], v128.load(address, offset + 32 * j + this.#offset(h))));
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
    return this.#eachLimb((h, j) => v128.store(address, src[h][j], offset + 32 * j + this.#offset(h)));
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

  #limb(source: Source, h: number, j: number): Code {
    if ('group' in source) return v128.load(source.group, (source.offset ?? 0) + 32 * j + this.#offset(h));
    if ('splat' in source) return v128.load64_splat(source.splat, (source.offset ?? 0) + 8 * j);
    return get(source[h][j]);
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
    const { q } = this.#temps(fn);
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
  mul(fn: FunctionBuilder, dst: Element, x: Source, y: Element, xLimbs: number = LIMBS): Code {
    const { x: digit } = this.#temps(fn);
    const row = (i: number): Code => [
      this.#each((h) => set(digit[h], this.#limb(x, h, i))),
      this.#products(fn, digit, 0, (h, j) => get(y[h][j])),
    ];
    return this.#montgomery(fn, dst, xLimbs, { row, columns: (i) => [i, i + LIMBS] });
  }

  /**
   * `dst = Σ ±x·y·R^-1` over at most four terms, with one reduction for all. Each product must be exact as for `mul`, and
   * the result within 2.6·p: `|Σ x·y|/(2.645·p) + 0.627·p`. Factors in memory are read limb by limb.
   */
  mulSum(
    fn: FunctionBuilder,
    dst: Element,
    terms: readonly { readonly x: Source; readonly y: Source; readonly negative: boolean }[],
  ): Code {
    const { x: digit } = this.#temps(fn);
    const row = (i: number): Code =>
      terms.map(({ x, y, negative }) => [
        this.#each((h) => {
          const limb = this.#limb(x, h, i);
          return set(digit[h], negative ? f64x2.neg(limb) : limb);
        }),
        this.#products(fn, digit, 0, (h, j) => this.#limb(y, h, j)),
      ]);
    return this.#montgomery(fn, dst, LIMBS, { row, columns: (i) => [i, i + LIMBS], times: terms.length });
  }

  /** `dst = x²·R^-1`; 15 products instead of 25. `dst` may be `x`. `|x_j| ≤ 2^50.5`. */
  square(fn: FunctionBuilder, dst: Element, x: Element): Code {
    const { x: digit, q: twice } = this.#temps(fn);
    const row = (i: number): Code => [
      this.#each((h) => set(digit[h], x[h][i])),
      this.#products(fn, digit, i, (h, j) => get(x[h][j]), i + 1),
      i + 1 === LIMBS
        ? []
        : [
            this.#each((h) => set(twice[h], f64x2.add(digit[h], digit[h]))),
            this.#products(fn, twice, i + 1, (h, j) => get(x[h][j])),
          ],
    ];
    return this.#montgomery(fn, dst, LIMBS, { row, columns: (i) => [2 * i, i + LIMBS] });
  }

  /**
   * Leaves Montgomery form: `dst = x·R^-1` for `|x_j| ≤ 2^51`. `|dst| ≤ 0.63·p + 1`, so one conditional addition of p
   * makes it canonical. `dst` may be `x`.
   */
  reduce(fn: FunctionBuilder, dst: Element, x: Source): Code {
    const initial = (h: number, j: number): Code => f64x2.add(this.#limb(x, h, j), this.#constant(LOW, h));
    return this.#montgomery(fn, dst, LIMBS, { initial });
  }

  /**
   * Adds `factor·limb(j)` for `from ≤ j < to` to the columns: its low part to column j, its high part to j + 1. The
   * patterns added carry `LOW_BITS` and `HIGH_BITS`, which `#montgomery` has taken off beforehand.
   */
  #products(
    fn: FunctionBuilder,
    factor: readonly Local[],
    from: number,
    limb: (h: number, j: number) => Code,
    to: number = LIMBS,
  ): Code {
    const { split, y, part, columns, c1, c2, dekker } = this.#temps(fn);
    const accumulate = (j: number): Code =>
      this.#each((h) => set(columns[h][j], i64x2.add(columns[h][j], part[h])));
    const range = Array.from({ length: to - from }, (_, n) => from + n);
    if (this.#fma) {
      return range.map((j) => [
        this.#each((h) => set(y[h], limb(h, j))),
        this.#each((h) => set(part[h], f64x2.relaxed_madd(factor[h], y[h], c1[h]))),
        accumulate(j + 1),
        this.#each((h) => set(part[h], f64x2.sub(c2[h], part[h]))),
        this.#each((h) => set(part[h], f64x2.relaxed_madd(factor[h], y[h], part[h]))),
        accumulate(j),
      ]);
    }
    const keepHigh = (value: Local, h: number): Code => v128.and(value, this.#constant(SPLIT_MASK, h));
    return [
      this.#each((h) => set(split[h], keepHigh(factor[h], h))),
      range.map((j) =>
        this.#each((h) => {
          const { low, limbHigh, limbLow, product } = dekker;
          return [
            set(y[h], limb(h, j)),
            set(low[h], f64x2.sub(factor[h], split[h])),
            set(limbHigh[h], keepHigh(y[h], h)),
            set(limbLow[h], f64x2.sub(y[h], limbHigh[h])),
            set(product[h], f64x2.mul(factor[h], y[h])),
            set(part[h], f64x2.add(product[h], c1[h])),
            set(columns[h][j + 1], i64x2.add(columns[h][j + 1], part[h])),
            // (product − rounded product) + its rounding error by Dekker, each step exact.
            set(part[h], f64x2.sub(product[h], f64x2.sub(part[h], c1[h]))),
            set(product[h], f64x2.sub(f64x2.mul(split[h], limbHigh[h]), product[h])),
            set(product[h], f64x2.add(product[h], f64x2.mul(split[h], limbLow[h]))),
            set(product[h], f64x2.add(product[h], f64x2.mul(low[h], limbHigh[h]))),
            set(product[h], f64x2.add(product[h], f64x2.mul(low[h], limbLow[h]))),
            set(part[h], f64x2.add(f64x2.add(part[h], product[h]), this.#constant(LOW, h))),
            set(columns[h][j], i64x2.add(columns[h][j], part[h])),
          ];
        }),
      ),
    ];
  }

  /** Rounds of product row and reduction; the columns left are carried into `dst`. */
  #montgomery(fn: FunctionBuilder, dst: Element, rounds: number, plan: ReductionPlan): Code {
    const { q, part, columns, c1, c2 } = this.#temps(fn);
    const bias = columnBiases(rounds, plan);
    const shift = (next?: bigint): Code => [
      this.#each((h) => set(columns[h][0], i64x2.add(columns[h][1], i64x2.shr_u(columns[h][0], BITS)))),
      Array.from({ length: LIMBS - 1 }, (_, j) =>
        this.#each((h) => set(columns[h][j + 1], columns[h][j + 2])),
      ),
      next === undefined ? [] : this.#each((h) => set(columns[h][LIMBS], this.#constant(next, h))),
    ];
    const code: Code[] = [
      this.#each((h) => [set(c1[h], this.#constant(C1, h)), set(c2[h], this.#constant(C2, h))]),
      Array.from({ length: LIMBS + 1 }, (_, j) =>
        this.#each((h) => {
          const start = this.#constant(bias[j], h);
          const { initial } = plan;
          return set(columns[h][j], initial && j < LIMBS ? i64x2.add(initial(h, j), start) : start);
        }),
      ),
    ];
    for (let i = 0; i < rounds; i++) {
      code.push(plan.row?.(i) ?? []);
      if (i + 1 < rounds) {
        code.push(
          this.#each((h) => set(q[h], this.#digit(columns[h][0], h))),
          shift(bias[LIMBS + 1 + i]),
          this.#products(fn, q, 0, (h, j) => this.#constant(this.#m[j], h)),
        );
      } else {
        code.push(
          this.#quotient(fn, q, part),
          this.#products(fn, q, 0, (h, j) => this.#constant(this.#p[j], h)),
          shift(),
        );
      }
    }
    for (let j = 0; j < LIMBS - 1; j++) {
      code.push(
        this.#each((h) =>
          set(columns[h][j + 1], i64x2.add(columns[h][j + 1], i64x2.shr_u(columns[h][j], BITS))),
        ),
      );
    }
    for (let j = 0; j < LIMBS - 1; j++) {
      code.push(this.#each((h) => set(dst[h][j], this.#digit(columns[h][j], h))));
    }
    const top = LIMBS - 1;
    code.push(
      this.#each((h) =>
        set(
          dst[h][top],
          f64x2.sub(i64x2.add(columns[h][top], this.#constant(LOW_BITS, h)), this.#constant(LOW, h)),
        ),
      ),
    );
    return code;
  }

  /** The signed low 51 bits of a biased column, as f64. */
  #digit(column: Local, h: number): Code {
    const bits = v128.or(v128.and(column, this.#constant(MASK, h)), this.#constant(EXPONENT_52, h));
    return f64x2.sub(bits, this.#constant(DIGIT, h));
  }

  /** The digit times −1/p mod 2^51, signed: the multiple of p that clears the column. */
  #quotient(fn: FunctionBuilder, q: readonly Local[], part: readonly Local[]): Code {
    const { columns, y, c1, c2 } = this.#temps(fn);
    if (!this.#fma) {
      // q = (z·k) mod 2^51 with z the digit, in integers: (column − 2^50)·k + 2^50, masked, − 2^50.
      const rest = BigInt.asUintN(BITS, 2n ** 50n - 2n ** 50n * this.#k);
      return this.#each((h) => [
        set(part[h], i64x2.mul(columns[h][0], this.#constant(this.#k, h))),
        set(part[h], i64x2.add(part[h], this.#constant(rest, h))),
        set(q[h], this.#digit(part[h], h)),
      ]);
    }
    const k = Number(this.#k);
    return [
      this.#each((h) => set(y[h], this.#digit(columns[h][0], h))),
      this.#each((h) => set(part[h], f64x2.relaxed_madd(y[h], this.#constant(k, h), c1[h]))),
      this.#each((h) => set(part[h], f64x2.sub(c2[h], part[h]))),
      this.#each((h) =>
        set(q[h], f64x2.sub(f64x2.relaxed_madd(y[h], this.#constant(k, h), part[h]), this.#constant(LOW, h))),
      ),
    ];
  }
}
