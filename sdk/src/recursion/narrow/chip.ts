/**
 * The narrow chip (docs/decisions/0019-recursion-layout.md): every kind of row of the recursion machine in one chip of few columns, for proofs that
 * a contract verifies. A relation takes four rows: the value it makes, its carries, its quotient, and the relation itself, which reads the other three. What
 * kind a row is and whom it speaks to are fixed columns, the program; the chip's rows are also the 16-bit table.
 */
import { add, mul, sub } from '../../expr/expression.ts';
import {
  type Chip,
  ChipBuilder,
  type Expr,
  type PublicField,
  type System,
  type Term,
} from '../../plonk/declare/declare.ts';
import { packByChip } from '../../plonk/declare/packing.ts';
import {
  type ElementKind,
  type ElementLayout,
  elementsPart,
  MOST_READS,
  readsElement,
  writesPart,
} from '../parts/elements.ts';
import { carryOfWords, relationPart } from '../parts/relation.ts';
import { FIELD, RANGE16, RELATION_SEGMENT, TAGS, WORDS } from '../parts/tags.ts';
import { valuePart } from '../parts/value.ts';
import { vectorTerms } from '../parts/vector.ts';

/** log2 of the height of every program: two 16-bit limbs a row fill the table. */
export const NARROW_LOG = 15;

export const CELLS = 31;
/** Kinds of rows, each a fixed bit; `guard` is one more bit of relations. */
export const KINDS: readonly Kind[] = [
  'value',
  'relation',
  'guard',
  'full',
  'partial',
  'field',
  'digits',
  'pack',
  'public',
];
export type Kind = 'value' | 'relation' | 'guard' | ElementKind;
export const ARGUMENTS = 12;

/** Cells by their use in each kind of row. Limbs and the first reads share interactions, so they share cells. */
export const AT = {
  relation: {
    A: 0,
    B: 4,
    C: 8,
    E1: 12,
    E2: 16,
    quotient: 20,
    carries: 24,
    sign: 28,
    magnitude: 29,
    inverse: 30,
  },
  value: { limbs: 0, readers: 28 },
  /** Elements that are read, and the four that are written with the number of their readers. */
  reads: 0,
  writes: 24,
  readers: [28, 30, 23, 22],
  full: { entering: 5, squares: 8, between: 11, betweenSquares: 14 },
  partial: { powers: 3 },
  digits: { magnitudes: 6, signs: 9 },
  /** Of packs, x and y stand where a relation has A and B, what is left to p − 1 where it has C and E1; public elements stand where it has C. */
  pack: { x: 0, y: 4, xRest: 8, yRest: 12, carries: 16 },
  public: { elements: 8 },
} as const;

/** Arguments by their use in each kind of row. Those of reads are addresses, zero where a row has limbs instead. */
export const ARGUMENT = {
  reads: 0,
  relation: { square: 0, e1: 1, e2: 2, A: 3, B: 4, C: 5, E1: 7, E2: 9, digit: 10 },
  value: { segment: 6, offset: 7, short: 8, constant: 9, low: 10, top: 11 },
  full: { constants: 5, first: 11 },
  partial: { constants: 3 },
  field: { scales: [6, 8], constants: [7, 9], zeros: [10, 11] },
  digits: { weights: 1, last: 4 },
  pack: { x: 3, y: 4, xRest: 6, yRest: 8 },
  public: { segment: 5, offset: 6 },
} as const;

export const NARROW_ELEMENTS: ElementLayout = { cells: AT, arguments: ARGUMENT };

const LIMBS = 16;

