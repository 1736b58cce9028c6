/**
 * FFT over Fr with rows in lanes. A table of n twiddles serves a transform of size n: element `h + i` (h a power of
 * two, i < h) is the twiddle of butterfly i in the stage that joins transforms of size h.
 *
 *  - Forward (decimation in time, coefficients to values on a coset): the coset is in the twiddles,
 *    `shift^(n/2h)·ω_2h^i`, so it costs nothing. `low` reads coefficients in natural order, does stages 1 and 2 on four
 *    groups that lie n/4 apart, transposes them into bit-reversed places and goes on with the stages inside four
 *    blocks that stay in the cache; `high` does the stages between blocks on strided pieces copied to scratch.
 *  - Inverse (decimation in frequency): the mirror image, with inverse twiddles and `1/n` multiplied at the end.
 *
 * Sums are normalised only where the mask of the stage says so; `fft-bounds.ts` decides, and proves, where.
 */
import { ELEMENT_BYTES, GROUP_BYTES } from '../../field/limbs.ts';
import {
  type Code,
  call,
  forRange,
  i32,
  increment,
  type Local,
  select,
  set,
  when,
  whileLoop,
} from './assembler.ts';
import {
  type Butterfly,
  blockStages,
  butterfly,
  emitForwardButterfly,
  emitInverseButterfly,
  emitPowers,
  scaled,
} from './fft-butterflies.ts';
import type { Element } from './field-emitter.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionBuilder } from './module-builder.ts';
import { copyGroup, reverseBits, transpose } from './permutation.ts';
import { argument, groupAddress } from './vectors-emitter.ts';

/** Arguments of the tasks `fft.low.*` and `fft.high.*`, as 32-bit words. */
const FFT_ARGUMENTS = {
  /** Address of pairs (source, destination), one for each column of the batch. */
  columns: 0,
  count: 1,
  logSize: 2,
  /** Table of twiddles. */
  twiddles: 3,
  /** Bit t: normalise the sums of the stage with h = 2^t. */
  normalise: 4,
  /** log2 of the rows of a block (`low`), of the distance between the rows of a piece (`high`). */
  logBlock: 5,
  /** `high`: number of stages. */
  stages: 6,
  /** `high`: groups side by side in a piece; the scratch holds `2^stages` times as many. */
  width: 7,
  /** `low`: address of the 40-byte constants of the two smallest stages. */
  scalars: 8,
} as const;

export function emitFft(context: KernelContext): void {
  emitPowers(context);
  const forward = [false, true].map((normalise) => emitForwardButterfly(context, normalise));
  const inverse = [false, true].map((normalise) => emitInverseButterfly(context, normalise));
  emitForwardLow(context, forward);
  emitInverseLow(context, inverse);
  emitHigh(context, 'fft.high.forward', forward, true);
  emitHigh(context, 'fft.high.inverse', inverse, false);
}

/** Locals that both `low` tasks need. */
function lowFrame(fn: FunctionBuilder, chunk: Local, args: Local) {
  const names = [
    'src',
    'dst',
    'k',
    'logBlock',
    'mask',
    'twiddles',
    'scalars',
    'quarter',
    'block',
    't',
  ] as const;
  const frame = Object.fromEntries(names.map((name) => [name, fn.local()])) as Record<
    (typeof names)[number],
    Local
  >;
  const [perColumn, pair] = fn.locals('i32', 2);
  const { k, logBlock, quarter, block } = frame;
  const read = (name: keyof typeof FFT_ARGUMENTS): Code => argument(args, FFT_ARGUMENTS[name]);
  const setup: Code = [
    set(k, read('logSize')),
    set(logBlock, read('logBlock')),
    set(frame.mask, read('normalise')),
    set(frame.twiddles, read('twiddles')),
    set(frame.scalars, read('scalars')),
    // log2 of the blocks in a quarter.
    set(perColumn, i32.sub(i32.sub(k, 2), logBlock)),
    set(pair, i32.add(read('columns'), i32.mul(i32.shr_u(chunk, perColumn), 8))),
    set(frame.src, i32.load(pair)),
    set(frame.dst, i32.load(pair, 4)),
    set(block, i32.and(chunk, i32.sub(i32.shl(1, perColumn), 1))),
    set(quarter, scaled(ELEMENT_BYTES, i32.sub(k, 2))),
  ];
  return { frame, setup };
}

