/** A row that packs the words of a point in three elements and shows both coordinates below p, by the words of p − 1 − x and p − 1 − y. */
import { add, mul, sub } from '../../expr/expression.ts';
import { FQ_MODULUS } from '../../field/field.ts';
import type { ChipBuilder, Expr } from '../../plonk/declare/declare.ts';
import { wordsOf } from '../relation.ts';
import { joined } from './words.ts';

export interface PackCells {
  /** Four words each, read. */
  readonly x: readonly Expr[];
  readonly y: readonly Expr[];
  readonly xRest: readonly Expr[];
  readonly yRest: readonly Expr[];
  /** Three bits for each coordinate. */
  readonly carries: readonly Expr[];
  readonly out: readonly Expr[];
}

export function packPart(
  chip: ChipBuilder,
  { x, y, xRest, yRest, carries, out }: PackCells,
  pack: Expr,
): void {
  const words = [...x, ...y];
  [words.slice(0, 3), words.slice(3, 6), words.slice(6)].forEach((part, i) => {
    chip.constrain(`packed ${i}`, mul(pack, sub(out[i]!, joined(part, 64))));
  });
  const most = wordsOf(FQ_MODULUS - 1n);
  const coordinates = [
    ['x', x, xRest, carries.slice(0, 3)],
    ['y', y, yRest, carries.slice(3)],
  ] as const;
  for (const [name, coordinate, rest, bits] of coordinates) {
    bits.forEach((bit, i) => {
      chip.constrain(`${name} carry ${i} is a bit`, mul(pack, bit, sub(bit, 1n)));
    });
    coordinate.forEach((word, i) => {
      const sum = add(word, rest[i]!, bits[i - 1] ?? 0n);
      const carried = mul(bits[i] ?? 0n, 1n << 64n);
      chip.constrain(`${name} below p, word ${i}`, mul(pack, sub(sum, add(most[i]!, carried))));
    });
  }
}
