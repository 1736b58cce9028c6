/**
 * The group G1 of BN254 (EIP-196): `y² = x³ + 3` over Fq, prime order r, generator (1, 2). Affine points with
 * BigInt coordinates, for the verifier, the reference kernels and single points; never for the hot path.
 */
import { pippenger } from '@noble/curves/abstract/curve.js';
import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import { bn254 } from '@noble/curves/bn254.js';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { fail } from '../errors/index.ts';
import { FQ_MODULUS, Fr } from '../field/field.ts';

/** An affine point, coordinates in `[0, p)`; `null` is the point at infinity. */
export type G1Point = { readonly x: bigint; readonly y: bigint } | null;

export const G1_GENERATOR: NonNullable<G1Point> = { x: 1n, y: 2n };
/** Bytes of an encoded point: x then y, big-endian. */
export const G1_BYTES = 64;

const { Point } = bn254.G1;

/** Internal form of a point. Not validated. */
function lift(point: G1Point): WeierstrassPoint<bigint> {
  return point === null ? Point.ZERO : Point.fromAffine(point);
}

function lower(point: WeierstrassPoint<bigint>): G1Point {
  if (point.is0()) return null;
  const { x, y } = point.toAffine();
  return { x, y };
}

/** Whether both coordinates are in `[0, p)` and the point is on the curve; infinity is. */
export function isOnG1(point: G1Point): boolean {
  if (point === null) return true;
  const { x, y } = point;
  const p = FQ_MODULUS;
  return x >= 0n && x < p && y >= 0n && y < p && (y * y - x * x * x - 3n) % p === 0n;
}

export function equalG1(a: G1Point, b: G1Point): boolean {
  return a === null || b === null ? a === b : a.x === b.x && a.y === b.y;
}

export function addG1(a: G1Point, b: G1Point): G1Point {
  return lower(lift(a).add(lift(b)));
}

export function negateG1(point: G1Point): G1Point {
  return point === null ? null : { x: point.x, y: FQ_MODULUS - point.y };
}

/** `scalar·point` for any integer; not constant time. */
export function multiplyG1(point: G1Point, scalar: bigint): G1Point {
  return lower(lift(point).multiplyUnsafe(Fr.from(scalar)));
}

/** `Σ scalars[i]·points[i]`; not constant time. The lists have one length; zero length gives infinity. */
export function multiExpG1(points: readonly G1Point[], scalars: readonly bigint[]): G1Point {
  if (points.length !== scalars.length) {
    throw new RangeError(`multiExpG1: ${points.length} points, ${scalars.length} scalars`);
  }
  if (points.length === 0) return null;
  return lower(pippenger(Point, points.map(lift), scalars.map(Fr.from)));
}

/** 64 bytes, x then y, 32-byte big-endian as the EVM reads them; all zero for infinity. */
export function encodeG1(point: G1Point): Uint8Array {
  const out = new Uint8Array(G1_BYTES);
  if (point === null) return out;
  out.set(numberToBytesBE(point.x, 32), 0);
  out.set(numberToBytesBE(point.y, 32), 32);
  return out;
}

/** What a decoder is told: the name of the thing for messages, and whether infinity may stand there. */
export interface DecodePoint {
  readonly where: string;
  readonly infinity: 'reject' | 'allow';
}

/**
 * Strict inverse of {@link encodeG1}: exactly 64 bytes, coordinates below p, on the curve. Every value has one
 * encoding. Anything else is `POINT_INVALID`.
 */
export function decodeG1(bytes: Uint8Array, { where, infinity }: DecodePoint): G1Point {
  if (bytes.length !== G1_BYTES) {
    invalidPoint(where, `a point of G1 takes ${G1_BYTES} bytes, got ${bytes.length}`);
  }
  const x = bytesToNumberBE(bytes.subarray(0, 32));
  const y = bytesToNumberBE(bytes.subarray(32, 64));
  if (x === 0n && y === 0n) {
    if (infinity === 'reject') invalidPoint(where, 'the point at infinity is not allowed here');
    return null;
  }
  if (x >= FQ_MODULUS || y >= FQ_MODULUS) invalidPoint(where, 'a coordinate is not below p');
  const point = { x, y };
  if (!isOnG1(point)) invalidPoint(where, 'the point is not on the curve y² = x³ + 3');
  return point;
}

export function invalidPoint(where: string, problem: string): never {
  fail('POINT_INVALID', problem, {
    where,
    fix: 'The data is corrupt or not made for BN254; obtain it again',
  });
}
