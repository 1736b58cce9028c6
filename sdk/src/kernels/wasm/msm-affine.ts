/**
 * Affine additions in batches: four in lanes, one inversion a batch (Montgomery's trick), 5 products and a square
 * each. The formulas do not cover P + P, P − P; a batch that has one shows it by a denominator of zero and is
 * repaired: doublings are done apart, sums at infinity are reported in the item's slot.
 */
import { createLimbField, GROUP_BYTES, LIMB_BITS, LIMBS } from '../../field/limbs.ts';
import {
  type Code,
  call,
  drop,
  f64,
  forRange,
  get,
  i32,
  i64,
  increment,
  type Local,
  memoryFill,
  type Operand,
  ret,
  set,
  when,
} from './assembler.ts';
import { emitFieldFunctions, type FieldFunctions, loadLimbs } from './field-functions.ts';
import type { KernelContext } from './kernels.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';
import { BATCH, ITEM, NEGATIVE, POINT_SIZE, pointAddress, STAGE, WORK, Y } from './msm-layout.ts';

export interface AffineFunctions extends FieldFunctions {
  /** `add(work)`: does the `COUNT` items of the list and empties it. */
  readonly add: FunctionHandle;
  /** `double(work)`: the same for items whose sum is 2·A (B is not read). */
  readonly double: FunctionHandle;
  /** `isZero(lane) → i32`: whether the element with limbs at `lane + 32j` is 0 mod p, for `|x| < 3p`. */
  readonly isZero: FunctionHandle;
  /** `copy(reference, out)`: a point with its sign, or infinity for none. */
  readonly copy: FunctionHandle;
}

type Kind = 'add' | 'double';

export function emitAffine(context: KernelContext): AffineFunctions {
  const { module } = context;
  const field = emitFieldFunctions(context, 'fq');
  const gather = emitGather(context);
  const forward = { add: emitForward(context, 'add'), double: emitForward(context, 'double') };
  const prefix = emitPrefix(context);
  const backward = { add: emitBackward(context, 'add'), double: emitBackward(context, 'double') };
  const isZero = emitIsZero(context);
  const repair = emitRepair(context, isZero);

  /** Fills the last group of a list with additions that are thrown away; `groups` becomes their number. */
  const pad = (fn: FunctionBuilder, work: Local, list: Code, groups: Local): Code => {
    const [i, item] = [fn.local(), fn.local()];
    return [
      set(groups, i32.shr_u(i32.add(i32.load(work, WORK.COUNT), 3), 2)),
      forRange(i, i32.load(work, WORK.COUNT), i32.shl(groups, 2), [
        set(item, i32.add(list, i32.mul(i, ITEM.BYTES))),
        i32.store(item, i32.shr_u(i32.add(work, WORK.DUMMY_A), 3), ITEM.A),
        i32.store(item, i32.shr_u(i32.add(work, WORK.DUMMY_B), 3), ITEM.B),
        i32.store(item, i32.add(work, WORK.TRASH), ITEM.OUT),
        i32.store(item, i32.add(work, WORK.TRASH), ITEM.SLOT),
      ]),
    ];
  };
  const at = (work: Local, offset: number): Code => i32.add(work, offset);
  const invert = (work: Local): Code => call(field.invert, at(work, WORK.INVERSE), at(work, WORK.INVERT));

  /** `COUNT` doublings of the list at `list`. None has a zero denominator: no point has order two. */
  const doubleList = module.func('affine.doubleList', ['i32', 'i32'], [], (fn, work, list) => {
    const groups = fn.local();
    return [
      when(i32.eqz(i32.load(work, WORK.COUNT)), ret()),
      pad(fn, work, get(list), groups),
      call(gather, list, groups, at(work, WORK.STAGE)),
      call(forward.double, work, groups),
      drop(invert(work)),
      call(backward.double, work, list, groups),
      i32.store(work, 0, WORK.COUNT),
    ];
  });

  const add = module.func('affine.add', ['i32'], [], (fn, work) => {
    const groups = fn.local();
    const list = at(work, WORK.LIST);
    return [
      when(i32.eqz(i32.load(work, WORK.COUNT)), ret()),
      pad(fn, work, list, groups),
      call(gather, list, groups, at(work, WORK.STAGE)),
      call(gather, at(work, WORK.LIST + ITEM.B), groups, at(work, WORK.STAGE + STAGE.D)),
      call(forward.add, work, groups),
      when(invert(work), [call(backward.add, work, list, groups), i32.store(work, 0, WORK.COUNT), ret()]),
      i32.store(work, call(repair, work, groups), WORK.COUNT),
      call(prefix, work, groups),
      drop(invert(work)),
      call(backward.add, work, list, groups),
      call(doubleList, work, at(work, WORK.DOUBLES)),
    ];
  });

  const double = module.func('affine.double', ['i32'], [], (_, work) =>
    call(doubleList, work, at(work, WORK.LIST)),
  );
  const copy = module.func('affine.copy', ['i32', 'i32'], [], (fn, reference, out) => {
    const sign = fn.local('i64');
    return [
      when(i32.eqz(reference), [memoryFill(out, 0, POINT_SIZE), ret()]),
      set(sign, i64.shl(i64.extend_i32_u(i32.and(reference, NEGATIVE)), i64.const(32n))),
      set(reference, pointAddress(reference)),
      Array.from({ length: LIMBS }, (_, j) => [
        i64.store(out, i64.load(reference, 8 * j), 8 * j),
        i64.store(out, i64.xor(i64.load(reference, Y + 8 * j), sign), Y + 8 * j),
      ]),
    ];
  });
  return { ...field, add, double, isZero, copy };
}

