/**
 * Chips with rows of several cases that share columns. A table says of each case, by itself, what every shared cell is there and
 * what leaves it no other value. Multiplicities and constraints follow from the table, and so do the filling of rows
 * (`case-fill.ts`), which cells are free (the tests of mutation) and the page docs/chips.md.
 */
import { add, mul, sub } from '../../expr/expression.ts';
import { printExpression } from '../../expr/print.ts';
import type { ChipBuilder, Column, Expr, Tag, Term } from '../../plonk/declare/declare.ts';
import type { OpcodeInfo } from '../instructions.ts';
import type { ProvenTrap } from '../program.ts';

/** What a cell is in one case, and what binds it. */
export type Source = Equation | Bound | Held;

/** `cell = is` in rows of the case, by the constraint `constraint`. */
export interface Equation {
  readonly by: 'equation';
  readonly what: string;
  readonly is: Expr;
  readonly constraint: string;
}

/** Something else of the row leaves one value: `by` names it. `is`, for filling, may speak of what is {@link known}. */
export interface Bound {
  readonly by: 'row';
  readonly what: string;
  readonly is: Expr;
  readonly who: string;
}

/** What the memory argument says that the cell of an access held. */
export interface Held {
  readonly by: 'memory';
  readonly what: string;
  /** Which access of the record, and how long after the row's time it happens. */
  readonly access: 0 | 1;
}

/** What tells the rows of one opcode apart when a trace becomes rows. */
export interface Sight {
  /** Whether the row proves a trap. */
  traps: boolean;
  /** Whether a counter advances. */
  counts: boolean;
  /** The reference in slot a, and the type of the function that it refers to; 0 of null. */
  reference: number;
  type: number;
  /** The instruction's field c. */
  c: number;
}

/** One kind of row. Its name is that of its selector. */
export interface Case<K extends string = string> {
  readonly opcode: OpcodeInfo;
  readonly about: string;
  /** The trap that it proves. */
  readonly trap?: ProvenTrap;
  /** Which rows of the opcode are of this case, where not all that trap, or do not trap, are: of the cases that fit the first. */
  readonly when?: (row: Sight) => boolean;
  /** The tuple that it receives besides instruction, state, limbs and cells. */
  readonly receives?: Tag;
  /** What it sends besides. */
  readonly sends?: Tag;
  /** Every shared cell that means something. The others are free: nothing reads them. */
  readonly cells: Readonly<Partial<Record<K, Source>>>;
  /** Further expressions that are 0, by the names of their constraints. */
  readonly holds?: Readonly<Record<string, Expr>>;
}

export type Cases<N extends string = string, K extends string = string> = Readonly<Record<N, Case<K>>>;

const pseudo = (name: Known): Expr => ({ op: 'column', column: { stage: 'main', index: -1, name } });

/**
 * What filling a row takes from elsewhere: type, entry and return slot of the function in slot a; the pc behind the return point in
 * slot a, and how far its call moved fp; the halves of a word from the inputs; cells that open in the page of the row.
 */
export type Known = 'type' | 'entry' | 'returnSlot' | 'next' | 'delta' | 'low' | 'high' | 'opened';

/** As leaves of expressions. They are no columns: a constraint that spoke of one would be refused. */
export const known: Readonly<Record<Known, Expr>> = {
  type: pseudo('type'),
  entry: pseudo('entry'),
  returnSlot: pseudo('returnSlot'),
  next: pseudo('next'),
  delta: pseudo('delta'),
  low: pseudo('low'),
  high: pseudo('high'),
  opened: pseudo('opened'),
};

export const held = (what: string, access: 0 | 1): Held => ({ by: 'memory', what, access });
export const bound = (what: string, who: string, is: Term): Bound => ({
  by: 'row',
  what,
  who,
  is: add(is),
});

/** The constraints that a table is, in the order in which their names first appear in it. */
export function constrainCases<N extends string, K extends string>(
  chip: ChipBuilder,
  cases: Cases<N, K>,
  cell: Readonly<Record<K, Expr>>,
  selected: (names: readonly N[]) => Expr,
): void {
  const constraints = new Map<string, Map<string, { readonly zero: Expr; readonly names: N[] }>>();
  for (const [name, { zero, constraint }] of equations(cases, cell)) {
    const text = printExpression(zero, ({ name: column }: Column) => column);
    const terms = constraints.get(constraint) ?? new Map<string, { zero: Expr; names: N[] }>();
    constraints.set(constraint, terms);
    const term = terms.get(text) ?? { zero, names: [] };
    terms.set(text, term);
    term.names.push(name);
  }
  for (const [name, terms] of constraints) {
    const sum = [...terms.values()].map(({ zero, names }) => mul(selected(names), zero));
    chip.constrain(name, add(0n, ...sum));
  }
}

/** What must be 0 in each case, and the name of the constraint that says so. */
export function equations<N extends string, K extends string>(
  cases: Cases<N, K>,
  cell: Readonly<Record<K, Expr>>,
): readonly (readonly [N, { readonly zero: Expr; readonly constraint: string }])[] {
  return casesOf(cases).flatMap(([name, { cells, holds = {} }]) => [
    ...cellsOf(cells).flatMap(([of, source]) =>
      source.by === 'equation'
        ? [[name, { zero: sub(cell[of], source.is), constraint: source.constraint }] as const]
        : [],
    ),
    ...Object.entries(holds).map(([constraint, zero]) => [name, { zero, constraint }] as const),
  ]);
}

export const casesOf = <N extends string, K extends string>(cases: Cases<N, K>): readonly [N, Case<K>][] =>
  Object.entries(cases) as [N, Case<K>][];

export const cellsOf = <K extends string>(cells: Case<K>['cells']): readonly [K, Source][] =>
  Object.entries(cells) as [K, Source][];

/** The names of the cases that `wanted` says yes to, in the order of the table. */
export const casesWith = <N extends string, K extends string>(
  cases: Cases<N, K>,
  wanted: (one: Case<K>) => boolean,
): readonly N[] =>
  casesOf(cases)
    .filter(([, one]) => wanted(one))
    .map(([name]) => name);

/** Whether one of so many selectors is 1: their sum, or where that is shorter `real` less that of the others. */
export function anyOf<N extends string>(
  on: Readonly<Record<N, Expr>>,
  real: Expr,
): (names: readonly N[]) => Expr {
  const all = Object.keys(on) as N[];
  const sum = (names: readonly N[]): Expr => add(0n, ...names.map((name) => on[name]));
  return (names) =>
    names.length > (2 * all.length) / 3
      ? sub(real, sum(all.filter((name) => !names.includes(name))))
      : sum(names);
}
