/** The parts of `npm run bench:kernels` about points: multi-scalar multiplication and multiples of the generator. */
import type { Points, Vector } from '../../sdk/src/kernels/index.ts';
import { calibrate, leastAdditions } from './bound.ts';
import { type Bench, fill, median, type Row } from './kernels.ts';

/** `value` in little-endian bytes of ffjavascript's scalars. */
function scalarBytes(values: Iterable<bigint>, count: number, bytes: number): Uint8Array {
  const out = new Uint8Array(count * bytes);
  let at = 0;
  for (const value of values) {
    for (let b = 0, rest = value; b < bytes && rest > 0n; b++, rest >>= 8n) out[at + b] = Number(rest & 255n);
    at += bytes;
  }
  return out;
}

export async function benchMsm({ engine, ff, quick }: Bench): Promise<Row[]> {
  const { addition } = await calibrate(engine);
  const rows: Row[] = [{ work: `addition of points, ${engine.threads} threads`, unit: 'ns', ours: addition }];
  for (const k of quick ? [14, 16] : [12, 14, 16, 18]) {
    const n = 2 ** k;
    const scalars = engine.vector(n);
    await fill(engine, scalars);
    const bases = await engine.fixedBase(scalars);
    const theirBases = await ff.G1.batchToAffine(
      await ff.G1.batchApplyKey(repeated(ff.G1.g, n), ff.Fr.e(1n), ff.Fr.e(12345678901234567891n)),
    );
    const runs = k > 16 ? 2 : 4;
    const compare = async (
      what: string,
      bits: number,
      ours: () => Promise<unknown>,
      bytes: Uint8Array,
    ): Promise<void> => {
      const additions = leastAdditions(new Map([[bits, n]]));
      rows.push({
        additions,
        bound: (additions * addition) / 1e6,
        work: `MSM 2^${k}, ${what}`,
        unit: 'ms',
        ours: await median(runs, ours),
        theirs: await median(Math.max(1, runs >> 1), () => ff.G1.multiExpAffine(theirBases, bytes)),
      });
    };
    await compare(
      'random scalars',
      253,
      () => engine.msm([{ bases, scalars }]),
      scalarBytes(engine.read(scalars, 0, n), n, 32),
    );
    for (const [what, words, bits] of [
      ['64-bit values', 2, 32],
      ['16-bit values', 1, 16],
      ['bits', 1, 1],
    ] as const) {
      const column = engine.ints(n, words);
      const data = engine.words(column);
      for (let i = 0; i < data.length; i++) data[i] = (Math.imul(i + 7, 0x9e3779b1) >>> 0) % 2 ** bits;
      const values = Array.from(
        { length: n },
        (_, i) => BigInt(data[words * i]) + (words === 2 ? BigInt(data[2 * i + 1]) << 32n : 0n),
      );
      // Packed to as few bytes as ffjavascript takes.
      const bytes = scalarBytes(values, n, words === 2 ? 8 : 2);
      await compare(what, words * bits, () => engine.msm([{ bases, scalars: column }]), bytes);
      engine.free(column);
    }
    engine.free(scalars, bases);
  }
  return rows;
}

export async function benchMultiples({ engine, quick }: Bench): Promise<Row[]> {
  const n = 2 ** (quick ? 14 : 16);
  const scalars: Vector = engine.vector(n);
  await fill(engine, scalars);
  let points: Points | undefined;
  const time = await median(quick ? 4 : 8, async () => {
    if (points !== undefined) engine.free(points);
    points = await engine.fixedBase(scalars);
  });
  return [{ work: 'multiple of the generator', unit: 'ns', ours: (time * 1e6) / n }];
}

function repeated(point: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(point.length * count);
  for (let i = 0; i < count; i++) out.set(point, i * point.length);
  return out;
}
