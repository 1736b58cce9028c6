/**
 * Writes programs of the recursion machine, one operation after the other. An operation names only what was written before, so the
 * program can be run from top to bottom.
 */
import { isOnG1 } from '../curve/g1.ts';
import { Fr } from '../field/field.ts';
import { checkProgram } from './check-program.ts';
import type {
  Digit,
  Element,
  FieldOperation,
  Operation,
  Point,
  Program,
  RelationOperation,
  Value,
} from './program.ts';

/** `a·b + scale·c + constant`; what is left out is 0, `b` alone left out is 1, `scale` alone left out is 1. */
export interface Combination {
  readonly a?: Element;
  readonly b?: Element;
  readonly c?: Element;
  readonly scale?: bigint;
  readonly constant?: bigint;
}

export class ProgramBuilder {
  readonly #operations: Operation[] = [];
  readonly #places: string[] = [];
  readonly #scopes: string[] = [];
  readonly #values: Value[] = [];
  readonly #constants = new Map<bigint, Element>();
  readonly #constantValues = new Map<bigint, Value>();
  #elements = 0;
  #publics = 0;
  #segments = 0;
  #singles = 0;
  #inputs = { elements: 0, coordinates: 0 };

  /** The constant 0, element 0. */
  readonly zero: Element = this.constant(0n);

  /** Names what `body` writes, for messages. */
  scope<T>(name: string, body: () => T): T {
    this.#scopes.push(name);
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  // ---- elements of Fr

  /** The next element of the public vector. */
  publicElement(): Element {
    const out = this.#element();
    this.#write({ op: 'public', index: this.#publics++, out });
    return out;
  }

  /** The next element of the witness: any element of Fr. */
  input(): Element {
    const out = this.#element();
    this.#inputs.elements++;
    this.#write({ op: 'input', out });
    return out;
  }

  /** A constant; one element for each. */
  constant(value: bigint): Element {
    const canonical = Fr.from(value);
    const known = this.#constants.get(canonical);
    if (known !== undefined) return known;
    const out = this.#element();
    this.#constants.set(canonical, out);
    this.#write({ op: 'constant', value: canonical, out });
    return out;
  }

  /** One operation; two of them are a row of the narrow chip. */
  combine(combination: Combination): Element {
    const operands = this.#operands(combination);
    const out = this.#element();
    this.#write({ op: 'field', ...operands, out });
    return out;
  }

  /** `a·b + scale·c + constant = 0`, one operation. */
  assertZero(combination: Combination): void {
    this.#write({ op: 'field', ...this.#operands(combination) });
  }

  add(a: Element, c: Element): Element {
    return this.combine({ a, c });
  }

  sub(a: Element, c: Element): Element {
    return this.combine({ a, c, scale: -1n });
  }

  mul(a: Element, b: Element): Element {
    return this.combine({ a, b });
  }

  /** `a·b + c` */
  mulAdd(a: Element, b: Element, c: Element): Element {
    return this.combine({ a, b, c });
  }

  assertEqual(a: Element, c: Element): void {
    this.assertZero({ a, c, scale: -1n });
  }

  /** `1/a`, and with it that `a` is not zero. Two operations. */
  inverse(a: Element): Element {
    const out = this.#element();
    this.#write({ op: 'input', out, inverseOf: a });
    this.assertZero({ a, b: out, constant: -1n });
    return out;
  }

  /** Poseidon2 of `state + (absorb[0], absorb[1], 0)`; what is left out is zero. Eleven rows of the narrow chip. */
  permute(
    state: readonly [Element, Element, Element],
    absorb: readonly [Element?, Element?] = [],
  ): [Element, Element, Element] {
    const out = [this.#element(), this.#element(), this.#element()] as [Element, Element, Element];
    this.#write({ op: 'permute', state, absorb: [absorb[0] ?? this.zero, absorb[1] ?? this.zero], out });
    return out;
  }

  // ---- points

  /** A point that the program names; `RangeError` unless it is on the curve. */
  constantPoint({ x, y }: { readonly x: bigint; readonly y: bigint }): Point {
    if (!isOnG1({ x, y })) throw new RangeError('a constant point is not on the curve');
    return { x: this.constantValue(x), y: this.constantValue(y) };
  }

  /** The eight words of a point as three elements ({@link import('./program.ts').PackOperation}), both coordinates shown below p. */
  packPoint(point: Point): [Element, Element, Element] {
    const out = [this.#element(), this.#element(), this.#element()] as [Element, Element, Element];
    this.#write({ op: 'pack', point, out });
    return out;
  }

  // ---- for gadgets: values of the base field

  /** A segment of its own, for a table. */
  segment(): number {
    return ++this.#segments;
  }

  /** A value that the next operation writes; at the next offset of segment 0 unless a place is given. */
  value(place?: { readonly segment: number; readonly offset: number }): Value {
    const { segment, offset } = place ?? { segment: 0, offset: this.#singles++ };
    const value: Value = { kind: 'value', id: this.#values.length, segment, offset };
    this.#values.push(value);
    return value;
  }

  /** The next coordinate of the witness. */
  inputValue(): Value {
    const out = this.value();
    this.#inputs.coordinates++;
    this.#write({ op: 'value', out });
    return out;
  }

  /** A constant of `[0, p)`; one value for each. */
  constantValue(constant: bigint): Value {
    const known = this.#constantValues.get(constant);
    if (known !== undefined) return known;
    const out = this.value();
    this.#write({ op: 'value', out, constant });
    this.#constantValues.set(constant, out);
    return out;
  }

  /** A relation; operands that are left out are the value 0, coefficients 0. */
  relation(relation: Partial<Omit<RelationOperation, 'op'>>): void {
    const zero = this.constantValue(0n);
    this.#write({
      op: 'relation',
      ...{ square: false, guard: false, e1: 0, e2: 0 },
      ...{ A: zero, B: zero, C: zero, E1: zero, E2: zero },
      ...relation,
    });
  }

  /** Digits of a scalar, one for each weight: those of both halves of `splitOdd`, window by window. */
  digits(scalar: Element, weights: readonly bigint[]): Digit[] {
    const digits = weights.map((weight) => ({ weight, out: this.#element() }));
    this.#write({ op: 'digits', scalar, digits });
    return digits.map(({ out }) => out);
  }

  /** The program; `SYSTEM_INVALID` where it breaks a rule ({@link checkProgram}). */
  build(): Program {
    const program: Program = {
      operations: this.#operations,
      places: this.#places,
      elements: this.#elements,
      values: this.#values,
      publics: this.#publics,
      inputs: this.#inputs,
    };
    checkProgram(program);
    return program;
  }

  #operands({ a, b, c, scale, constant = 0n }: Combination): Omit<FieldOperation, 'op' | 'out'> {
    return {
      a: a ?? this.zero,
      b: b ?? (a === undefined ? this.zero : this.constant(1n)),
      c: c ?? this.zero,
      scale: Fr.from(scale ?? 1n),
      constant: Fr.from(constant),
    };
  }

  #element(): Element {
    return { kind: 'element', id: this.#elements++ };
  }

  #write(operation: Operation): void {
    this.#operations.push(operation);
    this.#places.push(this.#scopes.join('/'));
  }
}
