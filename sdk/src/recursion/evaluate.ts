/**
 * Runs a program on `bigint`: what every element and every value is for an honest prover, and the first operation that does not hold. The oracle
 * of its rows, and where their cells come from.
 */
import { fail } from '../errors/index.ts';
import { FQ_MODULUS, Fq, Fr } from '../field/field.ts';
import { permute } from '../transcript/poseidon2.ts';
import { scalarDigits } from './gadgets/digits.ts';
import type { Operation, Program, ProgramInputs, RelationOperation } from './program.ts';
import { leftSide, type RelationValues, wordsOf } from './relation.ts';

/** Elements and values by their ids; operands of moved relations by tables. */
export class Evaluation {
  readonly elements: bigint[];
  readonly values: bigint[];
  readonly #tables: ReadonlyMap<number, ReadonlyMap<number, number>>;

  constructor(program: Program) {
    this.elements = new Array<bigint>(program.elements).fill(0n);
    this.values = new Array<bigint>(program.values.length).fill(0n);
    this.#tables = tablesOf(program);
  }

  /** Which values a relation is of; `RangeError` where a digit chooses an entry that is not in its table. */
  operandIds({ A, B, C, E1, E2, moved }: RelationOperation): OperandIds {
    if (moved === undefined) return { A: A.id, B: B.id, C: C.id, E1: E1.id, E2: E2.id, sign: 1n };
    const { magnitude, negative } = splitDigit(this.elements[moved.digit.id]!);
    return {
      ...{ A: A.id, B: B.id, E2: E2.id, sign: negative ? -1n : 1n },
      C: this.#entry(moved.C, magnitude),
      E1: this.#entry(moved.E1, magnitude),
    };
  }

  operands({ A, B, C, E1, E2, sign }: OperandIds): RelationValues {
    const { values } = this;
    return { A: values[A]!, B: values[B]!, C: values[C]!, E1: values[E1]!, E2: values[E2]!, sign };
  }

  #entry(segment: number, offset: number): number {
    const id = this.#tables.get(segment)?.get(offset);
    if (id === undefined) throw new RangeError(`segment ${segment} has no entry ${offset}`);
    return id;
  }
}

/** Ids of the values that a relation is of, and the sign of its digit. */
export interface OperandIds extends Pick<RelationValues, 'sign'> {
  readonly A: number;
  readonly B: number;
  readonly C: number;
  readonly E1: number;
  readonly E2: number;
}

/** Value ids by segment and offset. */
export function tablesOf(program: Program): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const tables = new Map<number, Map<number, number>>();
  for (const { segment, offset, id } of program.values) {
    const table = tables.get(segment) ?? new Map<number, number>();
    tables.set(segment, table.set(offset, id));
  }
  return tables;
}

/** What `digits` writes for a digit. */
function joinDigit(digit: bigint): bigint {
  return digit < 0n ? -digit + 0x1_0000n : digit;
}

/** Its magnitude and sign. */
export function splitDigit(joined: bigint): { readonly magnitude: number; readonly negative: boolean } {
  return { magnitude: Number(joined & 0xffffn), negative: joined >= 0x1_0000n };
}

/**
 * @throws `WITNESS_INVALID`, with the place in the program, for the first operation that does not hold; `RangeError` for inputs that are not in number
 * or range what the program takes
 */
export function evaluate(program: Program, inputs: ProgramInputs): Evaluation {
  requireInputs(program, inputs);
  const evaluation = new Evaluation(program);
  const elements = inputs.elements.values();
  const coordinates = inputs.points.flatMap(({ x, y }) => [x, y]).values();
  program.operations.forEach((operation, i) => {
    const problem = run(operation, evaluation, inputs, elements, coordinates);
    if (problem !== undefined) {
      fail('WITNESS_INVALID', problem, {
        where: `operation ${i}, ${program.places[i] || 'the program'}`,
        fix: 'Give the program a proof that its key accepts',
      });
    }
  });
  return evaluation;
}

