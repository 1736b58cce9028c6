/**
 * How the quotient of a chip is computed: which constraints are evaluated on which coset, from which polynomials there.
 *
 * Constraints of degree e have a quotient of `e − 1` blocks of n coefficients, so `e − 1` cosets determine it. They are
 * classed by degree, and coset k sees the classes above k only. What these need of the columns there are their *factors*,
 * the linear forms that stand in products: where a class has fewer of them than columns, as products of folded tuples
 * have, the forms are transformed instead. A form is a polynomial like a column, made once from coefficients.
 */
import { degree, type Expression, mul, add as plus, sub } from '../../expr/expression.ts';
import { flatten } from '../../expr/flatten.ts';
import { ADD, type FlatProgram, MUL } from '../../expr/program.ts';
import type { Constraint, Expr } from '../declare/declare.ts';
import type { ChipLayout } from '../declare/layout.ts';

export interface CosetPlan {
  /** Degrees of the classes that are evaluated here, ascending: the outputs of the program. */
  readonly degrees: readonly number[];
  /** What is transformed, the program's column leaves: columns of the chip by number, forms behind them. */
  readonly inputs: readonly number[];
  /** Those of the forms that no later coset needs. */
  readonly last: readonly number[];
  readonly program: FlatProgram;
}

export interface QuotientPlan {
  /** Exponents of the powers of y that stand behind the chip's challenges as leaves of all programs here. */
  readonly powers: readonly number[];
  /** `Σ y^i·c_i` over the constraints of one degree, from the chip's columns; ascending by degree. */
  readonly classes: readonly { readonly degree: number; readonly program: FlatProgram }[];
  /** The forms from the chip's columns, whole and without their constant terms. */
  readonly forms: { readonly affine: FlatProgram; readonly linear: FlatProgram };
  /** Coset k, `1 ≤ k`, at place `k − 1`. */
  readonly cosets: readonly CosetPlan[];
}

const plans = new WeakMap<ChipLayout, QuotientPlan>();

/** Made once a layout. */
export function quotientPlan(chip: ChipLayout): QuotientPlan {
  let plan = plans.get(chip);
  if (plan === undefined) {
    plan = makePlan(chip);
    plans.set(chip, plan);
  }
  return plan;
}

function makePlan({ constraints, columns, program: whole }: ChipLayout): QuotientPlan {
  const powers: number[] = [];
  const power = (exponent: number): Expr => {
    if (exponent === 1) return { op: 'challenge', name: 'y' };
    if (!powers.includes(exponent)) powers.push(exponent);
    return { op: 'challenge', name: powerName(exponent) };
  };
  const degrees = constraints.map(({ expression }) => degree(expression));
  const present = [...new Set(degrees)].filter((e) => e > 0).sort((a, b) => a - b);
  const sums = present.map((e) =>
    combine(
      constraints.map((constraint, i) => (degrees[i] === e ? constraint : undefined)),
      power,
    ),
  );
  const challenges = [...whole.challenges, ...powers.map(powerName)];
  const ofColumns = { columns: columns.length, indexOf: columns.indexOf.bind(columns), challenges };
  const classes = sums.map((sum, i) => ({ degree: present[i]!, program: flatten([sum], ofColumns) }));

  const all = new Analysis(flatten(sums, ofColumns));
  const forms: number[] = [];
  const cosets: Omit<CosetPlan, 'last'>[] = [];
  for (let k = 1; k < (present.at(-1) ?? 0); k++) {
    const first = present.findIndex((e) => e > k);
    const outputs = all.program.outputs.slice(first);
    const chosen = all.inputs(outputs);
    for (const node of chosen) if (node >= columns.length && !forms.includes(node)) forms.push(node);
    const numberOf = (node: number): number =>
      node < columns.length ? node : columns.length + forms.indexOf(node);
    const inputs = chosen.map(numberOf);
    const program = flatten(
      outputs.map((node) => all.rebuild(node, chosen, numberOf)),
      { columns: inputs.length, indexOf: (input: number) => inputs.indexOf(input), challenges },
    );
    cosets.push({ degrees: present.slice(first), inputs, program });
  }
  const fromColumns = { columns: columns.length, indexOf: (column: number) => column, challenges };
  const affine = forms.map((node) => all.rebuild(node, [], (column) => column));
  return {
    powers,
    classes,
    forms: {
      affine: flatten(affine, fromColumns),
      linear: flatten(
        affine.map((form) => linearPart(form) ?? { op: 'constant', value: 0n }),
        fromColumns,
      ),
    },
    cosets: cosets.map((coset, k) => ({
      ...coset,
      last: coset.inputs.filter(
        (input) =>
          input >= columns.length && !cosets.slice(k + 1).some(({ inputs }) => inputs.includes(input)),
      ),
    })),
  };
}

const powerName = (exponent: number): string => `y^${exponent}`;

/** `Σ_i y^i·c_i` over the places that have a constraint, by Horner with the powers of y between them. */
function combine(constraints: readonly (Constraint | undefined)[], power: (exponent: number) => Expr): Expr {
  let sum: Expr | undefined;
  let gap = 0;
  for (const constraint of [...constraints].reverse()) {
    if (constraint !== undefined) {
      sum = sum === undefined ? constraint.expression : plus(mul(sum, power(gap)), constraint.expression);
      gap = 0;
    }
    gap++;
  }
  const left = gap - 1;
  return left === 0 ? sum! : mul(sum!, power(left));
}

