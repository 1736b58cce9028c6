/** The cells of rows that every layout has: what an honest prover writes. */
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../field/field.ts';
import { type Evaluation, splitDigit } from '../evaluate.ts';
import type { ElementLayout } from '../parts/elements.ts';
import { PARTIAL_ROUNDS_A_ROW, rowConstants } from '../parts/poseidon2.ts';
import { PUBLICS_A_ROW } from '../parts/tags.ts';
import type { RelationOperation } from '../program.ts';
import { type RelationValues, wordsOf } from '../relation.ts';
import type { Cells } from './cells.ts';
import type { ElementRow, FieldHalf, PackRow, Place, RoundsRow, WrittenValue } from './rows.ts';

/** What rows of a program speak of, whichever chip they are in, and how often. */
export class Ledger {
  readonly evaluation: Evaluation;
  /** By id, those that only rows know behind the program's. */
  readonly elements: bigint[];
  readonly elementReaders: number[];
  /** Look-ups of each limb. */
  readonly limbs: Uint32Array = new Uint32Array(2 ** 16);
  /** Rows with a guard, and what the inverse there is of. */
  readonly guards: { readonly row: number; readonly of: bigint }[] = [];
  /** Of every value of the program its four words: most are read several times. */
  readonly words: BigUint64Array;
  readonly #singles: number[] = [];
  readonly #tables = new Map<number, number>();

  constructor(evaluation: Evaluation, elements: number) {
    this.evaluation = evaluation;
    const { values } = evaluation;
    const more = elements - evaluation.elements.length;
    this.elements = [...evaluation.elements, ...new Array<bigint>(more).fill(0n)];
    this.elementReaders = new Array<number>(elements).fill(0);
    this.words = new BigUint64Array(4 * values.length);
    // Stores keep the low 64 bits.
    values.forEach((value, id) => {
      for (let rest = value, at = 4 * id; rest !== 0n; rest >>= 64n) this.words[at++] = rest;
    });
  }

  readElement(id: number): bigint {
    this.elementReaders[id]!++;
    return this.elements[id]!;
  }

  readValue({ segment, offset }: Place): void {
    if (segment === 0) this.#singles[offset] = (this.#singles[offset] ?? 0) + 1;
    else this.#tables.set(entryOf(segment, offset), (this.#tables.get(entryOf(segment, offset)) ?? 0) + 1);
  }

