/**
 * That a row of the recursion machine shows its relation over the integers (`recursion/relation.ts`), of the declared constraints of both layouts: what bounds each cell is taken from its look-ups, the
 * three equations modulo r are polynomials with centred coefficients, and a solver is asked whether one of them can hold modulo r and not over the integers, and whether together they can hold
 * where `L − q·p` is not 0. A monomial is any integer within the product of its bounds, which is more than there is.
 */
import { FQ_MODULUS } from '../../../sdk/src/field/field.ts';
import type { Chip, Interaction } from '../../../sdk/src/plonk/declare/declare.ts';
import { ARGUMENT, ARGUMENTS, AT, NARROW } from '../../../sdk/src/recursion/narrow/chip.ts';
import { RANGE16, WORDS } from '../../../sdk/src/recursion/parts/tags.ts';
import {
  CARRY_LIMBS,
  CARRY_LIMBS_OFFSET,
  CARRY_OFFSET,
  CARRY_SHIFT,
  MOST_COEFFICIENTS,
  QUOTIENT_OFFSET,
} from '../../../sdk/src/recursion/relation.ts';
import { VALUES, VALUES_AT, VALUES_FIXED } from '../../../sdk/src/recursion/wide/chips.ts';
import {
  asConstant,
  asVariable,
  centred,
  intervalOf,
  type Monomial,
  minus,
  type Polynomial,
  plus,
  polynomialOf,
  R,
  scaled,
  times,
  variable,
} from './polynomial.ts';
import type { Answerer } from './solver.ts';

const LIMB = (1n << 16n) - 1n;

export interface Form {
  readonly square: boolean;
  readonly guard: boolean;
  readonly e1: number;
  readonly e2: number;
  /** Whether a digit negates E1. */
  readonly negated: boolean;
}

/**
 * All there are, by their extremes: bounds are linear in `|e1|` and `|e2|`, so what holds where one of them is as large as it may be holds in between.
 */
export const FORMS: readonly Form[] = [false, true].flatMap((square) =>
  [false, true].flatMap((guard) => {
    const most = MOST_COEFFICIENTS - (square && guard ? 2 : 0);
    const ends = [
      [most, 0],
      [-most, 0],
      [0, most],
      [0, -most],
    ] as const;
    return ends.flatMap(([e1, e2]) =>
      [false, ...(guard ? [true] : [])].map((negated) => ({ square, guard, e1, e2, negated })),
    );
  }),
);

export interface Layout {
  readonly name: string;
  readonly chip: Chip;
  /** Fixed columns of a row of that form; sign too. */
  readonly pins: (form: Form) => ReadonlyMap<string, bigint>;
  /** Fixed columns of a row that writes a value; those of one that writes what quotient and carries are read from, where rows have them. */
  readonly value: ReadonlyMap<string, bigint>;
  readonly long?: ReadonlyMap<string, bigint>;
  /** Words of the operands by name, of the quotient, and the carries as integers. */
  readonly words: (name: 'A' | 'B' | 'C' | 'E1' | 'E2') => readonly string[];
  readonly quotient: readonly Polynomial[];
  readonly carries: readonly [Polynomial, Polynomial];
}

const noBit = (): boolean => false;
const bit = (value: boolean): bigint => (value ? 1n : 0n);
const zeros = (names: readonly string[]): [string, bigint][] => names.map((name) => [name, 0n]);
const sumOf = (parts: readonly Polynomial[], bits: number): Polynomial =>
  parts.reduce((sum, part, i) => plus(sum, scaled(part, 1n << BigInt(bits * i))), new Map() as Polynomial);
const constant = (value: bigint): Polynomial => new Map([['', { variables: [], coefficient: value }]]);
const sign = ({ negated }: Form): bigint => bit(negated);

