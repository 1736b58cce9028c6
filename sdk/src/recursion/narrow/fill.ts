/** The main columns of a program's rows: what an honest prover writes. */
import { FQ_MODULUS, Fr } from '../../field/field.ts';
import { type Evaluation, splitDigit } from '../evaluate.ts';
import { PARTIAL_ROUNDS_A_ROW, rowConstants } from '../parts/poseidon2.ts';
import type { RelationOperation } from '../program.ts';
import { type RelationWitness, solveRelation, wordsOf } from '../relation.ts';
import { AT, CELLS, NARROW, NARROW_LOG, PUBLICS_A_ROW } from './chip.ts';
import type { FieldHalf, PackRow, RelationRow, RoundsRow, Row, Rows, ValueRow } from './rows.ts';

/** `NARROW`'s main columns, in order, `2^NARROW_LOG` canonical values each. @param publics the public vector */
export function fillRows(rows: Rows, evaluation: Evaluation, publics: readonly bigint[]): bigint[][] {
  const filling = new Filling(rows, evaluation, publics);
  rows.rows.forEach((row, at) => {
    filling.row(row, at);
  });
  return filling.done();
}

/** Number of readers of values, by segment and offset. */
class Readers {
  readonly #counts = new Map<number, Map<number, number>>();

  add({ segment, offset }: { readonly segment: number; readonly offset: number }): void {
    const counts = this.#counts.get(segment) ?? new Map<number, number>();
    this.#counts.set(segment, counts.set(offset, (counts.get(offset) ?? 0) + 1));
  }

  of({ segment, offset }: { readonly segment: number; readonly offset: number }): number {
    return this.#counts.get(segment)?.get(offset) ?? 0;
  }
}

class Filling {
  readonly #rows: Rows;
  readonly #evaluation: Evaluation;
  readonly #publics: readonly bigint[];
  readonly #elements: bigint[];
  readonly #columns: bigint[][];
  readonly #elementReaders: number[];
  readonly #valueReaders = new Readers();
  readonly #limbs = new Array<number>(2 ** 16).fill(0);
  readonly #solved = new Map<RelationOperation, RelationWitness>();
  /** Rows with a guard, and what its inverse is of. */
  readonly #guards: { readonly at: number; readonly of: bigint }[] = [];

