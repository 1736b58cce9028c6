/** Points of the engine: to and from bytes, the curve's equation, multiples of the generator, the FFT in the group. */
import { HALF_BITS, splitScalar } from '../../curve/endomorphism.ts';
import { G1_GENERATOR, multiplyG1 } from '../../curve/g1.ts';
import { FQ_MODULUS, Fr } from '../../field/field.ts';
import { rootOfUnity } from '../../field/roots.ts';
import { checkFft, checkPointBytes, checkRange, misuse } from '../checks.ts';
import type { CoordinateForm, Engine } from '../contract.ts';
import { FQ_LIMBS, type KernelCore, runRows, withScratch } from './core.ts';
import { asPoints, asVector, WasmPoints } from './handles.ts';
import { BATCH, BUTTERFLIES, BUTTERFLY_JOB, FIXED_JOB, POINT_SIZE, TABLE_JOB, Y } from './msm-layout.ts';
import { BUTTERFLY_POINTS, BUTTERFLY_REFERENCES } from './msm-multiples.ts';
import { msmOperations } from './msm-operations.ts';
import { conversionFactors, REPORT_BYTES } from './msm-points.ts';
import { Arena, runJobs, writePoint } from './msm-work.ts';

type PointOperations = Pick<
  Engine,
  | 'msm'
  | 'msmMany'
  | 'fixedBase'
  | 'groupInterpolate'
  | 'pointsFromBytes'
  | 'pointsFromChunks'
  | 'pointsToBytes'
  | 'firstOffCurve'
>;

const BYTES = 64;
const FACTORS = conversionFactors(FQ_MODULUS);
/** Digits of `fixedBase`: 26 windows of 512 multiples, 1 MB. */
const FIXED_WIDTH = 10;
const FIXED_WINDOWS = Math.ceil(255 / FIXED_WIDTH);
/** Points whose bytes are copied and converted at a time: 1 MB. */
const STAGED_POINTS = 2 ** 14;
/** A scalar in two halves of 32 bytes. */
const SPLIT_BYTES = 64;