/** `gather(list, groups, stage)`: x and y of the points that the list's words refer to, into lanes. */
function emitGather({ module }: KernelContext): FunctionHandle {
  return module.func('affine.gather', ['i32', 'i32', 'i32'], [], (fn, list, groups, stage) => {
    const [i, from] = [fn.local(), fn.local()];
    const negative = fn.local('i64');
    const lane = (l: number): Code => [
      set(from, i32.load(list, l * ITEM.BYTES)),
      set(negative, i64.shl(i64.extend_i32_u(i32.and(from, NEGATIVE)), i64.const(32n))),
      set(from, pointAddress(from)),
      Array.from({ length: LIMBS }, (_, j) => [
        i64.store(stage, i64.load(from, 8 * j), STAGE.X + 32 * j + 8 * l),
        i64.store(stage, i64.xor(i64.load(from, Y + 8 * j), negative), STAGE.Y + 32 * j + 8 * l),
      ]),
    ];
    return forRange(i, 0, groups, [
      [0, 1, 2, 3].map(lane),
      increment(list, 4 * ITEM.BYTES),
      increment(stage, STAGE.BYTES),
    ]);
  });
}

/** Pointers of a pass over the groups of a batch. */
function stageAndPrefix(fn: FunctionBuilder, work: Local): { stage: Local; prefix: Local; init: Code } {
  const [stage, prefix] = [fn.local(), fn.local()];
  return {
    stage,
    prefix,
    init: [set(stage, i32.add(work, WORK.STAGE)), set(prefix, i32.add(work, WORK.PREFIX))],
  };
}

/** `prefix[0] = 1` */
function startPrefix({ fq }: KernelContext, prefix: Operand): Code {
  const one = createLimbField(fq.modulus).encode(1n);
  return Array.from({ length: LIMBS }, (_, j) =>
    [0, 1, 2, 3].map((l) => f64.store(prefix, f64.const(one[j]), 32 * j + 8 * l)),
  );
}

/**
 * `forward(work, groups)`: numerators E and denominators D of the slopes, `prefix[g + 1] = prefix[g]·D[g]`, and the last
 * prefix to `INVERSE`. Bounds: coordinates ≤ 0.51·p, so D ≤ 1.02·p, and 1.02·p is a fixed point of the prefixes.
 */
