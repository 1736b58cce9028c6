/** Multi-scalar multiplication on the host's side: scan the scalars, plan, run both tasks, put the rest together. */
import { checkMsm } from '../checks.ts';
import type { AffinePoint, Engine, MsmPart } from '../contract.ts';
import type { KernelCore } from './core.ts';
import { asInts, asPoints, asVector } from './handles.ts';
import { combineBits } from './msm-combine.ts';
import { digitCount } from './msm-digits.ts';
import { BUCKET_JOB, POINT_SIZE, SEGMENT, SUM_JOB } from './msm-layout.ts';
import { type Measured, type Plan, planMsm, runsTogether } from './msm-plan.ts';
import { REPORT_BYTES } from './msm-points.ts';
import { Arena, runJobs } from './msm-work.ts';

/** A part whose scalars are integers in memory. */
interface Part extends Measured {
  readonly scalars: number;
  readonly width: 4 | 8 | 32;
  readonly bases: number;
  readonly stride: number;
  readonly infinity: boolean;
}

/** References in a group of buckets: their points fit a second-level cache. */
const CAPACITY = 8192;
/** Groups of four scalars looked at in one chunk. */
const SURVEY_GROUPS = 2048;

export function msmOperations(core: KernelCore): Pick<Engine, 'msm'> {
  return {
    msm: async (parts) => {
      checkMsm(parts);
      const arena = new Arena(core);
      try {
        const measured = await survey(core, arena, parts);
        const plans = planMsm(measured, core.pool.threads);
        if (plans.length === 0) return null;
        return await run(core, arena, plans);
      } finally {
        arena.free();
      }
    },
  };
}

/** Looks at all scalars once, and brings field elements to integers. */
async function survey(core: KernelCore, arena: Arena, parts: readonly MsmPart[]): Promise<Part[]> {
  const jobs: number[] = [];
  const found = parts.map(({ bases, offset = 0, stride = 1, scalars }) => {
    const points = asPoints(bases);
    const source = scalars.kind === 'vector' ? asVector(scalars) : asInts(scalars);
    const width = scalars.kind === 'vector' ? 32 : scalars.words === 1 ? 4 : 8;
    const groups = Math.ceil(source.length / 4);
    const sourceBytes = scalars.kind === 'vector' ? 160 : 4 * width;
    const integers = scalars.kind === 'vector' ? arena.allocate(128 * groups) : source.address;
    const firstJob = jobs.length;
    for (let at = 0; at < groups; at += SURVEY_GROUPS) {
      const some = Math.min(SURVEY_GROUPS, groups - at);
      jobs.push(width, source.address + sourceBytes * at, some, integers + 128 * at);
    }
    return {
      scalars: integers,
      width: width as Part['width'],
      bases: points.address + POINT_SIZE * offset,
      stride: POINT_SIZE * stride,
      infinity: points.infinity,
      count: source.length,
      reports: [firstJob / 4, jobs.length / 4] as const,
    };
  });
  const chunks = jobs.length / 4;
  const table = arena.write(jobs);
  const reports = arena.allocate(REPORT_BYTES * chunks);
  await core.pool.run('msm.survey', [table, reports], chunks);
  const words = core.memory.u32;
  return found.map(({ reports: [from, to], ...part }) => {
    let bits = 0;
    let nonzero = 0;
    for (let chunk = from; chunk < to; chunk++) {
      const at = (reports + REPORT_BYTES * chunk) / 4;
      for (let w = 0; w < 8; w++) {
        if (words[at + w] !== 0) bits = Math.max(bits, 32 * w + 32 - Math.clz32(words[at + w]));
      }
      nonzero += words[at + 8];
    }
    // −1 alone has no bit but its sign.
    return { ...part, bits: nonzero > 0 ? Math.max(bits, 1) : 0, nonzero };
  });
}

/** A plan with its place in memory. */
interface Placed {
  readonly plan: Plan<Part>;
  /** Words of the buckets: references to their points. */
  readonly flags: number;
}