  readersOf({ segment, offset }: Place): number {
    return (segment === 0 ? this.#singles[offset] : this.#tables.get(entryOf(segment, offset))) ?? 0;
  }

  /** What a row that writes a value holds. */
  valueOf({ what, id }: WrittenValue['holds']): bigint {
    const value = this.evaluation.values[id]!;
    return what === 'value' ? value : FQ_MODULUS - 1n - value;
  }
}

/** Offsets of tables are below 2^16. */
const entryOf = (segment: number, offset: number): number => segment * 2 ** 16 + offset;

const SCRATCH = new BigUint64Array(4);
const LIMBS = new Uint16Array(SCRATCH.buffer);

/** Looked up limbs of an integer below 2^256, from a cell on. */
export function fillLimbs(
  { cells, ledger }: { readonly cells: Cells; readonly ledger: Ledger },
  { from, count, row }: { readonly from: number; readonly count: number; readonly row: number },
  value: bigint,
): void {
  // Stores keep the low 64 bits.
  for (let i = 0; i < 4; i++) SCRATCH[i] = value >> BigInt(64 * i);
  for (let i = 0; i < count; i++) {
    const limb = LIMBS[i]!;
    cells.count(from + i, row, limb);
    ledger.limbs[limb]!++;
  }
}

/** First cells of what a relation reads. */
export interface RelationPlaces {
  readonly A: number;
  readonly B: number;
  readonly C: number;
  readonly E1: number;
  readonly E2: number;
  readonly sign: number;
  readonly magnitude: number;
  readonly inverse: number;
}

/** Operands and digit of a relation; what is read is counted. */
export function fillRelation(
  { cells, ledger }: { readonly cells: Cells; readonly ledger: Ledger },
  at: RelationPlaces,
  row: number,
  relation: RelationOperation,
): RelationValues {
  const { evaluation, words } = ledger;
  const ids = evaluation.operandIds(relation);
  const operands = evaluation.operands(ids);
  for (const name of ['A', 'B', 'C', 'E1', 'E2'] as const) {
    for (let i = 0; i < 4; i++) cells.set(at[name] + i, row, words[4 * ids[name] + i]!);
  }
  const { moved } = relation;
  for (const name of ['A', 'B', 'E2'] as const) ledger.readValue(relation[name]);
  const digit = moved?.digit.id ?? 0;
  const { magnitude, negative } = splitDigit(ledger.elements[digit]!);
  for (const name of ['C', 'E1'] as const) {
    ledger.readValue(moved === undefined ? relation[name] : { segment: moved[name], offset: magnitude });
  }
  if (!relation.guard) return operands;
  ledger.elementReaders[digit]!++;
  cells.count(at.magnitude, row, magnitude);
  cells.count(at.sign, row, negative ? 1 : 0);
  const difference = operands.B - operands.C;
  const roots = difference * (difference - FQ_MODULUS) * (difference + FQ_MODULUS);
  ledger.guards.push({ row, of: Fr.from(roots) });
  return operands;
}

/** Inverses of all guards at once, when all relations are filled. */
export function fillInverses(
  { cells, ledger }: { readonly cells: Cells; readonly ledger: Ledger },
  { inverse }: RelationPlaces,
): void {
  Fr.batchInv(ledger.guards.map(({ of }) => of)).forEach((value, i) => {
    cells.set(inverse, ledger.guards[i]!.row, value);
  });
}

/** Fills rows of elements, in their order: a row computes from what stands in front of it. */
export class ElementFiller {
  readonly #cells: Cells;
  readonly #ledger: Ledger;
  readonly #at: ElementLayout['cells'];
  readonly #publics: readonly bigint[];

  constructor(
    { cells, ledger }: { readonly cells: Cells; readonly ledger: Ledger },
    { cells: at }: ElementLayout,
    publics: readonly bigint[],
  ) {
    this.#cells = cells;
    this.#ledger = ledger;
    this.#at = at;
    this.#publics = publics;
  }

  row(row: ElementRow, at: number): void {
    switch (row.kind) {
      case 'field':
        for (const i of [0, 1]) this.#half(row.halves[i], i, at);
        break;
      case 'full':
        this.#full(row, at);
        break;
      case 'partial':
        this.#partial(row, at);
        break;
      case 'digits': {
        let [after] = this.#read([row.before], at) as [bigint];
        const { magnitudes, signs } = this.#at.digits;
        for (let i = 0; i < 3; i++) {
          const { magnitude, negative } = splitDigit(this.#ledger.elements[row.lanes[i]!]!);
          this.#cells.count(magnitudes + i, at, magnitude);
          this.#ledger.limbs[magnitude]!++;
          this.#cells.count(signs + i, at, negative ? 1 : 0);
          const part = Fr.mul(row.weights[i] ?? 0n, BigInt(magnitude));
          after = negative ? Fr.add(after, part) : Fr.sub(after, part);
        }
        this.#ledger.elements[row.lanes[3]!] = after;
        break;
      }
      case 'pack':
        this.#pack(row, at);
        break;
      case 'public': {
        const from = PUBLICS_A_ROW * row.index;
        this.#cells.put(this.#at.public.elements, at, this.#publics.slice(from, from + PUBLICS_A_ROW));
        break;
      }
    }
  }

  /** What is known when all rows are: lanes that are written, and how often they are read. */
  lanes(row: ElementRow, at: number): void {
    row.lanes.forEach((id, lane) => {
      if (id === undefined) return;
      this.#cells.set(this.#at.writes + lane, at, this.#ledger.elements[id]!);
      this.#cells.count(this.#at.readers[lane]!, at, this.#ledger.elementReaders[id]!);
    });
  }

  #read(ids: readonly number[], at: number): bigint[] {
    const values = ids.map((id) => this.#ledger.readElement(id));
    this.#cells.put(this.#at.reads, at, values);
    return values;
  }

  #write(lanes: ElementRow['lanes'], values: readonly bigint[]): void {
    values.forEach((value, i) => {
      this.#ledger.elements[lanes[i]!] = value;
    });
  }

