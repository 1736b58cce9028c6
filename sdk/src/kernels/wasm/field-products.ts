/**
 * Products of limbs, summed in columns and reduced: the code behind `FieldEmitter.mul` and its kin (see `field-emitter.ts` for
 * the method and its bounds). A product is emitted as steps, so that several can go side by side.
 */
import { LIMB_BITS as BITS, LIMBS, signedLimbs } from '../../field/limbs.ts';
import { type Code, f64x2, i64x2, type Local, set, v128 } from './assembler.ts';
import type { Lanes } from './field-lanes.ts';
import type { Element, Source, Temporaries } from './field-registers.ts';
import {
  C1,
  C2,
  columnBiases,
  DIGIT,
  EXPONENT_52,
  LOW,
  LOW_BITS,
  MASK,
  negativeInverse,
  type ReductionPlan,
  reductionSteps,
  SCALE,
  SCALED_DIGIT,
  SCALED_MASK,
  SPLIT_MASK,
} from './reduction.ts';

/** A product being emitted: its steps in order, each with work that need not wait for the one before; then the result. */
export interface ProductCode {
  readonly steps: readonly Code[];
  readonly result: Code;
}

export interface Term {
  readonly x: Source;
  readonly y: Source;
  readonly negative?: boolean;
}

export class ProductEmitter {
  readonly #lanes: Lanes;
  readonly #fma: boolean;
  /** Limbs of p, and by number of columns n of `(k·p + 1)/2^(51n)`, `k = −1/p mod 2^(51n)`. */
  readonly #p: number[];
  readonly #multiples: readonly number[][];
  /** −1/p mod 2^51, centred. */
  readonly #k: bigint;

