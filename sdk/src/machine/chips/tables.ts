/**
 * tables: all pairs of bytes. A pair is also a 16-bit number, so one pair of fixed columns serves range checks of
 * limbs, pairs of bytes and byte-wise conjunction. Every row is a valid tuple of each kind and all 2^16 of them are in
 * the key, so a multiplicity may be any field element: what is consumed is bits, and a sum of bits has one value.
 */
import { add, mul } from '../../expr/expression.ts';
import { type Chip, ChipBuilder } from '../../plonk/declare.ts';
import type { ColumnValues } from '../../plonk/fixed.ts';
import { AND8, BYTES, RANGE16 } from '../tags.ts';
import type { Cells, Uses } from './fill.ts';

export const TABLES_LOG = 16;

function declare(): Chip {
  const chip = new ChipBuilder('tables');
  const x = chip.fixed('x');
  const y = chip.fixed('y');
  const and = chip.fixed('and');
  const why = 'a multiplicity: what the bus balances with';
  const limbs = chip.column('limbs', 'bound', 1, why);
  const pairs = chip.column('pairs', 'bound', 1, why);
  const ands = chip.column('ands', 'bound', 1, why);
  chip.send('limbs', RANGE16, limbs, [add(mul(x, 256n), y)]);
  chip.send('pairs of bytes', BYTES, pairs, [x, y]);
  chip.send('conjunctions', AND8, ands, [x, y, and]);
  return chip.build({
    about: 'All pairs of bytes x, y with x & y; as 256·x + y all 16-bit limbs.',
    height: { from: 'key', log: TABLES_LOG },
  });
}

/** Values of the fixed columns, for the key. */
export function tableColumns(): ColumnValues[] {
  const column = (of: (x: number, y: number) => number): ColumnValues => ({
    words: 1,
    data: Uint32Array.from({ length: 1 << TABLES_LOG }, (_, i) => of(i >>> 8, i & 255)),
  });
  return [column((x) => x), column((_, y) => y), column((x, y) => x & y)];
}

function fill(cells: Cells, uses: Uses): void {
  cells('limbs').set(uses.range16);
  cells('pairs').set(uses.bytes);
  cells('ands').set(uses.and8);
}

export const tables: { readonly chip: Chip; readonly fill: typeof fill } = { chip: declare(), fill };
