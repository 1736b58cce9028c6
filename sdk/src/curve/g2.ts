/**
 * The group G2 of BN254 (EIP-197): the order-r subgroup of `y² = x³ + 3/(9 + i)` over Fq² = Fq[i]/(i² + 1). Only a
 * key's `[τ]_2` lives here, so little is optimised.
 */
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import { bn254 } from '@noble/curves/bn254.js';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { FQ_MODULUS, Fr } from '../field/field.ts';
import { type DecodePoint, invalidPoint } from './g1.ts';

/** `real + imaginary·i`, both in `[0, p)`. */
export interface Fq2 {
  readonly real: bigint;
  readonly imaginary: bigint;
}

/** An affine point; `null` is the point at infinity. */
export type G2Point = { readonly x: Fq2; readonly y: Fq2 } | null;

const { Point } = bn254.G2;
type Internal = WeierstrassPoint<{ c0: bigint; c1: bigint }>;

/** Bytes of an encoded point. */
export const G2_BYTES = 128;

/** Internal form, for the pairing. Not validated. */
export function liftG2(point: G2Point): Internal {
  if (point === null) return Point.ZERO as Internal;
  const { x, y } = point;
  return Point.fromAffine({
    x: bn254.fields.Fp2.fromBigTuple([x.real, x.imaginary]),
    y: bn254.fields.Fp2.fromBigTuple([y.real, y.imaginary]),
  }) as Internal;
}

function lower(point: Internal): G2Point {
  if (point.is0()) return null;
  const { x, y } = point.toAffine();
  return { x: { real: x.c0, imaginary: x.c1 }, y: { real: y.c0, imaginary: y.c1 } };
}

export const G2_GENERATOR: NonNullable<G2Point> = lower(Point.BASE as Internal) as NonNullable<G2Point>;

/** Whether coordinates are in range, the point is on the twist, and its order divides r. Infinity passes. */
export function isInG2(point: G2Point): boolean {
  if (point === null) return true;
  const inRange = (v: bigint): boolean => v >= 0n && v < FQ_MODULUS;
  if (![point.x.real, point.x.imaginary, point.y.real, point.y.imaginary].every(inRange)) return false;
  try {
    liftG2(point).assertValidity();
    return true;
  } catch {
    return false;
  }
}

export function equalG2(a: G2Point, b: G2Point): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.x.real === b.x.real &&
    a.x.imaginary === b.x.imaginary &&
    a.y.real === b.y.real &&
    a.y.imaginary === b.y.imaginary
  );
}

/** `scalar·point`; not constant time. */
export function multiplyG2(point: G2Point, scalar: bigint): G2Point {
  return lower(liftG2(point).multiplyUnsafe(Fr.from(scalar)));
}

/** `point, 2·point, … count·point` of a point that is not infinity, none of them infinity: `count` is far below r. */
export function multiplesG2(point: NonNullable<G2Point>, count: number): readonly NonNullable<G2Point>[] {
  const step = liftG2(point);
  const multiples: Internal[] = [];
  for (let sum = step; multiples.length < count; sum = sum.add(step)) multiples.push(sum);
  // One inversion for all.
  return normalizeZ(Point, multiples).map((multiple) => lower(multiple) as NonNullable<G2Point>);
}

/** 128 bytes as the EVM reads them: x imaginary, x real, y imaginary, y real; all zero for infinity. */
export function encodeG2(point: G2Point): Uint8Array {
  const out = new Uint8Array(G2_BYTES);
  if (point === null) return out;
  [point.x.imaginary, point.x.real, point.y.imaginary, point.y.real].forEach((v, i) => {
    out.set(numberToBytesBE(v, 32), 32 * i);
  });
  return out;
}

/** Strict inverse of {@link encodeG2}, subgroup check included; `POINT_INVALID` otherwise. */
export function decodeG2(bytes: Uint8Array, { where, infinity }: DecodePoint): G2Point {
  if (bytes.length !== G2_BYTES) {
    invalidPoint(where, `a point of G2 takes ${G2_BYTES} bytes, got ${bytes.length}`);
  }
  const word = (i: number): bigint => bytesToNumberBE(bytes.subarray(32 * i, 32 * i + 32));
  const [xi, xr, yi, yr] = [word(0), word(1), word(2), word(3)];
  if ((xi | xr | yi | yr) === 0n) {
    if (infinity === 'reject') invalidPoint(where, 'the point at infinity is not allowed here');
    return null;
  }
  if ([xi, xr, yi, yr].some((v) => v >= FQ_MODULUS)) invalidPoint(where, 'a coordinate is not below p');
  const point = { x: { real: xr, imaginary: xi }, y: { real: yr, imaginary: yi } };
  if (!isInG2(point)) invalidPoint(where, 'the point is not in the group G2');
  return point;
}
