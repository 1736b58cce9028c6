/** Queries in SMT-LIB over bit-vectors, and z3 (the wasm build of the package z3-solver) to answer them. */
import { setTimeout } from 'node:timers/promises';
import { init, Z3_lbool } from 'z3-solver';
import { intervalOf, type Monomial, magnitude, type Polynomial } from './polynomial.ts';
import { inputName, type Row } from './row.ts';

export type Verdict = 'sat' | 'unsat' | 'unknown';

export interface Answer {
  readonly verdict: Verdict;
  /** Values of the declared constants where the verdict is `sat`; the solver's words where it is `unknown`. */
  readonly model: string;
  readonly ms: number;
}

/** Whoever answers queries. */
export interface Answerer {
  /**
   * Whether the assertions of `script` (declarations and assertions in SMT-LIB, an assertion begins a line) can hold
   * together. `effort` bounds the work in z3's own unit, which is the same on every machine.
   */
  check(script: string, effort: number, logic?: string): Promise<Answer>;
}

type Z3 = Awaited<ReturnType<typeof init>>;

export class Solver implements Answerer, AsyncDisposable {
  readonly #z3: Z3;

  private constructor(z3: Z3) {
    this.#z3 = z3;
  }

  static async start(): Promise<Solver> {
    return new Solver(await init());
  }

  async check(script: string, effort: number, logic = 'QF_BV'): Promise<Answer> {
    const { Z3 } = this.#z3;
    const started = performance.now();
    const config = Z3.mk_config();
    const context = Z3.mk_context(config);
    Z3.del_config(config);
    try {
      const solver = Z3.mk_solver_for_logic(context, Z3.mk_string_symbol(context, logic));
      Z3.solver_inc_ref(context, solver);
      const params = Z3.mk_params(context);
      Z3.params_inc_ref(context, params);
      Z3.params_set_uint(context, params, Z3.mk_string_symbol(context, 'rlimit'), effort);
      Z3.solver_set_params(context, solver, params);
      // Not eval_smtlib2_string: it hands its text to another thread and frees it before that thread has read it.
      Z3.solver_from_string(context, solver, script);
      const read = Z3.ast_vector_size(context, Z3.solver_get_assertions(context, solver));
      const written = script.split('\n(assert').length - 1;
      if (read !== written) throw new Error(`z3 read ${read} of ${written} assertions:\n${script}`);
      const verdict = VERDICTS.get(await Z3.solver_check(context, solver)) ?? 'unknown';
      let model = '';
      if (verdict === 'sat') model = Z3.model_to_string(context, Z3.solver_get_model(context, solver));
      if (verdict === 'unknown') model = Z3.solver_get_reason_unknown(context, solver);
      return { verdict, model: model.trim(), ms: performance.now() - started };
    } finally {
      Z3.del_context(context);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { PThread } = this.#z3.em;
    // The thread of the last query has answered, and says so on stderr if it is ended before it has ended itself.
    for (let left = 50; PThread.runningWorkers.length > 0 && left > 0; left--) await setTimeout(10);
    // The threads of the wasm build would keep the process alive.
    PThread.terminateAllThreads();
  }
}

const VERDICTS: ReadonlyMap<Z3_lbool, Verdict> = new Map([
  [Z3_lbool.Z3_L_TRUE, 'sat'],
  [Z3_lbool.Z3_L_FALSE, 'unsat'],
  [Z3_lbool.Z3_L_UNDEF, 'unknown'],
]);

/** An unsigned number of `width` bits as SMT-LIB text. */
export interface Word {
  readonly text: string;
  readonly width: number;
}

export const literal = (value: bigint | number, width: number): Word => ({
  text: `(_ bv${BigInt.asUintN(width, BigInt(value))} ${width})`,
  width,
});

export function extend(word: Word, width: number): Word {
  if (word.width > width) throw new RangeError(`${word.width} bits do not fit into ${width}`);
  return word.width === width
    ? word
    : { text: `((_ zero_extend ${width - word.width}) ${word.text})`, width };
}

/** How a row's product of two unknown words goes to the solver. */
export interface Product {
  /** `product = factor·multiplier`, of the width of the encoding. */
  readonly factor: Word;
  readonly multiplier: Word;
  readonly product: Word;
}

export interface EncodeOptions {
  /** Multiply bit by bit instead of taking any number in range for a product. For small operands. */
  readonly multiply?: boolean;
}

/**
 * A row in SMT-LIB. Every equation is evaluated modulo `2^width`, of which each side's largest absolute value is less
 * than a quarter, so it holds there if and only if it holds over the integers.
 */
export class Encoding {
  readonly row: Row;
  readonly width: number;
  readonly lines: string[] = [];
  product: Product | undefined;
  readonly #isBit: (name: string) => boolean;
  /** Whether products are multiplied out. */
  readonly multiplies: boolean;
  readonly #most: (name: string) => bigint | undefined;

