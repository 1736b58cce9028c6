/** Tasks in which one row depends on another: batch inversion, Horner's rule, running sums, strided sums. */
import { ELEMENT_BYTES, GROUP_BYTES, LIMBS } from '../../field/limbs.ts';
import {
  type Code,
  call,
  f64,
  forRange,
  i32,
  increment,
  type Local,
  set,
  when,
  whileLoop,
} from './assembler.ts';
import type { Element } from './field-emitter.ts';
import { emitFieldFunctions } from './field-functions.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import { transpose } from './permutation.ts';
import { argument, chunkGroups, groupAddress } from './vectors-emitter.ts';

export function emitScans(context: KernelContext): void {
  const { invert } = emitFieldFunctions(context, 'fr');
  emitBatchInvert(context, invert);
  emitHorner(context);
  emitScan(context, 'divide.task', true);
  emitScan(context, 'prefix.task', false);
  emitScatter(context);
}

/**
 * Montgomery's trick per lane and chunk. Arguments: vector, address of a word that becomes 1 where an element is zero,
 * address of the element 1, groups per chunk, groups. The scratch holds the products before each group.
 */
function emitBatchInvert({ module, fr }: KernelContext, invert: FunctionHandle): void {
  module.task('invert.task', (fn, chunk, args, scratch) => {
    const [from, count, vector, at, before, i, total] = fn.locals('i32', 7);
    const [product, value]: Element[] = [fr.element(fn), fr.element(fn)];
    const start: Code = [set(at, vector), set(before, scratch)];
    return [
      chunkGroups(chunk, args, 3, from, count),
      set(vector, groupAddress(argument(args, 0), from)),
      // The product of all follows the products before each; the working memory of the inversion follows that.
      set(total, groupAddress(scratch, count)),
      fr.group(() => [
        start,
        fr.loadSplat(product, argument(args, 2)),
        forRange(i, 0, count, [
          fr.store(before, product),
          fr.mul(fn, product, { group: at }, product),
          increment(at, GROUP_BYTES),
          increment(before, GROUP_BYTES),
        ]),
        fr.store(total, product),
      ]),
      when(
        call(invert, total, i32.add(total, GROUP_BYTES)),
        fr.group(() => [
          set(at, groupAddress(vector, count)),
          set(before, total),
          fr.load(product, total),
          set(i, count),
          whileLoop(i, [
            increment(at, -GROUP_BYTES),
            increment(before, -GROUP_BYTES),
            fr.mul(fn, value, { group: before }, product),
            fr.mul(fn, product, { group: at }, product),
            fr.store(at, value),
            set(i, i32.sub(i, 1)),
          ]),
        ]),
        i32.store(argument(args, 1), 1),
      ),
    ];
  });
}

/**
 * `Σ_g z^(4g)·v[g]` per lane, times what the table of powers has. The arguments hold a table with, for each chunk: address
 * of its groups, how many, address of the group for the result; the address of `HORNER_GROUPS` groups with the powers
 * (lane l of group g: z^(4g+l)); the address of z^(4·HORNER_GROUPS) (40 bytes). Horner's rule alone waits for one product after
 * the other; so blocks of products with the powers are summed, four with one reduction, and the rule joins the blocks.
 */
function emitHorner({ module, fr }: KernelContext): void {
  /** Adds to the group at `sum` the products of `count` groups at `v` and at `powers`. Normal in, normal out. */
  const dot = module.func('horner.dot', ['i32', 'i32', 'i32', 'i32'], [], (fn, sum, v, powers, count) => {
    const [acc, x]: Element[] = [fr.element(fn), fr.element(fn)];
    const [end, at, power] = fn.locals('i32', 3);
    // Products are within 0.31·p each: with one reduction at most 1.9·p, normalised with the sum so far.
    const addTerms = (terms: number): Code => [
      fr.mulSum(
        fn,
        x,
        Array.from({ length: terms }, (_, i) => ({
          x: { group: power, offset: GROUP_BYTES * i },
          y: { group: at, offset: GROUP_BYTES * i },
          negative: false,
        })),
      ),
      fr.add(acc, acc, x),
      fr.normalise(fn, acc),
      increment(at, GROUP_BYTES * terms),
      increment(power, GROUP_BYTES * terms),
    ];
    return [
      fr.group(() => [
        fr.load(acc, sum),
        set(at, v),
        set(power, powers),
        set(end, groupAddress(v, i32.and(count, -4))),
        whileLoop(i32.lt_u(at, end), addTerms(4)),
        set(end, groupAddress(v, count)),
        whileLoop(i32.lt_u(at, end), addTerms(1)),
        fr.store(sum, acc),
      ]),
    ];
  });
  const step = module.func('horner.step', ['i32', 'i32'], [], (fn, sum, factor) => {
    const [acc, z]: Element[] = [fr.element(fn), fr.element(fn)];
    return fr.group(() => [
      fr.loadSplat(z, factor),
      fr.load(acc, sum),
      fr.mul(fn, acc, acc, z),
      fr.store(sum, acc),
    ]);
  });
  module.task('horner.task', (fn, chunk, args) => {
    const [entry, sum, left, count] = fn.locals('i32', 4);
    const zero = fr.element(fn);
    return [
      set(entry, i32.add(argument(args, 0), i32.mul(chunk, 12))),
      set(sum, i32.load(entry, 8)),
      fr.group(() => [fr.zero(zero), fr.store(sum, zero)]),
      set(left, i32.load(entry, 4)),
      // The block at the top may be a part of one.
      set(count, i32.and(left, HORNER_GROUPS - 1)),
      when(i32.eqz(count), set(count, HORNER_GROUPS)),
      whileLoop(left, [
        set(left, i32.sub(left, count)),
        call(step, sum, argument(args, 2)),
        call(dot, sum, groupAddress(i32.load(entry), left), argument(args, 1), count),
        set(count, HORNER_GROUPS),
      ]),
    ];
  });
}

