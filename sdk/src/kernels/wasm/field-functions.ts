/**
 * Functions on groups in memory for either field: product, and the inversion that batch inversion ends in. Four lanes
 * are multiplied together, one inverse is computed in integers, and taken apart again.
 *
 * The integer inverse is the variable-time "safegcd" of Bernstein and Yang (https://eprint.iacr.org/2019/266), with
 * 30 division steps at a time on signed 30-bit limbs, so that sums of products fit an i64: about 2 µs in all.
 */
import { createField } from '../../field/field.ts';
import { GROUP_BYTES, LIMB_BITS, LIMBS, signedLimbs } from '../../field/limbs.ts';
import {
  block,
  br,
  brIf,
  type Code,
  call,
  f64,
  get,
  i32,
  i64,
  i64x2,
  type Local,
  loop,
  type Operand,
  ret,
  select,
  set,
  v128,
  when,
  whileLoop,
} from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';

const WORD = 30;
const WORDS = 9;
const WORD_MASK = i64.const((1n << 30n) - 1n);
const LIMB_MASK = i64.const((1n << 51n) - 1n);

/** Bytes of working memory that {@link FieldFunctions.invert} needs. */
export const INVERT_BYTES: number = 4 * GROUP_BYTES;

export interface FieldFunctions {
  /** `mul(z, x, y)`: groups in memory, `z = x·y`; `z` may be one of the others. */
  readonly mul: FunctionHandle;
  /** `mulPair(z, x, y, z', x', y')`: two such products side by side; no result may be a factor of the other product. */
  readonly mulPair: FunctionHandle;
  /** `squarePair(z, x, z', x')`: `z = x²`, likewise. */
  readonly squarePair: FunctionHandle;
  /**
   * `invert(z, work) → i32`: in place, the inverses of all four lanes of a normal group; 0 where one of them is zero,
   * with `z` unchanged.
   */
  readonly invert: FunctionHandle;
}

/** Defines `<name>.mul` and `<name>.invert` for one of the fields. */
export function emitFieldFunctions(context: KernelContext, name: 'fr' | 'fq'): FieldFunctions {
  const { module, constants } = context;
  const field = context[name];
  const mul = module.func(`${name}.mul`, ['i32', 'i32', 'i32'], [], (fn, z, x, y) => {
    const a = field.element(fn);
    return field.group(() => [field.load(a, y), field.mul(fn, a, { group: x }, a), field.store(z, a)]);
  });
  const mulPair = module.func(
    `${name}.mulPair`,
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    [],
    (fn, z, x, y, otherZ, otherX, otherY) => {
      const [a, b] = [field.element(fn), field.element(fn)];
      return field.group(() => [
        field.mulEach(fn, [
          { dst: a, x: { group: x }, y: { group: y } },
          { dst: b, x: { group: otherX }, y: { group: otherY } },
        ]),
        field.store(z, a),
        field.store(otherZ, b),
      ]);
    },
  );
  const squarePair = module.func(
    `${name}.squarePair`,
    ['i32', 'i32', 'i32', 'i32'],
    [],
    (fn, z, x, otherZ, otherX) => {
      const [a, b] = [field.element(fn), field.element(fn)];
      return field.group(() => [
        field.squareEach(fn, [
          { dst: a, x: { group: x } },
          { dst: b, x: { group: otherX } },
        ]),
        field.store(z, a),
        field.store(otherZ, b),
      ]);
    },
  );
  const invertLane = emitInvertLane(context, name);

  /** The plain inverse of a Montgomery value `v·R` is `v^-1·R^-1`; times `R^3` in Montgomery form it is `v^-1·R`. */
  const cube = createField(field.modulus).pow(1n << BigInt(LIMB_BITS * LIMBS), 3n);
  const cubeLimbs = signedLimbs(cube > field.modulus >> 1n ? cube - field.modulus : cube).map(Number);

  const invert = module.func(`${name}.invert`, ['i32', 'i32'], ['i32'], (fn, z, work) => {
    const [turned, pairs, plain] = [0, 1, 2].map((i) => i32.add(work, i * GROUP_BYTES));
    const a = field.element(fn);
    return [
      // pairs: l0·l1, l1·l2, l2·l3, l3·l0
      rotate(turned, z, 1),
      call(mul, pairs, z, turned),
      rotate(turned, pairs, 2),
      call(mul, turned, pairs, turned),
      when(i32.eqz(call(invertLane, plain, turned)), ret(0)),
      // The inverse of lane i is that of the product times the other three: pair i + 1 and lane i + 3.
      rotate(turned, pairs, 1),
      rotate(pairs, z, 3),
      call(mul, pairs, pairs, turned),
      field.group(() => [
        field.eachHalf((h) => a[h].map((local, j) => set(local, constants.load(cubeLimbs[j], 0)))),
        field.mul(fn, a, { splat: plain }, a),
        field.mul(fn, a, { group: pairs }, a),
        field.store(z, a),
      ]),
      i32.const(1),
    ];
  });
  return { mul, mulPair, squarePair, invert };
}

