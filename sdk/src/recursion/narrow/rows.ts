/**
 * A program as rows of the narrow chip: one kind a row, with what it reads and writes. Order matters in one place only, a relation reads the two rows in
 * front of it. Rows make more elements than the program has (lanes between rounds, what is left of a scalar): those have ids behind the program's.
 */
import { fail } from '../../errors/index.ts';
import { WINDOWS } from '../gadgets/digits.ts';
import { PERMUTATION_ROWS } from '../parts/poseidon2.ts';
import type {
  DigitsOperation,
  FieldOperation,
  PackOperation,
  PermuteOperation,
  Program,
  RelationOperation,
  Value,
} from '../program.ts';
import { NARROW_LOG, PUBLICS_A_ROW } from './chip.ts';

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

export interface ValueRow {
  readonly kind: 'value';
  /** A value of the program; what is left of one to p − 1; quotient or carries of the relation of a later row. */
  readonly holds:
    | { readonly what: 'value'; readonly id: number }
    | { readonly what: 'rest'; readonly id: number }
    | { readonly what: 'quotient' | 'carries'; readonly relation: RelationOperation };
  /** Undefined: the segment of relations, at its own row. */
  readonly place: { readonly segment: number; readonly offset: number } | undefined;
  readonly short: boolean;
  readonly constant: bigint | undefined;
}

export interface RelationRow {
  readonly kind: 'relation';
  readonly relation: RelationOperation;
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
  readonly xRest: { readonly segment: number; readonly offset: number };
  readonly yRest: { readonly segment: number; readonly offset: number };
  readonly lanes: Lanes;
}

/** Four elements of the public vector, the last row perhaps fewer. */
export interface PublicRow {
  readonly kind: 'public';
  readonly index: number;
  readonly lanes: Lanes;
}

export type Row = ValueRow | RelationRow | FieldRow | RoundsRow | DigitsRow | PackRow | PublicRow;

/** A program in rows. */
export interface Rows {
  readonly program: Program;
  readonly rows: readonly Row[];
  /** How many elements there are, with those that only rows know. */
  readonly elements: number;
  /** Of each row, where it stands in the verifier. */
  readonly places: readonly string[];
}

/** `TRACE_TOO_TALL` where the program has more rows than the chip. */
export function lower(program: Program): Rows {
  const lowering = new Lowering(program);
  program.operations.forEach((_operation, i) => {
    lowering.operation(i);
  });
  return lowering.done();
}

class Lowering {
  readonly #program: Program;
  readonly #rows: Row[] = [];
  readonly #places: string[] = [];
  /** The row of operations that has room for one more. */
  #open: { halves: FieldHalf[]; lanes: Lanes } | undefined;
  /** Lanes of the last row of public elements. */
  #vector: Lanes = [];
  /** Elements of the witness: they stand in lanes that nothing else takes. */
  readonly #free: number[] = [];
  #elements: number;
  #singles: number;
  #place = '';

  constructor(program: Program) {
    this.#program = program;
    this.#elements = program.elements;
    this.#singles = program.values.filter(({ segment }) => segment === 0).length;
  }