function narrow(): Layout {
  const cell = (at: number): string => `c${at}`;
  const four = (at: number): string[] => [0, 1, 2, 3].map((i) => cell(at + i));
  const fixed = zeros(NARROW.fixed.map(({ name }) => name));
  const argument = (at: number): string => `a${at}`;
  const { relation: arg, value } = ARGUMENT;
  const written = (short: bigint): Map<string, bigint> =>
    new Map([...fixed, ['value', 1n], [argument(value.short), short]]);
  const carry = (at: number): Polynomial =>
    minus(
      plus(variable(cell(at)), scaled(variable(cell(at + 1)), 1n << CARRY_SHIFT)),
      constant(CARRY_OFFSET),
    );
  if (ARGUMENTS !== 12) throw new RangeError('arguments of the narrow chip have changed');
  return {
    name: 'narrow',
    chip: NARROW,
    pins: (form) =>
      new Map([
        ...fixed,
        ['relation', 1n],
        ['guard', bit(form.guard)],
        [argument(arg.square), bit(form.square)],
        [argument(arg.e1), BigInt(form.e1)],
        [argument(arg.e2), BigInt(form.e2)],
        [cell(AT.relation.sign), sign(form)],
      ]),
    value: written(1n),
    long: written(0n),
    words: (name) => four(AT.relation[name]),
    quotient: four(AT.relation.quotient).map(variable),
    carries: [carry(AT.relation.carries), carry(AT.relation.carries + 2)],
  };
}

function wide(): Layout {
  const names = VALUES.main.map(({ name }) => name);
  const cells = (at: number, count: number): string[] => names.slice(at, at + count);
  const fixed = zeros(VALUES_FIXED);
  const limbs = cells(VALUES_AT.quotient, 16).map(variable);
  const carry = (i: number): Polynomial =>
    minus(
      sumOf(cells(VALUES_AT.carries + CARRY_LIMBS * i, CARRY_LIMBS).map(variable), 16),
      constant(CARRY_LIMBS_OFFSET),
    );
  return {
    name: 'wide',
    chip: VALUES,
    pins: (form) =>
      new Map([
        ...fixed,
        ['relation', 1n],
        ['guard', bit(form.guard)],
        ['square', bit(form.square)],
        ['e1', BigInt(form.e1)],
        ['e2', BigInt(form.e2)],
        [names[VALUES_AT.sign]!, sign(form)],
      ]),
    value: new Map([...fixed, ['value', 1n]]),
    words: (name) => cells(VALUES_AT[name], 4),
    quotient: [0, 1, 2, 3].map((i) => sumOf(limbs.slice(4 * i, 4 * i + 4), 16)),
    carries: [carry(0), carry(1)],
  };
}

export const LAYOUTS: readonly Layout[] = [narrow(), wide()];

/** What look-ups of a row say of its cells: each received with multiplicity 1, as itself or four times itself, from the table of limbs. */
function lookedUp(chip: Chip, pins: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const most = new Map<string, bigint>();
  const multiples: (readonly [string, bigint])[] = [];
  for (const { sign: side, multiplicity, tuple } of chip.interactions) {
    const [tag, field, ...more] = tuple.map((part) => polynomialOf(part, pins, noBit));
    const isLimb = asConstant(tag!) === BigInt(RANGE16.code) && more.every((part) => part.size === 0);
    if (side !== -1 || !isLimb || asConstant(polynomialOf(multiplicity, pins, noBit)) !== 1n) continue;
    const name = asVariable(field!);
    if (name !== undefined) most.set(name, LIMB);
    const [only, ...others] = field!.values();
    if (name === undefined && only?.variables.length === 1 && others.length === 0) {
      multiples.push([only.variables[0]!, only.coefficient]);
    }
  }
  // A multiple says something of a cell whose own look-up keeps it from wrapping.
  for (const [name, factor] of multiples) {
    const own = most.get(name);
    if (own !== undefined && factor > 0n && own * factor < R) most.set(name, LIMB / factor);
  }
  return most;
}

/** The largest words that a row writes. */
function wordsWritten({ chip }: Layout, pins: ReadonlyMap<string, bigint>): bigint[] {
  const isValue = ({ sign: side, tuple, multiplicity }: Interaction): boolean =>
    side === 1 &&
    asConstant(polynomialOf(tuple[0]!, pins, noBit)) === BigInt(WORDS.code) &&
    polynomialOf(multiplicity, pins, noBit).size > 0;
  const [writes, ...more] = chip.interactions.filter(isValue);
  if (writes === undefined || more.length > 0) throw new RangeError(`${chip.name}: what a row writes`);
  const bounds = lookedUp(chip, pins);
  return writes.tuple.slice(1, 5).map((word) => {
    const interval = intervalOf(polynomialOf(word, pins, noBit), (name) => bounds.get(name));
    if (interval === undefined || interval.lo !== 0n) throw new RangeError(`${chip.name}: an unbounded word`);
    return interval.hi;
  });
}

