/** Arguments of the rows that every layout has: addresses, coefficients, constants. */
import { fail } from '../../errors/index.ts';
import type { ElementLayout } from '../parts/elements.ts';
import { rowConstants } from '../parts/poseidon2.ts';
import { PUBLIC_SEGMENT } from '../parts/tags.ts';
import type { Value } from '../program.ts';
import type { ElementRow, FieldHalf } from './rows.ts';

/** Values of arguments by their number; what is left out, holes too, is 0. */
export type Arguments = (bigint | number)[];

/** Nothing: 0 = 0·0 + 0·0 + 0. */
const IDLE: FieldHalf = { a: 0, b: 0, c: 0, scale: 0n, constant: 0n, zero: false };

/** @param addresses by id of an element */
export function elementArguments(
  row: ElementRow,
  at: ElementLayout['arguments'],
  addresses: readonly number[],
): Arguments {
  const args: Arguments = [];
  const put = (from: number, values: readonly (bigint | number)[]): void => {
    values.forEach((value, i) => {
      args[from + i] = value;
    });
  };
  const read = (ids: readonly number[]): void =>
    put(
      at.reads,
      ids.map((id) => addresses[id]!),
    );
  switch (row.kind) {
    case 'field': {
      const halves = [0, 1].map((i) => row.halves[i] ?? IDLE);
      read(halves.flatMap(({ a, b, c }) => [a, b, c]));
      const { scales, constants, zeros } = at.field;
      halves.forEach(({ scale, constant, zero }, i) => {
        args[scales[i]!] = scale;
        args[constants[i]!] = constant;
        args[zeros[i]!] = zero ? 1 : 0;
      });
      return args;
    }
    case 'full':
    case 'partial': {
      const { kind, state, absorbed, round } = row;
      read([...state, ...absorbed]);
      put(at[kind].constants, rowConstants(kind, round));
      if (kind === 'full' && round === 0) args[at.full.first] = 1;
      return args;
    }
    case 'digits':
      read([row.before]);
      put(at.digits.weights, row.weights);
      args[at.digits.last] = row.last ? 1 : 0;
      return args;
    case 'pack':
      args[at.pack.x] = single(row.x);
      args[at.pack.y] = single(row.y);
      args[at.pack.xRest] = row.xRest.offset;
      args[at.pack.yRest] = row.yRest.offset;
      return args;
    case 'public':
      if (at.public.segment !== undefined) args[at.public.segment] = PUBLIC_SEGMENT;
      args[at.public.offset] = row.index;
      return args;
  }
}

/** The offset of a value of segment 0; `SYSTEM_INVALID` for one of a table. */
export function single({ segment, offset, id }: Value): number {
  if (segment !== 0) {
    fail('SYSTEM_INVALID', `value ${id} of segment ${segment} stands where a row reads single values only`, {
      where: 'the program of a verifier',
      fix: 'Copy it to segment 0',
    });
  }
  return offset;
}