/**
 * A scan whose lanes are four sections of a vector, `size` groups each: four groups are transposed, so that one lane holds
 * consecutive rows of one section. Descending: `out[k] = s; s = z·s + v[k]`. Ascending: `out[k] = s; s = s + v[k] + z`.
 * Arguments: destination, source, address of z, groups of a section, address of the first states (one group a chunk).
 */
function emitScan({ module, fr }: KernelContext, name: string, descending: boolean): void {
  const step = module.func(`${name}.rows`, ['i32', 'i32', 'i32'], [], (fn, rows, state, scalar) => {
    const [s, z, v]: Element[] = Array.from({ length: 3 }, () => fr.element(fn));
    const order = descending ? [3, 2, 1, 0] : [0, 1, 2, 3];
    return fr.group(() => [
      fr.load(s, state),
      fr.loadSplat(z, scalar),
      order.map((row) => [
        fr.load(v, rows, GROUP_BYTES * row),
        fr.store(rows, s, GROUP_BYTES * row),
        descending ? [fr.mul(fn, s, s, z), fr.add(s, s, v)] : [fr.add(s, s, z), fr.add(s, s, v)],
        fr.normalise(fn, s),
      ]),
      fr.store(state, s),
    ]);
  });
  module.task(name, (fn, chunk, args, scratch) => {
    const [t, size, first, state, difference] = fn.locals('i32', 5);
    const places = fn.locals('i32', 4);
    const inScratch = [0, 1, 2, 3].map((a) => ({ address: scratch, offset: GROUP_BYTES * a }));
    const sections = places.map((address) => ({ address, offset: 0 }));
    const movePlaces = (by: Code): Code => places.map((place) => increment(place, by));
    return [
      set(size, i32.mul(argument(args, 3), GROUP_BYTES)),
      set(state, groupAddress(argument(args, 4), chunk)),
      set(difference, i32.sub(argument(args, 0), argument(args, 1))),
      set(first, i32.mul(i32.shl(chunk, 2), size)),
      set(places[0], i32.add(i32.add(argument(args, 1), first), descending ? i32.sub(size, GROUP_BYTES) : 0)),
      places.slice(1).map((place, a) => set(place, i32.add(places[a], size))),
      set(t, argument(args, 3)),
      whileLoop(t, [
        transpose(fn, sections, inScratch),
        call(step, scratch, state, argument(args, 2)),
        movePlaces([i32.add(difference, 0)]),
        transpose(fn, inScratch, sections),
        movePlaces(i32.sub(descending ? -GROUP_BYTES : GROUP_BYTES, difference)),
        set(t, i32.sub(t, 1)),
      ]),
    ];
  });
}

/**
 * `dst[offset + stride·k] += src[k]`. Arguments: dst, src, offset, groups per chunk, groups, stride, elements of src.
 */
function emitScatter({ module, fr }: KernelContext): void {
  module.task('scatter.task', (fn, chunk, args, scratch) => {
    const [from, count, src, index, k, last, lane, at, own] = fn.locals('i32', 9);
    const x = fr.element(fn);
    const eachLane = (body: (at: Local) => Code): Code => [
      set(lane, i32.mul(from, 4)),
      set(index, i32.add(argument(args, 2), i32.mul(lane, argument(args, 5)))),
      set(own, scratch),
      set(last, i32.add(lane, 4)),
      when(i32.gt_u(last, argument(args, 6)), set(last, argument(args, 6))),
      whileLoop(i32.lt_u(lane, last), [
        set(at, i32.add(groupAddress(argument(args, 0), i32.shr_u(index, 2)), i32.shl(i32.and(index, 3), 3))),
        body(at),
        increment(own, 8),
        increment(index, argument(args, 5)),
        increment(lane, 1),
      ]),
    ];
    const limbs = Array.from({ length: LIMBS }, (_, j) => 32 * j);
    return [
      chunkGroups(chunk, args, 3, from, count),
      set(src, groupAddress(argument(args, 1), from)),
      forRange(k, 0, count, [
        eachLane((place) => limbs.map((limb) => f64.store(own, f64.load(place, limb), limb))),
        fr.group(() => [
          fr.load(x, scratch),
          fr.add(x, x, { group: src }),
          fr.normalise(fn, x),
          fr.store(scratch, x),
        ]),
        eachLane((place) => limbs.map((limb) => f64.store(place, f64.load(own, limb), limb))),
        increment(src, GROUP_BYTES),
        increment(from, 1),
      ]),
    ];
  });
}

/** Bytes of one entry of `horner.task`. */
export const HORNER_ENTRY_BYTES = 12;
/** Groups of its table of powers, a power of two: with the groups they multiply they fit a first-level cache. */
export const HORNER_GROUPS = 64;
/** Groups of a chunk of `invert.task` at most: its products before each must fit the scratch. */
export const INVERT_CHUNK_GROUPS = 1024;
/** Bytes of a scalar in memory. */
export const SCALAR_BYTES: number = ELEMENT_BYTES;