  constructor(row: Row, outputs: readonly Polynomial[], options: EncodeOptions = {}) {
    this.row = row;
    this.multiplies = options.multiply ?? false;
    this.#most = (name) => row.most.get(name);
    this.#isBit = (name) => row.most.get(name) === 1n;
    const polynomials = [...row.equations.map(({ polynomial }) => polynomial), ...outputs];
    const sizes = polynomials.map((polynomial) => {
      const interval = intervalOf(polynomial, this.#most);
      if (interval === undefined) throw new Error('an output depends on a cell that nothing bounds');
      return magnitude(interval).toString(2).length;
    });
    this.width = Math.max(72, ...sizes.map((size) => size + 2));
    for (const [name, most] of row.most) this.#declare(name, most);
    this.#declareProduct(polynomials);
    for (const [x, y, and] of row.conjunctions)
      this.assert(`(= ${quoted(and)} (bvand ${quoted(x)} ${quoted(y)}))`);
    for (const { name, polynomial } of row.equations) {
      this.lines.push(`; ${name}`);
      const [positive, negative] = this.#sides(polynomial);
      this.assert(`(= ${positive} ${negative})`);
    }
    this.#chainAccesses();
  }

  /** An access finds what the last one before it left that named the same cell; if none did, any value. */
  #chainAccesses(): void {
    const earlier: { readonly key: string; readonly after: string }[] = [];
    for (const [access, { after }] of this.row.cells) {
      const key = this.input(`key${access}`).text;
      const old = extend(this.input(`old${access}`), this.width).text;
      let others: string[] = [];
      for (const one of earlier.toReversed()) {
        const isLast = [`(= ${key} ${one.key})`, ...others].join(' ');
        this.assert(`(=> (and ${isLast} true) (= ${old} ${one.after}))`);
        others = [...others, `(not (= ${key} ${one.key}))`];
      }
      earlier.push({ key, after: this.value(after).text });
    }
  }

  assert(condition: string): void {
    this.lines.push(`(assert ${condition})`);
  }

  /** A new unknown of that many bits. */
  declare(name: string, width: number): Word {
    this.lines.push(`(declare-const ${quoted(name)} (_ BitVec ${width}))`);
    return { text: quoted(name), width };
  }

  #declare(name: string, most: bigint): void {
    const { text, width } = this.declare(name, most.toString(2).length);
    if (most !== (1n << BigInt(width)) - 1n) this.assert(`(bvule ${text} ${literal(most, width).text})`);
  }

  /** An input of the row, in its own width. */
  input(name: string): Word {
    const variable = inputName(name);
    const pin = this.row.pins[name];
    return pin === undefined ? this.word(variable) : literal(pin, this.#widthOf(variable));
  }

  /**
   * What the cell of an access holds before the row: what the access finds, unless an earlier one of the row has it. Of the access's
   * own width.
   */
  before(access: string): Word {
    const names = [...this.row.cells.keys()];
    const key = this.input(`key${access}`).text;
    const own = this.input(`old${access}`);
    // The first access of a cell finds what it holds, so the earliest with this key decides.
    return names.slice(0, names.indexOf(access)).reduceRight((value, earlier): Word => {
      const old = this.input(`old${earlier}`);
      const same =
        old.width > own.width ? `((_ extract ${own.width - 1} 0) ${old.text})` : extend(old, own.width).text;
      const isSame = `(= ${key} ${this.input(`key${earlier}`).text})`;
      return { text: `(ite ${isSame} ${same} ${value.text})`, width: own.width };
    }, own);
  }

  /** An input or a cell that is a variable of the row, in its own width. */
  word(name: string): Word {
    return { text: quoted(name), width: this.#widthOf(name) };
  }

  #widthOf(name: string): number {
    const most = this.#most(name);
    if (most === undefined) throw new Error(`no variable ${name} in this row`);
    return most.toString(2).length;
  }

  /** The words of a monomial that has more than one, bits left out. */
  #words(variables: readonly string[]): string[] {
    return variables.filter((name) => !this.#isBit(name));
  }

  /**
   * Monomials of two words share one word, the multiplier; the sum of what it is multiplied with (one sum a row) is the
   * factor. The product is any number up to the largest one, which is more than there is.
   */
  #declareProduct(polynomials: readonly Polynomial[]): void {
    const pairs = polynomials.map((polynomial) =>
      [...polynomial.values()].filter((m) => this.#words(m.variables).length > 1),
    );
    const all = pairs.flat();
    if (all.length === 0) return;
    const shared = this.#words(all[0]!.variables).filter((name) =>
      all.every((m) => m.variables.includes(name)),
    );
    const multiplier = shared.find((name) => [inputName('oldC'), inputName('c')].includes(name)) ?? shared[0];
    const withProducts = pairs.filter((some) => some.length > 0);
    if (multiplier === undefined || withProducts.length !== 1 || all.some((m) => m.variables.length !== 2)) {
      throw new Error('more than one product in a row');
    }
    const sign = all.every((m) => m.coefficient < 0n) ? -1n : 1n;
    const factor: Polynomial = new Map(
      all.map(({ variables, coefficient }) => {
        const other = variables[0] === multiplier ? variables[1]! : variables[0]!;
        return [other, { variables: [other], coefficient: sign * coefficient }];
      }),
    );
    const bound = intervalOf(factor, this.#most)!;
    if (bound.lo !== 0n) throw new Error('a factor may be negative');
    const largest = bound.hi * this.#most(multiplier)!;
    const parts = { factor: this.value(factor), multiplier: extend(this.word(multiplier), this.width) };
    if (this.multiplies) {
      const text = `(bvmul ${parts.factor.text} ${parts.multiplier.text})`;
      this.product = { ...parts, product: { text, width: this.width } };
    } else {
      const product = this.declare('product', largest.toString(2).length);
      this.assert(`(bvule ${product.text} ${literal(largest, product.width).text})`);
      this.product = { ...parts, product: extend(product, this.width) };
    }
  }

  /** A polynomial modulo `2^width`. */
  value(polynomial: Polynomial): Word {
    const [positive, negative] = this.#sides(polynomial);
    return {
      text: negative === this.#zero ? positive : `(bvsub ${positive} ${negative})`,
      width: this.width,
    };
  }

  get #zero(): string {
    return literal(0n, this.width).text;
  }