/** What is wrong with the operation, if anything. */
function run(
  operation: Operation,
  evaluation: Evaluation,
  { publics }: ProgramInputs,
  free: Iterator<bigint>,
  coordinates: Iterator<bigint>,
): string | undefined {
  const { elements, values } = evaluation;
  switch (operation.op) {
    case 'public':
      elements[operation.out.id] = publics[operation.index]!;
      return undefined;
    case 'constant':
      elements[operation.out.id] = operation.value;
      return undefined;
    case 'input': {
      const { out, inverseOf } = operation;
      if (inverseOf === undefined) {
        elements[out.id] = free.next().value!;
        return undefined;
      }
      const of = elements[inverseOf.id]!;
      if (of === 0n) return 'zero has no inverse';
      elements[out.id] = Fr.inv(of);
      return undefined;
    }
    case 'field': {
      const { a, b, c, scale, constant, out } = operation;
      const sum = Fr.from(elements[a.id]! * elements[b.id]! + scale * elements[c.id]! + constant);
      if (out !== undefined) elements[out.id] = sum;
      return out === undefined && sum !== 0n ? 'two elements that must be equal are not' : undefined;
    }
    case 'permute': {
      const { state, absorb, out } = operation;
      const before = state.map(({ id }) => elements[id]!);
      absorb.forEach(({ id }, i) => {
        before[i] = Fr.add(before[i]!, elements[id]!);
      });
      permute(before as [bigint, bigint, bigint]).forEach((lane, i) => {
        elements[out[i]!.id] = lane;
      });
      return undefined;
    }
    case 'digits': {
      const digits = scalarDigits(elements[operation.scalar.id]!);
      operation.digits.forEach(({ out }, i) => {
        elements[out.id] = joinDigit(digits[i]!);
      });
      return undefined;
    }
    case 'value':
      values[operation.out.id] = operation.constant ?? coordinates.next().value!;
      return undefined;
    case 'pack': {
      const { point, out } = operation;
      const pair = [values[point.x.id]!, values[point.y.id]!];
      if (pair.some((coordinate) => coordinate >= FQ_MODULUS)) return 'a coordinate is not below p';
      packWords(pair.flatMap(wordsOf)).forEach((packed, i) => {
        elements[out[i]!.id] = packed;
      });
      return undefined;
    }
    case 'relation':
      return runRelation(operation, evaluation);
  }
}

/** Eight words as three elements. */
function packWords(words: readonly bigint[]): [bigint, bigint, bigint] {
  const join = (from: number, count: number): bigint =>
    words.slice(from, from + count).reduce((sum, word, i) => sum + (word << (64n * BigInt(i))), 0n);
  return [join(0, 3), join(3, 3), join(6, 2)];
}

function runRelation(relation: RelationOperation, evaluation: Evaluation): string | undefined {
  const { makes, guard } = relation;
  const found = evaluation.operands(evaluation.operandIds(relation));
  // All values are canonical.
  if (guard && found.B === found.C) return 'two points that are added have the same x';
  if (makes === undefined) {
    return leftSide(relation, found) % FQ_MODULUS === 0n
      ? undefined
      : 'a relation over the base field does not hold';
  }
  // L is linear in what it makes: without it, divided by its coefficient.
  const rest = Fq.from(leftSide(relation, { ...found, [makes]: 0n }));
  let inverse: bigint;
  if (makes === 'A') {
    if (found.B === found.C) return 'a slope has no denominator';
    inverse = Fq.inv(found.B - found.C);
  } else {
    inverse = inverseOfSmall(makes === 'E1' ? relation.e1 * Number(found.sign) : relation.e2);
  }
  evaluation.values[relation[makes].id] = Fq.from(-rest * inverse);
  return undefined;
}

const smallInverses = new Map<number, bigint>([
  [1, 1n],
  [-1, -1n],
]);

/** Modulo p, of either sign: coefficients are few. */
function inverseOfSmall(coefficient: number): bigint {
  const known = smallInverses.get(coefficient);
  if (known !== undefined) return known;
  const inverse = Fq.inv(Fq.from(coefficient));
  smallInverses.set(coefficient, inverse);
  return inverse;
}

function requireInputs(program: Program, { publics, elements, points }: ProgramInputs): void {
  const { inputs } = program;
  if (publics.length !== program.publics || elements.length !== inputs.elements) {
    throw new RangeError(
      `a program of ${program.publics} public and ${inputs.elements} other elements is given ${publics.length} and ${elements.length}`,
    );
  }
  if (2 * points.length !== inputs.coordinates) {
    throw new RangeError(`a program of ${inputs.coordinates} coordinates is given ${points.length} points`);
  }
  const outside = (modulus: bigint) => (value: bigint) => value < 0n || value >= modulus;
  if ([...publics, ...elements].some(outside(Fr.modulus))) throw new RangeError('an input is not in [0, r)');
  if (points.some(({ x, y }) => [x, y].some(outside(FQ_MODULUS)))) {
    throw new RangeError('a coordinate is not in [0, p)');
  }
}