function emitForward(context: KernelContext, kind: Kind): FunctionHandle {
  const { module, fq } = context;
  return module.func(`affine.forward.${kind}`, ['i32', 'i32'], [], (fn, work, groups) => {
    const { stage, prefix, init } = stageAndPrefix(fn, work);
    const i = fn.local();
    const [a, b] = [fq.element(fn), fq.element(fn)];
    const slope = (): Code =>
      kind === 'add'
        ? [
            fq.load(a, stage, STAGE.E),
            fq.sub(a, a, { group: stage, offset: STAGE.Y }),
            fq.store(stage, a, STAGE.E),
            fq.load(a, stage, STAGE.D),
            fq.sub(a, a, { group: stage, offset: STAGE.X }),
            fq.store(stage, a, STAGE.D),
          ]
        : [
            // 3x² and 2y
            fq.load(a, stage, STAGE.X),
            fq.square(fn, a, a),
            fq.add(b, a, a),
            fq.add(a, a, b),
            fq.normalise(fn, a),
            fq.store(stage, a, STAGE.E),
            fq.load(a, stage, STAGE.Y),
            fq.add(a, a, a),
            fq.store(stage, a, STAGE.D),
          ];
    return [
      init,
      startPrefix(context, prefix),
      forRange(i, 0, groups, [
        fq.group(() => [slope(), fq.mul(fn, a, { group: prefix }, a), fq.store(prefix, a, GROUP_BYTES)]),
        increment(stage, STAGE.BYTES),
        increment(prefix, GROUP_BYTES),
      ]),
      fq.group(() => [fq.load(a, prefix), fq.store(work, a, WORK.INVERSE)]),
    ];
  });
}

/** `prefix(work, groups)`: the products alone, for denominators that were changed. */
function emitPrefix(context: KernelContext): FunctionHandle {
  const { module, fq } = context;
  return module.func('affine.prefix', ['i32', 'i32'], [], (fn, work, groups) => {
    const { stage, prefix, init } = stageAndPrefix(fn, work);
    const i = fn.local();
    const a = fq.element(fn);
    return [
      init,
      startPrefix(context, prefix),
      forRange(i, 0, groups, [
        fq.group(() => [
          fq.load(a, stage, STAGE.D),
          fq.mul(fn, a, { group: prefix }, a),
          fq.store(prefix, a, GROUP_BYTES),
        ]),
        increment(stage, STAGE.BYTES),
        increment(prefix, GROUP_BYTES),
      ]),
      fq.group(() => [fq.load(a, prefix), fq.store(work, a, WORK.INVERSE)]),
    ];
  });
}

/**
 * `backward(work, list, groups)`: from the last group to the first, the inverse of each denominator and the sum:
 * `λ = E/D`, `x3 = λ² − x1 − x2`, `y3 = λ·(x1 − x3) − y1`.
 */
function emitBackward({ module, fq }: KernelContext, kind: Kind): FunctionHandle {
  return module.func(`affine.backward.${kind}`, ['i32', 'i32', 'i32'], [], (fn, work, list, groups) => {
    const { stage, prefix, init } = stageAndPrefix(fn, work);
    const [i, out] = [fn.local(), fn.local()];
    const [a, b, c] = [fq.element(fn), fq.element(fn), fq.element(fn)];
    const field = (offset: number) => ({ group: stage, offset });
    const item = i32.sub(groups, 1);
    const step: Code = fq.group(() => [
      fq.load(a, work, WORK.INVERSE),
      fq.mul(fn, b, { group: prefix }, a),
      fq.mul(fn, a, field(STAGE.D), a),
      fq.store(work, a, WORK.INVERSE),
      fq.mul(fn, b, field(STAGE.E), b),
      fq.square(fn, c, b),
      fq.sub(c, c, field(STAGE.X)),
      fq.sub(c, c, field(STAGE.X)),
      kind === 'add' ? fq.sub(c, c, field(STAGE.D)) : [],
      fq.normalise(fn, c),
      fq.store(work, c, WORK.SUM),
      fq.load(a, stage, STAGE.X),
      fq.sub(a, a, c),
      fq.mul(fn, a, a, b),
      fq.sub(a, a, field(STAGE.Y)),
      fq.normalise(fn, a),
      fq.store(work, a, WORK.SUM + GROUP_BYTES),
    ]);
    const scatter = (l: number): Code => [
      set(out, i32.load(list, l * ITEM.BYTES + ITEM.OUT)),
      [0, 1].map((k) =>
        Array.from({ length: LIMBS }, (_, j) =>
          i64.store(out, i64.load(work, WORK.SUM + k * GROUP_BYTES + 32 * j + 8 * l), k * Y + 8 * j),
        ),
      ),
    ];
    return [
      init,
      increment(list, i32.mul(item, 4 * ITEM.BYTES)),
      increment(stage, i32.mul(item, STAGE.BYTES)),
      increment(prefix, i32.mul(item, GROUP_BYTES)),
      forRange(i, 0, groups, [
        step,
        [0, 1, 2, 3].map(scatter),
        increment(list, -4 * ITEM.BYTES),
        increment(stage, -STAGE.BYTES),
        increment(prefix, -GROUP_BYTES),
      ]),
    ];
  });
}

