/**
 * The rules of a program, checked when it is made: nothing is read that was not written before, nothing is written twice, tables stand apart,
 * and relations keep to the bounds under which they show what they say (`relation.ts`).
 */
import { fail } from '../errors/index.ts';
import { FQ_MODULUS, FR_MODULUS } from '../field/field.ts';
import { WINDOWS } from './gadgets/digits.ts';
import type { Element, Operation, Program, RelationOperation, Value } from './program.ts';
import { MOST_COEFFICIENTS } from './relation.ts';

/** Numbers of segments, offsets of single values. */
const MOST_ADDRESSES = 2 ** 32;
/** Offsets of tables: a magnitude shares an element with a sign. */
const MOST_ENTRIES = 2 ** 16;

type Invalid = (problem: string) => never;

/** `SYSTEM_INVALID`, with the place, where a rule is broken. */
export function checkProgram(program: Program): void {
  const whole: Invalid = (problem) => reject('the program', problem);
  if (program.operations[0]?.op !== 'constant' || program.operations[0].value !== 0n) {
    whole('its first operation is not the constant 0');
  }
  const written = new Written(program);
  let publics = 0;
  program.operations.forEach((operation, i) => {
    const invalid: Invalid = (problem) =>
      reject(`operation ${i}, ${program.places[i] || 'the program'}`, problem);
    const { reads, writes } = operandsOf(operation);
    for (const operand of reads) written.read(operand, invalid);
    for (const operand of writes) written.write(operand, invalid);
    if (operation.op === 'public' && operation.index !== publics++) {
      invalid(`public element ${operation.index} is not the next one`);
    }
    checkNumbers(operation, invalid);
  });
  if (publics !== program.publics) whole(`${publics} of ${program.publics} public elements are read`);
  written.checkAll(whole);
}

/** What was written, and which segments digits choose from. */
class Written {
  readonly #program: Program;
  readonly #elements = new Set<number>();
  readonly #values = new Set<number>();
  readonly #addresses = new Set<string>();
  /** Segments that have values. */
  readonly #segments = new Set<number>();
  readonly #tables = new Set<number>();

  constructor(program: Program) {
    this.#program = program;
  }

