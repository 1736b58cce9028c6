/**
 * Rows of elements of Fr: operations, rounds of Poseidon2, digits, words of points, the public vector. Every layout has them; which cells and which arguments each kind
 * of row has is the layout's. Every such row has four lanes that it may write.
 */
import { add, mul, sub } from '../../expr/expression.ts';
import type { ChipBuilder, Expr } from '../../plonk/declare/declare.ts';
import { digitsPart, fieldPart } from './field.ts';
import { packPart } from './pack.ts';
import { fullRoundsPart, PARTIAL_ROUNDS_A_ROW, partialRoundsPart } from './poseidon2.ts';
import { FIELD } from './tags.ts';

/** Each a fixed bit. */
export const ELEMENT_KINDS = ['field', 'full', 'partial', 'digits', 'pack', 'public'] as const;
export type ElementKind = (typeof ELEMENT_KINDS)[number];

export const isElementKind = (kind: string): kind is ElementKind =>
  (ELEMENT_KINDS as readonly string[]).includes(kind);

/** Elements that each kind of row reads: cells and arguments `reads`, `reads + 1`, …; arguments are addresses. */
export const READS: Readonly<Record<ElementKind, number>> = {
  field: 6,
  full: 5,
  partial: 3,
  digits: 1,
  pack: 0,
  public: 0,
};
export const MOST_READS: number = Math.max(...Object.values(READS));

/** First cells and arguments of what a row has. */
export interface ElementLayout {
  readonly cells: {
    readonly reads: number;
    /** Four lanes. */
    readonly writes: number;
    /** Of each lane, the number of its readers. */
    readonly readers: readonly [number, number, number, number];
    /** Three each. */
    readonly full: {
      readonly entering: number;
      readonly squares: number;
      readonly between: number;
      readonly betweenSquares: number;
    };
    readonly partial: { readonly powers: number };
    readonly digits: { readonly magnitudes: number; readonly signs: number };
    /** Words of both coordinates and of what they lack to p − 1; six bits. */
    readonly pack: {
      readonly x: number;
      readonly y: number;
      readonly xRest: number;
      readonly yRest: number;
      readonly carries: number;
    };
    /** Four elements. */
    readonly public: { readonly elements: number };
  };
  readonly arguments: {
    readonly reads: number;
    readonly full: { readonly constants: number; readonly first: number };
    readonly partial: { readonly constants: number };
    /** Of both operations. */
    readonly field: {
      readonly scales: readonly [number, number];
      readonly constants: readonly [number, number];
      readonly zeros: readonly [number, number];
    };
    readonly digits: { readonly weights: number; readonly last: number };
    /** Offsets in segment 0. */
    readonly pack: { readonly x: number; readonly y: number; readonly xRest: number; readonly yRest: number };
    /** The segment where it is an argument and not known by the kind. */
    readonly public: { readonly segment?: number; readonly offset: number };
  };
}

export interface ElementColumns {
  readonly cells: readonly Expr[];
  readonly args: readonly Expr[];
  readonly kinds: Readonly<Record<ElementKind, Expr>>;
  /** The row's index: addresses of its lanes. */
  readonly row: Expr;
}

/** Whether a row reads its i-th element. */
export function readsElement(i: number, kinds: ElementColumns['kinds']): Expr {
  const readers = ELEMENT_KINDS.filter((kind) => i < READS[kind]);
  return add(0n, ...readers.map((kind) => kinds[kind]));
}

/** The lanes go on the bus. */
export function writesPart(
  chip: ChipBuilder,
  { cells: at }: ElementLayout,
  { cells, kinds, row }: ElementColumns,
): void {
  const writes = cells.slice(at.writes, at.writes + 4);
  const writing = add(0n, ...ELEMENT_KINDS.map((name) => kinds[name]));
  writes.forEach((value, lane) => {
    const address = add(mul(row, 4n), lane);
    chip.send(`write ${lane}`, FIELD, mul(writing, cells[at.readers[lane]!]!), [value, address]);
  });
  writes.forEach((value, lane) => {
    const element = cells[at.public.elements + lane]!;
    chip.constrain(`public element ${lane}`, mul(kinds.public, sub(value, element)));
  });
}

/** What each kind of row computes. */
export function elementsPart(
  chip: ChipBuilder,
  { cells: at, arguments: arg }: ElementLayout,
  { cells, args, kinds }: ElementColumns,
): void {
  const take = (from: number, count: number): Expr[] => cells.slice(from, from + count);
  const writes = take(at.writes, 4);
  fullRoundsPart(
    chip,
    {
      state: take(at.reads, 3),
      absorbed: take(at.reads + 3, 2),
      entering: take(at.full.entering, 3),
      squares: take(at.full.squares, 3),
      between: take(at.full.between, 3),
      betweenSquares: take(at.full.betweenSquares, 3),
      out: writes.slice(0, 3),
    },
    {
      rounds: kinds.full,
      first: args[arg.full.first]!,
      constants: args.slice(arg.full.constants, arg.full.constants + 6),
    },
  );
  partialRoundsPart(
    chip,
    {
      state: take(at.reads, 3),
      powers: Array.from({ length: PARTIAL_ROUNDS_A_ROW }, (_, i) => {
        const [square, fifth] = take(at.partial.powers + 2 * i, 2);
        return [square!, fifth!] as const;
      }),
      out: writes.slice(0, 3),
    },
    {
      rounds: kinds.partial,
      constants: args.slice(arg.partial.constants, arg.partial.constants + PARTIAL_ROUNDS_A_ROW),
    },
  );
  for (const i of [0, 1] as const) {
    const [a, b, c] = take(at.reads + 3 * i, 3);
    fieldPart(
      chip,
      `operation ${i}`,
      { a: a!, b: b!, c: c!, out: writes[i]! },
      {
        field: kinds.field,
        zero: args[arg.field.zeros[i]]!,
        scale: args[arg.field.scales[i]]!,
        constant: args[arg.field.constants[i]]!,
      },
    );
  }
  digitsPart(
    chip,
    {
      before: cells[at.reads]!,
      after: writes[3]!,
      magnitudes: take(at.digits.magnitudes, 3),
      signs: take(at.digits.signs, 3),
      out: writes.slice(0, 3),
    },
    {
      digits: kinds.digits,
      last: args[arg.digits.last]!,
      weights: args.slice(arg.digits.weights, arg.digits.weights + 3),
    },
  );
  packPart(
    chip,
    {
      x: take(at.pack.x, 4),
      y: take(at.pack.y, 4),
      xRest: take(at.pack.xRest, 4),
      yRest: take(at.pack.yRest, 4),
      carries: take(at.pack.carries, 6),
      out: writes.slice(0, 3),
    },
    kinds.pack,
  );
}