/**
 * `repair(work, groups) → doublings`: takes the additions with equal x out of a batch: their lanes get denominator 1 and
 * are thrown away; P + P goes to the list of doublings, P − P puts 0 into its slot.
 */
function emitRepair({ module, fq }: KernelContext, isZero: FunctionHandle): FunctionHandle {
  const one = createLimbField(fq.modulus).encode(1n);
  return module.func('affine.repair', ['i32', 'i32'], ['i32'], (fn, work, groups) => {
    const [i, l, stage, item, double, lane] = [0, 1, 2, 3, 4, 5].map(() => fn.local());
    const word = (offset: number): Code => i32.load(item, offset);
    return [
      set(stage, i32.add(work, WORK.STAGE)),
      set(item, i32.add(work, WORK.LIST)),
      set(double, i32.add(work, WORK.DOUBLES)),
      forRange(i, 0, groups, [
        forRange(l, 0, 4, [
          set(lane, i32.add(stage, i32.shl(l, 3))),
          when(call(isZero, i32.add(lane, STAGE.D)), [
            when(
              call(isZero, i32.add(lane, STAGE.E)),
              [
                [ITEM.A, ITEM.B, ITEM.OUT, ITEM.SLOT].map((offset) =>
                  i32.store(double, word(offset), offset),
                ),
                increment(double, ITEM.BYTES),
              ],
              i32.store(word(ITEM.SLOT), 0),
            ),
            i32.store(item, i32.add(work, WORK.TRASH), ITEM.OUT),
            one.map((limb, j) => f64.store(lane, f64.const(limb), STAGE.D + 32 * j)),
          ]),
          increment(item, ITEM.BYTES),
        ]),
        increment(stage, STAGE.BYTES),
      ]),
      i32.shr_u(i32.sub(double, i32.add(work, WORK.DOUBLES)), Math.log2(ITEM.BYTES)),
    ];
  });
}

/** `isZero(lane) → i32`: whether the element with limbs at `lane + 32j` is 0 mod p, for `|x| < 3p`. */
function emitIsZero({ module, fq }: KernelContext): FunctionHandle {
  return module.func('fq.isZero', ['i32'], ['i32'], (fn, lane) => {
    const limbs = fn.locals('i64', LIMBS);
    const carry = fn.local('i64');
    const p = fq.modulus;
    const equals = (value: bigint): Code =>
      limbs
        .map((limb, j) => {
          const digit = value >> BigInt(LIMB_BITS * j);
          const last = j + 1 === LIMBS;
          return i64.xor(limb, i64.const(last ? digit : BigInt.asUintN(LIMB_BITS, digit)));
        })
        .reduce((sum, difference) => i64.or(sum, difference));
    return [
      loadLimbs(limbs, lane, 3n * p, carry),
      [1n, 2n, 3n, 4n, 5n].map((k) => i64.eqz(equals(k * p))).reduce((any, is) => i32.or(any, is)),
    ];
  });
}

/** Appends an item to the list, which `flush` (`add` or `double`) does when it is full. */
export function pushItem(
  flush: FunctionHandle,
  fn: FunctionBuilder,
  work: Local,
): (a: Operand, b: Operand, out: Operand, slot: Operand) => Code {
  const [item, count] = [fn.local(), fn.local()];
  return (a, b, out, slot) => [
    set(count, i32.load(work, WORK.COUNT)),
    set(item, i32.add(i32.add(work, WORK.LIST), i32.mul(count, ITEM.BYTES))),
    i32.store(item, a, ITEM.A),
    i32.store(item, b, ITEM.B),
    i32.store(item, out, ITEM.OUT),
    i32.store(item, slot, ITEM.SLOT),
    i32.store(work, i32.add(count, 1), WORK.COUNT),
    when(i32.eq(count, BATCH - 1), call(flush, work)),
  ];
}