  constructor(modulus: bigint, lanes: Lanes, fma: boolean) {
    this.#lanes = lanes;
    this.#fma = fma;
    this.#k = negativeInverse(modulus, BITS);
    this.#p = signedLimbs(modulus).map(Number);
    this.#multiples = [0, 1, 2].map((n) => {
      const k = negativeInverse(modulus, BITS * n);
      return signedLimbs((k * modulus + 1n) >> BigInt(BITS * n)).map(Number);
    });
  }

  /** `dst = Σ ±x·y·2^(−51·xLimbs)`, of the low `xLimbs` limbs of x. */
  sum(temps: Temporaries, dst: Element, terms: readonly Term[], xLimbs: number = LIMBS): ProductCode {
    const { x: digit } = temps;
    const row = (i: number): Code =>
      terms.map(({ x, y, negative }) => [
        this.#each((h) => {
          const limb = this.#lanes.limb(x, h, i);
          return set(digit[h], negative ? f64x2.neg(limb) : limb);
        }),
        this.#products(temps, digit, i, (h, j) => this.#lanes.limb(y, h, j)),
      ]);
    return this.#montgomery(temps, dst, xLimbs, {
      row,
      columns: (i) => [i, i + LIMBS],
      times: terms.length,
    });
  }

  /** `dst = x²·R^-1`; 15 products instead of 25. */
  square(temps: Temporaries, dst: Element, x: Source): ProductCode {
    const { x: digit, twice } = temps;
    const limb = (h: number, j: number): Code => this.#lanes.limb(x, h, j);
    const row = (i: number): Code => [
      this.#each((h) => set(digit[h], limb(h, i))),
      this.#products(temps, digit, i, limb, i, i + 1),
      i + 1 === LIMBS
        ? []
        : [
            this.#each((h) => set(twice[h], f64x2.add(digit[h], digit[h]))),
            this.#products(temps, twice, i, limb, i + 1),
          ],
    ];
    return this.#montgomery(temps, dst, LIMBS, { row, columns: (i) => [2 * i, i + LIMBS] });
  }

  /** `dst = x·R^-1`. */
  reduce(temps: Temporaries, dst: Element, x: Source): ProductCode {
    const initial = (h: number, j: number): Code =>
      f64x2.add(this.#lanes.limb(x, h, j), this.#constant(LOW, h));
    return this.#montgomery(temps, dst, LIMBS, { initial });
  }

  #each(body: (h: number) => Code): Code {
    return this.#lanes.each(body);
  }

  #constant(value: number | bigint, h: number): Code {
    return this.#lanes.constant(value, h);
  }

  /**
   * Adds `factor·limb(j)` for `from ≤ j < to` to the columns: its low part to column `at + j`, its high part to the next. The
   * patterns added carry `LOW_BITS` and `HIGH_BITS`, which `#montgomery` has taken off beforehand.
   */
  #products(
    temps: Temporaries,
    factor: readonly Local[],
    at: number,
    limb: (h: number, j: number) => Code,
    from = 0,
    to: number = LIMBS,
  ): Code {
    const { split, y, part, columns, c1, c2, dekker } = temps;
    const accumulate = (j: number): Code =>
      this.#each((h) => set(columns[h][at + j], i64x2.add(columns[h][at + j], part[h])));
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
            set(columns[h][at + j + 1], i64x2.add(columns[h][at + j + 1], part[h])),
            // (product − rounded product) + its rounding error by Dekker, each step exact.
            set(part[h], f64x2.sub(product[h], f64x2.sub(part[h], c1[h]))),
            set(product[h], f64x2.sub(f64x2.mul(split[h], limbHigh[h]), product[h])),
            set(product[h], f64x2.add(product[h], f64x2.mul(split[h], limbLow[h]))),
            set(product[h], f64x2.add(product[h], f64x2.mul(low[h], limbHigh[h]))),
            set(product[h], f64x2.add(product[h], f64x2.mul(low[h], limbLow[h]))),
            set(part[h], f64x2.add(f64x2.add(part[h], product[h]), this.#constant(LOW, h))),
            set(columns[h][at + j], i64x2.add(columns[h][at + j], part[h])),
          ];
        }),
      ),
    ];
  }

  /**
   * Rows of products, and multiples of p that clear the low columns one after another; the columns left are carried into
   * `dst`. A row goes ahead of the multiple that does not need it, so that there is work while digits are waited for.
   */
  #montgomery(temps: Temporaries, dst: Element, rounds: number, plan: ReductionPlan): ProductCode {
    const { q, columns, c1, c2 } = temps;
    const bias = columnBiases(rounds, plan);
    const steps: Code[] = [];
    let code: Code[] = [
      this.#each((h) => [set(c1[h], this.#constant(C1, h)), set(c2[h], this.#constant(C2, h))]),
    ];
    const endStep = (): void => {
      steps.push(code);
      code = [];
    };
    let opened = 0;
    /** Gives columns below `to` what they start from. */
    const open = (to: number): void => {
      for (; opened < to; opened++) {
        const j = opened;
        code.push(
          this.#each((h) => {
            const start = this.#constant(bias[j], h);
            const { initial } = plan;
            return set(columns[h][j], initial && j < LIMBS ? i64x2.add(initial(h, j), start) : start);
          }),
        );
      }
    };
    let rows = 0;
    const addRows = (to: number): void => {
      for (; rows < Math.min(to, rounds); rows++) {
        open(rows + LIMBS + 1);
        code.push(plan.row?.(rows) ?? []);
      }
    };
    const carry = (column: number): Code =>
      this.#each((h) =>
        set(columns[h][column + 1], i64x2.add(columns[h][column + 1], i64x2.shr_u(columns[h][column], BITS))),
      );
    for (const { from, to } of reductionSteps(rounds)) {
      addRows(to);
      endStep();
      for (let d = from; d < to; d++) {
        code.push(
          this.#each((h) => set(q[d - from][h], this.#scaledDigit(columns[h][d], h))),
          carry(d),
        );
      }
      addRows(to + 1);
      open(2 * to - from + LIMBS);
      const limbs = this.#multiples[to - from];
      for (let d = from; d < to; d++) {
        const limb = (h: number, j: number): Code => this.#constant(limbs[j] * SCALE, h);
        code.push(this.#products(temps, q[d - from], to + d - from, limb));
      }
    }
    const last = rounds - 1;
    addRows(rounds);
    open(rounds + LIMBS);
    endStep();
    code.push(
      this.#quotient(temps, q[0], last),
      this.#products(temps, q[0], last, (h, j) => this.#constant(this.#p[j], h)),
    );
    for (let j = last; j < rounds + LIMBS - 1; j++) code.push(carry(j));
    endStep();
    const result = this.#lanes.eachLimb((h, j) => {
      const column = columns[h][rounds + j];
      if (j + 1 < LIMBS) return set(dst[h][j], this.#digit(column, h));
      return set(
        dst[h][j],
        f64x2.sub(i64x2.add(column, this.#constant(LOW_BITS, h)), this.#constant(LOW, h)),
      );
    });
    return { steps, result };
  }

  /** The signed low 51 bits of a biased column, as f64. */
  #digit(column: Local, h: number): Code {
    const bits = v128.or(v128.and(column, this.#constant(MASK, h)), this.#constant(EXPONENT_52, h));
    return f64x2.sub(bits, this.#constant(DIGIT, h));
  }

  /** The same, times 2^-51, of a column that carries 2^62. */
  #scaledDigit(column: Local, h: number): Code {
    return f64x2.sub(v128.and(column, this.#constant(SCALED_MASK, h)), this.#constant(SCALED_DIGIT, h));
  }

  /** The digit times −1/p mod 2^51, signed: the multiple of p that clears the column. */
  #quotient(temps: Temporaries, q: readonly Local[], column: number): Code {
    const { columns, part, y, c1, c2 } = temps;
    if (!this.#fma) {
      // q = (z·k) mod 2^51 with z the digit, in integers: (column − 2^50)·k + 2^50, masked, − 2^50.
      const rest = BigInt.asUintN(BITS, 2n ** 50n - 2n ** 50n * this.#k);
      return this.#each((h) => [
        set(part[h], i64x2.mul(columns[h][column], this.#constant(this.#k, h))),
        set(part[h], i64x2.add(part[h], this.#constant(rest, h))),
        set(q[h], this.#digit(part[h], h)),
      ]);
    }
    const k = Number(this.#k) * SCALE;
    return [
      this.#each((h) => set(y[h], this.#scaledDigit(columns[h][column], h))),
      this.#each((h) => set(part[h], f64x2.relaxed_madd(y[h], this.#constant(k, h), c1[h]))),
      this.#each((h) => set(part[h], f64x2.sub(c2[h], part[h]))),
      this.#each((h) =>
        set(q[h], f64x2.sub(f64x2.relaxed_madd(y[h], this.#constant(k, h), part[h]), this.#constant(LOW, h))),
      ),
    ];
  }
}
