/**
 * Polynomials modulo r over named variables, made from the declared expressions. Coefficients are kept centred, in
 * `(−r/2, r/2)`, so that what is small as an integer looks small.
 */
import { Fr } from '../../../sdk/src/field/field.ts';
import type { Column, Expr } from '../../../sdk/src/plonk/declare/declare.ts';

export const R: bigint = Fr.modulus;

export interface Monomial {
  /** Sorted; a variable that is no bit stands there as often as its power says. */
  readonly variables: readonly string[];
  readonly coefficient: bigint;
}

/** By the names of the variables. No coefficient is 0. */
export type Polynomial = ReadonlyMap<string, Monomial>;

/** `b² = b` holds for these, so their powers are themselves. */
export type IsBit = (variable: string) => boolean;

export function centred(value: bigint): bigint {
  const canonical = ((value % R) + R) % R;
  return canonical > R / 2n ? canonical - R : canonical;
}

const monomialOf = (variables: readonly string[], coefficient: bigint): readonly [string, Monomial] => [
  variables.join('·'),
  { variables, coefficient },
];

function collect(monomials: Iterable<Monomial>): Polynomial {
  const sum = new Map<string, Monomial>();
  for (const { variables, coefficient } of monomials) {
    const key = variables.join('·');
    const total = centred((sum.get(key)?.coefficient ?? 0n) + coefficient);
    if (total === 0n) sum.delete(key);
    else sum.set(key, { variables, coefficient: total });
  }
  return sum;
}

export function constantOf(value: bigint): Polynomial {
  return collect([{ variables: [], coefficient: centred(value) }]);
}

export function variable(name: string): Polynomial {
  return new Map([monomialOf([name], 1n)]);
}

export function plus(a: Polynomial, b: Polynomial): Polynomial {
  return collect([...a.values(), ...b.values()]);
}

export function scaled(a: Polynomial, factor: bigint): Polynomial {
  return collect([...a.values()].map((m) => ({ ...m, coefficient: centred(m.coefficient * factor) })));
}

export function minus(a: Polynomial, b: Polynomial): Polynomial {
  return plus(a, scaled(b, -1n));
}

export function times(a: Polynomial, b: Polynomial, isBit: IsBit): Polynomial {
  const products: Monomial[] = [];
  for (const m of a.values()) {
    for (const n of b.values()) {
      const sorted = [...m.variables, ...n.variables].sort();
      const variables = sorted.filter((name, i) => !(isBit(name) && sorted[i - 1] === name));
      products.push({ variables, coefficient: centred(m.coefficient * n.coefficient) });
    }
  }
  return collect(products);
}

/** The value of a polynomial without variables, else undefined. */
export function asConstant(a: Polynomial): bigint | undefined {
  if (a.size === 0) return 0n;
  return a.size === 1 ? a.get('')?.coefficient : undefined;
}

/** The one variable that the polynomial is, else undefined. */
export function asVariable(a: Polynomial): string | undefined {
  const [only, ...others] = a.values();
  const isOne = only !== undefined && others.length === 0 && only.coefficient === 1n;
  return isOne && only.variables.length === 1 ? only.variables[0] : undefined;
}

export function variablesOf(a: Polynomial): Set<string> {
  return new Set([...a.values()].flatMap((m) => m.variables));
}

/** The polynomial with `name` replaced by `value`. */
export function substitute(a: Polynomial, name: string, value: Polynomial, isBit: IsBit): Polynomial {
  let result: Polynomial = new Map();
  for (const { variables, coefficient } of a.values()) {
    const rest = variables.filter((v) => v !== name);
    let term: Polynomial = new Map([monomialOf(rest, coefficient)]);
    for (let i = rest.length; i < variables.length; i++) term = times(term, value, isBit);
    result = plus(result, term);
  }
  return result;
}

/** The polynomial of a declared expression, columns in `values` replaced by constants. */
export function polynomialOf(e: Expr, values: ReadonlyMap<string, bigint>, isBit: IsBit): Polynomial {
  const nodes = new Map<Expr, Polynomial>();
  const visit = (node: Expr): Polynomial => {
    const known = nodes.get(node);
    if (known !== undefined) return known;
    const made = make(node);
    nodes.set(node, made);
    return made;
  };
  const leaf = ({ name }: Column): Polynomial => {
    const value = values.get(name);
    return value === undefined ? variable(name) : constantOf(value);
  };
  const make = (node: Expr): Polynomial => {
    switch (node.op) {
      case 'constant':
        return constantOf(node.value);
      case 'column':
        return leaf(node.column);
      case 'challenge':
        throw new Error('a declared expression has no challenge');
      case 'add':
        return plus(visit(node.left), visit(node.right));
      case 'sub':
        return minus(visit(node.left), visit(node.right));
      case 'mul':
        return times(visit(node.left), visit(node.right), isBit);
    }
  };
  return visit(e);
}

/** Solves `a = 0` for a variable that stands there once, alone, with coefficient ±1; undefined if it does not. */
export function solvedFor(a: Polynomial, name: string): Polynomial | undefined {
  const own = [...a.values()].filter((m) => m.variables.includes(name));
  const [only] = own;
  if (only === undefined || own.length > 1 || only.variables.length > 1) return undefined;
  if (only.coefficient !== 1n && only.coefficient !== -1n) return undefined;
  const rest = collect([...a.values()].filter((m) => m !== only));
  return scaled(rest, -only.coefficient);
}

export interface Interval {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** Of the integer that the polynomial is where every variable is an integer in `[0, most]`; undefined where one is not. */
export function intervalOf(
  a: Polynomial,
  most: (variable: string) => bigint | undefined,
): Interval | undefined {
  let [lo, hi] = [0n, 0n];
  for (const { variables, coefficient } of a.values()) {
    let product = coefficient;
    for (const name of variables) {
      const bound = most(name);
      if (bound === undefined) return undefined;
      product *= bound;
    }
    if (variables.length === 0) {
      lo += coefficient;
      hi += coefficient;
    } else if (product > 0n) hi += product;
    else lo += product;
  }
  return { lo, hi };
}

/** Largest absolute value in the interval. */
export function magnitude({ lo, hi }: Interval): bigint {
  const low = lo < 0n ? -lo : lo;
  const high = hi < 0n ? -hi : hi;
  return low > high ? low : high;
}