export function pointOperations(core: KernelCore): PointOperations {
  const { memory, pool } = core;
  /** New points that `fill` writes; given back where it fails. */
  const makePoints = async (
    length: number,
    infinity: boolean,
    fill: (address: number) => Promise<void>,
  ): Promise<WasmPoints> => {
    // Whole groups, for tasks that handle four at a time.
    const points = new WasmPoints(memory.allocate(POINT_SIZE * 4 * Math.ceil(length / 4)), length);
    points.infinity = infinity;
    try {
      await fill(points.address);
    } catch (error) {
      memory.free(points.address);
      throw error;
    }
    return points;
  };

  /** Copies bytes to memory, padded to whole groups with zeros, and runs `body` with them and a factor. */
  const withBytes = <T>(
    bytes: Uint8Array,
    form: CoordinateForm,
    body: (source: number, factor: number, groups: number) => Promise<T>,
  ): Promise<T> => {
    const groups = Math.ceil(checkPointBytes(bytes) / 4);
    return withScratch(core, 4 * BYTES * groups + 64, (source) => {
      const all = new Uint8Array(memory.buffer);
      all.set(bytes, source);
      all.fill(0, source + bytes.length, source + 4 * BYTES * groups);
      const factor = source + 4 * BYTES * groups;
      // `encode` multiplies by R itself: the element whose product does what is wanted.
      memory.f64.set(FQ_LIMBS.encode(FACTORS[form]), factor / 8);
      return body(source, factor, groups);
    });
  };

  const fromChunks = async (
    length: number,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    form: CoordinateForm,
  ): Promise<WasmPoints> => {
    let infinity = false;
    const points = await makePoints(length, false, (address) => {
      const most = 4 * Math.ceil(Math.min(length, STAGED_POINTS) / 4) * BYTES;
      return withScratch(core, most + 64, async (stage) => {
        const factor = stage + most;
        memory.f64.set(FQ_LIMBS.encode(FACTORS[form]), factor / 8);
        let staged = 0;
        let done = 0;
        const convert = async (): Promise<void> => {
          const groups = Math.ceil(staged / (4 * BYTES));
          const bytes = new Uint8Array(memory.buffer, stage, 4 * BYTES * groups);
          infinity ||= zeroPoint(bytes.subarray(0, staged));
          bytes.fill(0, staged);
          const target = address + POINT_SIZE * (done / BYTES);
          await runRows(core, 'points.fromBytes', [target, stage, factor], groups);
          done += staged;
          staged = 0;
        };
        for await (const chunk of chunks) {
          for (let at = 0; at < chunk.length; ) {
            const part = chunk.subarray(at, at + most - staged);
            if (done + staged + part.length > BYTES * length) misuse(`more bytes than ${length} points`);
            new Uint8Array(memory.buffer).set(part, stage + staged);
            staged += part.length;
            at += part.length;
            if (staged === most) await convert();
          }
        }
        if (done + staged !== BYTES * length) misuse(`${done + staged} bytes are not ${length} points`);
        if (staged > 0) await convert();
      });
    });
    points.infinity = infinity;
    return points;
  };

  let table: Promise<number> | undefined;
  /** Tables of `d·2^(10w)·G`, `1 ≤ d ≤ 512`; kept. */
  const fixedTable = async (): Promise<number> => {
    const windowBytes = POINT_SIZE << (FIXED_WIDTH - 1);
    const address = memory.allocate(windowBytes * FIXED_WINDOWS);
    const arena = new Arena(core);
    try {
      const jobs = Array.from({ length: FIXED_WINDOWS }, (_, w) => {
        writePoint(core, address + windowBytes * w, multiplyG1(G1_GENERATOR, 1n << BigInt(FIXED_WIDTH * w)));
        return [address + windowBytes * w, FIXED_WIDTH];
      });
      const work = arena.workingMemories(pool.threads, { keys: 0, references: 0, points: 0 });
      await runJobs(core, arena, 'msm.table', work, jobs, TABLE_JOB.BYTES);
      return address;
    } catch (error) {
      memory.free(address);
      throw error;
    } finally {
      arena.free();
    }
  };

  /** Scalars as integers in an arena; also how many are not 0. */
  const integers = async (
    arena: Arena,
    { address, length }: { readonly address: number; readonly length: number },
  ): Promise<{ readonly scalars: number; readonly nonzero: number }> => {
    const groups = Math.ceil(length / 4);
    const scalars = arena.allocate(128 * groups);
    const perJob = 1024;
    const jobs: number[] = [];
    for (let at = 0; at < groups; at += perJob) {
      jobs.push(32, address + 160 * at, Math.min(perJob, groups - at), scalars + 128 * at);
    }
    const chunks = jobs.length / 4;
    const reports = arena.allocate(REPORT_BYTES * chunks);
    await pool.run('msm.survey', [arena.write(jobs), reports], chunks);
    let nonzero = 0;
    for (let chunk = 0; chunk < chunks; chunk++)
      nonzero += memory.u32[(reports + REPORT_BYTES * chunk) / 4 + 8];
    return { scalars, nonzero };
  };

  return {
    ...msmOperations(core),

    async fixedBase(handle) {
      const vector = asVector(handle);
      table ??= fixedTable().catch((error: unknown) => {
        table = undefined;
        throw error;
      });
      const tables = await table;
      const arena = new Arena(core);
      try {
        const { scalars, nonzero } = await integers(arena, vector);
        return await makePoints(vector.length, nonzero < vector.length, (out) => {
          const jobs: number[][] = [];
          for (let at = 0; at < vector.length; at += BATCH) {
            const count = Math.min(BATCH, vector.length - at);
            jobs.push([scalars + 32 * at, count, out + POINT_SIZE * at, tables, FIXED_WIDTH]);
          }
          const work = arena.workingMemories(pool.threads, { keys: 0, references: BATCH, points: 0 });
          return runJobs(core, arena, 'msm.fixed', work, jobs, FIXED_JOB.BYTES);
        });
      } finally {
        arena.free();
      }
    },

    async groupInterpolate(handle) {
      checkFft('groupInterpolate', [handle]);
      const points = asPoints(handle);
      const arena = new Arena(core);
      try {
        await interpolate(core, arena, points);
        points.infinity = anyInfinity(core, points);
      } finally {
        arena.free();
      }
    },

    async pointsFromBytes(bytes, form = 'canonical') {
      return fromChunks(checkPointBytes(bytes), [bytes], form);
    },

    async pointsFromChunks(length, chunks, form = 'canonical') {
      return fromChunks(length, chunks, form);
    },

    async pointsToBytes(handle, at, count) {
      checkRange('pointsToBytes', handle, at, count);
      const groups = Math.ceil(count / 4);
      const from = asPoints(handle).address + POINT_SIZE * at;
      return withScratch(core, 4 * BYTES * groups, async (out) => {
        await runRows(core, 'points.toBytes', [out, from, 0], groups);
        return new Uint8Array(memory.buffer).slice(out, out + BYTES * count);
      });
    },

    async firstOffCurve(bytes, form = 'canonical') {
      return withBytes(bytes, form, async (source, factor, groups) => {
        const perChunk = 1024;
        const chunks = Math.ceil(groups / perChunk);
        return withScratch(core, 4 * chunks, async (out) => {
          await pool.run('points.check', [out, source, factor, perChunk, groups], chunks);
          const found = new Int32Array(memory.buffer, out, chunks);
          return found.find((index) => index >= 0) ?? -1;
        });
      });
    },
  };
}

