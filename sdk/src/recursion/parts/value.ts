/** A row that writes a value, a quotient or the words of carries: sixteen limbs, four words. */
import { mul, sub } from '../../expr/expression.ts';
import type { ChipBuilder, Expr, Term } from '../../plonk/declare/declare.ts';
import { RANGE16, WORDS } from './tags.ts';
import { joined, wordsOfLimbs } from './words.ts';

export interface ValueCells {
  /** Sixteen, each looked up by the chip that has them. */
  readonly limbs: readonly Expr[];
  /** How often the value is read. */
  readonly readers: Expr;
}

export interface ValueArguments {
  /** Fixed bits: the row is a value; its top word is below 2^62 + 2^48; it is a constant. */
  readonly value: Expr;
  readonly short: Term;
  readonly constant: Expr;
  readonly segment: Expr;
  readonly offset: Expr;
  /** The constant: its lower three words, its top word. */
  readonly low: Expr;
  readonly top: Expr;
}

export function valuePart(chip: ChipBuilder, { limbs, readers }: ValueCells, args: ValueArguments): void {
  const { value, short, constant, segment, offset, low, top } = args;
  const words = wordsOfLimbs(limbs);
  chip.receive('short top limb', RANGE16, mul(value, short), [mul(limbs[15]!, 4n)]);
  chip.send('value', WORDS, mul(value, readers), [...words, segment, offset]);
  chip.constrain('constant, lower words', mul(value, constant, sub(joined(words.slice(0, 3), 64), low)));
  chip.constrain('constant, top word', mul(value, constant, sub(words[3]!, top)));
}