/** Stages between blocks that work on the pieces where they are. */
const MAX_DIRECT_STAGES = 3;

/** Groups of a block whose far-apart places are fetched together. */
const BATCH = 16;

function batchEnd(end: Local, group: Local, last: Local): Code {
  return [set(end, i32.add(group, BATCH)), set(end, select(end, last, i32.lt_u(end, last)))];
}

/** Reversal of two bits: the quarter into which lane b is transposed. */
const REVERSED = [0, 2, 1, 3];

function emitForwardLow({ module, fr }: KernelContext, butterflies: readonly Butterfly[]): void {
  /** Stages 1 and 2 on the groups at `src + a·quarter`, a < 4: results in the four groups at `out`. */
  const head = module.func(
    'fft.forward.head',
    ['i32', 'i32', 'i32', 'i32'],
    [],
    (fn, out, src, quarter, scalars) => {
      const [p1, p2, p3] = fn.locals('i32', 3);
      const [a0, a1, a2, a3, w]: Element[] = Array.from({ length: 5 }, () => fr.element(fn));
      const join = (a: Element, b: Element, factor: Element): Code => [
        fr.mul(fn, w, b, factor),
        fr.sub(b, a, w),
        fr.add(a, a, w),
      ];
      const factor = fr.element(fn);
      return [
        set(p1, i32.add(src, quarter)),
        set(p2, i32.add(p1, quarter)),
        set(p3, i32.add(p2, quarter)),
        fr.group(() => [
          fr.loadSplat(factor, scalars),
          fr.load(a0, src),
          fr.load(a2, p2),
          join(a0, a2, factor),
          fr.load(a1, p1),
          fr.load(a3, p3),
          join(a1, a3, factor),
          // Now (a0, a2, a1, a3) are rows 0 … 3.
          fr.loadSplat(factor, scalars, ELEMENT_BYTES),
          join(a0, a1, factor),
          fr.store(out, a0),
          fr.store(out, a1, 2 * GROUP_BYTES),
          fr.loadSplat(factor, scalars, 2 * ELEMENT_BYTES),
          join(a2, a3, factor),
          fr.store(out, a2, GROUP_BYTES),
          fr.store(out, a3, 3 * GROUP_BYTES),
        ]),
      ];
    },
  );

  /** Chunks: columns × blocks in a quarter. */
  module.task('fft.low.forward', (fn, chunk, args, scratch) => {
    const { frame, setup } = lowFrame(fn, chunk, args);
    const { src, dst, k, logBlock, quarter, block, t, scalars } = frame;
    const [group, last, reversed, base, gathered, at, end] = fn.locals('i32', 7);
    const places = fn.locals('i32', 4);
    return [
      setup,
      // Groups of this block, within each quarter of the destination.
      set(group, i32.shl(block, i32.sub(logBlock, 2))),
      set(last, i32.add(group, scaled(1, i32.sub(logBlock, 2)))),
      whileLoop(i32.lt_u(group, last), [
        // Sources lie far apart: fetched many at a time, they are waited for together.
        batchEnd(end, group, last),
        set(gathered, i32.add(scratch, 4 * GROUP_BYTES)),
        forRange(at, group, end, [
          reverseBits(reversed, at, i32.sub(k, 4)),
          set(reversed, groupAddress(src, reversed)),
          [0, 1, 2, 3].map(() => [
            copyGroup(gathered, reversed),
            increment(gathered, GROUP_BYTES),
            increment(reversed, quarter),
          ]),
        ]),
        set(gathered, i32.add(scratch, 4 * GROUP_BYTES)),
        whileLoop(i32.lt_u(group, end), [
          call(head, scratch, gathered, GROUP_BYTES, scalars),
          increment(gathered, 4 * GROUP_BYTES),
          set(places[0], groupAddress(dst, group)),
          places.slice(1).map((place, b) => set(place, i32.add(places[b], quarter))),
          transpose(
            fn,
            [0, 1, 2, 3].map((a) => ({ address: scratch, offset: GROUP_BYTES * a })),
            [0, 1, 2, 3].map((b) => ({ address: places[REVERSED[b]], offset: 0 })),
          ),
          increment(group, 1),
        ]),
      ]),
      forRange(t, 0, 4, [
        set(
          base,
          i32.add(i32.add(dst, i32.mul(t, quarter)), i32.mul(block, scaled(ELEMENT_BYTES, logBlock))),
        ),
        blockStages(fn, butterflies, { ...frame, base, ascending: true }),
      ]),
    ];
  });
}