/** Whether 64 zero bytes are among the points. */
function zeroPoint(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += BYTES) {
    if (bytes[at] === 0 && bytes[at + 32] === 0 && bytes.subarray(at, at + BYTES).every((b) => b === 0))
      return true;
  }
  return false;
}

function anyInfinity({ memory }: KernelCore, { address, length }: WasmPoints): boolean {
  const { f64 } = memory;
  for (let i = 0; i < length; i++) {
    const at = (address + POINT_SIZE * i + Y) / 8;
    if (f64[at] === 0 && f64.subarray(at, at + 5).every((limb) => limb === 0)) return true;
  }
  return false;
}

/** The inverse FFT: decimation in time over bit-reversed points, twiddles `ω^-i`, then 1/n. */
async function interpolate(
  core: KernelCore,
  arena: Arena,
  { address, length: n }: WasmPoints,
): Promise<void> {
  if (n === 1) return;
  const { memory, pool } = core;
  reversePoints(memory.f64, address, n);
  // Twiddles ω^-i for i < n/2, then 1/n, in halves.
  const inverseRoot = Fr.inv(rootOfUnity(n));
  const scalars = arena.allocate(SPLIT_BYTES * (n / 2 + 1));
  const writeScalar = (index: number, value: bigint): void => {
    splitScalar(value).forEach((half, k) => {
      for (let w = 0; w < 8; w++) {
        const word = BigInt.asUintN(32, half >> BigInt(32 * w));
        memory.u32[(scalars + SPLIT_BYTES * index + 32 * k) / 4 + w] = Number(word);
      }
    });
  };
  for (let i = 0, power = 1n; i < n / 2; i++, power = Fr.mul(power, inverseRoot)) writeScalar(i, power);
  writeScalar(n / 2, Fr.inv(BigInt(n)));
  const work = arena.workingMemories(pool.threads, {
    keys: 0,
    references: BUTTERFLY_REFERENCES / 4,
    points: BUTTERFLY_POINTS / POINT_SIZE,
  });
  const run = (jobs: number[][]): Promise<void> =>
    runJobs(core, arena, 'msm.butterflies', work, jobs, BUTTERFLY_JOB.BYTES);
  for (let half = 1; half < n; half *= 2) {
    const blocks = n / (2 * half);
    const jobs: number[][] = [];
    /** Butterflies with `a` at `index + step·k`, twiddles at `twiddle + twiddleStep·k`, `k < count`, in jobs. */
    const row = (index: number, step: number, twiddle: number, twiddleStep: number, count: number): void => {
      for (let k = 0; k < count; k += BUTTERFLIES) {
        const a = address + POINT_SIZE * (index + step * k);
        jobs.push([
          a,
          a + POINT_SIZE * half,
          POINT_SIZE * step,
          scalars + SPLIT_BYTES * (twiddle + twiddleStep * k),
          SPLIT_BYTES * twiddleStep,
          Math.min(BUTTERFLIES, count - k),
          HALF_BITS,
        ]);
      }
    };
    // Along the longer of the two directions, so that batches are large.
    if (half >= blocks) for (let b = 0; b < blocks; b++) row(2 * half * b, 1, 0, blocks, half);
    else for (let i = 0; i < half; i++) row(i, 2 * half, blocks * i, 0, blocks);
    await run(jobs);
  }
  const jobs: number[][] = [];
  for (let i = 0; i < n; i += BUTTERFLIES) {
    const count = Math.min(BUTTERFLIES, n - i);
    jobs.push([
      0,
      address + POINT_SIZE * i,
      POINT_SIZE,
      scalars + (SPLIT_BYTES * n) / 2,
      0,
      count,
      HALF_BITS,
    ]);
  }
  await run(jobs);
}

function reversePoints(f64: Float64Array, address: number, n: number): void {
  const words = POINT_SIZE / 8;
  const bits = Math.log2(n);
  for (let i = 0; i < n; i++) {
    let j = 0;
    for (let b = 0; b < bits; b++) j |= ((i >> b) & 1) << (bits - 1 - b);
    if (j <= i) continue;
    const [a, b] = [address / 8 + words * i, address / 8 + words * j];
    const kept = f64.slice(a, a + words);
    f64.copyWithin(a, b, b + words);
    f64.set(kept, b);
  }
}
