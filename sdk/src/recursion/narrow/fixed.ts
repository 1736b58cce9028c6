/** The fixed columns of a program: kinds of rows, addresses, coefficients, constants. */
import { fail } from '../../errors/index.ts';
import { Fr } from '../../field/field.ts';
import { rowConstants } from '../parts/poseidon2.ts';
import type { RelationOperation, Value } from '../program.ts';
import { wordsOf } from '../relation.ts';
import { ARGUMENT, type Kind, NARROW, NARROW_LOG, PUBLIC_SEGMENT, RELATION_SEGMENT } from './chip.ts';
import type { FieldHalf, PackRow, RoundsRow, Row, Rows, ValueRow } from './rows.ts';

/** Tables of a program stand behind the segments of the chip. */
const segmentOf = (segment: number): number => (segment === 0 ? 0 : segment + PUBLIC_SEGMENT);

/** Addresses of all elements, and the fixed columns of `NARROW`, in order, `2^NARROW_LOG` canonical values each. */
export interface FixedRows {
  readonly columns: readonly (readonly bigint[])[];
  /** Address by id of an element. */
  readonly addresses: readonly number[];
}

/** `SYSTEM_INVALID` where a relation or a pack reads from a table what it can only read from segment 0. */
export function fixedRows(lowered: Rows): FixedRows {
  const addresses = addressesOf(lowered);
  const names = new Map(NARROW.fixed.map(({ name }, i) => [name, i]));
  const columns = NARROW.fixed.map(() => new Array<bigint>(2 ** NARROW_LOG).fill(0n));
  columns[names.get('row')!] = Array.from({ length: 2 ** NARROW_LOG }, (_, row) => BigInt(row));
  lowered.rows.forEach((row, at) => {
    const set = (name: Kind | `a${number}`, value: bigint | number): void => {
      columns[names.get(name)!]![at] = Fr.from(value);
    };
    set(row.kind, 1);
    if (row.kind === 'relation' && row.relation.guard) set('guard', 1);
    argumentsOf(row, at, addresses).forEach((value, i) => {
      set(`a${i}`, value);
    });
  });
  return { columns, addresses };
}

function addressesOf({ rows, elements }: Rows): number[] {
  const addresses = new Array<number>(elements).fill(-1);
  rows.forEach((row, at) => {
    if (!('lanes' in row)) return;
    row.lanes.forEach((id, lane) => {
      if (id !== undefined) addresses[id] = 4 * at + lane;
    });
  });
  return addresses;
}

/** Arguments from the first on; those that are left out, holes too, are 0. */
function argumentsOf(row: Row, at: number, addresses: readonly number[]): (bigint | number)[] {
  switch (row.kind) {
    case 'value':
      return valueArguments(row, at);
    case 'relation':
      return relationArguments(row.relation, addresses);
    case 'field': {
      const halves = [0, 1].map((i) => row.halves[i] ?? IDLE);
      const reads = halves.flatMap(({ a, b, c }) => [a, b, c].map((id) => addresses[id]!));
      const { scales, constants, zeros } = ARGUMENT.field;
      const args: (bigint | number)[] = [...reads];
      halves.forEach(({ scale, constant, zero }, i) => {
        args[scales[i]!] = scale;
        args[constants[i]!] = constant;
        args[zeros[i]!] = zero ? 1 : 0;
      });
      return args;
    }
    case 'full':
    case 'partial':
      return roundsArguments(row, addresses);
    case 'digits': {
      const args: (bigint | number)[] = [addresses[row.before]!];
      row.weights.forEach((weight, i) => {
        args[ARGUMENT.digits.weights + i] = weight;
      });
      args[ARGUMENT.digits.last] = row.last ? 1 : 0;
      return args;
    }
    case 'pack':
      return packArguments(row);
    case 'public': {
      const args: (bigint | number)[] = [];
      args[ARGUMENT.relation.C] = PUBLIC_SEGMENT;
      args[ARGUMENT.relation.C + 1] = row.index;
      return args;
    }
  }
}

/** Nothing: 0 = 0·0 + 0·0 + 0. */
const IDLE: FieldHalf = { a: 0, b: 0, c: 0, scale: 0n, constant: 0n, zero: false };

function valueArguments({ place, short, constant }: ValueRow, at: number): (bigint | number)[] {
  const { segment, offset, short: top, constant: bit, low, top: word } = ARGUMENT.value;
  const args: (bigint | number)[] = [];
  args[segment] = place === undefined ? RELATION_SEGMENT : segmentOf(place.segment);
  args[offset] = place === undefined ? at : place.offset;
  args[top] = short ? 1 : 0;
  if (constant !== undefined) {
    args[bit] = 1;
    args[low] = constant & ((1n << 192n) - 1n);
    args[word] = wordsOf(constant)[3]!;
  }
  return args;
}

function relationArguments(relation: RelationOperation, addresses: readonly number[]): (bigint | number)[] {
  const at = ARGUMENT.relation;
  const { moved } = relation;
  const args: (bigint | number)[] = [];
  args[at.square] = relation.square ? 1 : 0;
  for (const name of ['e1', 'e2'] as const) args[at[name]] = relation[name];
  for (const name of ['A', 'B', 'E2'] as const) args[at[name]] = single(relation[name]);
  for (const name of ['C', 'E1'] as const) {
    const { segment, offset } = moved === undefined ? relation[name] : { segment: moved[name], offset: 0 };
    args[at[name]] = segmentOf(segment);
    args[at[name] + 1] = offset;
  }
  // A guard that no digit moves reads the constant 0.
  if (relation.guard) args[at.digit] = addresses[moved?.digit.id ?? 0]!;
  return args;
}

function packArguments({ x, y, xRest, yRest }: PackRow): (bigint | number)[] {
  const at = ARGUMENT.relation;
  const args: (bigint | number)[] = [];
  args[at.A] = single(x);
  args[at.B] = single(y);
  [args[at.C], args[at.C + 1]] = [segmentOf(xRest.segment), xRest.offset];
  [args[at.E1], args[at.E1 + 1]] = [segmentOf(yRest.segment), yRest.offset];
  return args;
}

function roundsArguments(
  { kind, state, absorbed, round }: RoundsRow,
  addresses: readonly number[],
): (bigint | number)[] {
  const args: (bigint | number)[] = [...state, ...absorbed].map((id) => addresses[id]!);
  rowConstants(kind, round).forEach((constant, i) => {
    args[ARGUMENT[kind].constants + i] = constant;
  });
  if (kind === 'full' && round === 0) args[ARGUMENT.full.first] = 1;
  return args;
}

function single({ segment, offset, id }: Value): number {
  if (segment !== 0) {
    fail('SYSTEM_INVALID', `value ${id} of segment ${segment} stands where a row reads single values only`, {
      where: 'the program of a verifier',
      fix: 'Copy it to segment 0',
    });
  }
  return offset;
}
