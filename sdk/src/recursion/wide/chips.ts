/**
 * The wide layout (docs/decisions/0019-recursion-layout.md), for proofs that circuits verify: three chips instead of one. In `values` a relation is one row, with the limbs of the
 * value that it makes and of its quotient; `field` has the rows of elements; `limbs` is the 16-bit table. Heights of the first two are the program's.
 */
import { add, mul } from '../../expr/expression.ts';
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import {
  type Chip,
  ChipBuilder,
  type ColumnWords,
  type Expr,
  type PublicField,
  type System,
  type Term,
} from '../../plonk/declare/declare.ts';
import { choosePacks } from '../../plonk/declare/packing.ts';
import {
  ELEMENT_KINDS,
  type ElementLayout,
  elementsPart,
  MOST_READS,
  readsElement,
  writesPart,
} from '../parts/elements.ts';
import { carryOfLimbs, relationPart } from '../parts/relation.ts';
import { FIELD, PUBLIC_SEGMENT, RANGE16, TAGS, WORDS } from '../parts/tags.ts';
import { valuePart } from '../parts/value.ts';
import { vectorTerms } from '../parts/vector.ts';
import { wordsOfLimbs } from '../parts/words.ts';
import { CARRY_LIMBS } from '../relation.ts';

/** log2 of the least height of `values` and `field`. */
export const WIDE_MIN_LOG = 12;
/** log2 of the height of the table: four limbs a row, so that it is not taller than a join. */
export const LIMBS_LOG = 14;
const LIMBS_A_ROW = 2 ** (16 - LIMBS_LOG);

/** Cells of `values`, by the first of each. */
export const VALUES_AT = {
  limbs: 0,
  quotient: 16,
  /** Five limbs each. */
  carries: 32,
  A: 42,
  B: 46,
  C: 50,
  E1: 54,
  E2: 58,
  readers: 62,
  sign: 63,
  magnitude: 64,
  inverse: 65,
} as const;

/**
 * Fixed columns of `values`. Bits: the row is a relation; it has a guard; it squares; it writes a value; that is a constant, whose lower words and top word stand
 * where a relation has the offsets of A and B.
 */
export const VALUES_FIXED = [
  'relation',
  'guard',
  'square',
  'value',
  'constant',
  'e1',
  'e2',
  'segment',
  'offset',
  'A',
  'B',
  'segment C',
  'C',
  'segment E1',
  'E1',
  'E2',
  'digit',
] as const;
export type ValuesFixed = (typeof VALUES_FIXED)[number];

/** In the order of their cells. */
const OPERANDS = ['A', 'B', 'C', 'E1', 'E2'] as const;

function values(): Chip {
  const chip = new ChipBuilder('values');
  const cells = (name: string, count: number, words: ColumnWords, why: string): Expr[] =>
    Array.from({ length: count }, (_, i) => chip.column(`${name} ${i}`, 'bound', words, why));
  const written = cells('limb', 16, 1, 'looked up');
  const quotient = cells('quotient', 16, 1, 'looked up');
  const carries = cells('carry', 2 * CARRY_LIMBS, 1, 'looked up');
  const read = (name: string): Expr[] => cells(name, 4, 2, 'the words of a value that is read');
  const operands = { A: read('A'), B: read('B'), C: read('C'), E1: read('E1'), E2: read('E2') };
  const readers = chip.column('readers', 'bound', 1, 'what the bus balances with');
  const sign = chip.column('sign', 'bound', 1, 'a bit by constraint');
  const magnitude = chip.column('magnitude', 'bound', 1, 'of the digit that is read');
  const inverse = chip.column('inverse', 'bound', 8, 'whatever shows the guard');
  const fixed = fixedOf(chip, VALUES_FIXED);
  const { relation, guard, value } = fixed;

  const lookUp = (name: string, when: Expr, limbs: readonly Expr[]): void =>
    limbs.forEach((limb, i) => {
      chip.receive(`${name} ${i}`, RANGE16, when, [limb]);
    });
  lookUp('limb', value, written);
  lookUp('quotient', relation, quotient);
  lookUp('carry', relation, carries);
  valuePart(
    chip,
    { limbs: written, readers },
    {
      ...{ value, short: 1n, constant: fixed.constant },
      ...{ segment: fixed.segment, offset: fixed.offset, low: fixed.A, top: fixed.B },
    },
  );
  const places: Record<keyof typeof operands, [segment: Term, offset: Term]> = {
    A: [0n, fixed.A],
    B: [0n, fixed.B],
    C: [fixed['segment C'], add(fixed.C, magnitude)],
    E1: [fixed['segment E1'], add(fixed.E1, magnitude)],
    E2: [0n, fixed.E2],
  };
  for (const name of OPERANDS) chip.receive(name, WORDS, relation, [...operands[name], ...places[name]]);
  chip.receive('digit', FIELD, guard, [add(magnitude, mul(sign, 1n << 16n)), fixed.digit]);
  relationPart(
    chip,
    {
      ...operands,
      ...{ sign, magnitude, inverse, sharesInverse: false },
      quotient: wordsOfLimbs(quotient),
      carries: [carryOfLimbs(carries.slice(0, CARRY_LIMBS)), carryOfLimbs(carries.slice(CARRY_LIMBS))],
    },
    { relation, guard, square: fixed.square, e1: fixed.e1, e2: fixed.e2 },
  );
  return chip.build({
    about: 'Values of the base field and the relations between them, one a row.',
    height: { from: 'program', minLog: WIDE_MIN_LOG },
  });
}