  constructor(rows: Rows, evaluation: Evaluation, publics: readonly bigint[]) {
    this.#rows = rows;
    this.#evaluation = evaluation;
    this.#publics = publics;
    this.#elements = [
      ...evaluation.elements,
      ...new Array<bigint>(rows.elements - evaluation.elements.length).fill(0n),
    ];
    this.#elementReaders = new Array<number>(rows.elements).fill(0);
    this.#columns = NARROW.main.map(() => new Array<bigint>(2 ** NARROW_LOG).fill(0n));
  }

  row(row: Row, at: number): void {
    switch (row.kind) {
      case 'value':
        this.#value(row, at);
        break;
      case 'relation':
        this.#relation(row, at);
        break;
      case 'field':
        for (const i of [0, 1]) this.#half(row.halves[i], i, at, row.lanes[i]);
        break;
      case 'full':
        this.#full(row, at);
        break;
      case 'partial':
        this.#partial(row, at);
        break;
      case 'digits': {
        this.#read([row.before], at);
        let after = this.#elements[row.before]!;
        for (let i = 0; i < 3; i++) {
          const { magnitude, negative } = splitDigit(this.#elements[row.lanes[i]!]!);
          this.#limb(AT.digits.magnitudes + i, at, BigInt(magnitude));
          this.#set(AT.digits.signs + i, at, negative ? 1n : 0n);
          const part = Fr.mul(row.weights[i] ?? 0n, BigInt(magnitude));
          after = negative ? Fr.add(after, part) : Fr.sub(after, part);
        }
        this.#elements[row.lanes[3]!] = after;
        break;
      }
      case 'pack':
        this.#pack(row, at);
        break;
      case 'public': {
        const from = PUBLICS_A_ROW * row.index;
        this.#put(AT.relation.C, at, this.#publics.slice(from, from + PUBLICS_A_ROW));
        break;
      }
    }
  }

  /** What is known when all rows are: lanes that are written, how often everything is read, and inverses, all at once. */
  done(): bigint[][] {
    Fr.batchInv(this.#guards.map(({ of }) => of)).forEach((inverse, i) => {
      this.#set(AT.relation.inverse, this.#guards[i]!.at, inverse);
    });
    this.#rows.rows.forEach((row, at) => {
      if (row.kind === 'value' && row.place !== undefined) {
        this.#set(AT.value.readers, at, BigInt(this.#valueReaders.of(row.place)));
      }
      if (!('lanes' in row)) return;
      row.lanes.forEach((id, lane) => {
        if (id === undefined) return;
        this.#set(AT.writes + lane, at, this.#elements[id]!);
        this.#set(AT.readers[lane]!, at, BigInt(this.#elementReaders[id]!));
      });
    });
    this.#limbs.forEach((count, limb) => {
      const [half, row] = [limb >> NARROW_LOG, limb % 2 ** NARROW_LOG];
      this.#set(CELLS + half, row, BigInt(count));
    });
    return this.#columns;
  }

  #set(column: number, at: number, value: bigint): void {
    this.#columns[column]![at] = value;
  }

  #put(column: number, at: number, values: readonly bigint[]): void {
    values.forEach((value, i) => {
      this.#set(column + i, at, value);
    });
  }

  #limb(column: number, at: number, value: bigint): void {
    this.#set(column, at, value);
    this.#limbs[Number(value)]!++;
  }

  #read(ids: readonly number[], at: number): bigint[] {
    const values = ids.map((id) => {
      this.#elementReaders[id]!++;
      return this.#elements[id]!;
    });
    this.#put(AT.reads, at, values);
    return values;
  }

  #value({ holds, place, short }: ValueRow, at: number): void {
    const { values } = this.#evaluation;
    let words: readonly bigint[];
    switch (holds.what) {
      case 'value':
        words = wordsOf(values[holds.id]!);
        break;
      case 'rest':
        words = wordsOf(FQ_MODULUS - 1n - values[holds.id]!);
        break;
      case 'quotient':
        words = wordsOf(this.#solve(holds.relation).quotient);
        break;
      case 'carries':
        words = this.#solve(holds.relation).carries;
    }
    const limbs = words.flatMap((word) => [0n, 16n, 32n, 48n].map((bits) => (word >> bits) & 0xffffn));
    limbs.forEach((limb, i) => {
      this.#limb(AT.value.limbs + i, at, limb);
    });
    if (short) this.#limbs[Number(4n * limbs[15]!)]!++;
    // A quotient and carries have one reader, the relation behind them.
    if (place === undefined) this.#set(AT.value.readers, at, 1n);
  }

  #solve(relation: RelationOperation): RelationWitness {
    const known = this.#solved.get(relation);
    if (known !== undefined) return known;
    const solved = solveRelation(relation, this.#evaluation.operands(relation));
    this.#solved.set(relation, solved);
    return solved;
  }

  #relation({ relation }: RelationRow, at: number): void {
    const operands = this.#evaluation.operands(relation);
    const { quotient, carries } = this.#solve(relation);
    this.#solved.delete(relation);
    const cells = AT.relation;
    for (const name of ['A', 'B', 'C', 'E1', 'E2'] as const) {
      this.#put(cells[name], at, wordsOf(operands[name]));
    }
    this.#put(cells.quotient, at, wordsOf(quotient));
    this.#put(cells.carries, at, carries);
    const { moved } = relation;
    for (const name of ['A', 'B', 'E2'] as const) this.#valueReaders.add(relation[name]);
    const digit = moved?.digit.id ?? 0;
    const { magnitude, negative } = splitDigit(this.#elements[digit]!);
    for (const name of ['C', 'E1'] as const) {
      this.#valueReaders.add(
        moved === undefined ? relation[name] : { segment: moved[name], offset: magnitude },
      );
    }
    if (!relation.guard) return;
    this.#elementReaders[digit]!++;
    this.#set(cells.magnitude, at, BigInt(magnitude));
    this.#set(cells.sign, at, negative ? 1n : 0n);
    const difference = operands.B - operands.C;
    const roots = difference * (difference - FQ_MODULUS) * (difference + FQ_MODULUS);
    this.#guards.push({ at, of: Fr.from(roots) });
  }

  #half(half: FieldHalf | undefined, i: number, at: number, lane: number | undefined): void {
    const { a, b, c } = half ?? { a: 0, b: 0, c: 0 };
    const values = [a, b, c].map((id) => {
      this.#elementReaders[id]!++;
      return this.#elements[id]!;
    });
    this.#put(AT.reads + 3 * i, at, values);
    if (half === undefined || lane === undefined) return;
    const [x, y, z] = values as [bigint, bigint, bigint];
    this.#elements[lane] = Fr.from(x * y + half.scale * z + half.constant);
  }

  #full({ state, absorbed, round, lanes }: RoundsRow, at: number): void {
    const read = this.#read([...state, ...absorbed], at);
    const sums = [read[0]! + read[3]!, read[1]! + read[4]!, read[2]!];
    const total = round === 0 ? sums[0]! + sums[1]! + sums[2]! : 0n;
    let lane = sums.map((sum) => Fr.from(sum + total));
    const { entering, squares, between, betweenSquares } = AT.full;
    const constants = rowConstants('full', round);
    [
      [entering, squares],
      [between, betweenSquares],
    ].forEach(([cells, squared], i) => {
      this.#put(cells!, at, lane);
      const inputs = lane.map((value, k) => Fr.add(value, constants[3 * i + k]!));
      const square = inputs.map((value) => Fr.mul(value, value));
      this.#put(squared!, at, square);
      const fifth = square.map((value, k) => Fr.mul(Fr.mul(value, value), inputs[k]!));
      const sum = fifth[0]! + fifth[1]! + fifth[2]!;
      lane = fifth.map((value) => Fr.from(value + sum));
    });
    lane.forEach((value, i) => {
      this.#elements[lanes[i]!] = value;
    });
  }

  #partial({ state, round, lanes }: RoundsRow, at: number): void {
    let [a, b, c] = this.#read(state, at) as [bigint, bigint, bigint];
    const constants = rowConstants('partial', round);
    for (let i = 0; i < PARTIAL_ROUNDS_A_ROW; i++) {
      const input = Fr.add(a, constants[i]!);
      const square = Fr.mul(input, input);
      const fifth = Fr.mul(Fr.mul(square, square), input);
      this.#put(AT.partial.powers + 2 * i, at, [square, fifth]);
      const sum = fifth + b + c;
      [a, b, c] = [Fr.from(fifth + sum), Fr.from(b + sum), Fr.from(2n * c + sum)];
    }
    [a, b, c].forEach((value, i) => {
      this.#elements[lanes[i]!] = value;
    });
  }

  #pack({ x, y, xRest, yRest }: PackRow, at: number): void {
    const { A, B, C, E1 } = AT.relation;
    for (const place of [x, y, xRest, yRest]) this.#valueReaders.add(place);
    const most = wordsOf(FQ_MODULUS - 1n);
    [
      [x, A, C],
      [y, B, E1],
    ].forEach(([value, words, rests], i) => {
      const coordinate = this.#evaluation.values[(value as { id: number }).id]!;
      const [word, rest] = [wordsOf(coordinate), wordsOf(FQ_MODULUS - 1n - coordinate)];
      this.#put(words as number, at, word);
      this.#put(rests as number, at, rest);
      let carry = 0n;
      for (let k = 0; k < 3; k++) {
        carry = (word[k]! + rest[k]! + carry - most[k]!) >> 64n;
        this.#set(AT.pack.carries + 3 * i + k, at, carry);
      }
    });
  }
}
