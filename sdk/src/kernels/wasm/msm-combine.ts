/** The end of a multi-scalar multiplication, on the host: `Σ_b 2^b·P_b` over the few points that the kernels leave. */
import { Fq } from '../../field/field.ts';
import type { AffinePoint } from '../contract.ts';

type Point = NonNullable<AffinePoint>;

/** Jacobian: `(X/Z², Y/Z³)`; Z = 0 is infinity. */
interface Jacobian {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

const P = Fq.modulus;
const INFINITY: Jacobian = { x: 1n, y: 1n, z: 0n };

/** dbl-2009-l (https://hyperelliptic.org/EFD, short Weierstrass with a = 0). */
function double({ x, y, z }: Jacobian): Jacobian {
  const a = (x * x) % P;
  const b = (y * y) % P;
  const c = (b * b) % P;
  const d = (4n * x * b) % P;
  const e = 3n * a;
  const x3 = (e * e - 2n * d) % P;
  return { x: x3, y: (e * (d - x3) - 8n * c) % P, z: (2n * y * z) % P };
}

/** madd-2007-bl without the sharing of squares. */
function add(a: Jacobian, b: Point): Jacobian {
  if (a.z === 0n) return { x: b.x, y: b.y, z: 1n };
  const zz = (a.z * a.z) % P;
  const h = Fq.from(b.x * zz - a.x);
  const r = Fq.from(((b.y * zz) % P) * a.z - a.y);
  if (h === 0n) return r === 0n ? double(a) : INFINITY;
  const hh = (h * h) % P;
  const hhh = (hh * h) % P;
  const v = (a.x * hh) % P;
  const x = (r * r - hhh - 2n * v) % P;
  return { x, y: (r * (v - x) - a.y * hhh) % P, z: (a.z * h) % P };
}

/** `bits[b]` are points of weight 2^b; there may be gaps. */
export function combineBits(bits: readonly (readonly Point[] | undefined)[]): AffinePoint {
  let sum = INFINITY;
  for (let b = bits.length - 1; b >= 0; b--) {
    if (sum.z !== 0n) sum = double(sum);
    for (const point of bits[b] ?? []) sum = add(sum, point);
  }
  if (Fq.from(sum.z) === 0n) return null;
  const inverse = Fq.inv(Fq.from(sum.z));
  const square = Fq.mul(inverse, inverse);
  return { x: Fq.from(sum.x * square), y: Fq.from(((sum.y * square) % P) * inverse) };
}