export interface Bounds {
  /** Of every cell of a relation. */
  readonly most: ReadonlyMap<string, bigint>;
  /** Of a value. */
  readonly value: bigint;
}

/** @param form any: bounds do not depend on it */
export function boundsOf(layout: Layout, form: Form = FORMS[0]!): Bounds {
  const words = wordsWritten(layout, layout.value);
  const most = new Map(lookedUp(layout.chip, layout.pins(form)));
  for (const name of ['A', 'B', 'C', 'E1', 'E2'] as const) {
    for (const [i, cell] of layout.words(name).entries()) most.set(cell, words[i]!);
  }
  // In the narrow chip quotient and carries are read from rows of their own.
  if (layout.long !== undefined) {
    const long = wordsWritten(layout, layout.long);
    const read = [...layout.quotient, ...layout.carries].flatMap((part) => [...part.values()]);
    read.forEach(({ variables: [cell] }) => {
      if (cell !== undefined)
        most.set(
          cell,
          long.reduce((a, b) => (a > b ? a : b)),
        );
    });
  }
  return { most, value: words.reduce((sum, word, i) => sum + (word << BigInt(64 * i)), 0n) };
}

const CONSTRAINTS = ['relation modulo r', 'lower half', 'upper half'] as const;

export interface Asked {
  readonly name: string;
  readonly script: string;
}

/**
 * The queries of one form, none of which can be satisfied, and what `L − q·p` is without solving anything.
 * @throws RangeError where the declared equations are no others than they should be
 */
function relationQueries(layout: Layout, form: Form, { most }: Bounds): Asked[] {
  const pins = layout.pins(form);
  const declared = CONSTRAINTS.map((name) => {
    const found = layout.chip.constraints.find((one) => one.name === name);
    if (found === undefined) throw new RangeError(`${layout.chip.name} has no constraint ${name}`);
    return polynomialOf(found.expression, pins, noBit);
  }) as [Polynomial, Polynomial, Polynomial];
  const integer = leftMinusRight(layout, form);
  // The native equation is L − q·p, coefficient by coefficient modulo r.
  const native = new Map(
    [...integer].map(([key, m]) => [key, { ...m, coefficient: centred(m.coefficient) }]),
  );
  if (minus(declared[0], native as Polynomial).size > 0)
    throw new RangeError('the native equation is another');
  // What the halves leave out of it is a multiple of 2^256, coefficient by coefficient over the integers.
  const halves = [...declared[1].values(), ...[...declared[2].values()].map((m) => scaledBy(m, 1n << 128n))];
  const rest = new Map([...integer].map(([key, { coefficient }]) => [key, coefficient]));
  for (const { variables, coefficient } of halves) {
    const key = variables.join('·');
    rest.set(key, (rest.get(key) ?? 0n) - coefficient);
  }
  if ([...rest.values()].some((coefficient) => coefficient % (1n << 256n) !== 0n)) {
    throw new RangeError('the halves leave out more than multiples of 2^256');
  }
  const title = `${layout.name}, ${form.square ? 'square' : 'product'}${form.guard ? ' with a guard' : ''}, ${form.negated ? '−' : ''}${form.e1}, ${form.e2}`;
  const bound = (variables: readonly string[]): bigint =>
    variables.reduce((product, name) => {
      const own = most.get(name);
      if (own === undefined) throw new RangeError(`${layout.chip.name}: nothing bounds ${name}`);
      return product * own;
    }, 1n);
  return [
    { name: `${title}: the lower half wraps`, script: wraps(declared[1], bound) },
    { name: `${title}: the upper half wraps`, script: wraps(declared[2], bound) },
    { name: `${title}: another multiple`, script: multiple(integer, bound) },
  ];
}

const scaledBy = (m: Monomial, factor: bigint): Monomial => ({ ...m, coefficient: m.coefficient * factor });

