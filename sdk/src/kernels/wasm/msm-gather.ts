/**
 * Points between memory, where x and y of each are 80 bytes together, and groups of four in lanes. Two limbs at a time:
 * those of two points make the same two limbs of two lanes.
 */
import { GROUP_BYTES, LIMBS } from '../../field/limbs.ts';
import { type Code, f64x2, i32, i64, i64x2, type Local, set, v128 } from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';
import { ITEM, NEGATIVE, pointAddress, STAGE } from './msm-layout.ts';

/** Limb k of a point, x's and y's in one row: half `k mod 2` of its 16 bytes number `k div 2`. */
const PAIRS = LIMBS;
const place = (k: number): number => (k < LIMBS ? 32 * k : GROUP_BYTES + 32 * (k - LIMBS));

/** Puts two points into two lanes: `put(k, value)` for each limb k of x and y. */
function transpose(
  fn: FunctionBuilder,
): (
  first: Local,
  second: Local,
  sign: readonly [Local, Local],
  put: (k: number, value: Code) => Code,
) => Code {
  const [a, b, signs] = [fn.local('v128'), fn.local('v128'), fn.local('v128')];
  return (first, second, [s, t], put) => [
    set(signs, i64x2.replace_lane(1, i64x2.splat(s), t)),
    Array.from({ length: PAIRS }, (_, pair) => [
      set(a, v128.load(first, 16 * pair)),
      set(b, v128.load(second, 16 * pair)),
      ([0, 1] as const).map((half) => {
        const k = 2 * pair + half;
        const value = i64x2.pick(a, half, b, half);
        return put(k, k < LIMBS ? value : v128.xor(value, signs));
      }),
    ]),
  ];
}

/**
 * `gather(list, stage)`: the points of four items. For additions x1, y1, x2 − x1, y2 − y1; for doublings x1 and y1 alone.
 */
export function emitGather({ module }: KernelContext, kind: 'add' | 'double'): FunctionHandle {
  return module.func(`affine.gather.${kind}`, ['i32', 'i32'], [], (fn, list, stage) => {
    const [first, second] = [fn.local(), fn.local()];
    const signs = [fn.local('i64'), fn.local('i64')] as const;
    const known = Array.from({ length: 2 * LIMBS }, () => fn.local('v128'));
    const both = transpose(fn);
    const point = (address: Local, sign: Local, offset: number): Code => [
      set(address, i32.load(list, offset)),
      set(sign, i64.shl(i64.extend_i32_u(i32.and(address, NEGATIVE)), i64.const(32n))),
      set(address, pointAddress(address)),
    ];
    const points = (h: number, word: number): Code => [
      point(first, signs[0], 2 * h * ITEM.BYTES + word),
      point(second, signs[1], (2 * h + 1) * ITEM.BYTES + word),
    ];
    return [0, 1].map((h) => [
      points(h, ITEM.A),
      both(first, second, signs, (k, value) => [
        set(known[k], value),
        v128.store(stage, known[k], STAGE.X + place(k) + 16 * h),
      ]),
      kind === 'double'
        ? []
        : [
            points(h, ITEM.B),
            both(first, second, signs, (k, value) =>
              v128.store(stage, f64x2.sub(value, known[k]), STAGE.D + place(k) + 16 * h),
            ),
          ],
    ]);
  });
}

/** `scatter(list, sums)`: x and y of four sums, in groups, to the places of four items. */
export function emitScatter({ module }: KernelContext): FunctionHandle {
  return module.func('affine.scatter', ['i32', 'i32'], [], (fn, list, sums) => {
    const [first, second] = [fn.local(), fn.local()];
    const [a, b] = [fn.local('v128'), fn.local('v128')];
    const out = (lane: number): Code => i32.load(list, lane * ITEM.BYTES + ITEM.OUT);
    return [0, 1].map((h) => [
      set(first, out(2 * h)),
      set(second, out(2 * h + 1)),
      Array.from({ length: PAIRS }, (_, pair) => [
        set(a, v128.load(sums, place(2 * pair) + 16 * h)),
        set(b, v128.load(sums, place(2 * pair + 1) + 16 * h)),
        v128.store(first, i64x2.pick(a, 0, b, 0), 16 * pair),
        v128.store(second, i64x2.pick(a, 1, b, 1), 16 * pair),
      ]),
    ]);
  });
}