/** Copies a group so that lane `i` is lane `i + by` of the source. */
function rotate(dst: Operand, src: Operand, by: 1 | 2 | 3): Code {
  return Array.from({ length: LIMBS }, (_, j) => {
    const low = v128.load(src, 32 * j);
    const high = v128.load(src, 32 * j + 16);
    const [first, second] =
      by === 2
        ? [high, low]
        : by === 1
          ? [i64x2.pick(low, 1, high, 0), i64x2.pick(high, 1, low, 0)]
          : [i64x2.pick(high, 1, low, 0), i64x2.pick(low, 1, high, 0)];
    return [v128.store(dst, first, 32 * j), v128.store(dst, second, 32 * j + 16)];
  });
}

/**
 * `invertLane(dst, src) → i32`: the plain inverse mod p of the integer in lane 0 of a group (`|x| < 2p`), as one element
 * of 40 bytes with `|x| < p`; 0 where it is zero.
 */
function emitInvertLane(context: KernelContext, name: 'fr' | 'fq'): FunctionHandle {
  const { module } = context;
  const p = context[name].modulus;
  const modulus = Array.from({ length: WORDS }, (_, i) => BigInt.asUintN(WORD, p >> BigInt(WORD * i)));
  let inverse = 1n;
  for (let i = 0; i < 5; i++) inverse = BigInt.asUintN(WORD, inverse * (2n - p * inverse));

  return module.func(`${name}.invertLane`, ['i32', 'i32'], ['i32'], (fn, dst, src) => {
    const words = (): Local[] => fn.locals('i64', WORDS);
    const [f, g, d, e] = [words(), words(), words(), words()];
    const limbs = fn.locals('i64', LIMBS);
    const [u, v, q, r] = fn.locals('i64', 4);
    const [a, b, m, n, x, y] = fn.locals('i64', 6);
    const [f0, g0, u0, v0, q0, r0, eta, left, t] = fn.locals('i32', 9);
    const top = WORDS - 1;
    const sign = (words: readonly Local[]): Code => i64.shr_s(words[top], i64.const(63n));

    /** 30 division steps on the low words: `2^30·(f, g)' = (u, v; q, r)·(f, g)`. */
    const divisionSteps: Code = [
      set(f0, i32.wrap_i64(f[0])),
      set(g0, i32.wrap_i64(g[0])),
      set(u0, 1),
      set(v0, 0),
      set(q0, 0),
      set(r0, 1),
      set(left, WORD),
      block(
        loop(
          // All trailing zeros of g at once, at most as many as steps are left.
          set(t, i32.ctz(i32.or(g0, i32.shl(-1, left)))),
          set(g0, i32.shr_u(g0, t)),
          set(u0, i32.shl(u0, t)),
          set(v0, i32.shl(v0, t)),
          set(eta, i32.sub(eta, t)),
          set(left, i32.sub(left, t)),
          brIf(1, i32.eqz(left)),
          when(i32.lt_s(eta, 0), [
            set(eta, i32.sub(0, eta)),
            swapNegated(f0, g0, t),
            swapNegated(u0, q0, t),
            swapNegated(v0, r0, t),
          ]),
          // Cancel up to six low bits of g by a multiple of f: −g/f mod 64 is g·f·(f² − 2).
          set(t, i32.add(eta, 1)),
          set(t, select(t, left, i32.lt_s(t, left))),
          set(t, select(t, 6, i32.lt_s(t, 6))),
          set(t, i32.and(i32.mul(i32.mul(f0, g0), i32.sub(i32.mul(f0, f0), 2)), i32.sub(i32.shl(1, t), 1))),
          set(g0, i32.add(g0, i32.mul(f0, t))),
          set(q0, i32.add(q0, i32.mul(u0, t))),
          set(r0, i32.add(r0, i32.mul(v0, t))),
          br(0),
        ),
      ),
      set(u, i64.extend_i32_s(u0)),
      set(v, i64.extend_i32_s(v0)),
      set(q, i64.extend_i32_s(q0)),
      set(r, i64.extend_i32_s(r0)),
    ];

    /** Adds `(u, v; q, r)·(left, right)` of word i to the sums a and b. */
    const addProducts = (left: Local, right: Local): Code => [
      set(x, left),
      set(y, right),
      set(a, i64.add(a, i64.add(i64.mul(u, x), i64.mul(v, y)))),
      set(b, i64.add(b, i64.add(i64.mul(q, x), i64.mul(r, y)))),
    ];
    /** Moves the low word of the sums to word `i − 1` (there is none for the lowest, which is zero). */
    const shiftOut = (left: readonly Local[], right: readonly Local[], i: number): Code => [
      i === 0 ? [] : [set(left[i - 1], i64.and(a, WORD_MASK)), set(right[i - 1], i64.and(b, WORD_MASK))],
      set(a, i64.shr_s(a, i64.const(30n))),
      set(b, i64.shr_s(b, i64.const(30n))),
    ];
    const clearSums: Code = [set(a, i64.const(0n)), set(b, i64.const(0n))];
    const takeTops = (left: readonly Local[], right: readonly Local[]): Code => [
      set(left[top], a),
      set(right[top], b),
    ];

    const updateFg: Code = [
      clearSums,
      f.map((_, i) => [addProducts(f[i], g[i]), shiftOut(f, g, i)]),
      takeTops(f, g),
    ];

    /** d and e likewise, modulo p: multiples m and n of p make the division exact and keep both in (−2p, p). */
    const multiple = (of: Local, sum: Local, factors: readonly [Local, Local]): Code => [
      set(of, i64.add(i64.and(factors[0], sign(d)), i64.and(factors[1], sign(e)))),
      set(of, i64.sub(of, i64.and(i64.add(i64.mul(sum, i64.const(inverse)), of), WORD_MASK))),
    ];
    const updateDe: Code = [
      clearSums,
      d.map((_, i) => [
        addProducts(d[i], e[i]),
        i === 0 ? [multiple(m, a, [u, v]), multiple(n, b, [q, r])] : [],
        set(a, i64.add(a, i64.mul(m, i64.const(modulus[i])))),
        set(b, i64.add(b, i64.mul(n, i64.const(modulus[i])))),
        shiftOut(d, e, i),
      ]),
      takeTops(d, e),
    ];

    const anyOf = (words: readonly Code[]): Code => words.reduce((sum, word) => i64.or(sum, word));
    const isZero = (words: readonly Local[]): Code => i64.eqz(anyOf(words.map((w) => get(w))));

    return [
      // Limbs to words, made positive by 2p.
      loadLimbs(limbs, src, 2n * p, a),
      g.map((word, i) => set(word, bitsOf(limbs, LIMB_BITS, WORD * i, WORD))),
      f.map((word, i) => set(word, i64.const(modulus[i]))),
      e.map((word, i) => set(word, i64.const(i === 0 ? 1n : 0n))),
      set(eta, -1),
      whileLoop(i32.eqz(isZero(g)), [divisionSteps, updateDe, updateFg]),
      // f is ± the greatest common divisor.
      set(x, sign(f)),
      when(
        i32.eqz(
          i64.eqz(
            anyOf(
              f.map((word, i) => {
                const ones = i === top ? get(x) : i64.and(x, WORD_MASK);
                return i64.xor(word, i === 0 ? i64.or(ones, i64.const(1n)) : ones);
              }),
            ),
          ),
        ),
        ret(0),
      ),
      // d in (−2p, p) to (−p, p).
      set(y, sign(d)),
      set(a, i64.const(0n)),
      d.map((word, i) => [
        set(a, i64.add(a, i64.add(word, i64.and(y, i64.const(modulus[i]))))),
        i === top ? set(word, a) : [set(word, i64.and(a, WORD_MASK)), set(a, i64.shr_s(a, i64.const(30n)))],
      ]),
      limbs.map((limb, j) => set(limb, bitsOf(d, WORD, LIMB_BITS * j, j + 1 < LIMBS ? LIMB_BITS : 64))),
      storeLimbs(dst, limbs, f64.convert_i64_s(i64.or(x, i64.const(1n)))),
      i32.const(1),
    ];
  });
}