/** `L − q·p` over the integers, of the words. */
function leftMinusRight(layout: Layout, form: Form): Polynomial {
  // Coefficients are integers here, so nothing may be centred: collected by hand.
  const total = new Map<string, Monomial>();
  const addTo = (polynomial: Polynomial, factor: bigint): void => {
    for (const { variables, coefficient } of polynomial.values()) {
      const key = variables.join('·');
      const sum = (total.get(key)?.coefficient ?? 0n) + factor * coefficient;
      if (sum === 0n) total.delete(key);
      else total.set(key, { variables, coefficient: sum });
    }
  };
  const of = (name: 'A' | 'B' | 'C' | 'E1' | 'E2'): Polynomial[] => layout.words(name).map(variable);
  const product = (left: readonly Polynomial[], right: readonly Polynomial[], factor: bigint): void =>
    left.forEach((a, i) => {
      right.forEach((b, j) => {
        addTo(times(a, b, noBit), factor << BigInt(64 * (i + j)));
      });
    });
  const single = (words: readonly Polynomial[], factor: bigint): void =>
    words.forEach((word, i) => {
      addTo(word, factor << BigInt(64 * i));
    });
  if (form.square) product(of('A'), of('A'), 1n);
  else {
    product(of('A'), of('B'), 1n);
    product(of('A'), of('C'), -1n);
  }
  if (form.square && form.guard) for (const name of ['B', 'C'] as const) single(of(name), -1n);
  single(of('E1'), BigInt(form.negated ? -form.e1 : form.e1));
  single(of('E2'), BigInt(form.e2));
  single(layout.quotient, -FQ_MODULUS);
  addTo(constant(QUOTIENT_OFFSET * FQ_MODULUS), 1n);
  return total;
}

const number = (value: bigint): string => (value < 0n ? `(- ${-value})` : `${value}`);
const quoted = (variables: readonly string[]): string => `|${variables.join('*')}|`;

/** Declarations with bounds, and the polynomial as a term. */
function linear(
  polynomial: Polynomial,
  bound: (variables: readonly string[]) => bigint,
): { readonly lines: string[]; readonly term: string } {
  const lines: string[] = [];
  const terms: string[] = ['0'];
  for (const { variables, coefficient } of polynomial.values()) {
    if (variables.length === 0) terms.push(number(coefficient));
    else {
      const name = quoted(variables);
      lines.push(`(declare-const ${name} Int)`, `(assert (<= 0 ${name} ${bound(variables)}))`);
      terms.push(`(* ${number(coefficient)} ${name})`);
    }
  }
  return { lines, term: `(+ ${terms.join(' ')})` };
}

/** Whether an equation can hold modulo r and not over the integers. */
function wraps(polynomial: Polynomial, bound: (variables: readonly string[]) => bigint): string {
  const { lines, term } = linear(polynomial, bound);
  return [
    ...lines,
    '(declare-const k Int)',
    `(assert (= ${term} (* ${R} k)))`,
    '(assert (not (= k 0)))',
  ].join('\n');
}

/** Whether `L − q·p` can be a multiple of `2^256` and of r, and not 0. */
function multiple(polynomial: Polynomial, bound: (variables: readonly string[]) => bigint): string {
  const { lines, term } = linear(polynomial, bound);
  return [
    ...lines,
    '(declare-const x Int)',
    '(declare-const k Int)',
    `(assert (= x ${term}))`,
    // Both moduli have no common factor.
    `(assert (= x (* ${R * (1n << 256n)} k)))`,
    '(assert (not (= x 0)))',
  ].join('\n');
}

export interface RelationReport {
  readonly asked: number;
  readonly failures: readonly string[];
}

/** The work of a query that a solver may do: these take little. */
const EFFORT = 20_000_000;

export interface RelationOptions {
  readonly wanted?: (name: string) => boolean;
  /** Other bounds than those of the look-ups. */
  readonly bounds?: (bounds: Bounds, layout: Layout) => Bounds;
}

/** Asks the queries of all forms and layouts; a failure is one that is not unsatisfiable. */
export async function askRelations(
  solver: Answerer,
  { wanted = () => true, bounds = (own) => own }: RelationOptions = {},
): Promise<RelationReport> {
  const queries = LAYOUTS.flatMap((layout) => {
    const own = bounds(boundsOf(layout), layout);
    return FORMS.flatMap((form) => relationQueries(layout, form, own));
  }).filter(({ name }) => wanted(name));
  const failures: string[] = [];
  for (const { name, script } of queries) {
    const { verdict } = await solver.check(script, EFFORT, 'QF_LIA');
    if (verdict !== 'unsat') failures.push(`${name}: ${verdict}`);
  }
  return { asked: queries.length, failures };
}

/** What the test suite asks: of each kind of relation the form with the largest first coefficient. `npm run test:smt` asks all. */
export const isShortRelation = (name: string): boolean =>
  /1[46], 0: /.test(name) && !/-1[46], 0: /.test(name);
