/**
 * A program of the recursion machine: operations over elements of Fr and over values of the base field, each written once and read by
 * any number of operations. It is data, the same for every layout of chips; rows, fixed columns and the number of readers of each
 * address follow from it. Made by `builder.ts`, evaluated on `bigint` by `evaluate.ts`, laid out as rows by `narrow`.
 */

/** An element of Fr. */
export interface Element {
  readonly kind: 'element';
  /** Position among the program's elements, in the order in which they are written. */
  readonly id: number;
}

/**
 * An integer below 2^254 + 2^240 in four 64-bit words, known modulo p. It stands at an offset of a segment: segment 0 holds single values;
 * every table of multiples has segments of its own, which nothing else is written in, or a digit could choose it.
 */
export interface Value {
  readonly kind: 'value';
  readonly id: number;
  readonly segment: number;
  readonly offset: number;
}

/** An affine point. Never infinity: additions are incomplete, and what comes from outside is shown on the curve. */
export interface Point {
  readonly x: Value;
  readonly y: Value;
}

/** What `digits` writes: `magnitude + 2^16·sign`, magnitude of `[0, 2^16)`, sign 1 for a negative digit. */
export type Digit = Element;

/** An element of the public vector. Every one is read by one operation. */
export interface PublicOperation {
  readonly op: 'public';
  readonly index: number;
  readonly out: Element;
}

/** An element that the prover chooses: the next of the witness, or computed from others. Nothing but its readers constrains it. */
export interface InputOperation {
  readonly op: 'input';
  readonly out: Element;
  /** Where it follows from another: the inverse of that. */
  readonly inverseOf?: Element;
}

/** A constant of `[0, r)`. Element 0 of every program is the constant 0. */
export interface ConstantOperation {
  readonly op: 'constant';
  readonly value: bigint;
  readonly out: Element;
}

/** `out = a·b + scale·c + constant`; without `out` the right side is zero. */
export interface FieldOperation {
  readonly op: 'field';
  readonly a: Element;
  readonly b: Element;
  readonly c: Element;
  readonly scale: bigint;
  readonly constant: bigint;
  readonly out?: Element;
}

/** Poseidon2 of width 3 of `state + (absorb, 0)`. */
export interface PermuteOperation {
  readonly op: 'permute';
  readonly state: readonly [Element, Element, Element];
  readonly absorb: readonly [Element, Element];
  readonly out: readonly [Element, Element, Element];
}

/**
 * Signed odd digits with `scalar = Σ weight·digit` in Fr: `digits[i].weight` by `digits[i].out`. A look-up in a table bounds each; that is
 * all that bounds them.
 */
export interface DigitsOperation {
  readonly op: 'digits';
  readonly scalar: Element;
  readonly digits: readonly { readonly weight: bigint; readonly out: Digit }[];
}

/** A value that the prover chooses (`input`: the next coordinate of the witness), or a constant below p. */
export interface ValueOperation {
  readonly op: 'value';
  readonly out: Value;
  readonly constant?: bigint;
}

/**
 * Both coordinates of a point are below p; their eight words in three elements:
 * `x0 + 2^64·x1 + 2^128·x2`, `x3 + 2^64·y0 + 2^128·y1`, `y2 + 2^64·y3`.
 */
export interface PackOperation {
  readonly op: 'pack';
  readonly point: Point;
  readonly out: readonly [Element, Element, Element];
}

/**
 * `A·(B − C) + e1·E1 + e2·E2 ≡ 0 mod p`, or with `square` `A² + e1·E1 + e2·E2 ≡ 0 mod p`. A guard shows `B ≢ C mod p`; a square with a guard is
 * `A² − B − C + e1·E1 + e2·E2`. With `moved` C and E1 are entries of tables, and −e1 stands for e1 where the digit is negative.
 */
export interface RelationOperation {
  readonly op: 'relation';
  readonly square: boolean;
  readonly guard: boolean;
  readonly e1: number;
  readonly e2: number;
  readonly A: Value;
  readonly B: Value;
  readonly C: Value;
  readonly E1: Value;
  readonly E2: Value;
  readonly moved?: Moved;
  /** The operand that this relation determines and writes; undefined for one that only checks. */
  readonly makes?: Made;
}

/** The operands that a relation may determine: it is linear in them. */
export type Made = 'A' | 'E1' | 'E2';

/** A digit that chooses C and E1 at its magnitude in the segments of two tables, and negates E1 by its sign. */
export interface Moved {
  readonly digit: Digit;
  readonly C: number;
  readonly E1: number;
}

export type Operation =
  | PublicOperation
  | InputOperation
  | ConstantOperation
  | FieldOperation
  | PermuteOperation
  | DigitsOperation
  | ValueOperation
  | PackOperation
  | RelationOperation;

export interface Program {
  readonly operations: readonly Operation[];
  /** Where an operation stands in the verifier, for messages: path of scopes. */
  readonly places: readonly string[];
  readonly elements: number;
  readonly values: readonly Value[];
  readonly publics: number;
  /** Inputs of the witness: elements without `inverseOf`, values without `constant`. */
  readonly inputs: { readonly elements: number; readonly coordinates: number };
}

/** What a program is run on. Secret unless the proofs it verifies are public. */
export interface ProgramInputs {
  readonly publics: readonly bigint[];
  readonly elements: readonly bigint[];
  readonly points: readonly { readonly x: bigint; readonly y: bigint }[];
}
