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
  memoryCopy,
  memoryFill,
  type Operand,
  ret,
  set,
  when,
} from './assembler.ts';
import { emitFieldFunctions, type FieldFunctions, loadLimbs } from './field-functions.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';
import { emitGather, emitScatter } from './msm-gather.ts';
import {
  BATCH,
  CHAINS,
  END,
  ITEM,
  NEGATIVE,
  POINT_SIZE,
  pointAddress,
  STAGE,
  WORK,
  Y,
} from './msm-layout.ts';

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
  const forward = { add: emitForward(context, field, 'add'), double: emitForward(context, field, 'double') };
  const prefix = emitPrefix(context, field);
  const scatter = emitScatter(context);
  const backward = {
    add: emitBackward(context, field, 'add', scatter),
    double: emitBackward(context, field, 'double', scatter),
  };
  const isZero = emitIsZero(context);
  const repair = emitRepair(context, isZero);
  const invert = emitInvert(context, field);

  const step = 4 * CHAINS;
  /** Fills the last groups of a list with additions that are thrown away; `groups` becomes their number. */
  const pad = (fn: FunctionBuilder, work: Local, list: Code, groups: Local): Code => {
    const [i, item] = [fn.local(), fn.local()];
    return [
      set(groups, i32.mul(i32.div_u(i32.add(i32.load(work, WORK.COUNT), step - 1), step), CHAINS)),
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

  /** `COUNT` doublings of the list at `list`. None has a zero denominator: no point has order two. */
  const doubleList = module.func('affine.doubleList', ['i32', 'i32'], [], (fn, work, list) => {
    const groups = fn.local();
    return [
      when(i32.eqz(i32.load(work, WORK.COUNT)), ret()),
      pad(fn, work, get(list), groups),
      call(forward.double, work, list, groups),
      drop(call(invert, work)),
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
      call(forward.add, work, list, groups),
      when(call(invert, work), [
        call(backward.add, work, list, groups),
        i32.store(work, 0, WORK.COUNT),
        ret(),
      ]),
      i32.store(work, call(repair, work, groups), WORK.COUNT),
      call(prefix, work, groups),
      drop(call(invert, work)),
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

/** For each of the two groups that are done side by side. */
function eachChain<T>(body: (chain: 0 | 1) => T): [T, T] {
  return [body(0), body(1)];
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

/** The address of a group of a chain. */
type Place = (chain: 0 | 1) => Code;

const inStage =
  (stage: Local, offset: number): Place =>
  (chain) =>
    i32.add(stage, STAGE.BYTES * chain + offset);
const inPrefix =
  (prefix: Local, ahead = 0): Place =>
  (chain) =>
    i32.add(prefix, GROUP_BYTES * (CHAINS * ahead + chain));
const inWork =
  (work: Local, offset: number, step = GROUP_BYTES): Place =>
  (chain) =>
    i32.add(work, offset + step * chain);

/** `z = x·y` for a group of each chain. */
function multiply({ mulPair }: FieldFunctions, z: Place, x: Place, y: Place): Code {
  return call(mulPair, ...eachChain((chain) => [z, x, y].map((place) => place(chain))).flat());
}

function square({ squarePair }: FieldFunctions, z: Place, x: Place): Code {
  return call(squarePair, ...eachChain((chain) => [z, x].map((place) => place(chain))).flat());
}

/** The first prefix of each chain is 1. */
function startPrefix({ fq }: KernelContext, prefix: Operand): Code {
  const one = createLimbField(fq.modulus).encode(1n);
  return eachChain((chain) =>
    Array.from({ length: LIMBS }, (_, j) =>
      [0, 1, 2, 3].map((l) => f64.store(prefix, f64.const(one[j]), GROUP_BYTES * chain + 32 * j + 8 * l)),
    ),
  );
}

/** `prefix[g + CHAINS] = prefix[g]·D[g]` for a group of each chain, and on to the next. */
function multiplyPrefix(field: FieldFunctions, stage: Local, prefix: Local): Code {
  return [
    multiply(field, inPrefix(prefix, 1), inPrefix(prefix), inStage(stage, STAGE.D)),
    increment(stage, CHAINS * STAGE.BYTES),
    increment(prefix, CHAINS * GROUP_BYTES),
  ];
}

/**
 * `forward(work, list, groups)`: gathers points, numerators E and denominators D of the slopes; prefix products of the D, the
 * last ones to `INVERSE`. Bounds: coordinates ≤ 0.51·p, so D ≤ 1.02·p, and 1.02·p is a fixed point of the prefixes.
 */
function emitForward(context: KernelContext, field: FieldFunctions, kind: Kind): FunctionHandle {
  const { module, fq } = context;
  const gather = emitGather(context, kind);
  return module.func(`affine.forward.${kind}`, ['i32', 'i32', 'i32'], [], (fn, work, list, groups) => {
    const { stage, prefix, init } = stageAndPrefix(fn, work);
    const [i, next] = [fn.local(), fn.local()];
    const [a, b] = [fq.element(fn), fq.element(fn)];
    /** 3x² and 2y */
    const slopes: Code = [
      square(field, inStage(stage, STAGE.E), inStage(stage, STAGE.X)),
      fq.group(() =>
        eachChain((chain) => [
          fq.load(a, stage, STAGE.BYTES * chain + STAGE.E),
          fq.add(b, a, a),
          fq.add(a, a, b),
          fq.normalise(fn, a),
          fq.store(stage, a, STAGE.BYTES * chain + STAGE.E),
          fq.load(a, stage, STAGE.BYTES * chain + STAGE.Y),
          fq.add(a, a, a),
          fq.store(stage, a, STAGE.BYTES * chain + STAGE.D),
        ]),
      ),
    ];
    /** The groups after those being multiplied, so that their points are on the way meanwhile. */
    const gatherNext = eachChain(() => [
      call(gather, list, next),
      increment(list, 4 * ITEM.BYTES),
      increment(next, STAGE.BYTES),
    ]);
    return [
      init,
      startPrefix(context, prefix),
      set(next, stage),
      gatherNext,
      forRange(
        i,
        0,
        groups,
        [
          when(i32.lt_u(i32.add(i, CHAINS), groups), gatherNext),
          kind === 'double' ? slopes : [],
          multiplyPrefix(field, stage, prefix),
        ],
        CHAINS,
      ),
      memoryCopy(i32.add(work, WORK.INVERSE), prefix, CHAINS * GROUP_BYTES),
    ];
  });
}

/** `prefix(work, groups)`: the products alone, for denominators that were changed. */
function emitPrefix(context: KernelContext, field: FieldFunctions): FunctionHandle {
  return context.module.func('affine.prefix', ['i32', 'i32'], [], (fn, work, groups) => {
    const { stage, prefix, init } = stageAndPrefix(fn, work);
    const i = fn.local();
    return [
      init,
      startPrefix(context, prefix),
      forRange(i, 0, groups, multiplyPrefix(field, stage, prefix), CHAINS),
      memoryCopy(i32.add(work, WORK.INVERSE), prefix, CHAINS * GROUP_BYTES),
    ];
  });
}

/** `invert(work) → i32`: `INVERSE` in place, by one inversion for both chains; 0 where a denominator was zero. */
function emitInvert({ module }: KernelContext, { mul, invert }: FieldFunctions): FunctionHandle {
  return module.func('affine.invert', ['i32'], ['i32'], (_, work) => {
    const [first, second] = eachChain(inWork(work, WORK.INVERSE));
    const [product, spare] = [i32.add(work, WORK.PRODUCT), i32.add(work, WORK.INVERT)];
    return [
      call(mul, product, first, second),
      when(i32.eqz(call(invert, product, spare)), ret(0)),
      call(mul, spare, product, second),
      call(mul, second, product, first),
      memoryCopy(first, spare, GROUP_BYTES),
      i32.const(1),
    ];
  });
}

/**
 * `backward(work, list, groups)`: from the last groups to the first, the inverse of each denominator and the sum:
 * `λ = E/D`, `x3 = λ² − x1 − x2`, `y3 = λ·(x1 − x3) − y1`.
 */
function emitBackward(
  { module, fq }: KernelContext,
  field: FieldFunctions,
  kind: Kind,
  scatter: FunctionHandle,
): FunctionHandle {
  return module.func(`affine.backward.${kind}`, ['i32', 'i32', 'i32'], [], (fn, work, list, groups) => {
    const { stage, prefix, init } = stageAndPrefix(fn, work);
    const i = fn.local();
    const [a, c] = [fq.element(fn), fq.element(fn)];
    const known = (chain: number, offset: number) => ({ group: stage, offset: STAGE.BYTES * chain + offset });
    const sum = (chain: number): number => WORK.SUM + 2 * GROUP_BYTES * chain;
    const [sumX, sumY] = [0, GROUP_BYTES].map((offset) => inWork(work, WORK.SUM + offset, 2 * GROUP_BYTES));
    const [inverse, slope, drop] = [WORK.INVERSE, WORK.SLOPE, WORK.DROP].map((offset) =>
      inWork(work, offset),
    );
    const last = i32.sub(groups, CHAINS);
    const step: Code = [
      multiply(field, slope, inPrefix(prefix), inverse),
      multiply(field, inverse, inStage(stage, STAGE.D), inverse),
      multiply(field, slope, inStage(stage, STAGE.E), slope),
      square(field, sumX, slope),
      fq.group(() =>
        eachChain((chain) => [
          fq.load(c, work, sum(chain)),
          fq.load(a, stage, STAGE.BYTES * chain + STAGE.X),
          fq.sub(c, c, a),
          fq.sub(c, c, a),
          kind === 'add' ? fq.sub(c, c, known(chain, STAGE.D)) : [],
          fq.normalise(fn, c),
          fq.sub(a, a, c),
          fq.store(work, c, sum(chain)),
          fq.store(work, a, WORK.DROP + GROUP_BYTES * chain),
        ]),
      ),
      multiply(field, sumY, drop, slope),
      fq.group(() =>
        eachChain((chain) => [
          fq.load(a, work, sum(chain) + GROUP_BYTES),
          fq.sub(a, a, known(chain, STAGE.Y)),
          fq.normalise(fn, a),
          fq.store(work, a, sum(chain) + GROUP_BYTES),
        ]),
      ),
      eachChain((chain) => call(scatter, i32.add(list, 4 * ITEM.BYTES * chain), sumX(chain))),
    ];
    return [
      init,
      increment(list, i32.mul(last, 4 * ITEM.BYTES)),
      increment(stage, i32.mul(last, STAGE.BYTES)),
      increment(prefix, i32.mul(last, GROUP_BYTES)),
      forRange(
        i,
        0,
        groups,
        [
          step,
          increment(list, -CHAINS * 4 * ITEM.BYTES),
          increment(stage, -CHAINS * STAGE.BYTES),
          increment(prefix, -CHAINS * GROUP_BYTES),
        ],
        CHAINS,
      ),
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
              i32.store(word(ITEM.SLOT), i32.and(i32.load(word(ITEM.SLOT)), END)),
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
