/** Rows that every layout has: what they read and write, by ids of elements and places of values. */
import type { RelationOperation, Value } from '../program.ts';

/** Ids of the elements that stand in the four lanes; undefined where a lane is free. */
export type Lanes = [number?, number?, number?, number?];

/** One operation of a row of two: operands by id. */
export interface FieldHalf {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly scale: bigint;
  readonly constant: bigint;
  readonly zero: boolean;
}

export interface FieldRow {
  readonly kind: 'field';
  readonly halves: readonly FieldHalf[];
  readonly lanes: Lanes;
}

export interface RoundsRow {
  readonly kind: 'full' | 'partial';
  readonly state: readonly number[];
  /** Two of full rounds, none of partial ones. */
  readonly absorbed: readonly number[];
  /** Of its kind, counted from 0. */
  readonly round: number;
  readonly lanes: Lanes;
}

export interface DigitsRow {
  readonly kind: 'digits';
  readonly before: number;
  readonly weights: readonly bigint[];
  readonly last: boolean;
  readonly lanes: Lanes;
}

export interface PackRow {
  readonly kind: 'pack';
  readonly x: Value;
  readonly y: Value;
  /** Both in segment 0. */
  readonly xRest: Place;
  readonly yRest: Place;
  readonly lanes: Lanes;
}

/** Four elements of the public vector, the last row perhaps fewer. */
export interface PublicRow {
  readonly kind: 'public';
  readonly index: number;
  readonly lanes: Lanes;
}

export type ElementRow = FieldRow | RoundsRow | DigitsRow | PackRow | PublicRow;

export interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** A value that a row writes: of the program, or what is left of one to p − 1. */
export interface WrittenValue {
  readonly holds: { readonly what: 'value' | 'rest'; readonly id: number };
  readonly place: Place;
  readonly constant: bigint | undefined;
}

/** Takes the rows of a program as they come. */
export interface RowSink {
  element(row: ElementRow): void;
  /** That no relation makes. */
  value(written: WrittenValue): void;
  /** @param makes what it determines */
  relation(relation: RelationOperation, makes: WrittenValue | undefined): void;
}