/** What each node of a program is as a polynomial in columns, and the program's nodes as expressions. */
class Analysis {
  readonly program: FlatProgram;
  /** Degree in columns, and the columns as bits. */
  readonly #degree: number[];
  readonly #columns: bigint[];
  readonly #leaves: number;

  constructor(program: FlatProgram) {
    this.program = program;
    const { columns, challenges, constants, operations } = program;
    this.#leaves = columns + challenges.length + constants.length;
    this.#degree = Array.from({ length: this.#leaves }, (_, i) => (i < columns ? 1 : 0));
    this.#columns = Array.from({ length: this.#leaves }, (_, i) => (i < columns ? 1n << BigInt(i) : 0n));
    for (const [op, a, b] of operations) {
      const [da, db] = [this.#degree[a]!, this.#degree[b]!];
      this.#degree.push(op === MUL ? da + db : Math.max(da, db));
      this.#columns.push(this.#columns[a]! | this.#columns[b]!);
    }
  }

  /** The columns and forms, as nodes, from which the outputs can be computed without further columns. */
  inputs(outputs: readonly number[]): number[] {
    const factors = this.#factors(outputs);
    const isColumn = (node: number): boolean => node < this.program.columns;
    const columnsOf = (nodes: readonly number[]): bigint =>
      nodes.reduce((all, node) => all | this.#columns[node]!, 0n);
    let direct = columnsOf(factors.filter(isColumn));
    let forms = factors.filter((node) => !isColumn(node));
    const within = (node: number, columns: bigint): boolean => (this.#columns[node]! & ~columns) === 0n;
    // A form is computed on the coset where its columns are there anyway, or where those that lack are not more than
    // the forms they replace.
    for (;;) {
      const missing = forms.map((node) => this.#columns[node]! & ~direct);
      const best = [...new Set(missing)]
        .map((columns) => {
          const replaced = missing.filter((other) => (other & ~columns) === 0n).length;
          return { columns, gain: replaced - bitsOf(columns).length };
        })
        .reduce<{ columns: bigint; gain: number } | undefined>(
          (x, y) => (x === undefined || y.gain > x.gain ? y : x),
          undefined,
        );
      if (best === undefined || best.gain < 0) break;
      direct |= best.columns;
      forms = forms.filter((form) => !within(form, direct));
    }
    const every = bitsOf(columnsOf(factors));
    const mixed = [...bitsOf(direct), ...forms];
    return mixed.length < every.length ? mixed : every;
  }

  /** The node as an expression in which `inputs` are leaves, under the numbers that `numberOf` gives. */
  rebuild(node: number, inputs: readonly number[], numberOf: (input: number) => number): Expression<number> {
    const built = new Map<number, Expression<number>>();
    const visit = (at: number): Expression<number> => {
      const known = built.get(at);
      if (known !== undefined) return known;
      const e = this.#isLeaf(at, inputs)
        ? ({ op: 'column', column: numberOf(at) } as const)
        : this.#expression(at, visit);
      built.set(at, e);
      return e;
    };
    return visit(node);
  }

  #isLeaf(node: number, inputs: readonly number[]): boolean {
    return node < this.program.columns || inputs.includes(node);
  }

  #expression(node: number, visit: (operand: number) => Expression<number>): Expression<number> {
    const { columns, challenges, constants, operations } = this.program;
    if (node < columns + challenges.length) return { op: 'challenge', name: challenges[node - columns]! };
    if (node < this.#leaves) return { op: 'constant', value: constants[node - columns - challenges.length]! };
    const [op, a, b] = operations[node - this.#leaves]!;
    return { op: op === MUL ? 'mul' : op === ADD ? 'add' : 'sub', left: visit(a), right: visit(b) };
  }

  /** Nodes of degree 1 that operations of higher degree read, on the way to the outputs. */
  #factors(outputs: readonly number[]): number[] {
    const needed = new Set(outputs);
    const factors = new Set<number>(outputs.filter((node) => this.#degree[node] === 1));
    for (let i = this.program.operations.length - 1; i >= 0; i--) {
      const node = this.#leaves + i;
      if (!needed.has(node) || this.#degree[node]! < 2) continue;
      const [, a, b] = this.program.operations[i]!;
      for (const operand of [a, b]) {
        if (this.#degree[operand] === 1) factors.add(operand);
        else needed.add(operand);
      }
    }
    return [...factors].sort((a, b) => a - b);
  }
}

/** Places of the ones of a number, ascending. */
function bitsOf(mask: bigint): number[] {
  return mask
    .toString(2)
    .split('')
    .reverse()
    .flatMap((bit, i) => (bit === '1' ? [i] : []));
}

/** An expression of degree at most 1 less its constant term; undefined where nothing is left. */
function linearPart(e: Expression<number>): Expression<number> | undefined {
  if (e.op === 'column') return e;
  if (e.op === 'constant' || e.op === 'challenge') return undefined;
  const [left, right] = [linearPart(e.left), linearPart(e.right)];
  if (e.op === 'mul') {
    if (left !== undefined) return mul(left, e.right);
    return right === undefined ? undefined : mul(e.left, right);
  }
  if (right === undefined) return left;
  if (left === undefined) return e.op === 'add' ? right : sub(0n, right);
  return e.op === 'add' ? plus(left, right) : sub(left, right);
}
