/**
 * Points of `y² = x³ + 3` over the base field, by relations with the affine formulas. An addition is of points with different x, which its relations
 * show; a doubling is of any point of the curve, since none has order two.
 */
import { bytesToNumberBE, concatBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { ENDOMORPHISM_BETA } from '../../curve/endomorphism.ts';
import { type G1Point, isOnG1 } from '../../curve/g1.ts';
import { FQ_MODULUS, Fq } from '../../field/field.ts';
import type { ProgramBuilder } from '../builder.ts';
import type { Digit, Point, Value } from '../program.ts';

/** Where a result is written; undefined: the next free place of segment 0. */
export interface PointPlace {
  readonly x: { readonly segment: number; readonly offset: number };
  readonly y: { readonly segment: number; readonly offset: number };
}

/** A point of the curve and the square of its x, which a doubling needs too. */
export interface SquaredPoint extends Point {
  readonly xx: Value;
}

/** The next point of the witness: on the curve, so not infinity. Its coordinates are below p only where it is packed. */
export function inputPoint(builder: ProgramBuilder): SquaredPoint {
  const x = builder.inputValue();
  const y = builder.inputValue();
  const xx = square(builder, x);
  // xxx = xx·x
  const xxx = builder.value();
  builder.relation({ A: xx, B: x, e2: -1, E2: xxx, makes: 'E2' });
  // y² = xxx + 3
  builder.relation({ square: true, A: y, e1: -1, E1: xxx, e2: -1, E2: builder.constantValue(3n) });
  return { x, y, xx };
}

/** `2·P`: four relations, three where the square of x is given. */
export function doublePoint(builder: ProgramBuilder, point: Point & { readonly xx?: Value }): Point {
  const { x, y } = point;
  const xx = point.xx ?? square(builder, x);
  // μ·y = 3·x², so μ is twice the slope; y ≠ 0 mod p since no point has order two.
  const slope = builder.value();
  builder.relation({ A: slope, B: y, e2: -3, E2: xx, makes: 'A' });
  // μ² = 8·x + 4·x3
  const x3 = builder.value();
  builder.relation({ square: true, A: slope, e1: -8, E1: x, e2: -4, E2: x3, makes: 'E2' });
  // μ·(x − x3) = 2·y + 2·y3
  const y3 = builder.value();
  builder.relation({
    ...{ A: slope, B: x, C: x3, e1: -2, E1: y3, e2: -2, E2: y, makes: 'E1' },
  });
  return { x: x3, y: y3 };
}

/** `P + Q` of points whose x differ, which the first relation shows: three relations. */
export function addPoints(builder: ProgramBuilder, p: Point, q: Point, place?: PointPlace): Point {
  // λ·(p.x − q.x) = p.y − q.y
  const slope = builder.value();
  builder.relation({
    ...{ A: slope, B: p.x, C: q.x, e1: 1, E1: q.y, e2: -1, E2: p.y },
    guard: true,
    makes: 'A',
  });
  // λ² = p.x + q.x + x3
  const x3 = builder.value(place?.x);
  builder.relation({ square: true, A: slope, B: p.x, C: q.x, e1: -1, E1: x3, guard: true, makes: 'E1' });
  return { x: x3, y: thirdOrdinate(builder, slope, p, x3, place) };
}

/** `P ± T`, T the entry of two tables, of abscissae and of ordinates, that a digit chooses: three relations, of which the first two read it. */
export function addEntry(
  builder: ProgramBuilder,
  p: Point,
  table: { readonly x: number; readonly y: number },
  digit: Digit,
): Point {
  const moved = { digit, C: table.x, E1: table.y };
  const slope = builder.value();
  builder.relation({ A: slope, B: p.x, e1: 1, e2: -1, E2: p.y, moved, guard: true, makes: 'A' });
  // One digit moves both operands: the entry's y is read again, with coefficient 0.
  const x3 = builder.value();
  builder.relation({
    square: true,
    A: slope,
    B: p.x,
    e2: -1,
    E2: x3,
    moved,
    guard: true,
    makes: 'E2',
  });
  return { x: x3, y: thirdOrdinate(builder, slope, p, x3) };
}

/** `y3` of `λ·(p.x − x3) = p.y + y3`. */
function thirdOrdinate(
  builder: ProgramBuilder,
  slope: Value,
  p: Point,
  x3: Value,
  place?: PointPlace,
): Value {
  const y3 = builder.value(place?.y);
  builder.relation({
    ...{ A: slope, B: p.x, C: x3, e1: -1, E1: y3, e2: -1, E2: p.y },
    makes: 'E1',
  });
  return y3;
}

/** The value again, at another place. */
export function copyValue(
  builder: ProgramBuilder,
  value: Value,
  place: { readonly segment: number; readonly offset: number },
): Value {
  const out = builder.value(place);
  builder.relation({ e1: 1, E1: out, e2: -1, E2: value, makes: 'E1' });
  return out;
}

/** `β·x`, the x of `λ·P`, at another place. */
export function endomorphismOf(
  builder: ProgramBuilder,
  x: Value,
  place: { readonly segment: number; readonly offset: number },
): Value {
  const out = builder.value(place);
  const beta = builder.constantValue(ENDOMORPHISM_BETA);
  // β·(0 − x) + out = 0
  builder.relation({ A: beta, C: x, e1: 1, E1: out, makes: 'E1' });
  return out;
}

function square(builder: ProgramBuilder, x: Value): Value {
  const out = builder.value();
  builder.relation({ square: true, A: x, e2: -1, E2: out, makes: 'E2' });
  return out;
}

/** A point whose discrete logarithm nobody knows: the first `x = keccak256(domain ‖ byte) mod p` on the curve, the even y. */
export function hashToPoint(domain: string): NonNullable<G1Point> {
  for (let i = 0; i < 256; i++) {
    const hash = keccak_256(concatBytes(new TextEncoder().encode(domain), Uint8Array.of(i)));
    const x = Fq.from(bytesToNumberBE(hash));
    const root = Fq.pow(Fq.add(Fq.pow(x, 3n), 3n), (FQ_MODULUS + 1n) / 4n);
    const point = { x, y: root % 2n === 0n ? root : Fq.neg(root) };
    if (isOnG1(point)) return point;
  }
  throw new RangeError(`no point in 256 tries from ${domain}`);
}