  /** The program's elements are known; a result that has no name is a zero. */
  #half(half: FieldHalf | undefined, i: number, at: number): void {
    const { a, b, c } = half ?? { a: 0, b: 0, c: 0 };
    const from = this.#at.reads + 3 * i;
    this.#cells.set(from, at, this.#ledger.readElement(a));
    this.#cells.set(from + 1, at, this.#ledger.readElement(b));
    this.#cells.set(from + 2, at, this.#ledger.readElement(c));
  }

  #full({ state, absorbed, round, lanes }: RoundsRow, at: number): void {
    const read = this.#read([...state, ...absorbed], at);
    const sums = [read[0]! + read[3]!, read[1]! + read[4]!, read[2]!];
    const total = round === 0 ? sums[0]! + sums[1]! + sums[2]! : 0n;
    let lane = sums.map((sum) => (sum + total) % FR_MODULUS);
    const { entering, squares, between, betweenSquares } = this.#at.full;
    const constants = rowConstants('full', round);
    [
      [entering, squares],
      [between, betweenSquares],
    ].forEach(([cells, squared], i) => {
      this.#cells.put(cells!, at, lane);
      const inputs = lane.map((value, k) => value + constants[3 * i + k]!);
      const square = inputs.map((value) => (value * value) % FR_MODULUS);
      this.#cells.put(squared!, at, square);
      const fifth = square.map((value, k) => (((value * value) % FR_MODULUS) * inputs[k]!) % FR_MODULUS);
      const sum = fifth[0]! + fifth[1]! + fifth[2]!;
      lane = fifth.map((value) => (value + sum) % FR_MODULUS);
    });
    this.#write(lanes, lane);
  }

  #partial({ state, round, lanes }: RoundsRow, at: number): void {
    let [a, b, c] = this.#read(state, at) as [bigint, bigint, bigint];
    const constants = rowConstants('partial', round);
    const { powers } = this.#at.partial;
    for (let i = 0; i < PARTIAL_ROUNDS_A_ROW; i++) {
      // Lanes are only added to: they grow by two bits a round.
      const input = a + constants[i]!;
      const square = (input * input) % FR_MODULUS;
      const fifth = (((square * square) % FR_MODULUS) * input) % FR_MODULUS;
      this.#cells.set(powers + 2 * i, at, square);
      this.#cells.set(powers + 2 * i + 1, at, fifth);
      const sum = fifth + b + c;
      [a, b, c] = [fifth + sum, b + sum, 2n * c + sum];
    }
    this.#write(lanes, [a % FR_MODULUS, b % FR_MODULUS, c % FR_MODULUS]);
  }

  #pack({ x, y, xRest, yRest }: PackRow, at: number): void {
    for (const place of [x, y, xRest, yRest]) this.#ledger.readValue(place);
    const { pack } = this.#at;
    const most = wordsOf(FQ_MODULUS - 1n);
    const coordinates = [
      [x, pack.x, pack.xRest],
      [y, pack.y, pack.yRest],
    ] as const;
    coordinates.forEach(([{ id }, words, rests], i) => {
      const coordinate = this.#ledger.evaluation.values[id]!;
      const [word, rest] = [wordsOf(coordinate), wordsOf(FQ_MODULUS - 1n - coordinate)];
      this.#cells.put(words, at, word);
      this.#cells.put(rests, at, rest);
      let carry = 0n;
      for (let k = 0; k < 3; k++) {
        carry = (word[k]! + rest[k]! + carry - most[k]!) >> 64n;
        this.#cells.set(pack.carries + 3 * i + k, at, carry);
      }
    });
  }
}
