/**
 * What makes the addresses of a program sound, checked on its fixed columns, which are all that a key knows of it: no address is written twice, everything that
 * is read is written, tables stand apart. Free multiplicities of writers are harmless then: an address has one tuple.
 */
import { fail } from '../../errors/index.ts';
import {
  ARGUMENT,
  ARGUMENTS,
  KINDS,
  type Kind,
  NARROW,
  NARROW_LOG,
  PUBLIC_SEGMENT,
  PUBLICS_A_ROW,
  READS,
  RELATION_SEGMENT,
  WRITERS,
} from './chip.ts';

/**
 * @param publics how many elements the verifier sends itself, each once
 * @throws `SYSTEM_INVALID`, with the row, where fixed columns break a rule
 */
export function checkRows(columns: readonly (readonly bigint[])[], publics: number): void {
  const rows = new FixedRowsChecker(columns);
  rows.checkKinds();
  rows.checkValues();
  rows.checkReaders(publics);
}

class FixedRowsChecker {
  readonly #columns: ReadonlyMap<string, readonly bigint[]>;
  readonly #arguments: readonly (readonly bigint[])[];
  readonly #kinds: (Kind | undefined)[] = [];
  /** Offsets that are written, by segment. */
  readonly #values = new Map<bigint, Set<bigint>>();

  constructor(columns: readonly (readonly bigint[])[]) {
    this.#columns = new Map(NARROW.fixed.map(({ name }, i) => [name, columns[i]!]));
    this.#arguments = Array.from({ length: ARGUMENTS }, (_, i) => this.#columns.get(`a${i}`)!);
  }

