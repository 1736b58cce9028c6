/** Tasks over the rows of vectors: conversion, linear combinations. */
import { FR_MODULUS } from '../../field/field.ts';
import { createLimbField, ELEMENT_BYTES, GROUP_BYTES, signedLimbs } from '../../field/limbs.ts';
import {
  type Code,
  call,
  f64x2,
  forRange,
  i32,
  i64x2,
  increment,
  type Local,
  memoryCopy,
  memoryFill,
  type Operand,
  select,
  set,
  v128,
  when,
} from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';

const R: bigint = createLimbField(FR_MODULUS).one;

/** Word `k` of a task's arguments. */
export function argument(args: Local, k: number): Code {
  return i32.load(args, 4 * k);
}

/** Bytes of one entry of `accumulate.task`. */
export const ACCUMULATE_ENTRY_BYTES = 24;

/**
 * Sets `from` and `count` to the groups of a chunk, where arguments `k` and `k + 1` are the groups per chunk and the
 * groups in all.
 */
export function chunkGroups(chunk: Local, args: Local, k: number, from: Local, count: Local): Code {
  const perChunk = argument(args, k);
  const rest = i32.sub(argument(args, k + 1), from);
  return [
    set(from, i32.mul(chunk, perChunk)),
    set(count, rest),
    // The smaller of the two.
    set(count, select(count, perChunk, i32.lt_u(count, perChunk))),
  ];
}

/** `base + index·160` */
export function groupAddress(base: Operand, index: Operand): Code {
  return i32.add(base, i32.mul(index, GROUP_BYTES));
}

/** Emits the multiplication by a constant, for integers of `xLimbs` limbs: to Montgomery form. */
function montgomeryFactor(xLimbs: number): number[] {
  const value = (R << BigInt(51 * xLimbs)) % FR_MODULUS;
  return signedLimbs(value > FR_MODULUS >> 1n ? value - FR_MODULUS : value).map(Number);
}

