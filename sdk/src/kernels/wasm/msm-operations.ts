/** Multi-scalar multiplication on the host's side: scan the scalars, plan, run both tasks, put the rest together. */
import { checkMsm } from '../checks.ts';
import type { AffinePoint, Engine, MsmPart } from '../contract.ts';
import type { KernelCore } from './core.ts';
import { asInts, asPoints, asVector } from './handles.ts';
import { combineBits } from './msm-combine.ts';
import { digitCount } from './msm-digits.ts';
import { BUCKET_JOB, outBytes, POINT_SIZE, SEGMENT, SUM_JOB } from './msm-layout.ts';
import { type Measured, type Plan, planMany, runsTogether } from './msm-plan.ts';
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

/** References in a group of buckets: their sums and a batch fit a second-level cache together. */
const CAPACITY = 4096;
/** Groups of four scalars looked at in one chunk. */
const SURVEY_GROUPS = 2048;

export function msmOperations(core: KernelCore): Pick<Engine, 'msm' | 'msmMany'> {
  const msmMany: Engine['msmMany'] = async (sums) => {
    for (const parts of sums) checkMsm(parts);
    const arena = new Arena(core);
    try {
      const measured = await survey(core, arena, sums.flat());
      const ends = sums.map((_, i) => sums.slice(0, i + 1).flat().length);
      const partsOf = sums.map((parts, i) => measured.slice(ends[i] - parts.length, ends[i]));
      const plans = planMany(partsOf, core.pool.threads);
      if (plans.every((own) => own.length === 0)) return sums.map(() => null);
      return await run(core, arena, plans);
    } finally {
      arena.free();
    }
  };
  return { msmMany, msm: async (parts) => (await msmMany([parts]))[0] };
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
  /** Words of the buckets, or of what is left of them: references to their points. By window, and index there. */
  readonly flag: (window: number, index: number) => number;
}

interface Jobs {
  readonly buckets: { readonly words: number[]; readonly references: number; readonly keys: number }[];
  readonly sums: number[][];
}

async function run(
  core: KernelCore,
  arena: Arena,
  plans: readonly (readonly Plan<Part>[])[],
): Promise<AffinePoint[]> {
  const { threads } = core.pool;
  const jobs: Jobs = { buckets: [], sums: [] };
  const placed = plans.map((own) =>
    own.map((plan) => (plan.split === undefined ? placeTogether : placeApart)(core, arena, jobs, plan)),
  );
  // Long jobs first, so that threads end together.
  jobs.buckets.sort((a, b) => b.references - a.references);
  const most = (of: (job: Jobs['buckets'][number]) => number): number => Math.max(...jobs.buckets.map(of));
  const work = arena.workingMemories(threads, {
    keys: most((job) => job.keys),
    references: most((job) => job.references),
    digits: most((job) => job.references),
    points: CAPACITY,
    buckets: most((job) => (job.words.length === BUCKET_JOB.BYTES / 4 ? job.keys : 0)),
  });
  await runJobs(
    core,
    arena,
    'msm.buckets',
    work,
    jobs.buckets.map((job) => job.words),
    BUCKET_JOB.BYTES,
  );
  await runJobs(core, arena, 'msm.sums', work, jobs.sums, SUM_JOB.BYTES);
  return combineBits(
    core,
    arena,
    placed.map((own) => collect(own)),
  );
}

/** Jobs of the first task: of a slice, for a number of windows from one on. `places` are their points and flags, or their output. */
function bucketJobs(
  arena: Arena,
  jobs: Jobs,
  plan: Plan<Part>,
  slice: number,
  places: (window: number) => readonly number[],
): void {
  const { width, windows, together } = plan;
  const { words, count } = segments(plan, slice);
  const table = arena.write(words);
  for (let window = 0; window < windows; window += together) {
    const some = Math.min(together, windows - window);
    const [points, flags, ...out] = places(window);
    jobs.buckets.push({
      words: [
        table,
        (words.length * 4) / SEGMENT.BYTES,
        window,
        some,
        width,
        points,
        flags,
        CAPACITY,
        ...out,
      ],
      references: count * some,
      keys: some << (width - 1),
    });
  }
}

/** Jobs that do both tasks. */
function placeTogether(core: KernelCore, arena: Arena, jobs: Jobs, plan: Plan<Part>): Placed {
  const { width, windows } = plan;
  const out = arena.allocate(outBytes(width) * windows);
  bucketJobs(arena, jobs, plan, 0, (window) => [0, 0, out + outBytes(width) * window]);
  const flag = (window: number, index: number): number => {
    const entry = index === 0 ? 0 : 32 - Math.clz32(index);
    return core.memory.u32[(out + outBytes(width) * window + POINT_SIZE * width) / 4 + entry];
  };
  return { plan, flag };
}

/** Jobs of either task; buckets are kept between them. */
function placeApart(core: KernelCore, arena: Arena, jobs: Jobs, plan: Plan<Part>): Placed {
  const { width, windows, slices, split = 0 } = plan;
  const log = width - 1;
  const buckets = windows << log;
  const points = arena.allocate(POINT_SIZE * buckets * slices);
  const flags = arena.allocate(4 * buckets * slices);
  for (let slice = 0; slice < slices; slice++) {
    bucketJobs(arena, jobs, plan, slice, (window) => {
      const first = slice * buckets + (window << log);
      return [points + POINT_SIZE * first, flags + 4 * first];
    });
  }
  const [runs, runLog] = [windows << split, log - split];
  const perJob = runsTogether(runs, runLog, core.pool.threads);
  for (let from = 0; from < runs; from += perJob) {
    jobs.sums.push([
      points + POINT_SIZE * (from << runLog),
      flags + 4 * (from << runLog),
      Math.min(perJob, runs - from),
      runLog,
      slices,
      POINT_SIZE * buckets,
      4 * buckets,
    ]);
  }
  return { plan, flag: (window, index) => core.memory.u32[flags / 4 + (window << log) + index] };
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
function collect(placed: readonly Placed[]): number[][] {
  const bits: number[][] = [];
  const put = (bit: number, reference: number): void => {
    while (bits.length <= bit) bits.push([]);
    if (reference !== 0) bits[bit].push(reference);
  };
  for (const { plan, flag } of placed) {
    const { width, windows, split = 0 } = plan;
    const runLog = width - 1 - split;
    for (let run = 0; run < windows << split; run++) {
      const window = run >> split;
      const q = run & ((1 << split) - 1);
      const low = width * window;
      const all = flag(window, q << runLog);
      // Bucket k of the window weighs k + 1, and this run begins at bucket q·2^runLog.
      put(low, all);
      for (let b = 0; q >> b !== 0; b++) if ((q >> b) & 1) put(low + runLog + b, all);
      for (let j = 0; j < runLog; j++) put(low + j, flag(window, (q << runLog) + (1 << j)));
    }
  }
  return bits;
}