  /** Every row is of one kind or none, its index is its own, bits are bits. */
  checkKinds(): void {
    for (let row = 0; row < 2 ** NARROW_LOG; row++) {
      const set = KINDS.filter((kind) => this.#bit(kind, row));
      const guard = set.includes('guard');
      const [kind, ...more] = set.filter((name) => name !== 'guard');
      if (more.length > 0) invalid(row, `is ${set.join(' and ')}`);
      if (guard && kind !== 'relation') invalid(row, 'has a guard and is no relation');
      if (this.#cell('row', row) !== BigInt(row)) invalid(row, 'has the index of another');
      this.#kinds.push(kind);
      const { value, relation, full, field, digits } = ARGUMENT;
      const bits: Partial<Record<Kind, readonly number[]>> = {
        value: [value.short, value.constant],
        relation: [relation.square],
        full: [full.first],
        field: field.zeros,
        digits: [digits.last],
      };
      for (const bit of (kind !== undefined && bits[kind]) || []) this.#bit(`a${bit}`, row);
    }
  }

  checkValues(): void {
    this.#forEach('value', (row) => {
      // Limbs share interactions with elements that are read, whose addresses stand there.
      for (let i = 0; i < Math.max(...Object.values(READS)); i++) {
        if (this.#argument(i, row) !== 0n) invalid(row, 'has limbs with an address');
      }
      const segment = this.#argument(ARGUMENT.value.segment, row);
      const offset = this.#argument(ARGUMENT.value.offset, row);
      const offsets = this.#values.get(segment) ?? new Set<bigint>();
      this.#values.set(segment, offsets);
      if (offsets.has(offset)) invalid(row, `writes ${segment}:${offset} a second time`);
      offsets.add(offset);
      if (segment === BigInt(PUBLIC_SEGMENT)) invalid(row, 'writes a value among the public elements');
      if (segment === BigInt(RELATION_SEGMENT) && offset !== BigInt(row)) {
        invalid(row, 'stands for another row in the segment of quotients and carries');
      }
      // What is not a quotient or a carry is a value, and values are below 2^254 + 2^240.
      if (segment !== BigInt(RELATION_SEGMENT) && !this.#bit(`a${ARGUMENT.value.short}`, row)) {
        invalid(row, 'writes a value whose top word is not bounded');
      }
    });
  }

  checkReaders(publics: number): void {
    for (const [kind, count] of Object.entries(READS)) {
      this.#forEach(kind as Kind, (row) => {
        for (let i = 0; i < count; i++) {
          this.#writer(this.#argument(ARGUMENT.reads + i, row), row);
        }
      });
    }
    const at = ARGUMENT.relation;
    this.#forEach('pack', (row) => {
      for (const single of [at.A, at.B]) this.#value(0n, this.#argument(single, row), row);
      for (const pair of [at.C, at.E1]) {
        this.#value(this.#argument(pair, row), this.#argument(pair + 1, row), row);
      }
    });
    this.#forEach('relation', (row) => {
      for (const single of [at.A, at.B, at.E2]) this.#value(0n, this.#argument(single, row), row);
      for (const back of [1, 2]) this.#value(BigInt(RELATION_SEGMENT), BigInt(row - back), row);
      const moved = this.#bit('guard', row) && this.#choosesBy(this.#argument(at.digit, row), row);
      for (const pair of [at.C, at.E1]) {
        const segment = this.#argument(pair, row);
        if (segment === BigInt(RELATION_SEGMENT)) invalid(row, 'reads a quotient or a carry as a value');
        if (moved) this.#table(segment, row);
        else this.#value(segment, this.#argument(pair + 1, row), row);
        if (moved && this.#argument(pair + 1, row) !== 0n) invalid(row, 'has a digit and an offset');
        // A zero that is read as a digit is also −2^16 with a sign, which reads 2^16 in front: nothing stands there.
        if (this.#argument(pair + 1, row) >= 2n ** 16n) invalid(row, 'reads behind the first 2^16 offsets');
      }
    });
    this.#checkVector(publics);
  }

  /** The verifier sends each tuple of the vector once, and nothing else is in its segment. */
  #checkVector(publics: number): void {
    const at = ARGUMENT.relation.C;
    const read = new Map<bigint, number>();
    this.#forEach('public', (row) => {
      if (this.#argument(at, row) !== BigInt(PUBLIC_SEGMENT)) invalid(row, 'reads no public elements');
      const offset = this.#argument(at + 1, row);
      read.set(offset, (read.get(offset) ?? 0) + 1);
    });
    const tuples = Math.ceil(publics / PUBLICS_A_ROW);
    for (let i = 0n; i < BigInt(tuples); i++) {
      const count = read.get(i) ?? 0;
      if (count !== 1)
        invalid(
          undefined,
          `the public elements from ${BigInt(PUBLICS_A_ROW) * i} on are read ${count} times`,
        );
    }
    if (read.size > tuples) invalid(undefined, 'public elements are read that there are not');
  }

  /** Whether a guard reads a digit; otherwise it must read a zero. */
  #choosesBy(address: bigint, row: number): boolean {
    const { kind, row: writer, lane } = this.#writer(address, row);
    if (kind === 'digits' && lane < 3) return true;
    const zero = ARGUMENT.field.zeros[lane as 0 | 1];
    if (kind !== 'field' || zero === undefined || !this.#bit(`a${zero}`, writer)) {
      invalid(row, 'reads a digit that is neither one nor zero');
    }
    return false;
  }

  #writer(address: bigint, row: number): { kind: Kind; row: number; lane: number } {
    const at = Number(address);
    const writer = Math.floor(at / 4);
    const kind = this.#kinds[writer];
    if (kind === undefined || !WRITERS.includes(kind)) {
      return invalid(row, `reads the element at ${address}, which nothing writes`);
    }
    return { kind, row: writer, lane: at % 4 };
  }

  #value(segment: bigint, offset: bigint, row: number): void {
    if (this.#values.get(segment)?.has(offset) !== true) {
      invalid(row, `reads the value at ${segment}:${offset}, which nothing writes`);
    }
  }

  /** A table is read by digits: its offsets bound them, so they are odd and it has no other. */
  #table(segment: bigint, row: number): void {
    const offsets = this.#values.get(segment) ?? new Set();
    if (segment === 0n || offsets.size === 0)
      invalid(row, `chooses from segment ${segment}, which is no table`);
    for (const offset of offsets) {
      if (offset % 2n === 0n || offset >= 2n ** 16n)
        invalid(row, `chooses from a table with an entry ${offset}`);
    }
  }

  #forEach(kind: Kind, visit: (row: number) => void): void {
    this.#kinds.forEach((found, row) => {
      if (found === kind) visit(row);
    });
  }

  #cell(name: string, row: number): bigint {
    return this.#columns.get(name)![row]!;
  }

  #argument(i: number, row: number): bigint {
    return this.#arguments[i]![row]!;
  }

  #bit(name: string, row: number): boolean {
    const value = this.#cell(name, row);
    if (value > 1n) invalid(row, `${name} is no bit`);
    return value === 1n;
  }
}

function invalid(row: number | undefined, problem: string): never {
  fail('SYSTEM_INVALID', problem, {
    where: row === undefined ? 'the rows of a program' : `row ${row} of a program`,
    fix: 'Correct what prints the program',
  });
}
