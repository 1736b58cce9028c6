/**
 * image: what the program key commits to: instructions, return points, initial values, zero regions, functions, powers
 * of two. A row's kind is the code of its tag; padding has kind 0, which is nobody's tag. Multiplicities are any field
 * elements, as in `tables`.
 */
import { type Chip, ChipBuilder } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import { FUNC, INSTR, LEAVE_POINT, POW2, WORD, ZERO } from '../tags.ts';
import type { Cells, Uses } from './fill.ts';

function declare(): Chip {
  const chip = new ChipBuilder('image');
  const kind = chip.fixed('kind');
  const fields = ['f1', 'f2', 'f3', 'f4', 'f5'].map((name) => chip.fixed(name));
  const uses = chip.column('uses', 'bound', 1, 'a multiplicity: what the bus balances with');
  chip.sendKinds('image', [INSTR, LEAVE_POINT, WORD, ZERO, FUNC, POW2], kind, uses, fields);
  return chip.build({
    about: 'The translated program: instructions, return points, initial cells, functions; powers of two.',
    height: { from: 'program', minLog: SHARED_MIN_LOG },
  });
}

function fill(cells: Cells, uses: Uses): void {
  cells('uses').set(uses.image);
}

export const image: { readonly chip: Chip; readonly fill: typeof fill } = { chip: declare(), fill };
