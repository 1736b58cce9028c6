/** FFTs of the engine: batches of columns, twiddle tables, the passes over memory. */
import { Fr } from '../../field/field.ts';
import { ELEMENT_BYTES, GROUP_BYTES } from '../../field/limbs.ts';
import { rootOfUnity } from '../../field/roots.ts';
import { checkFft, misuse } from '../checks.ts';
import type { Engine, Vector } from '../contract.ts';
import { fft } from '../reference/fft.ts';
import { type KernelCore, readElement, withScratch, writeElement, writeScalars } from './core.ts';
import { forwardMask, inverseMask } from './fft-bounds.ts';
import { type Transform, twiddleSeeds } from './fft-twiddles.ts';
import { asTarget, asVector, type WasmVector } from './handles.ts';

/** Four blocks of 2^11 rows are 320 KB: with their twiddles they fit a second-level cache. */
const LOG_BLOCK = 11;
/** Stages per pass over strided pieces at most, and groups side by side. */
const MAX_HIGH_STAGES = 7;
const WIDTH = 8;
/** Smaller transforms are done on the host. */
const MIN_LOG_SIZE = 4;

type FftOperations = Pick<Engine, 'interpolate' | 'cosetEvaluate' | 'cosetInterpolate'>;

export function fftOperations(core: KernelCore): FftOperations {
  const { memory, pool } = core;
  /** Inverse twiddles without shift serve every size up to theirs. */
  let plainInverse: { readonly address: number; readonly n: number } | undefined;

  const seedOf = twiddleSeeds();

  /** Fills the table at `address`: element h + i is `start(h)·ratio(h)^i`. */
  const fillTwiddles = async (address: number, transform: Transform): Promise<void> => {
    const { small, jobs, values } = seedOf(transform);
    memory.f64.set(small, address / 8);
    await withScratch(core, 16 * jobs.length + values.byteLength, async (table) => {
      const first = table + 16 * jobs.length;
      memory.f64.set(values, first / 8);
      memory.u32.set(
        jobs.flatMap(({ offset, groups }, i) => {
          const start = first + (GROUP_BYTES + ELEMENT_BYTES) * i;
          return [address + offset, groups, start, start + GROUP_BYTES];
        }),
        table / 4,
      );
      await pool.run('powers.task', [table], jobs.length);
    });
  };

  /** Runs `body` with a table of twiddles for the transform. */
  const withTwiddles = async (
    transform: Transform,
    body: (twiddles: number) => Promise<void>,
  ): Promise<void> => {
    if (!transform.inverse || transform.shift !== 1n) {
      await withScratch(core, ELEMENT_BYTES * transform.n, async (table) => {
        await fillTwiddles(table, transform);
        await body(table);
      });
      return;
    }
    if (plainInverse === undefined || plainInverse.n < transform.n) {
      if (plainInverse !== undefined) memory.free(plainInverse.address);
      plainInverse = undefined;
      const address = memory.allocate(ELEMENT_BYTES * transform.n);
      await fillTwiddles(address, transform);
      plainInverse = { address, n: transform.n };
    }
    await body(plainInverse.address);
  };

  /** Transforms a batch, pair by pair from source to destination (which `inverse` uses up, `forward` does not). */
  const run = async (
    { k, inverse }: Transform,
    twiddles: number,
    scalars: number,
    pairs: readonly (readonly [source: number, destination: number])[],
  ): Promise<void> => {
    const logBlock = Math.min(LOG_BLOCK, k - 2);
    const mask = inverse ? inverseMask(k) : forwardMask(k);
    const direction = inverse ? 'inverse' : 'forward';
    await withScratch(core, 8 * pairs.length, async (columns) => {
      memory.u32.set(pairs.flat(), columns / 4);
      const args = (block: number, stages: number): number[] => [
        columns,
        pairs.length,
        k,
        twiddles,
        mask,
        block,
        stages,
        WIDTH,
        scalars,
      ];
      const low = (): Promise<void> =>
        pool.run(`fft.low.${direction}`, args(logBlock, 0), pairs.length * 2 ** (k - 2 - logBlock));
      const passes: (() => Promise<void>)[] = [low];
      const count = Math.ceil((k - logBlock) / MAX_HIGH_STAGES);
      for (let pass = 0, q = logBlock; pass < count; pass++) {
        const stages = Math.ceil((k - q) / (count - pass));
        const from = q;
        // Pieces are `width` groups wide, or all that lies between two places.
        const width = Math.min(WIDTH, 2 ** (from - 2));
        const pieces = 2 ** (k - stages - 2) / width;
        passes.push(() => {
          const words = args(from, stages);
          words[7] = width;
          return pool.run(`fft.high.${direction}`, words, pieces);
        });
        q += stages;
      }
      if (inverse) passes.reverse();
      for (const pass of passes) await pass();
    });
  };

  /** The constants of stages 1 and 2, see the emitter. */
  const scalarsOf = ({ n, inverse, shift }: Transform): bigint[] => {
    const two = Fr.pow(inverse ? Fr.inv(shift) : shift, BigInt(n / 4));
    const one = Fr.mul(two, two);
    const i = rootOfUnity(4);
    if (!inverse) return [one, two, Fr.mul(two, i)];
    // 1/i = −i
    const scale = Fr.inv(BigInt(n));
    return [two, Fr.neg(Fr.mul(two, i)), Fr.mul(one, scale), scale];
  };

  const withTables = (
    transform: Transform,
    body: (twiddles: number, scalars: number) => Promise<void>,
  ): Promise<void> =>
    withTwiddles(transform, (twiddles) =>
      withScratch(core, 4 * ELEMENT_BYTES, async (scalars) => {
        writeScalars(core, scalars, scalarsOf(transform));
        await body(twiddles, scalars);
      }),
    );

  /** How many columns go together: enough for all threads, few enough that scratch stays small. */
  const batchSize = (k: number, columns: number): number =>
    Math.min(columns, Math.max(1, Math.ceil((4 * pool.threads) / 2 ** Math.max(0, k - 2 - LOG_BLOCK))));

  /** Transforms vectors in place, a batch at a time: results land in spare vectors, which then change places. */
  const runInPlace = async (
    transform: Transform,
    twiddles: number,
    scalars: number,
    handles: readonly WasmVector[],
  ): Promise<void> => {
    const size = batchSize(transform.k, handles.length);
    const spares: number[] = [];
    try {
      while (spares.length < size) spares.push(memory.allocate(ELEMENT_BYTES * transform.n));
      for (let at = 0; at < handles.length; at += size) {
        const batch = handles.slice(at, at + size);
        const pairs = batch.map((handle, i) => [handle.address, spares[i]] as const);
        await run(transform, twiddles, scalars, pairs);
        batch.forEach((handle, i) => {
          [handle.address, spares[i]] = [spares[i], handle.address];
        });
      }
    } finally {
      for (const spare of spares) memory.free(spare);
    }
  };

  const smallTransform = ({ n, inverse, shift }: Transform): ((values: bigint[]) => bigint[]) => {
    const base = inverse ? Fr.inv(shift) : shift;
    const overN = inverse ? Fr.inv(BigInt(n)) : 1n;
    const scale = Array.from({ length: n }, (_, i) => Fr.mul(overN, Fr.pow(base, BigInt(i))));
    const scaled = (values: bigint[]): bigint[] => values.map((v, i) => Fr.mul(v, scale[i]));
    return (values) => (inverse ? scaled(fft(values, true)) : fft(scaled(values), false));
  };

  const inverseTransform = async (what: string, columns: readonly Vector[], shift: bigint): Promise<void> => {
    const n = checkFft(what, columns);
    if (columns.length === 0) return;
    const handles = columns.map(asVector);
    const transform: Transform = { n, k: Math.log2(n), inverse: true, shift };
    if (n < 2 ** MIN_LOG_SIZE) {
      const small = smallTransform(transform);
      for (const { address } of handles) {
        const values = Array.from({ length: n }, (_, i) => readElement(core, address, i));
        small(values).forEach((value, i) => {
          writeElement(core, address, i, value);
        });
      }
      return;
    }
    await withTables(transform, (twiddles, scalars) => runInPlace(transform, twiddles, scalars, handles));
  };

  /** Runs `body` while the first coefficients of `src` have `low` added; their old limbs come back to `kept` afterwards. */
  const withLow = async (
    src: readonly WasmVector[],
    low: readonly (readonly bigint[])[],
    kept: (column: number) => boolean,
    body: () => Promise<void>,
  ): Promise<void> => {
    const groups = low.map((values) => Math.ceil(values.length / 4));
    const saved = src.map(({ address }, c) =>
      memory.f64.slice(address / 8, (address + GROUP_BYTES * groups[c]) / 8),
    );
    src.forEach(({ address }, c) => {
      low[c].forEach((value, i) => {
        writeElement(core, address, i, Fr.from(readElement(core, address, i) + value));
      });
    });
    try {
      await body();
    } finally {
      src.forEach(({ address }, c) => {
        if (kept(c)) memory.f64.set(saved[c], address / 8);
      });
    }
  };

  return {
    interpolate: (columns) => inverseTransform('interpolate', columns, 1n),
    cosetInterpolate: (columns, shift) => inverseTransform('cosetInterpolate', columns, Fr.from(shift)),
    async cosetEvaluate(dst, src, shift, low) {
      const n = checkFft('cosetEvaluate', [...dst, ...src]);
      if (dst.length !== src.length || low.length !== src.length) {
        misuse('cosetEvaluate: numbers of columns differ');
      }
      if (low.some((values) => values.length > n))
        misuse('cosetEvaluate: more low coefficients than the degree allows');
      if (src.length === 0) return;
      // Small transforms write single elements.
      const ss = src.map(asVector);
      const ds = dst.map(n < 2 ** MIN_LOG_SIZE ? asVector : asTarget);
      const transform: Transform = { n, k: Math.log2(n), inverse: false, shift: Fr.from(shift) };
      const kept = (c: number): boolean => ss[c] !== ds[c];
      await withLow(ss, low, kept, async () => {
        if (n < 2 ** MIN_LOG_SIZE) {
          const small = smallTransform(transform);
          ss.forEach(({ address }, c) => {
            const values = Array.from({ length: n }, (_, i) => readElement(core, address, i));
            small(values).forEach((value, i) => {
              writeElement(core, ds[c].address, i, value);
            });
          });
          return;
        }
        await withTables(transform, async (twiddles, scalars) => {
          const pairs = ss.flatMap((s, c) => (s === ds[c] ? [] : [[s.address, ds[c].address] as const]));
          if (pairs.length > 0) await run(transform, twiddles, scalars, pairs);
          const inPlace = ss.filter((s, c) => s === ds[c]);
          await runInPlace(transform, twiddles, scalars, inPlace);
        });
      });
    },
  };
}
