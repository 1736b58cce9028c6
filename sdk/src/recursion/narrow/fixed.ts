/** The fixed columns of a program: kinds of rows, addresses, coefficients, constants. */
import { Fr } from '../../field/field.ts';
import { RELATION_SEGMENT, segmentOf } from '../parts/tags.ts';
import type { RelationOperation } from '../program.ts';
import { wordsOf } from '../relation.ts';
import { type Arguments, elementArguments, single } from '../rows/fixed.ts';
import { addressesOf } from '../rows/lower.ts';
import { ARGUMENT, type Kind, NARROW, NARROW_ELEMENTS, NARROW_LOG } from './chip.ts';
import type { Row, Rows, ValueRow } from './rows.ts';

/** Addresses of all elements, and the fixed columns of `NARROW`, in order, `2^NARROW_LOG` canonical values each. */
export interface FixedRows {
  readonly columns: readonly (readonly bigint[])[];
  /** Address by id of an element. */
  readonly addresses: readonly number[];
}

/** `SYSTEM_INVALID` where a relation or a pack reads from a table what it can only read from segment 0. */
export function fixedRows({ rows, elements }: Rows): FixedRows {
  const addresses = addressesOf(
    rows.map((row) => ('lanes' in row ? row : undefined)),
    elements,
  );
  const names = new Map(NARROW.fixed.map(({ name }, i) => [name, i]));
  const columns = NARROW.fixed.map(() => new Array<bigint>(2 ** NARROW_LOG).fill(0n));
  columns[names.get('row')!] = Array.from({ length: 2 ** NARROW_LOG }, (_, row) => BigInt(row));
  rows.forEach((row, at) => {
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

function argumentsOf(row: Row, at: number, addresses: readonly number[]): Arguments {
  switch (row.kind) {
    case 'value':
      return valueArguments(row, at);
    case 'relation':
      return relationArguments(row.relation, addresses);
    default:
      return elementArguments(row, NARROW_ELEMENTS.arguments, addresses);
  }
}

function valueArguments({ place, short, constant }: ValueRow, at: number): Arguments {
  const { segment, offset, short: top, constant: bit, low, top: word } = ARGUMENT.value;
  const args: Arguments = [];
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

function relationArguments(relation: RelationOperation, addresses: readonly number[]): Arguments {
  const at = ARGUMENT.relation;
  const { moved } = relation;
  const args: Arguments = [];
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
