/**
 * Comparisons of floating-point numbers as branches on their words. Of numbers that are not negative the words are ordered as they
 * are, up to infinity; words of negative ones, from SIGN to SIGN + infinity, the other way round; NaN are the words above either
 * infinity and unordered; −0, which is SIGN, equals 0. Where an operand is a constant, tests of it are decided here.
 */
import * as I from '../instructions.ts';
import { type Decision, type Preparation, test } from './decision.ts';
import { constant } from './numeric.ts';
import type { Operand } from './operands.ts';

const [LESS, EQUAL, GREATER] = [I.LESS, I.EQUAL, I.GREATER];
const ZERO: Operand = constant(0n);

/** The comparisons of one format. */
class Words {
  readonly sign: bigint;
  readonly infinity: bigint;
  private readonly width: number;
  private readonly scratch: number;

  constructor(bits: 32 | 64, scratch: number) {
    this.sign = 1n << BigInt(bits - 1);
    this.infinity = bits === 32 ? 0x7f80_0000n : 0x7ff0_0000_0000_0000n;
    this.width = bits === 64 ? I.WIDE : 0;
    this.scratch = scratch;
  }

  /** x < y, or x ≤ y where `equal` is EQUAL. The way of numbers that are not negative comes first: three rows. */
  less(x: Operand, y: Operand, equal: number): Decision {
    const [infinity, sign] = [constant(this.infinity), constant(this.sign)];
    // Both negative, or x a positive NaN, whose word is below that of y.
    const reversed = this.test([y, LESS | equal, x], true, false);
    const bothNegative = this.test([x, GREATER, constant(this.sign + this.infinity)], false, reversed);
    const xNegative = this.test([y, GREATER, infinity], false, this.negative(x, y, equal));
    const xBelow = this.test([y, EQUAL | GREATER, sign], bothNegative, xNegative);
    // Neither is below 0, but 0 ≤ −0.
    const zeros = this.test([y, EQUAL, sign], this.test([x, EQUAL, ZERO], true, false), false);
    const ordered = this.test([x, LESS | equal, y], true, false);
    const yBelow = this.test([y, LESS | EQUAL, infinity], ordered, equal === 0 ? false : zeros);
    return this.test([x, LESS | EQUAL, infinity], yBelow, xBelow);
  }

  /** x = y. */
  equal(x: Operand, y: Operand): Decision {
    if (x.kind === 'constant') {
      if (y.kind === 'slot') return this.equal(y, x);
      return this.isNumber(x) && (x.value === y.value || (this.isZero(x) && this.isZero(y)));
    }
    if (y.kind === 'constant') {
      if (!this.isNumber(y)) return false;
      const same = this.test([x, EQUAL, y], true, false);
      if (!this.isZero(y)) return same;
      return this.test([x, EQUAL, ZERO], true, this.test([x, EQUAL, constant(this.sign)], true, false));
    }
    // Of different words only those of the two zeros.
    const either: Preparation = { info: I.OR, flags: 0, to: this.scratch, x: x.slot, y };
    const zeros = this.test([this.scratched(), EQUAL, constant(this.sign)], true, false, either);
    const isNegative = this.within(x, this.sign, LESS | EQUAL, true, false);
    const isNumber = this.test([x, LESS | EQUAL, constant(this.infinity)], true, isNegative);
    return this.test([x, LESS | GREATER, y], zeros, isNumber);
  }

  /** x < y or x ≤ y where y is a number that is not negative and the word of x is above infinity. */
  private negative(x: Operand, y: Operand, equal: number): Decision {
    if (equal !== 0 || (y.kind === 'constant' && y.value !== 0n)) {
      return this.within(x, this.sign, LESS | EQUAL, true, false);
    }
    // −0 is below what is not 0.
    const zero =
      y.kind === 'constant'
        ? false
        : this.test([x, EQUAL, constant(this.sign)], this.test([y, EQUAL, ZERO], false, true), false);
    return this.within(x, this.sign + 1n, LESS, true, zero);
  }

  /** Whether x − from has the relation to infinity: whether x is negative, −0 as well or not. */
  private within(x: Operand, from: bigint, relation: number, yes: Decision, no: Decision): Decision {
    const infinity = constant(this.infinity);
    if (x.kind === 'constant') {
      const difference = BigInt.asUintN(this.width === 0 ? 32 : 64, x.value - from);
      return this.test([constant(difference), relation, infinity], yes, no);
    }
    const { scratch: to, width: flags } = this;
    const before: Preparation = { info: I.SUB, flags, to, x: x.slot, y: constant(from) };
    return this.test([this.scratched(), relation, infinity], yes, no, before);
  }

  private test(
    relation: readonly [Operand, number, Operand],
    yes: Decision,
    no: Decision,
    before?: Preparation,
  ): Decision {
    return test(relation, this.width, yes, no, before);
  }

  private scratched(): Operand {
    return { kind: 'slot', slot: this.scratch, narrow: false };
  }

  private isNumber({ value }: { readonly value: bigint }): boolean {
    return (value & (this.sign - 1n)) <= this.infinity;
  }

  private isZero({ value }: { readonly value: bigint }): boolean {
    return (value & (this.sign - 1n)) === 0n;
  }
}

/** Whether the relation, made of LESS, EQUAL and GREATER, holds between two numbers; only `≠` holds where one is NaN. */
export function compareFloats(
  bits: 32 | 64,
  relation: number,
  x: Operand,
  y: Operand,
  scratch: number,
): { readonly decision: Decision; readonly negated: boolean } {
  const words = new Words(bits, scratch);
  const equal = relation & EQUAL;
  switch (relation & (LESS | GREATER)) {
    case LESS:
      return { decision: words.less(x, y, equal), negated: false };
    case GREATER:
      return { decision: words.less(y, x, equal), negated: false };
    default:
      return { decision: words.equal(x, y), negated: equal === 0 };
  }
}
