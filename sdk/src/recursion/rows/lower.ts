/**
 * A program as rows, whatever the layout. Rows make more elements than the program has (lanes between rounds, what is left of a scalar): those have ids
 * behind the program's.
 */
import { WINDOWS } from '../gadgets/digits.ts';
import { PERMUTATION_ROWS } from '../parts/poseidon2.ts';
import { PUBLICS_A_ROW } from '../parts/tags.ts';
import type {
  DigitsOperation,
  FieldOperation,
  PackOperation,
  PermuteOperation,
  Program,
  Value,
} from '../program.ts';
import type { ElementRow, FieldHalf, Lanes, RowSink, WrittenValue } from './rows.ts';

export interface Lowered {
  /** How many elements there are, with those that only rows know. */
  readonly elements: number;
}

/** @param at called with the place in the program before the rows that stand there */
export function lowerProgram(program: Program, sink: RowSink, at: (place: string) => void): Lowered {
  const lowering = new Lowering(program, sink);
  program.operations.forEach((_operation, i) => {
    at(program.places[i]!);
    lowering.operation(i);
  });
  at('elements of the witness');
  return lowering.done();
}

class Lowering {
  readonly #program: Program;
  readonly #sink: RowSink;
  readonly #rows: ElementRow[] = [];
  /** The row of operations that has room for one more. */
  #open: { halves: FieldHalf[]; lanes: Lanes } | undefined;
  /** Lanes of the last row of public elements. */
  #vector: Lanes = [];
  /** Elements of the witness: they stand in lanes that nothing else takes. */
  readonly #free: number[] = [];
  #elements: number;
  #singles: number;

  constructor(program: Program, sink: RowSink) {
    this.#program = program;
    this.#sink = sink;
    this.#elements = program.elements;
    this.#singles = program.values.filter(({ segment }) => segment === 0).length;
  }

  operation(i: number): void {
    const operation = this.#program.operations[i]!;
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
        this.#sink.value(written(operation.out, operation.constant));
        break;
      case 'pack':
        this.#pack(operation);
        break;
      case 'relation': {
        const { makes } = operation;
        this.#sink.relation(operation, makes === undefined ? undefined : written(operation[makes]));
        break;
      }
    }
  }

  done(): Lowered {
    this.#placeFree();
    return { elements: this.#elements };
  }

  /** Elements of the witness in lanes that no constraint speaks of: of a row of operations, the last two. */
  #placeFree(): void {
    const free = this.#free.values();
    for (const row of this.#rows) {
      if (row.kind === 'public') continue;
      for (let lane = row.kind === 'field' ? 2 : 0; lane < 4; lane++) {
        if (row.lanes[lane] !== undefined) continue;
        const next = free.next();
        if (next.done === true) return;
        row.lanes[lane] = next.value;
      }
    }
    const rest = [...free];
    for (let at = 0; at < rest.length; at += 2) {
      this.#push({ kind: 'field', halves: [], lanes: [undefined, undefined, rest[at], rest[at + 1]] });
    }
  }

  #push(row: ElementRow): void {
    this.#rows.push(row);
    this.#sink.element(row);
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

  #pack({ point, out }: PackOperation): void {
    const rests = [point.x, point.y].map(({ id }) => {
      const place = { segment: 0, offset: this.#singles++ };
      this.#sink.value({ holds: { what: 'rest', id }, place, constant: undefined });
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

function written({ id, segment, offset }: Value, constant?: bigint): WrittenValue {
  return { holds: { what: 'value', id }, place: { segment, offset }, constant };
}

/** Addresses by id of an element, of the rows of one chip in their order; undefined stands for rows of other kinds. */
export function addressesOf(rows: readonly (ElementRow | undefined)[], elements: number): number[] {
  const addresses = new Array<number>(elements).fill(-1);
  rows.forEach((row, at) => {
    row?.lanes.forEach((id, lane) => {
      if (id !== undefined) addresses[id] = 4 * at + lane;
    });
  });
  return addresses;
}
