/** Butterflies of the FFT, the stages within a block, and the twiddles they take. See `fft-emitter.ts`. */
import { ELEMENT_BYTES, GROUP_BYTES } from '../../field/limbs.ts';
import {
  type Code,
  call,
  forRange,
  i32,
  increment,
  type Local,
  type Operand,
  set,
  type ValueType,
  when,
  whileLoop,
} from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';

export type Butterfly = FunctionHandle;
const BUTTERFLY_PARAMETERS: readonly ValueType[] = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'];

/**
 * Geometric progressions. The arguments hold, for each chunk: destination, groups, address of the first group, address
 * of the ratio between groups (40 bytes).
 */
export function emitPowers({ module, fr }: KernelContext): void {
  module.task('powers.task', (fn, chunk, args) => {
    const [entry, dst, i] = [fn.local(), fn.local(), fn.local()];
    const [value, out, ratio] = [fr.element(fn), fr.element(fn), fr.element(fn)];
    return [
      set(entry, i32.add(i32.load(args), i32.mul(chunk, 16))),
      fr.loadSplat(ratio, i32.load(entry, 12)),
      // With two lanes, one half runs through the whole progression before the other.
      fr.group(() => [
        set(dst, i32.load(entry)),
        fr.load(value, i32.load(entry, 8)),
        forRange(i, 0, i32.load(entry, 4), [
          fr.copy(out, value),
          fr.normalise(fn, out),
          fr.store(dst, out),
          fr.mul(fn, value, value, ratio),
          increment(dst, GROUP_BYTES),
        ]),
      ]),
    ];
  });
}

/** `(a, b) ← (a + w·b, a − w·b)` for `count` groups at `a` and `b`, `step` bytes apart, and at `w`, `stepW` apart. */
export function emitForwardButterfly({ module, fr }: KernelContext, normalise: boolean): Butterfly {
  const name = `fft.forward${normalise ? '.normalise' : ''}`;
  return module.func(name, BUTTERFLY_PARAMETERS, [], (fn, pa, pb, pw, count, step, stepW) => {
    const [a, b, t] = [fr.element(fn), fr.element(fn), fr.element(fn)];
    return overGroups(
      count,
      [
        [pa, step],
        [pb, step],
        [pw, stepW],
      ],
      fr.group(() => [
        fr.load(b, pb),
        fr.mul(fn, t, { group: pw }, b),
        fr.load(a, pa),
        fr.sub(b, a, t),
        fr.add(a, a, t),
        normalise ? [fr.normalise(fn, a), fr.normalise(fn, b)] : [],
        fr.store(pa, a),
        fr.store(pb, b),
      ]),
    );
  });
}

/** `(a, b) ← (a + b, (a − b)·w)`, likewise. */
export function emitInverseButterfly({ module, fr }: KernelContext, normalise: boolean): Butterfly {
  const name = `fft.inverse${normalise ? '.normalise' : ''}`;
  return module.func(name, BUTTERFLY_PARAMETERS, [], (fn, pa, pb, pw, count, step, stepW) => {
    const [a, b, sum] = [fr.element(fn), fr.element(fn), fr.element(fn)];
    return overGroups(
      count,
      [
        [pa, step],
        [pb, step],
        [pw, stepW],
      ],
      fr.group(() => [
        fr.load(a, pa),
        fr.load(b, pb),
        fr.add(sum, a, b),
        normalise ? fr.normalise(fn, sum) : [],
        fr.store(pa, sum),
        fr.sub(b, a, b),
        fr.mul(fn, b, { group: pw }, b),
        fr.store(pb, b),
      ]),
    );
  });
}

/** `count` times; the pointers advance by their steps. */
function overGroups(
  count: Local,
  steps: readonly (readonly [pointer: Local, step: Local])[],
  body: Code,
): Code {
  return whileLoop(count, [
    body,
    steps.map(([pointer, step]) => increment(pointer, step)),
    set(count, i32.sub(count, 1)),
  ]);
}

/** Calls the butterfly that bit `stage` of `mask` selects. */
export function butterfly(
  [plain, normalising]: readonly Butterfly[],
  mask: Operand,
  stage: Operand,
  operands: readonly Operand[],
): Code {
  return when(i32.and(i32.shr_u(mask, stage), 1), call(normalising, ...operands), call(plain, ...operands));
}

/** `2^exponent·bytes` */
export const scaled = (bytes: number, exponent: Operand): Code => i32.shl(bytes, exponent);

/** Stages `4 … 2^(logBlock−1)` within the block at `base`, smallest first or last. */
export function blockStages(
  fn: FunctionBuilder,
  butterflies: readonly Butterfly[],
  {
    base,
    logBlock,
    twiddles,
    mask,
    ascending,
  }: Record<'base' | 'logBlock' | 'twiddles' | 'mask', Local> & { ascending: boolean },
): Code {
  const [stage, at, end, half, w] = fn.locals('i32', 5);
  const blocks = i32.shr_u(i32.shl(1, logBlock), i32.add(stage, 1));
  const groups = i32.shr_u(i32.shl(1, stage), 2);
  const body: Code = [
    set(half, scaled(ELEMENT_BYTES, stage)),
    set(at, base),
    set(w, i32.add(twiddles, half)),
    when(
      i32.lt_u(groups, blocks),
      // Few butterflies in many blocks: one twiddle after the other, through all blocks.
      [
        set(end, i32.add(base, half)),
        whileLoop(i32.lt_u(at, end), [
          butterfly(butterflies, mask, stage, [at, i32.add(at, half), w, blocks, i32.shl(half, 1), 0]),
          increment(at, GROUP_BYTES),
          increment(w, GROUP_BYTES),
        ]),
      ],
      [
        set(end, i32.add(base, scaled(ELEMENT_BYTES, logBlock))),
        whileLoop(i32.lt_u(at, end), [
          butterfly(butterflies, mask, stage, [at, i32.add(at, half), w, groups, GROUP_BYTES, GROUP_BYTES]),
          increment(at, i32.shl(half, 1)),
        ]),
      ],
    ),
  ];
  if (ascending) return forRange(stage, 2, logBlock, body);
  return [
    set(stage, i32.sub(logBlock, 1)),
    whileLoop(i32.gt_s(stage, 1), [body, set(stage, i32.sub(stage, 1))]),
  ];
}