  read(operand: Element | Value | number, invalid: Invalid): void {
    // A table that a digit chooses from: complete before it is read.
    if (typeof operand === 'number') {
      if (operand === 0) invalid('a digit chooses from segment 0, which is no table');
      if (!this.#segments.has(operand)) invalid(`a digit chooses from segment ${operand}, which is empty`);
      this.#tables.add(operand);
    } else if (operand.kind === 'element') {
      if (!this.#elements.has(operand.id)) invalid(`element ${operand.id} is read before it is written`);
    } else if (this.#program.values[operand.id] !== operand || !this.#values.has(operand.id)) {
      invalid(`value ${operand.id} is read before it is written`);
    }
  }

  write(operand: Element | Value, invalid: Invalid): void {
    const { id } = operand;
    if (operand.kind === 'element') {
      if (this.#elements.has(id)) invalid(`element ${id} is written twice`);
      this.#elements.add(id);
      return;
    }
    if (this.#program.values[id] !== operand) invalid(`value ${id} is not of this program`);
    if (this.#values.has(id)) invalid(`value ${id} is written twice`);
    this.#values.add(id);
    const { segment, offset } = operand;
    const address = `${segment}:${offset}`;
    if (this.#addresses.has(address)) invalid(`address ${address} is written twice`);
    this.#addresses.add(address);
    this.#segments.add(segment);
    const most = segment === 0 ? MOST_ADDRESSES : MOST_ENTRIES;
    if (!isBelow(segment, MOST_ADDRESSES) || !isBelow(offset, most)) {
      invalid(`address ${address} is out of bounds`);
    }
    if (segment !== 0 && offset % 2 === 0) {
      invalid(`address ${address}: tables have odd multiples only`);
    }
    if (this.#tables.has(segment)) invalid(`address ${address} is written after its table was read`);
  }

  checkAll(invalid: Invalid): void {
    const { elements, values } = this.#program;
    if (this.#elements.size !== elements)
      invalid(`${this.#elements.size} of ${elements} elements are written`);
    if (this.#values.size !== values.length) {
      invalid(`${this.#values.size} of ${values.length} values are written`);
    }
  }
}

/** What an operation reads and writes; a number is a segment that a digit chooses from. */
export function operandsOf(operation: Operation): {
  readonly reads: readonly (Element | Value | number)[];
  readonly writes: readonly (Element | Value)[];
} {
  switch (operation.op) {
    case 'public':
    case 'constant':
    case 'value':
      return { reads: [], writes: [operation.out] };
    case 'input':
      return {
        reads: operation.inverseOf === undefined ? [] : [operation.inverseOf],
        writes: [operation.out],
      };
    case 'field': {
      const { a, b, c, out } = operation;
      return { reads: [a, b, c], writes: out === undefined ? [] : [out] };
    }
    case 'permute':
      return { reads: [...operation.state, ...operation.absorb], writes: operation.out };
    case 'digits':
      return { reads: [operation.scalar], writes: operation.digits.map(({ out }) => out) };
    case 'pack':
      return { reads: [operation.point.x, operation.point.y], writes: operation.out };
    case 'relation': {
      const { moved, makes } = operation;
      const still =
        moved === undefined ? (['A', 'B', 'C', 'E1', 'E2'] as const) : (['A', 'B', 'E2'] as const);
      const chosen = moved === undefined ? [] : [moved.digit, moved.C, moved.E1];
      return {
        reads: [...still.filter((name) => name !== makes).map((name) => operation[name]), ...chosen],
        writes: makes === undefined ? [] : [operation[makes]],
      };
    }
  }
}

function checkNumbers(operation: Operation, invalid: Invalid): void {
  const below = (value: bigint, modulus: bigint): void => {
    if (value < 0n || value >= modulus) invalid('a constant is not canonical');
  };
  switch (operation.op) {
    case 'constant':
      below(operation.value, FR_MODULUS);
      break;
    case 'field':
      below(operation.scale, FR_MODULUS);
      below(operation.constant, FR_MODULUS);
      break;
    case 'digits':
      if (operation.digits.length !== 2 * WINDOWS) invalid(`${operation.digits.length} digits for a scalar`);
      for (const { weight } of operation.digits) below(weight, FR_MODULUS);
      break;
    case 'value':
      if (operation.constant !== undefined) below(operation.constant, FQ_MODULUS);
      break;
    case 'relation':
      checkRelation(operation, invalid);
      break;
    default:
  }
}

/** The bounds of `relation.ts`, and that what a relation makes is determined by it. */
function checkRelation(relation: RelationOperation, invalid: Invalid): void {
  const { square, guard, e1, e2, moved, makes } = relation;
  if (![e1, e2].every(Number.isInteger)) invalid('a coefficient is no integer');
  if (Math.abs(e1) + Math.abs(e2) + (square && guard ? 2 : 0) > MOST_COEFFICIENTS) {
    invalid(`coefficients add up to more than ${MOST_COEFFICIENTS}`);
  }
  // The guard is what reads the digit, and B − C is what it speaks of.
  if (moved !== undefined && !guard) invalid('a relation that a digit moves has no guard');
  if (moved !== undefined && makes === 'E1') invalid('a digit cannot choose what is made');
  const coefficient = { A: square ? 0 : 1, E1: e1, E2: e2 };
  if (makes !== undefined && coefficient[makes] === 0) invalid(`${makes} is made with coefficient 0`);
}

const isBelow = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < most;

function reject(where: string, problem: string): never {
  fail('SYSTEM_INVALID', problem, { where, fix: 'Correct what prints the program' });
}