function emitInverseLow({ module, fr }: KernelContext, butterflies: readonly Butterfly[]): void {
  /**
   * Stages 2 and 1 and the scaling on four groups of rows 0 … 3 at `from`: results at `out + a·quarter`. Scalars: the
   * two twiddles of stage 2, the twiddle of stage 1 over n, and 1/n. `|x| ≤ 1.62·p` in, normal out.
   */
  const tail = module.func(
    'fft.inverse.tail',
    ['i32', 'i32', 'i32', 'i32'],
    [],
    (fn, out, from, quarter, scalars) => {
      const [p1, p2, p3] = fn.locals('i32', 3);
      const [v0, v1, v2, v3, u, factor]: Element[] = Array.from({ length: 6 }, () => fr.element(fn));
      /** (a, b) ← (a + b normalised, (a − b)·factor) */
      const split = (a: Element, b: Element, scalar: number): Code => [
        fr.loadSplat(factor, scalars, scalar * ELEMENT_BYTES),
        fr.sub(u, a, b),
        fr.add(a, a, b),
        fr.mul(fn, b, u, factor),
      ];
      const scaledSplit = (a: Element, b: Element, first: Local, second: Local): Code => [
        split(a, b, 2),
        fr.loadSplat(factor, scalars, 3 * ELEMENT_BYTES),
        fr.mul(fn, a, a, factor),
        fr.store(first, a),
        fr.store(second, b),
      ];
      return [
        set(p1, i32.add(out, quarter)),
        set(p2, i32.add(p1, quarter)),
        set(p3, i32.add(p2, quarter)),
        fr.group(() => [
          fr.load(v0, from),
          fr.load(v2, from, 2 * GROUP_BYTES),
          split(v0, v2, 0),
          fr.normalise(fn, v0),
          fr.load(v1, from, GROUP_BYTES),
          fr.load(v3, from, 3 * GROUP_BYTES),
          split(v1, v3, 1),
          fr.normalise(fn, v1),
          // Rows (0, 1) belong to quarters 0 and 2, rows (2, 3) to 1 and 3.
          scaledSplit(v0, v1, out, p2),
          scaledSplit(v2, v3, p1, p3),
        ]),
      ];
    },
  );

  module.task('fft.low.inverse', (fn, chunk, args, scratch) => {
    const { frame, setup } = lowFrame(fn, chunk, args);
    const { src, dst, k, logBlock, quarter, block, t, scalars } = frame;
    const [group, last, reversed, base, at, end, touched] = fn.locals('i32', 7);
    const places = fn.locals('i32', 4);
    return [
      setup,
      forRange(t, 0, 4, [
        set(
          base,
          i32.add(i32.add(src, i32.mul(t, quarter)), i32.mul(block, scaled(ELEMENT_BYTES, logBlock))),
        ),
        blockStages(fn, butterflies, { ...frame, base, ascending: false }),
      ]),
      set(group, i32.shl(block, i32.sub(logBlock, 2))),
      set(last, i32.add(group, scaled(1, i32.sub(logBlock, 2)))),
      whileLoop(i32.lt_u(group, last), [
        // Destinations lie far apart: their lines are asked for together, before they are written.
        batchEnd(end, group, last),
        forRange(at, group, end, [
          reverseBits(reversed, at, i32.sub(k, 4)),
          set(reversed, groupAddress(dst, reversed)),
          [0, 1, 2, 3].map(() => [
            [0, 64, 128].map((line) => set(touched, i32.or(touched, i32.load(reversed, line)))),
            increment(reversed, quarter),
          ]),
        ]),
        // Stored, so that the loads are not left out.
        i32.store(scratch, touched, 4 * GROUP_BYTES),
        whileLoop(i32.lt_u(group, end), [
          reverseBits(reversed, group, i32.sub(k, 4)),
          set(places[0], groupAddress(src, group)),
          places.slice(1).map((place, b) => set(place, i32.add(places[b], quarter))),
          transpose(
            fn,
            [0, 1, 2, 3].map((b) => ({ address: places[REVERSED[b]], offset: 0 })),
            [0, 1, 2, 3].map((a) => ({ address: scratch, offset: GROUP_BYTES * a })),
          ),
          call(tail, groupAddress(dst, reversed), scratch, quarter, scalars),
          increment(group, 1),
        ]),
      ]),
    ];
  });
}

