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
  type PublicTerm,
  type System,
  type Term,
} from '../../plonk/declare/declare.ts';
import { packByChip } from '../../plonk/declare/packing.ts';
import { digitsPart, fieldPart } from '../parts/field.ts';
import { packPart } from '../parts/pack.ts';
import { fullRoundsPart, PARTIAL_ROUNDS_A_ROW, partialRoundsPart } from '../parts/poseidon2.ts';
import { relationPart } from '../parts/relation.ts';
import { FIELD, RANGE16, WORDS } from '../parts/tags.ts';
import { valuePart } from '../parts/value.ts';

/** log2 of the height of every program: two 16-bit limbs a row fill the table. */
export const NARROW_LOG = 15;
/** Segments: of quotients and carries, each at the offset of its row; of the public vector, four elements at an offset. Tables of programs stand behind. */
export const RELATION_SEGMENT = 1;
export const PUBLIC_SEGMENT = 2;
/** Elements of the public vector in a tuple. */
export const PUBLICS_A_ROW = 4;

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
export type Kind =
  | 'value'
  | 'relation'
  | 'guard'
  | 'full'
  | 'partial'
  | 'field'
  | 'digits'
  | 'pack'
  | 'public';
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
  pack: { carries: 16 },
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
} as const;

/** Reads of elements of each kind of row: cells and arguments 0 … n − 1. */
export const READS: Readonly<Partial<Record<Kind, number>>> = { field: 6, full: 5, partial: 3, digits: 1 };
/** Kinds whose rows write elements; lanes that nothing else writes are free: any element of the witness stands there. */
export const WRITERS: readonly Kind[] = ['field', 'full', 'partial', 'digits', 'pack', 'public'];

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
    const readers = Object.entries(READS).filter(([, count]) => i < count);
    const field = sum(readers.map(([name]) => kind[name as Kind]));
    if (readers.length === 0) chip.receive(`limb ${i}`, RANGE16, limb, [cells[i]!]);
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
  const writes = take(AT.writes, 4);
  const writing = sum(WRITERS.map((name) => kind[name]));
  writes.forEach((value, lane) => {
    const address = add(mul(row, 4n), lane);
    chip.send(`write ${lane}`, FIELD, mul(writing, cells[AT.readers[lane]!]!), [value, address]);
  });
  writes.forEach((value, lane) => {
    chip.constrain(`public element ${lane}`, mul(kind.public, sub(value, cells[at.C + lane]!)));
  });
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
      carries: take(at.carries, 4),
      sign: cells[at.sign]!,
      magnitude,
      inverse: cells[at.inverse]!,
    },
    {
      relation: kind.relation,
      guard: kind.guard,
      square: args[arg.square]!,
      e1: args[arg.e1]!,
      e2: args[arg.e2]!,
    },
  );
  fullRoundsPart(
    chip,
    {
      state: take(AT.reads, 3),
      absorbed: take(AT.reads + 3, 2),
      entering: take(AT.full.entering, 3),
      squares: take(AT.full.squares, 3),
      between: take(AT.full.between, 3),
      betweenSquares: take(AT.full.betweenSquares, 3),
      out: writes.slice(0, 3),
    },
    {
      rounds: kind.full,
      first: args[ARGUMENT.full.first]!,
      constants: args.slice(ARGUMENT.full.constants, ARGUMENT.full.constants + 6),
    },
  );
  partialRoundsPart(
    chip,
    {
      state: take(AT.reads, 3),
      powers: Array.from({ length: PARTIAL_ROUNDS_A_ROW }, (_, i) => {
        const [square, fifth] = take(AT.partial.powers + 2 * i, 2);
        return [square!, fifth!] as const;
      }),
      out: writes.slice(0, 3),
    },
    {
      rounds: kind.partial,
      constants: args.slice(ARGUMENT.partial.constants, ARGUMENT.partial.constants + PARTIAL_ROUNDS_A_ROW),
    },
  );
  for (const i of [0, 1] as const) {
    const [a, b, c] = take(AT.reads + 3 * i, 3);
    fieldPart(
      chip,
      `operation ${i}`,
      { a: a!, b: b!, c: c!, out: writes[i]! },
      {
        field: kind.field,
        zero: args[ARGUMENT.field.zeros[i]]!,
        scale: args[ARGUMENT.field.scales[i]]!,
        constant: args[ARGUMENT.field.constants[i]]!,
      },
    );
  }
  digitsPart(
    chip,
    {
      before: cells[AT.reads]!,
      after: writes[3]!,
      magnitudes: take(AT.digits.magnitudes, 3),
      signs: take(AT.digits.signs, 3),
      out: writes.slice(0, 3),
    },
    {
      digits: kind.digits,
      last: args[ARGUMENT.digits.last]!,
      weights: args.slice(ARGUMENT.digits.weights, ARGUMENT.digits.weights + 3),
    },
  );
  packPart(
    chip,
    {
      x: take(at.A, 4),
      y: take(at.B, 4),
      xRest: take(at.C, 4),
      yRest: take(at.E1, 4),
      carries: take(AT.pack.carries, 6),
      out: writes.slice(0, 3),
    },
    kind.pack,
  );
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
  const constant = (value: number): PublicField => ({ from: 'constant', value: BigInt(value) });
  const publicTerms = Array.from({ length: Math.ceil(vector.length / PUBLICS_A_ROW) }, (_, i): PublicTerm => {
    const elements = vector.slice(PUBLICS_A_ROW * i, PUBLICS_A_ROW * (i + 1));
    while (elements.length < PUBLICS_A_ROW) elements.push(constant(0));
    const fields = [...elements, constant(PUBLIC_SEGMENT), constant(i)];
    return { name: `public elements ${i}`, tag: WORDS, sign: 1, fields };
  });
  return {
    name: 'wattest recursion',
    version: 'recursion-1',
    maxDegree: 5,
    chips: [chip],
    tags: [RANGE16, FIELD, WORDS],
    publicTerms,
    packing: packByChip({ [chip.name]: t }),
    tPhi: t,
    tQuotient: t,
  };
}
