/**
 * The end of a multi-scalar multiplication: `Σ_b 2^b·P_b` over the few points that the jobs leave, by Horner's rule in
 * Jacobian coordinates `(X/Z², Y/Z³)`. A chain of dependent products, so one lane is worth as much as four; half a group
 * is emitted where lanes come in twos.
 */
import { Fq } from '../../field/field.ts';
import { createLimbField, GROUP_BYTES } from '../../field/limbs.ts';
import type { AffinePoint } from '../contract.ts';
import { type Code, call, forRange, i32, increment, ret, set, when, whileLoop } from './assembler.ts';
import { FQ_LIMBS, type KernelCore, readElement } from './core.ts';
import type { Element } from './field-emitter.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import type { AffineFunctions } from './msm-affine.ts';
import { pointAddress, Y } from './msm-layout.ts';
import type { Arena } from './msm-work.ts';
import { argument } from './vectors-emitter.ts';

/** Offsets of the sum: coordinates, room for one element, and a word that is 0 at infinity. */
const SUM = {
  X: 0,
  Y: GROUP_BYTES,
  Z: 2 * GROUP_BYTES,
  H: 3 * GROUP_BYTES,
  FINITE: 4 * GROUP_BYTES,
} as const;
const SUM_BYTES: number = 4 * GROUP_BYTES + 64;

/**
 * Task `msm.combine`: chunk j adds up the list from word j of the table to word j + 1; args: table, sums. A list has for each
 * bit, from the highest: number of references, references.
 */
export function emitCombine(context: KernelContext, affine: AffineFunctions): void {
  const { module } = context;
  const double = emitDouble(context);
  const add = emitAdd(context, affine, double);
  module.task('msm.combine', (fn, chunk, args) => {
    const [k, count, list, end, sum] = fn.locals('i32', 5);
    return [
      set(list, i32.add(argument(args, 0), i32.shl(chunk, 2))),
      set(end, i32.load(list, 4)),
      set(list, i32.load(list)),
      set(sum, i32.add(argument(args, 1), i32.mul(chunk, SUM_BYTES))),
      i32.store(sum, 0, SUM.FINITE),
      whileLoop(i32.lt_u(list, end), [
        when(i32.load(sum, SUM.FINITE), call(double, sum)),
        set(count, i32.load(list)),
        increment(list, 4),
        forRange(k, 0, count, [call(add, sum, pointAddress(i32.load(list))), increment(list, 4)]),
      ]),
    ];
  });
}

/** `double(sum)`: dbl-2009-l of https://hyperelliptic.org/EFD for a = 0. Coordinates stay normalised. */
function emitDouble({ module, fq }: KernelContext): FunctionHandle {
  return module.func('msm.jacobianDouble', ['i32'], [], (fn, sum) => {
    const [a, b, c, d] = [fq.element(fn), fq.element(fn), fq.element(fn), fq.element(fn)];
    const twice = (x: Element): Code => fq.add(x, x, x);
    return [
      // Z' = 2·Y·Z
      fq.load(b, sum, SUM.Y),
      fq.mul(fn, a, { group: sum, offset: SUM.Z }, b),
      twice(a),
      fq.normalise(fn, a),
      fq.store(sum, a, SUM.Z),
      // d = 4·X·Y², c = 8·Y⁴, a = 3·X²
      fq.square(fn, b, b),
      fq.mul(fn, d, { group: sum, offset: SUM.X }, b),
      twice(d),
      twice(d),
      fq.normalise(fn, d),
      fq.square(fn, c, b),
      twice(c),
      twice(c),
      fq.normalise(fn, c),
      twice(c),
      fq.load(a, sum, SUM.X),
      fq.square(fn, a, a),
      fq.add(b, a, a),
      fq.add(a, a, b),
      fq.normalise(fn, a),
      // X' = a² − 2d, Y' = a·(d − X') − c
      fq.square(fn, b, a),
      fq.sub(b, b, d),
      fq.sub(b, b, d),
      fq.normalise(fn, b),
      fq.store(sum, b, SUM.X),
      fq.sub(d, d, b),
      fq.mul(fn, a, d, a),
      fq.sub(a, a, c),
      fq.normalise(fn, a),
      fq.store(sum, a, SUM.Y),
    ];
  });
}

