/**
 * tables: all pairs of bytes, four to a row: the bytes without their last bit are fixed columns, and the last bits are constants of
 * an interaction, for `(2a + i) & (2b + j) = 2·(a & b) + (i & j)`. A pair is also a 16-bit number, so the same columns serve range
 * checks of limbs, pairs of bytes and byte-wise conjunction. Four to a row, the table has 2^14 rows, and every proof, however small,
 * pays for its height. Every tuple of every row is a valid one of its kind and all 2^16 of them are in the key, so a multiplicity
 * may be any field element: what is consumed is bits, and a sum of bits has one value.
 */
import { add, mul } from '../../expr/expression.ts';
import type { ColumnValues } from '../../plonk/columns/fixed.ts';
import { type Chip, ChipBuilder } from '../../plonk/declare/declare.ts';
import { AND8, BYTES, RANGE16 } from '../tags.ts';
import type { Cells, Uses } from './fill.ts';

/** Bits of a byte that a row takes all values of. */
const LOW = 1;
const HIGH = 8 - LOW;
export const TABLES_LOG: number = 2 * HIGH;
const HIGH_MASK = (1 << HIGH) - 1;

/** The last bits `i`, `j` of the bytes of a row's pairs, in order. */
const LAST_BITS: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

/** The bytes of a row whose last bits are 0. */
const evenBytes = (row: number): [number, number] => [(row >>> HIGH) << LOW, (row & HIGH_MASK) << LOW];

function declare(): Chip {
  const chip = new ChipBuilder('tables');
  const x = chip.fixed('x');
  const y = chip.fixed('y');
  const and = chip.fixed('and');
  const why = 'a multiplicity: what the bus balances with';
  const columns = (name: string) => LAST_BITS.map((_, k) => chip.column(`${name}${k}`, 'bound', 1, why));
  const [limbs, pairs, ands] = [columns('limbs'), columns('pairs'), columns('ands')];
  LAST_BITS.forEach(([i, j], k) => {
    const [left, right] = [add(x, i), add(y, j)];
    chip.send(`limbs ${i}${j}`, RANGE16, limbs[k]!, [add(mul(left, 256n), right)]);
    chip.send(`pairs of bytes ${i}${j}`, BYTES, pairs[k]!, [left, right]);
    chip.send(`conjunctions ${i}${j}`, AND8, ands[k]!, [left, right, add(and, i & j)]);
  });
  return chip.build({
    about: 'All pairs of bytes x, y with x & y, four a row; as 256·x + y all 16-bit limbs.',
    height: { from: 'key', log: TABLES_LOG },
  });
}

/** Values of the fixed columns, for the key. */
export function tableColumns(): ColumnValues[] {
  const column = (of: (x: number, y: number) => number): ColumnValues => ({
    words: 1,
    data: Uint32Array.from({ length: 1 << TABLES_LOG }, (_, row) => of(...evenBytes(row))),
  });
  return [column((x) => x), column((_, y) => y), column((x, y) => x & y)];
}

function fill(cells: Cells, uses: Uses): void {
  LAST_BITS.forEach(([i, j], k) => {
    for (const [name, counts] of [
      ['limbs', uses.range16],
      ['pairs', uses.bytes],
      ['ands', uses.and8],
    ] as const) {
      const cell = cells(`${name}${k}`);
      for (let row = 0; row < cell.length; row++) {
        const [x, y] = evenBytes(row);
        cell[row] = counts[((x + i) << 8) | (y + j)]!;
      }
    }
  });
}

export const tables: { readonly chip: Chip; readonly fill: typeof fill } = { chip: declare(), fill };