  /** What is added and what is subtracted, both as sums of non-negative numbers. */
  #sides(polynomial: Polynomial): [string, string] {
    /** By sign and by the bits that the term is multiplied with. */
    const groups = new Map<string, { sign: bigint; bits: readonly string[]; terms: Monomial[] }>();
    for (const monomial of polynomial.values()) {
      const bits = monomial.variables.filter((name) => this.#isBit(name));
      const sign = monomial.coefficient > 0n ? 1n : -1n;
      const key = `${sign} ${bits.join(' ')}`;
      const group = groups.get(key) ?? { sign, bits, terms: [] };
      group.terms.push(monomial);
      groups.set(key, group);
    }
    const side = (wanted: bigint): string => {
      const sums = [...groups.values()]
        .filter(({ sign }) => sign === wanted)
        .map(({ bits, terms }) => {
          const total = this.#sum(terms);
          const holds = bits.map((bit) => `(= ${quoted(bit)} #b1)`).join(' ');
          return bits.length === 0 ? total : `(ite (and ${holds} true) ${total} ${this.#zero})`;
        });
      return sums.length === 0 ? this.#zero : sums.length === 1 ? sums[0]! : `(bvadd ${sums.join(' ')})`;
    };
    return [side(1n), side(-1n)];
  }

  /**
   * `Σ |coefficient|·word`, bits aside. Words whose weights are powers of two and keep them apart are one concatenation:
   * the same number, said in a way that bit-vector solvers see through.
   */
  #sum(terms: readonly Monomial[]): string {
    const placed: { shift: number; word: Word }[] = [];
    const added: string[] = [];
    let hasProduct = false;
    for (const { variables, coefficient } of terms) {
      const weight = coefficient < 0n ? -coefficient : coefficient;
      const words = this.#words(variables);
      const shift = weight.toString(2).length - 1;
      if (words.length > 1) hasProduct = true;
      else if (words.length === 0) added.push(literal(weight, this.width).text);
      else if (weight === 1n << BigInt(shift)) placed.push({ shift, word: this.word(words[0]!) });
      else {
        const word = extend(this.word(words[0]!), this.width).text;
        added.push(`(bvmul ${literal(weight, this.width).text} ${word})`);
      }
    }
    if (hasProduct) added.push(this.product!.product.text);
    placed.sort((a, b) => a.shift - b.shift);
    while (placed.length > 0) {
      const parts: string[] = [];
      let end = 0;
      for (const item of [...placed]) {
        if (item.shift < end) continue;
        if (item.shift > end) parts.unshift(literal(0n, item.shift - end).text);
        parts.unshift(item.word.text);
        end = item.shift + item.word.width;
        placed.splice(placed.indexOf(item), 1);
      }
      if (end < this.width) parts.unshift(literal(0n, this.width - end).text);
      added.push(parts.length === 1 ? parts[0]! : `(concat ${parts.join(' ')})`);
    }
    return added.length === 1 ? added[0]! : `(bvadd ${added.join(' ')})`;
  }
}

/** A name that is none of SMT-LIB's own. */
const quoted = (name: string): string => `|$${name}|`;
