/** Random words from a seed, always the same. */
import type { NumberType } from '../../../sdk/src/wasm/index.ts';

/** Bits of a fraction, and the bias of the exponent. */
const FORMATS = { f32: [23n, 127n], f64: [52n, 1023n] } as const;

/** Numbers below 2^32 from a 32-bit state (Marsaglia's xorshift). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed + 1, 0x9e37_79b9) | 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  type(): NumberType {
    return this.pick(['i32', 'i32', 'i32', 'i32', 'i64', 'i64', 'f32', 'f64']);
  }

  value(type: NumberType): bigint {
    if (type === 'f32' || type === 'f64') return this.float(type);
    const bits = type === 'i32' ? 32 : 64;
    const edges = [
      0n,
      1n,
      2n,
      31n,
      32n,
      63n,
      0xffn,
      0x8000_0000n,
      0x7fff_ffffn,
      -1n,
      -2n,
      1n << 63n,
      (1n << 63n) - 1n,
    ];
    if (this.chance(60)) return BigInt.asUintN(bits, this.pick(edges));
    return BigInt.asUintN(bits, (BigInt(this.next()) << 32n) | BigInt(this.next()));
  }

  /** Numbers near special ones, and any bits. */
  private float(type: 'f32' | 'f64'): bigint {
    const [fraction, bias] = FORMATS[type];
    const sign = this.chance(50) ? 1n << (type === 'f32' ? 31n : 63n) : 0n;
    const bits = (BigInt(this.next()) << 32n) | BigInt(this.next());
    if (this.chance(15)) return BigInt.asUintN(type === 'f32' ? 32 : 64, bits);
    const near = bias + BigInt(this.below(70));
    const exponents = [0n, 0n, 1n, bias - 1n, bias, bias, bias + 1n, near, 2n * bias + 1n];
    const ones = (1n << fraction) - 1n;
    const random = bits & ones;
    const fractions = [0n, 0n, 1n, ones, ones - 1n, 1n << (fraction - 1n), random, random & -(1n << 16n)];
    return sign | (this.pick(exponents) << fraction) | this.pick(fractions);
  }
}