/**
 * Stages `2^q … 2^(q+s−1)` in place, q = logBlock, s = stages. A chunk is a piece of every column of the batch: `width`
 * adjacent groups at 2^s places that lie 2^q rows apart; so its twiddles are fetched once. Many such places would compete
 * for the same sets of the cache, so they are copied to scratch; a few are not worth it.
 */
function emitHigh(
  { module }: KernelContext,
  name: string,
  butterflies: readonly Butterfly[],
  ascending: boolean,
): void {
  module.task(name, (fn, chunk, args, scratch) => {
    const [column, q, s, bytes, stride, origin, first, twiddles, mask] = fn.locals('i32', 9);
    const [j, at, stage, half, o, w, piece, pieces, base, step] = fn.locals('i32', 10);
    const read = (key: keyof typeof FFT_ARGUMENTS): Code => argument(args, FFT_ARGUMENTS[key]);
    const copyPieces = (toScratch: boolean): Code => [
      set(at, origin),
      set(piece, scratch),
      forRange(j, 0, i32.shl(1, s), [
        forRange(o, 0, read('width'), [
          toScratch ? copyGroup(piece, at) : copyGroup(at, piece),
          increment(at, GROUP_BYTES),
          increment(piece, GROUP_BYTES),
        ]),
        increment(at, i32.sub(stride, bytes)),
      ]),
    ];
    const stageBody: Code = [
      set(half, i32.shl(step, stage)),
      set(o, 0),
      whileLoop(i32.lt_u(o, i32.shl(step, s)), [
        // Twiddle h + (j·2^q + i) of the stage h = 2^(q + stage).
        set(w, i32.add(i32.add(twiddles, scaled(ELEMENT_BYTES, i32.add(q, stage))), first)),
        set(at, i32.add(base, o)),
        set(piece, i32.add(at, half)),
        whileLoop(i32.lt_u(at, i32.add(i32.add(base, o), half)), [
          butterfly(butterflies, mask, i32.add(q, stage), [
            at,
            piece,
            w,
            read('width'),
            GROUP_BYTES,
            GROUP_BYTES,
          ]),
          increment(at, step),
          increment(piece, step),
          increment(w, stride),
        ]),
        increment(o, i32.shl(half, 1)),
      ]),
    ];
    return [
      set(q, read('logBlock')),
      set(s, read('stages')),
      set(mask, read('normalise')),
      set(twiddles, read('twiddles')),
      set(bytes, i32.mul(read('width'), GROUP_BYTES)),
      set(stride, scaled(ELEMENT_BYTES, q)),
      // Pieces side by side between two places, then the sets of places.
      set(pieces, i32.div_u(stride, bytes)),
      set(first, i32.mul(i32.rem_u(chunk, pieces), bytes)),
      forRange(column, 0, read('count'), [
        set(origin, i32.load(i32.add(read('columns'), i32.mul(column, 8)), ascending ? 4 : 0)),
        increment(origin, i32.add(i32.mul(i32.div_u(chunk, pieces), i32.shl(stride, s)), first)),
        set(base, select(scratch, origin, i32.lt_u(MAX_DIRECT_STAGES, s))),
        set(step, select(bytes, stride, i32.lt_u(MAX_DIRECT_STAGES, s))),
        when(i32.lt_u(MAX_DIRECT_STAGES, s), copyPieces(true)),
        ascending
          ? forRange(stage, 0, s, stageBody)
          : [
              set(stage, i32.sub(s, 1)),
              whileLoop(i32.ge_s(stage, 0), [stageBody, set(stage, i32.sub(stage, 1))]),
            ],
        when(i32.lt_u(MAX_DIRECT_STAGES, s), copyPieces(false)),
      ]),
    ];
  });
}