export function emitVectors({ module, constants, fr }: KernelContext): void {
  /** dst[g] += s·src[g], one scalar of 40 bytes. Normal in, normal out. */
  const axpy = module.func('axpy', ['i32', 'i32', 'i32', 'i32'], [], (fn, dst, src, scalar, count) => {
    const i = fn.local();
    const [x, s] = [fr.element(fn), fr.element(fn)];
    return [
      fr.loadSplat(s, scalar),
      forRange(i, 0, count, [
        fr.group(() => [
          fr.mul(fn, x, { group: src }, s),
          fr.add(x, x, { group: dst }),
          fr.normalise(fn, x),
          fr.store(dst, x),
        ]),
        increment(dst, GROUP_BYTES),
        increment(src, GROUP_BYTES),
      ]),
    ];
  });

  /** dst[g] += Σ s_k·src_k[g] over four terms with one reduction; four scalars of 40 bytes. Normal in, normal out. */
  const addresses = new Array<'i32'>(7).fill('i32');
  const axpy4 = module.func('axpy4', addresses, [], (fn, dst, a, b, c, d, scalars, count) => {
    const i = fn.local();
    const x = fr.element(fn);
    const srcs = [a, b, c, d];
    return forRange(i, 0, count, [
      fr.group(() => [
        fr.mulSum(
          fn,
          x,
          srcs.map((src, k) => ({
            x: { splat: scalars, offset: ELEMENT_BYTES * k },
            y: { group: src },
            negative: false,
          })),
        ),
        fr.add(x, x, { group: dst }),
        fr.normalise(fn, x),
        fr.store(dst, x),
      ]),
      [dst, ...srcs].map((pointer) => increment(pointer, GROUP_BYTES)),
    ]);
  });

  const scale = module.func('scale', ['i32', 'i32', 'i32', 'i32'], [], (fn, dst, src, scalar, count) => {
    const i = fn.local();
    const [x, s] = [fr.element(fn), fr.element(fn)];
    return [
      fr.loadSplat(s, scalar),
      forRange(i, 0, count, [
        fr.group(() => [fr.mul(fn, x, { group: src }, s), fr.store(dst, x)]),
        increment(dst, GROUP_BYTES),
        increment(src, GROUP_BYTES),
      ]),
    ];
  });

  const range = (
    fn: FunctionBuilder,
    chunk: Local,
    args: Local,
    k: number,
    body: (from: Local, count: Local) => Code,
  ): Code => {
    const [from, count] = [fn.local(), fn.local()];
    return [chunkGroups(chunk, args, k, from, count), body(from, count)];
  };

  /** args: dst, src, scalar, groups per chunk, groups */
  module.task('scale.task', (fn, chunk, args) =>
    range(fn, chunk, args, 3, (from, count) =>
      call(
        scale,
        groupAddress(argument(args, 0), from),
        groupAddress(argument(args, 1), from),
        argument(args, 2),
        count,
      ),
    ),
  );

  /** args: dst, src, -, groups per chunk, groups */
  module.task('copy.task', (fn, chunk, args) =>
    range(fn, chunk, args, 3, (from, count) =>
      memoryCopy(
        groupAddress(argument(args, 0), from),
        groupAddress(argument(args, 1), from),
        i32.mul(count, GROUP_BYTES),
      ),
    ),
  );

  /**
   * args: dst, table, entries, groups per chunk, groups. An entry has the addresses of four sources (or of one, then
   * zeros), their groups, the address of as many scalars. Sources may be shorter than dst. `sum.task` takes zeros for what is
   * in dst.
   */
  const accumulate = (name: string, fresh: boolean): FunctionHandle =>
    module.task(name, (fn, chunk, args) =>
      range(fn, chunk, args, 3, (from, count) => {
        const [k, entry, own, dst] = fn.locals('i32', 4);
        return [
          fresh ? memoryFill(groupAddress(argument(args, 0), from), 0, i32.mul(count, GROUP_BYTES)) : [],
          set(entry, argument(args, 1)),
          forRange(k, 0, argument(args, 2), [
            set(own, i32.sub(i32.load(entry, 16), from)),
            // A negative rest is a huge unsigned number only where signed comparison is not used.
            set(own, select(own, count, i32.lt_s(own, count))),
            set(own, select(own, 0, i32.gt_s(own, 0))),
            set(dst, groupAddress(argument(args, 0), from)),
            when(
              i32.load(entry, 4),
              call(
                axpy4,
                dst,
                ...[0, 1, 2, 3].map((term) => groupAddress(i32.load(entry, 4 * term), from)),
                i32.load(entry, 20),
                own,
              ),
              call(axpy, dst, groupAddress(i32.load(entry), from), i32.load(entry, 20), own),
            ),
            increment(entry, ACCUMULATE_ENTRY_BYTES),
          ]),
        ];
      }),
    );
  accumulate('accumulate.task', false);
  accumulate('sum.task', true);

  /** 32-bit words to field elements. args: dst, src, -, groups per chunk, groups */
  const factors = [1, 2].map((limbs) => montgomeryFactor(limbs));
  const loadFactor = (fn: FunctionBuilder, limbs: 1 | 2) => {
    const y = fr.element(fn);
    const code = fr.eachHalf((h) =>
      y[h].map((local, j) => set(local, constants.load(factors[limbs - 1][j], 0))),
    );
    return { y, code };
  };
  module.task('ints32.task', (fn, chunk, args) =>
    range(fn, chunk, args, 3, (from, count) => {
      const [i, dst, src] = [fn.local(), fn.local(), fn.local()];
      const { y, code } = loadFactor(fn, 1);
      const x = fr.element(fn);
      return [
        set(dst, groupAddress(argument(args, 0), from)),
        set(src, i32.add(argument(args, 1), i32.mul(from, 16))),
        code,
        forRange(i, 0, count, [
          fr.group(() => [
            fr.eachHalf((h, half) =>
              set(x[h][0], f64x2.convert_low_i32x4_u(v128.load64_zero(src, 8 * half))),
            ),
            fr.mul(fn, x, x, y, 1),
            fr.store(dst, x),
          ]),
          increment(dst, GROUP_BYTES),
          increment(src, 16),
        ]),
      ];
    }),
  );

  /** 64-bit words to field elements. args: dst, src, -, groups per chunk, groups */
  module.task('ints64.task', (fn, chunk, args) =>
    range(fn, chunk, args, 3, (from, count) => {
      const [i, dst, src] = [fn.local(), fn.local(), fn.local()];
      const { y, code } = loadFactor(fn, 2);
      const x = fr.element(fn);
      const word = fn.local('v128');
      const exponent = (bits: Code): Code =>
        f64x2.sub(v128.or(bits, constants.load(0x4330000000000000n, 0)), constants.load(2 ** 52, 0));
      return [
        set(dst, groupAddress(argument(args, 0), from)),
        set(src, i32.add(argument(args, 1), i32.mul(from, 32))),
        code,
        forRange(i, 0, count, [
          fr.group(() => [
            fr.eachHalf((h, half) => [
              set(word, v128.load(src, 16 * half)),
              set(x[h][0], exponent(v128.and(word, constants.load((1n << 51n) - 1n, 0)))),
              set(x[h][1], exponent(i64x2.shr_u(word, 51))),
            ]),
            fr.mul(fn, x, x, y, 2),
            fr.store(dst, x),
          ]),
          increment(dst, GROUP_BYTES),
          increment(src, 32),
        ]),
      ];
    }),
  );
}
