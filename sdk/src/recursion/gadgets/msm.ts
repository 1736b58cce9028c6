/**
 * `Σ scalar·point` with one accumulator: the endomorphism halves the scalars, their digits are odd and signed, so that none is zero and every window adds
 * exactly one entry of a table to the accumulator (Joye, Tunstall, 2009, for the digits; Gallant, Lambert, Vanstone, 2001, for the halves).
 *
 * The group has prime order r: digits stand for a scalar as soon as they add up to it in Fr, whatever their width; nothing needs a canonical
 * form. What bounds a digit is the table, a segment of its own with the odd multiples 1 … 2^w − 1 and nothing else.
 */
import { endomorphismLambda } from '../../curve/endomorphism.ts';
import { type G1Point, multiplyG1, negateG1 } from '../../curve/g1.ts';
import { Fr } from '../../field/field.ts';
import type { ProgramBuilder } from '../builder.ts';
import type { Element, Point, Value } from '../program.ts';
import {
  addEntry,
  addPoints,
  copyValue,
  doublePoint,
  endomorphismOf,
  hashToPoint,
  type PointPlace,
} from './curve.ts';
import { WINDOW, WINDOWS } from './digits.ts';

export interface MsmTerm {
  /** On the curve: an input, a constant, a result. */
  readonly point: Point & { readonly xx?: Value };
  readonly scalar: Element;
}

/**
 * `Σ scalar·point`. It has no witness where the sum is infinity, or where one of the additions meets equal x, which honest scalars do with probability 2^-240; a
 * prover cannot use that, since additions show that they do not.
 */
export function msm(builder: ProgramBuilder, terms: readonly MsmTerm[]): Point {
  if (terms.length === 0) throw new RangeError('msm: no terms');
  const lambda = endomorphismLambda();
  const weights = Array.from({ length: WINDOWS }, (_, j) => {
    const weight = Fr.from(1n << BigInt(WINDOW * j));
    return [weight, Fr.mul(lambda, weight)];
  }).flat();
  const tables = terms.map(({ point }, i) => builder.scope(`table ${i}`, () => tablesOf(builder, point)));
  const digits = terms.map(({ scalar }) => builder.digits(scalar, weights));

  const offset = hashToPoint('wattest recursion msm offset 1');
  let sum: Point = builder.constantPoint(offset);
  for (let j = WINDOWS - 1; j >= 0; j--) {
    if (j < WINDOWS - 1) {
      for (let i = 0; i < WINDOW; i++) sum = doublePoint(builder, sum);
    }
    tables.forEach(({ own, twin }, i) => {
      sum = addEntry(builder, sum, own, digits[i]![2 * j]!);
      sum = addEntry(builder, sum, twin, digits[i]![2 * j + 1]!);
    });
  }
  // What the offset has become, a constant.
  const shift = multiplyG1(offset, 1n << BigInt(WINDOW * (WINDOWS - 1)));
  return addPoints(builder, sum, builder.constantPoint(finite(negateG1(shift))));
}

interface Table {
  /** Segments of abscissae and of ordinates. */
  readonly x: number;
  readonly y: number;
}

/** Tables of odd multiples of P and of λ·P; both have the same ordinates. */
function tablesOf(builder: ProgramBuilder, point: MsmTerm['point']): { own: Table; twin: Table } {
  const [x, y, twinX] = [builder.segment(), builder.segment(), builder.segment()];
  const place = (offset: number): PointPlace => ({ x: { segment: x, offset }, y: { segment: y, offset } });
  const twice = doublePoint(builder, point);
  let entry: Point = {
    x: copyValue(builder, point.x, place(1).x),
    y: copyValue(builder, point.y, place(1).y),
  };
  for (let offset = 1; ; ) {
    endomorphismOf(builder, entry.x, { segment: twinX, offset });
    offset += 2;
    if (offset >= 2 ** WINDOW) break;
    entry = addPoints(builder, twice, entry, place(offset));
  }
  return { own: { x, y }, twin: { x: twinX, y } };
}

function finite(point: G1Point): NonNullable<G1Point> {
  if (point === null) throw new RangeError('msm: the offset is infinity');
  return point;
}