/** Cells and arguments of `field`. Magnitudes of digits and reads share interactions, so they share cells. */
export const FIELD_LAYOUT: ElementLayout = {
  cells: {
    reads: 0,
    writes: 22,
    readers: [26, 27, 28, 29],
    full: { entering: 5, squares: 8, between: 11, betweenSquares: 14 },
    partial: { powers: 3 },
    digits: { magnitudes: 3, signs: 6 },
    pack: { x: 0, y: 4, xRest: 8, yRest: 12, carries: 16 },
    public: { elements: 8 },
  },
  arguments: {
    reads: 0,
    full: { constants: 5, first: 11 },
    partial: { constants: 3 },
    field: { scales: [6, 8], constants: [7, 9], zeros: [10, 11] },
    digits: { weights: 6, last: 9 },
    pack: { x: 0, y: 1, xRest: 2, yRest: 3 },
    public: { offset: 2 },
  },
};
const FIELD_CELLS = 26;
const FIELD_ARGUMENTS = 12;

function field(): Chip {
  const chip = new ChipBuilder('field');
  const { cells: at, arguments: arg } = FIELD_LAYOUT;
  const bound = (i: number): Expr =>
    chip.column(`c${i}`, 'bound', 8, 'by the kind of its row: docs/recursion.md');
  const cells = [
    ...Array.from({ length: FIELD_CELLS }, (_, i) => bound(i)),
    ...at.readers.map((_, lane) => chip.column(`readers ${lane}`, 'bound', 1, 'what the bus balances with')),
  ];
  const row = chip.fixed('row');
  const kinds = fixedOf(chip, ELEMENT_KINDS);
  const args = Array.from({ length: FIELD_ARGUMENTS }, (_, i) => chip.fixed(`a${i}`));
  for (let i = 0; i < MOST_READS; i++) {
    const { magnitudes } = at.digits;
    const element = readsElement(i, kinds);
    const tuple = [cells[i]!, args[i]!];
    if (i < magnitudes || i >= magnitudes + 3) chip.receive(`element ${i}`, FIELD, element, tuple);
    else {
      const tags = [[RANGE16, kinds.digits] as const, [FIELD, element] as const];
      chip.interactOneOf(`limb or element ${i}`, -1, tags, add(kinds.digits, element), tuple);
    }
  }
  const { xRest } = at.pack;
  for (const [name, from] of Object.entries(at.pack).slice(0, 4)) {
    // Elements of the public vector stand where a pack has what is left of x.
    const both = from === xRest;
    chip.receive(name, WORDS, both ? add(kinds.pack, kinds.public) : kinds.pack, [
      ...cells.slice(from, from + 4),
      both ? mul(kinds.public, PUBLIC_SEGMENT) : 0n,
      args[arg.pack[name as keyof typeof arg.pack]]!,
    ]);
  }
  const columns = { cells, args, kinds, row };
  writesPart(chip, FIELD_LAYOUT, columns);
  elementsPart(chip, FIELD_LAYOUT, columns);
  return chip.build({
    about: 'Elements of Fr: operations, Poseidon2, digits of scalars, words of points, the public vector.',
    height: { from: 'program', minLog: WIDE_MIN_LOG },
  });
}

function limbs(): Chip {
  const chip = new ChipBuilder('limbs');
  const row = chip.fixed('row');
  for (let i = 0; i < LIMBS_A_ROW; i++) {
    const use = chip.column(`m${i}`, 'bound', 1, 'a multiplicity: what the bus balances with');
    chip.send(`16-bit table, part ${i}`, RANGE16, use, [add(row, BigInt(i) << BigInt(LIMBS_LOG))]);
  }
  return chip.build({ about: 'All limbs of 16 bits.', height: { from: 'key', log: LIMBS_LOG } });
}

function fixedOf<N extends string>(chip: ChipBuilder, names: readonly N[]): Record<N, Expr> {
  return Object.fromEntries(names.map((name) => [name, chip.fixed(name)])) as Record<N, Expr>;
}

export const VALUES: Chip = values();
export const ELEMENTS: Chip = field();
export const LIMBS: Chip = limbs();

/** The only fixed column of `limbs`: the index of its row. */
export const limbsTable = (): ColumnValues[] => [
  { words: 1, data: Uint32Array.from({ length: 2 ** LIMBS_LOG }, (_, row) => row) },
];

/**
 * log2 of the most rows that a program has, and of what packs are chosen for: a leaf of four shards and a join of four proofs alike. A pack of the tallest chip
 * has 8 columns there, of others as many as are no longer.
 */
export const WIDE_LOGS: Readonly<Record<string, number>> = { values: 15, field: 14, limbs: LIMBS_LOG };
const FACTOR = 8;
const LONGEST = FACTOR * 2 ** 15;

export interface WideOptions {
  /** What the verifier itself puts on the bus. */
  readonly vector: readonly PublicField[];
}

/** The wide layout as a proof system: degree 4. */
export function wideSystem({ vector }: WideOptions): System {
  return {
    name: 'wattest recursion',
    version: 'recursion-1',
    maxDegree: 4,
    chips: [VALUES, ELEMENTS, LIMBS],
    transcript: 'poseidon2',
    tags: TAGS,
    publicTerms: vectorTerms(vector),
    packing: choosePacks({ longest: LONGEST, always: LONGEST, typical: WIDE_LOGS, most: 32 }),
    tPhi: FACTOR,
    tQuotient: FACTOR,
  };
}