function declare(): Chip {
  const chip = new ChipBuilder('verifier');
  const cells = Array.from({ length: CELLS }, (_, i) =>
    chip.column(`c${i}`, 'bound', 8, 'by the kind of its row: docs/recursion.md'),
  );
  const uses = [0, 1].map((i) =>
    chip.column(`m${i}`, 'bound', 1, 'a multiplicity: what the bus balances with'),
  );
  const row = chip.fixed('row');
  const kind = Object.fromEntries(KINDS.map((name) => [name, chip.fixed(name)])) as Record<Kind, Expr>;
  const args = Array.from({ length: ARGUMENTS }, (_, i) => chip.fixed(`a${i}`));
  const take = (at: number, count: number): Expr[] => cells.slice(at, at + count);
  const sum = (terms: readonly Term[]): Expr => add(0n, ...terms);

  // Limbs and elements that are read. Arguments of the latter are addresses; rows of limbs have zeros there.
  for (let i = 0; i < LIMBS; i++) {
    const { magnitudes } = AT.digits;
    const limb = sum([kind.value, ...(i >= magnitudes && i < magnitudes + 3 ? [kind.digits] : [])]);
    const field = readsElement(i, kind);
    if (i >= MOST_READS) chip.receive(`limb ${i}`, RANGE16, limb, [cells[i]!]);
    else {
      const tags = [[RANGE16, limb] as const, [FIELD, field] as const];
      chip.interactOneOf(`limb or element ${i}`, -1, tags, add(limb, field), [cells[i]!, args[i]!]);
    }
  }
  valuePart(
    chip,
    { limbs: take(AT.value.limbs, LIMBS), readers: cells[AT.value.readers]! },
    {
      value: kind.value,
      short: args[ARGUMENT.value.short]!,
      constant: args[ARGUMENT.value.constant]!,
      segment: args[ARGUMENT.value.segment]!,
      offset: args[ARGUMENT.value.offset]!,
      low: args[ARGUMENT.value.low]!,
      top: args[ARGUMENT.value.top]!,
    },
  );

  // Values that are read.
  const { relation: at } = AT;
  const { relation: arg } = ARGUMENT;
  const magnitude = cells[at.magnitude]!;
  const two = add(kind.relation, kind.pack);
  const read = (name: string, from: number, when: Expr, segment: Term, offset: Term): void =>
    chip.receive(name, WORDS, when, [...take(from, 4), segment, offset]);
  read('A', at.A, two, 0n, args[arg.A]!);
  read('B', at.B, two, 0n, args[arg.B]!);
  read('C', at.C, add(two, kind.public), args[arg.C]!, add(args[arg.C + 1]!, magnitude));
  read('E1', at.E1, two, args[arg.E1]!, add(args[arg.E1 + 1]!, magnitude));
  read('E2', at.E2, kind.relation, 0n, args[arg.E2]!);
  read('quotient', at.quotient, kind.relation, RELATION_SEGMENT, sub(row, 1n));
  read('carries', at.carries, kind.relation, RELATION_SEGMENT, sub(row, 2n));
  chip.constrain('no magnitude where no digit moves', mul(add(kind.pack, kind.public), magnitude));

  // Elements that are written.
  const columns = { cells, args, kinds: kind, row };
  writesPart(chip, NARROW_ELEMENTS, columns);
  const digit = add(magnitude, mul(cells[at.sign]!, 1n << 16n));
  chip.receive('digit', FIELD, kind.guard, [digit, args[arg.digit]!]);
  uses.forEach((use, i) => {
    chip.send(`16-bit table, half ${i}`, RANGE16, use, [add(row, BigInt(i) << BigInt(NARROW_LOG))]);
  });

  relationPart(
    chip,
    {
      A: take(at.A, 4),
      B: take(at.B, 4),
      C: take(at.C, 4),
      E1: take(at.E1, 4),
      E2: take(at.E2, 4),
      quotient: take(at.quotient, 4),
      carries: [
        carryOfWords(cells[at.carries]!, cells[at.carries + 1]!),
        carryOfWords(cells[at.carries + 2]!, cells[at.carries + 3]!),
      ],
      sign: cells[at.sign]!,
      magnitude,
      inverse: cells[at.inverse]!,
      sharesInverse: true,
    },
    {
      relation: kind.relation,
      guard: kind.guard,
      square: args[arg.square]!,
      e1: args[arg.e1]!,
      e2: args[arg.e2]!,
    },
  );
  elementsPart(chip, NARROW_ELEMENTS, columns);
  return chip.build({
    about: 'Verifies proofs: its program is the verifier of a key.',
    height: { from: 'program', minLog: NARROW_LOG },
  });
}

export const NARROW: Chip = declare();

export interface NarrowOptions {
  /**
   * Whose fixed columns a program is: those of a program key (default), so that one key serves many programs; or those of the verifying key, which then is that of one
   * program.
   */
  readonly fixed?: 'program' | 'key';
  /** What the verifier itself puts on the bus: four elements a tuple, at the offset of their place in the vector. */
  readonly vector: readonly PublicField[];
}

/** The narrow chip as a proof system: one pack a stage, degree 5. */
export function narrowSystem({ fixed = 'program', vector }: NarrowOptions): System {
  const t = NARROW.main.length;
  const chip: Chip = fixed === 'key' ? { ...NARROW, height: { from: 'key', log: NARROW_LOG } } : NARROW;
  return {
    name: 'wattest recursion',
    version: 'recursion-1',
    maxDegree: 5,
    chips: [chip],
    tags: TAGS,
    publicTerms: vectorTerms(vector),
    packing: packByChip({ [chip.name]: t }),
    tPhi: t,
    tQuotient: t,
  };
}
