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
  i64x2,
  increment,
  type Local,
  memoryCopy,
  type Operand,
  set,
  type ValueType,
  v128,
  when,
  whileLoop,
} from './assembler.ts';
import type { Element } from './field-emitter.ts';
import type { KernelContext } from './kernels.ts';
import type { FunctionBuilder, FunctionHandle } from './module-builder.ts';
import { argument, groupAddress } from './vectors-emitter.ts';

/** Arguments of the tasks `fft.low.*` and `fft.high.*`, as 32-bit words. */
export const FFT_ARGUMENTS = {
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

type Butterfly = FunctionHandle;
const BUTTERFLY_PARAMETERS: readonly ValueType[] = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'];

export function emitFft(context: KernelContext): void {
  emitPowers(context);
  const forward = [false, true].map((normalise) => emitForwardButterfly(context, normalise));
  const inverse = [false, true].map((normalise) => emitInverseButterfly(context, normalise));
  emitForwardLow(context, forward);
  emitInverseLow(context, inverse);
  emitHigh(context, 'fft.high.forward', forward, true);
  emitHigh(context, 'fft.high.inverse', inverse, false);
}

/**
 * Geometric progressions. The arguments hold, for each chunk: destination, groups, address of the first group, address
 * of the ratio between groups (40 bytes).
 */
function emitPowers({ module, fr }: KernelContext): void {
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
function emitForwardButterfly({ module, fr }: KernelContext, normalise: boolean): Butterfly {
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
function emitInverseButterfly({ module, fr }: KernelContext, normalise: boolean): Butterfly {
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
function butterfly(
  [plain, normalising]: readonly Butterfly[],
  mask: Operand,
  stage: Operand,
  operands: readonly Operand[],
): Code {
  return when(i32.and(i32.shr_u(mask, stage), 1), call(normalising, ...operands), call(plain, ...operands));
}

/** `2^exponent·bytes` */
const scaled = (bytes: number, exponent: Operand): Code => i32.shl(bytes, exponent);

/** Stages `4 … 2^(logBlock−1)` within the block at `base`, smallest first or last. */
function blockStages(
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

/** The low `bits` bits of `value` in reverse. */
function reverseBits(x: Local, value: Operand, bits: Operand): Code {
  const swap = (mask: number, by: number): Code =>
    set(x, i32.or(i32.and(i32.shr_u(x, by), mask), i32.shl(i32.and(x, mask), by)));
  return [
    set(x, value),
    swap(0x55555555, 1),
    swap(0x33333333, 2),
    swap(0x0f0f0f0f, 4),
    swap(0x00ff00ff, 8),
    set(x, i32.or(i32.shr_u(x, 16), i32.shl(x, 16))),
    set(x, i32.shr_u(x, i32.sub(32, bits))),
  ];
}

/** Transposes the 4×4 elements of four groups: to[b] lane a = from[a] lane b. */
export function transpose(
  fn: FunctionBuilder,
  from: readonly { readonly address: Local; readonly offset: number }[],
  to: readonly { readonly address: Local; readonly offset: number }[],
): Code {
  const rows = fn.locals('v128', 8);
  return [0, 1, 2, 3, 4].map((limb) => [
    from.map(({ address, offset }, a) =>
      [0, 1].map((h) => set(rows[2 * a + h], v128.load(address, offset + 32 * limb + 16 * h))),
    ),
    to.map(({ address, offset }, b) =>
      [0, 1].map((h) => {
        const lane = (b & 1) as 0 | 1;
        const [first, second] = [rows[4 * h + (b >> 1)], rows[4 * h + 2 + (b >> 1)]];
        return v128.store(address, i64x2.pick(first, lane, second, lane), offset + 32 * limb + 16 * h);
      }),
    ),
  ]);
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
    const [group, last, reversed, base] = fn.locals('i32', 4);
    const places = fn.locals('i32', 4);
    return [
      setup,
      // Groups of this block, within each quarter of the destination.
      set(group, i32.shl(block, i32.sub(logBlock, 2))),
      set(last, i32.add(group, scaled(1, i32.sub(logBlock, 2)))),
      whileLoop(i32.lt_u(group, last), [
        reverseBits(reversed, group, i32.sub(k, 4)),
        call(head, scratch, groupAddress(src, reversed), quarter, scalars),
        set(places[0], groupAddress(dst, group)),
        places.slice(1).map((place, b) => set(place, i32.add(places[b], quarter))),
        transpose(
          fn,
          [0, 1, 2, 3].map((a) => ({ address: scratch, offset: GROUP_BYTES * a })),
          [0, 1, 2, 3].map((b) => ({ address: places[REVERSED[b]], offset: 0 })),
        ),
        increment(group, 1),
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
    const [group, last, reversed, base] = fn.locals('i32', 4);
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
    ];
  });
}

/**
 * Stages `2^q … 2^(q+s−1)` in place, q = logBlock, s = stages. A chunk is a piece of every column of the batch: `width`
 * adjacent groups at 2^s places that lie 2^q rows apart; so its twiddles are fetched once.
 */
function emitHigh(
  { module }: KernelContext,
  name: string,
  butterflies: readonly Butterfly[],
  ascending: boolean,
): void {
  module.task(name, (fn, chunk, args, scratch) => {
    const [column, q, s, bytes, stride, origin, first, twiddles, mask] = fn.locals('i32', 9);
    const [j, at, stage, half, o, w, piece, pieces] = fn.locals('i32', 8);
    const read = (key: keyof typeof FFT_ARGUMENTS): Code => argument(args, FFT_ARGUMENTS[key]);
    const copyPieces = (toScratch: boolean): Code => [
      set(at, origin),
      set(piece, scratch),
      forRange(j, 0, i32.shl(1, s), [
        toScratch ? memoryCopy(piece, at, bytes) : memoryCopy(at, piece, bytes),
        increment(at, stride),
        increment(piece, bytes),
      ]),
    ];
    const stageBody: Code = [
      set(half, i32.shl(bytes, stage)),
      set(o, 0),
      whileLoop(i32.lt_u(o, i32.shl(bytes, s)), [
        // Twiddle h + (j·2^q + i) of the stage h = 2^(q + stage).
        set(w, i32.add(i32.add(twiddles, scaled(ELEMENT_BYTES, i32.add(q, stage))), first)),
        set(at, i32.add(scratch, o)),
        set(piece, i32.add(at, half)),
        whileLoop(i32.lt_u(at, i32.add(i32.add(scratch, o), half)), [
          butterfly(butterflies, mask, i32.add(q, stage), [
            at,
            piece,
            w,
            read('width'),
            GROUP_BYTES,
            GROUP_BYTES,
          ]),
          increment(at, bytes),
          increment(piece, bytes),
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
        copyPieces(true),
        ascending
          ? forRange(stage, 0, s, stageBody)
          : [
              set(stage, i32.sub(s, 1)),
              whileLoop(i32.ge_s(stage, 0), [stageBody, set(stage, i32.sub(stage, 1))]),
            ],
        copyPieces(false),
      ]),
    ];
  });
}