/** `add(sum, point)`: a mixed addition; a point equal or opposite to the sum is told by `h = 0`. */
function emitAdd(
  { module, fq, constants }: KernelContext,
  { isZero }: AffineFunctions,
  double: FunctionHandle,
): FunctionHandle {
  const one = createLimbField(fq.modulus).encode(1n);
  return module.func('msm.jacobianAdd', ['i32', 'i32'], [], (fn, sum, point) => {
    const [h, r, a, b] = [fq.element(fn), fq.element(fn), fq.element(fn), fq.element(fn)];
    const coordinate = (offset: number) => ({ group: sum, offset });
    const isSame = (x: Element): Code => [fq.store(sum, x, SUM.H), call(isZero, i32.add(sum, SUM.H))];
    return [
      when(i32.eqz(i32.load(sum, SUM.FINITE)), [
        fq.loadSplat(a, point),
        fq.store(sum, a, SUM.X),
        fq.loadSplat(a, point, Y),
        fq.store(sum, a, SUM.Y),
        fq.eachHalf((half) => a[half].map((local, j) => set(local, constants.load(one[j], 0)))),
        fq.store(sum, a, SUM.Z),
        i32.store(sum, 1, SUM.FINITE),
        ret(),
      ]),
      // h = x2·Z² − X, r = y2·Z³ − Y
      fq.load(a, sum, SUM.Z),
      fq.square(fn, b, a),
      fq.mul(fn, a, a, b),
      fq.mul(fn, h, { splat: point }, b),
      fq.sub(h, h, coordinate(SUM.X)),
      fq.normalise(fn, h),
      fq.mul(fn, r, { splat: point, offset: Y }, a),
      fq.sub(r, r, coordinate(SUM.Y)),
      fq.normalise(fn, r),
      when(isSame(h), [when(isSame(r), call(double, sum), i32.store(sum, 0, SUM.FINITE)), ret()]),
      // Z' = Z·h, b = X·h², h = h³
      fq.mul(fn, a, coordinate(SUM.Z), h),
      fq.normalise(fn, a),
      fq.store(sum, a, SUM.Z),
      fq.square(fn, a, h),
      fq.mul(fn, h, h, a),
      fq.mul(fn, b, coordinate(SUM.X), a),
      // X' = r² − h³ − 2b, Y' = r·(b − X') − Y·h³
      fq.square(fn, a, r),
      fq.sub(a, a, h),
      fq.sub(a, a, b),
      fq.sub(a, a, b),
      fq.normalise(fn, a),
      fq.store(sum, a, SUM.X),
      fq.sub(b, b, a),
      fq.mul(fn, r, b, r),
      fq.mul(fn, h, coordinate(SUM.Y), h),
      fq.sub(r, r, h),
      fq.normalise(fn, r),
      fq.store(sum, r, SUM.Y),
    ];
  });
}

/** For each list of bits `Σ_b 2^b·Σ bits[b]` over references to points (positive ones; see `msm-layout.ts`). */
export async function combineBits(
  core: KernelCore,
  arena: Arena,
  lists: readonly (readonly (readonly number[])[])[],
): Promise<AffinePoint[]> {
  const words = lists.map((bits) =>
    bits.toReversed().flatMap((references) => [references.length, ...references]),
  );
  const list = arena.write(words.flat());
  let end = list;
  const table = arena.write([list, ...words.map(({ length }) => (end += 4 * length))]);
  const sums = arena.allocate(SUM_BYTES * lists.length);
  await core.pool.run('msm.combine', [table, sums], lists.length);
  return lists.map((_, i) => {
    const sum = sums + SUM_BYTES * i;
    if (core.memory.u32[(sum + SUM.FINITE) / 4] === 0) return null;
    const [x, y, z] = [SUM.X, SUM.Y, SUM.Z].map((offset) => readElement(core, sum + offset, 0, FQ_LIMBS));
    const inverse = Fq.inv(z);
    const square = Fq.mul(inverse, inverse);
    return { x: Fq.mul(x, square), y: Fq.mul(y, Fq.mul(square, inverse)) };
  });
}