async function run(core: KernelCore, arena: Arena, plans: readonly Plan<Part>[]): Promise<AffinePoint> {
  const { threads } = core.pool;
  const bucketJobs: { words: number[]; references: number; keys: number }[] = [];
  const sumJobs: number[][] = [];
  const placed: Placed[] = plans.map((plan) => {
    const { width, windows, together, slices, split } = plan;
    const log = width - 1;
    const buckets = windows << log;
    const points = arena.allocate(POINT_SIZE * buckets * slices);
    const flags = arena.allocate(4 * buckets * slices);
    for (let slice = 0; slice < slices; slice++) {
      const { words, count } = segments(plan, slice);
      const table = arena.write(words);
      for (let window = 0; window < windows; window += together) {
        const some = Math.min(together, windows - window);
        const first = slice * buckets + (window << log);
        bucketJobs.push({
          words: [
            table,
            (words.length * 4) / SEGMENT.BYTES,
            window,
            some,
            width,
            points + POINT_SIZE * first,
            flags + 4 * first,
            CAPACITY,
          ],
          references: count * some,
          keys: some << log,
        });
      }
    }
    const [runs, runLog] = [windows << split, log - split];
    const perJob = runsTogether(runs, runLog, threads);
    for (let from = 0; from < runs; from += perJob) {
      sumJobs.push([
        points + POINT_SIZE * (from << runLog),
        flags + 4 * (from << runLog),
        Math.min(perJob, runs - from),
        runLog,
        slices,
        POINT_SIZE * buckets,
        4 * buckets,
      ]);
    }
    return { plan, flags };
  });

  // Long jobs first, so that threads end together.
  bucketJobs.sort((a, b) => b.references - a.references);
  const references = Math.max(...bucketJobs.map((job) => job.references));
  const sizes = { keys: Math.max(...bucketJobs.map((job) => job.keys)), references, points: CAPACITY };
  const work = arena.workingMemories(threads, sizes);
  await runJobs(
    core,
    arena,
    'msm.buckets',
    work,
    bucketJobs.map((job) => job.words),
    BUCKET_JOB.BYTES,
  );
  await runJobs(core, arena, 'msm.sums', work, sumJobs, SUM_JOB.BYTES);
  return combineBits(core, arena, collect(core, placed));
}

/** The scalars `slice/slices` of all parts, one after another, as a table of segments. */
function segments(
  { parts, width, slices }: Plan<Part>,
  slice: number,
): { readonly words: number[]; readonly count: number } {
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  const [from, to] = [slice, slice + 1].map((s) => Math.floor((total * s) / slices)) as [number, number];
  const words: number[] = [];
  let start = 0;
  for (const part of parts) {
    const first = Math.max(from, start) - start;
    const last = Math.min(to, start + part.count) - start;
    if (first < last) {
      words.push(
        part.scalars + part.width * first,
        part.width,
        part.bases + part.stride * first,
        part.stride,
        last - first,
        part.infinity ? 1 : 0,
        digitCount(part.bits, width),
      );
    }
    start += part.count;
  }
  return { words, count: to - from };
}

/**
 * References to the points left, by the power of two they are worth: of run q of window w, A and the O_j (see
 * `msm-buckets.ts`).
 */
function collect(core: KernelCore, placed: readonly Placed[]): number[][] {
  const bits: number[][] = [];
  const { u32 } = core.memory;
  const put = (bit: number, reference: number): void => {
    while (bits.length <= bit) bits.push([]);
    bits[bit].push(reference);
  };
  for (const { plan, flags } of placed) {
    const { width, windows, split } = plan;
    const runLog = width - 1 - split;
    for (let run = 0; run < windows << split; run++) {
      const first = flags / 4 + (run << runLog);
      const low = width * (run >> split);
      const all = u32[first];
      if (all !== 0) {
        // Bucket k of the window weighs k + 1, and this run begins at bucket q·2^runLog.
        put(low, all);
        const q = run & ((1 << split) - 1);
        for (let b = 0; q >> b !== 0; b++) if ((q >> b) & 1) put(low + runLog + b, all);
      }
      for (let j = 0; j < runLog; j++) {
        const odd = u32[first + (1 << j)];
        if (odd !== 0) put(low + j, odd);
      }
    }
  }
  return bits;
}