/** `a, b = b, −a` */
function swapNegated(a: Local, b: Local, t: Local): Code {
  return [set(t, a), set(a, b), set(b, i32.sub(0, t))];
}

/**
 * Reads lane 0 of a group as integers, adds a multiple of p that makes the value positive, and carries: limbs in
 * `[0, 2^51)`.
 */
export function loadLimbs(limbs: readonly Local[], src: Operand, plus: bigint, carry: Local): Code {
  return limbs.map((limb, j) => {
    const last = j + 1 === LIMBS;
    const part = last
      ? plus >> BigInt(LIMB_BITS * j)
      : BigInt.asUintN(LIMB_BITS, plus >> BigInt(LIMB_BITS * j));
    return [
      set(limb, i64.add(i64.trunc_f64_s(f64.load(src, 32 * j)), i64.const(part))),
      j === 0 ? [] : set(limb, i64.add(limb, carry)),
      last ? [] : [set(carry, i64.shr_s(limb, i64.const(51n))), set(limb, i64.and(limb, LIMB_MASK))],
    ];
  });
}

/** Stores limbs in `[0, 2^51)` (the top one signed) as one element of signed limbs, times `factor` (±1). */
export function storeLimbs(dst: Operand, limbs: readonly Local[], factor?: Code): Code {
  return limbs.map((limb, j) => {
    const value = f64.convert_i64_s(limb);
    const store = f64.store(dst, factor === undefined ? value : f64.mul(value, factor), 8 * j);
    if (j + 1 === LIMBS) return store;
    const carry = i64.shr_s(i64.add(limb, i64.const(1n << 50n)), i64.const(51n));
    return [
      set(limbs[j + 1], i64.add(limbs[j + 1], carry)),
      set(limb, i64.sub(limb, i64.shl(carry, i64.const(51n)))),
      store,
    ];
  });
}

/**
 * Bits `[from, from + count)` of a number in digits of `size` bits (`count` 64: all from there up). Every digit but
 * the last is in `[0, 2^size)`; the last may be signed, unless `size` is 64, where all are unsigned.
 */
export function bitsOf(digits: readonly Local[], size: number, from: number, count: number): Code {
  const parts: Code[] = [];
  const down = size === 64 ? i64.shr_u : i64.shr_s;
  for (let i = Math.floor(from / size); i < digits.length && size * i < from + count; i++) {
    const shift = size * i - from;
    const distance = i64.const(BigInt(Math.abs(shift)));
    parts.push(
      shift === 0 ? get(digits[i]) : shift > 0 ? i64.shl(digits[i], distance) : down(digits[i], distance),
    );
  }
  const all = parts.length === 0 ? i64.const(0n) : parts.reduce((sum, part) => i64.or(sum, part));
  return count === 64 ? all : i64.and(all, i64.const((1n << BigInt(count)) - 1n));
}