  operation(i: number): void {
    const operation = this.#program.operations[i]!;
    this.#place = this.#program.places[i]!;
    switch (operation.op) {
      case 'public':
        this.#public(operation.index, operation.out.id);
        break;
      case 'constant':
        // Element 0 reads itself, and a fixed bit makes it zero.
        this.#field(
          { a: 0, b: 0, c: 0, scale: 0n, constant: operation.value, zero: operation.value === 0n },
          operation.out.id,
        );
        break;
      case 'input':
        this.#free.push(operation.out.id);
        break;
      case 'field':
        this.#fieldOperation(operation);
        break;
      case 'permute':
        this.#permute(operation);
        break;
      case 'digits':
        this.#digits(operation);
        break;
      case 'value':
        this.#value(operation.out, operation.constant);
        break;
      case 'pack':
        this.#pack(operation);
        break;
      case 'relation': {
        const { makes } = operation;
        if (makes !== undefined) this.#value(operation[makes], undefined);
        for (const what of ['carries', 'quotient'] as const) {
          const holds = { what, relation: operation };
          this.#push({ kind: 'value', holds, place: undefined, short: false, constant: undefined });
        }
        this.#push({ kind: 'relation', relation: operation });
        break;
      }
    }
  }

  done(): Rows {
    this.#placeFree();
    const { length } = this.#rows;
    if (length > 2 ** NARROW_LOG) {
      fail(
        'TRACE_TOO_TALL',
        `the program takes ${length} rows, the recursion machine has ${2 ** NARROW_LOG}`,
        {
          where: 'the program of a verifier',
          fix: 'Verify a key with fewer commitments: larger packing factors',
        },
      );
    }
    return { program: this.#program, rows: this.#rows, elements: this.#elements, places: this.#places };
  }

  /** Elements of the witness in lanes that no constraint speaks of: of a row of operations, the last two. */
  #placeFree(): void {
    const free = this.#free.values();
    for (const row of this.#rows) {
      if (!('lanes' in row) || row.kind === 'public') continue;
      for (let lane = row.kind === 'field' ? 2 : 0; lane < 4; lane++) {
        if (row.lanes[lane] !== undefined) continue;
        const next = free.next();
        if (next.done === true) return;
        row.lanes[lane] = next.value;
      }
    }
    const rest = [...free];
    this.#place = 'elements of the witness';
    for (let at = 0; at < rest.length; at += 2) {
      this.#push({ kind: 'field', halves: [], lanes: [undefined, undefined, rest[at], rest[at + 1]] });
    }
  }

  #push(row: Row): void {
    this.#rows.push(row);
    this.#places.push(this.#place);
  }

  #element(): number {
    return this.#elements++;
  }

  #public(index: number, id: number): void {
    const lane = index % PUBLICS_A_ROW;
    if (lane === 0) {
      this.#vector = [];
      this.#push({ kind: 'public', index: index / PUBLICS_A_ROW, lanes: this.#vector });
    }
    this.#vector[lane] = id;
  }

  /** Operations in pairs, in the order in which they come. */
  #field(half: FieldHalf, out: number | undefined): void {
    if (this.#open === undefined) {
      this.#open = { halves: [], lanes: [] };
      this.#push({ kind: 'field', ...this.#open });
    }
    const { halves, lanes } = this.#open;
    // A result that nobody may read has its lane all the same.
    lanes[halves.length] = out ?? this.#element();
    halves.push(half);
    if (halves.length === 2) this.#open = undefined;
  }

  #fieldOperation({ a, b, c, scale, constant, out }: FieldOperation): void {
    this.#field({ a: a.id, b: b.id, c: c.id, scale, constant, zero: out === undefined }, out?.id);
  }

  #permute({ state, absorb, out }: PermuteOperation): void {
    let lanes = state.map(({ id }) => id);
    let absorbed = absorb.map(({ id }) => id);
    const counts = { full: 0, partial: 0 };
    PERMUTATION_ROWS.forEach((kind, i) => {
      const next =
        i === PERMUTATION_ROWS.length - 1 ? out.map(({ id }) => id) : lanes.map(() => this.#element());
      this.#push({ kind, state: lanes, absorbed, round: counts[kind]++, lanes: next as unknown as Lanes });
      lanes = [...next];
      absorbed = PERMUTATION_ROWS[i + 1] === 'full' ? [0, 0] : [];
    });
  }

  #digits({ scalar, digits }: DigitsOperation): void {
    let before = scalar.id;
    const rows = Math.ceil((2 * WINDOWS) / 3);
    for (let i = 0; i < rows; i++) {
      const three = digits.slice(3 * i, 3 * i + 3);
      const after = this.#element();
      const lanes = [0, 1, 2].map((k) => three[k]?.out.id ?? this.#element());
      this.#push({
        kind: 'digits',
        before,
        weights: three.map(({ weight }) => weight),
        last: i === rows - 1,
        lanes: [...lanes, after] as unknown as Lanes,
      });
      before = after;
    }
  }

  #value({ id, segment, offset }: Value, constant: bigint | undefined): void {
    const place = { segment, offset };
    this.#push({ kind: 'value', holds: { what: 'value', id }, place, short: true, constant });
  }

  #pack({ point, out }: PackOperation): void {
    const rests = [point.x, point.y].map(({ id }) => {
      const place = { segment: 0, offset: this.#singles++ };
      this.#push({ kind: 'value', holds: { what: 'rest', id }, place, short: true, constant: undefined });
      return place;
    });
    this.#push({
      kind: 'pack',
      x: point.x,
      y: point.y,
      xRest: rests[0]!,
      yRest: rests[1]!,
      lanes: out.map(({ id }) => id) as unknown as Lanes,
    });
  }
}
