/** The parts of `npm run bench:kernels`: each returns rows of our time beside ffjavascript's in the same run. */
import { createRequire } from 'node:module';
import type { Engine, Vector } from '../../sdk/src/kernels/index.ts';

export interface Row {
  readonly work: string;
  readonly unit: 'ns' | 'ms';
  /** Medians; `theirs` is absent where ffjavascript has nothing comparable. */
  readonly ours: number;
  readonly theirs?: number;
  /** Of an MSM: additions of points that it takes at least, and ms for them on all threads, nothing else counted. */
  readonly additions?: number;
  readonly bound?: number;
}

export interface Bench {
  /** Engine with all threads of the run, and with one. */
  readonly engine: Engine;
  readonly single: Engine;
  readonly ff: FfCurve;
  /** Repetitions are scaled down. */
  readonly quick: boolean;
}

/** What is used of ffjavascript's curve object (the package has no types). */
export interface FfCurve {
  readonly Fr: {
    readonly n8: number;
    e(value: bigint): Uint8Array;
    mul(a: Uint8Array, b: Uint8Array): Uint8Array;
    random(): Uint8Array;
    fft(values: Uint8Array): Promise<Uint8Array>;
    ifft(values: Uint8Array): Promise<Uint8Array>;
  };
  readonly G1: {
    readonly g: Uint8Array;
    readonly F: { readonly n8: number };
    multiExpAffine(bases: Uint8Array, scalars: Uint8Array): Promise<Uint8Array>;
    batchToAffine(points: Uint8Array): Promise<Uint8Array>;
    batchApplyKey(points: Uint8Array, first: Uint8Array, factor: Uint8Array): Promise<Uint8Array>;
  };
  readonly tm: { readonly concurrency: number };
  terminate(): Promise<void>;
}

export async function loadFfCurve(): Promise<FfCurve> {
  const { getCurveFromName } = createRequire(import.meta.url)('ffjavascript') as {
    getCurveFromName(name: string): Promise<FfCurve>;
  };
  return getCurveFromName('bn128');
}

/** Median of `runs` timings in ms, after one warm-up of a quarter as many. */
export async function median(runs: number, work: () => unknown): Promise<number> {
  for (let i = 0; i < Math.ceil(runs / 4); i++) await work();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** Fills a vector with values of full width, in the engine. */
export async function fill(engine: Engine, vector: Vector): Promise<void> {
  const column = engine.ints(vector.length, 2);
  engine.words(column).forEach((_, i, words) => {
    words[i] = Math.imul(i + 1, 0x9e3779b1) ^ (i >>> 5);
  });
  await engine.toField(vector, column);
  engine.free(column);
  await engine.scale(vector, 0x2f3c5b8e6d1a49702f3c5b8e6d1a49702f3c5b8e6d1a49702f3c5b8e6d1a4971n);
}

export async function benchField({ single, ff, quick }: Bench): Promise<Row[]> {
  const n = 2 ** 13;
  const [x, y, out] = [single.vector(n), single.vector(n), single.vector(n)];
  await fill(single, x);
  await fill(single, y);
  const rounds = 64;
  // A chain of products of columns: what constraint evaluation does.
  const program = single.compile({
    columns: 2,
    challenges: [],
    constants: [],
    operations: Array.from({ length: rounds }, (_, i) => [2, i === 0 ? 0 : i + 1, 1] as const),
    outputs: [rounds + 1],
  });
  const ours = await median(quick ? 12 : 40, () => single.evaluate(program, [x, y], [], [out]));
  const [a, b] = [ff.Fr.random(), ff.Fr.random()];
  const calls = 20_000;
  const theirs = await median(quick ? 4 : 12, () => {
    for (let i = 0; i < calls; i++) ff.Fr.mul(a, b);
  });
  const inversion = await median(quick ? 12 : 40, () => single.batchInvert(x));
  single.free(x, y, out);
  return [
    {
      work: 'Fr multiplication, 1 thread',
      unit: 'ns',
      ours: (ours * 1e6) / (n * rounds),
      theirs: (theirs * 1e6) / calls,
    },
    { work: 'Fr inversion in a batch, 1 thread', unit: 'ns', ours: (inversion * 1e6) / n },
  ];
}

export async function benchFft({ engine, ff, quick }: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const k of quick ? [14, 16, 18] : [14, 16, 18, 20]) {
    const n = 2 ** k;
    const columns = Array.from({ length: k > 18 ? 2 : 4 }, () => engine.vector(n));
    for (const column of columns) await fill(engine, column);
    const runs = k > 16 ? 8 : 16;
    const ours = (await median(runs, () => engine.interpolate(columns))) / columns.length;
    const values = columns.map(() => engine.vector(n));
    const coset =
      (await median(runs, () =>
        engine.cosetEvaluate(
          values,
          columns,
          7n,
          columns.map(() => []),
        ),
      )) / columns.length;
    engine.free(...columns, ...values);
    const theirValues = new Uint8Array(n * ff.Fr.n8);
    for (let i = 0; i < n; i++) theirValues.set(ff.Fr.e(BigInt(i) * 0x9e3779b97f4a7c15n), i * ff.Fr.n8);
    const theirs = k > 18 ? undefined : await median(quick ? 2 : 5, () => ff.Fr.ifft(theirValues));
    rows.push({ work: `Fr iFFT 2^${k}, a column`, unit: 'ms', ours, theirs });
    rows.push({ work: `Fr FFT on a coset 2^${k}, a column`, unit: 'ms', ours: coset, theirs });
  }
  return rows;
}
