/** Parts of `npm run bench` that measure in processes of their own: pairs of checkouts, the slope, the memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutsOf, keep, type MeasuredJob, measureInTurn, parseFlags } from './child.ts';
import { type Job, jobs, slopeJobs } from './jobs.ts';
import { measureCommand } from './startup.ts';
import { formatTable, middle, round } from './table.ts';

const PHASES = ['commit', 'helpers', 'quotient', 'open'] as const;
const ROUNDS = 2;
/** Proofs of a series in one process. */
const SERIES = 8;

const seconds = (job: MeasuredJob): number => middle(job.runs.map(({ total }) => total)) / 1000;
const user = (job: MeasuredJob): number => middle(job.runs.map((run) => run.user)) / 1000;
const phase = (job: MeasuredJob, name: string): number =>
  middle(job.runs.map(({ timings }) => timings[name] ?? Number.NaN)) / 1000;
const ratio = (a: number, b: number): number => round(a / b, 3);

/** `npm run bench -- --pair DIR`: proofs of this checkout and of another in turn, and the ratios of their medians. */
export async function benchPair(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args);
  const list = await jobs(flags.only);
  const [ours = [], theirs = []] = await measureInTurn(list, {
    checkouts: checkoutsOf(flags),
    threads: flags.threads,
    warmups: 1,
    runs: flags.runs,
    rounds: ROUNDS,
  });
  const table = ours.map((job, i) => {
    const other = theirs[i]!;
    return [
      job.name,
      round(seconds(job), 3),
      round(seconds(other), 3),
      ratio(seconds(job), seconds(other)),
      round(user(job), 3),
      round(user(other), 3),
      ratio(user(job), user(other)),
      ...PHASES.map((name) => ratio(phase(job, name), phase(other, name))),
    ];
  });
  const head = ['program', 's', 'pair s', 'ratio', 'CPU s', 'pair CPU s', 'ratio', ...PHASES];
  process.stdout.write(formatTable([head, ...table]));
  await keep(flags, { ours, theirs });
}

/** `npm run bench -- slope [--pair DIR]`: what a further instruction costs, from 50,000 to 250,000. */
export async function benchSlope(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args);
  const checkouts = checkoutsOf(flags);
  const results = await measureInTurn(await slopeJobs(), {
    checkouts,
    threads: flags.threads,
    warmups: 1,
    runs: flags.runs,
    rounds: 1,
  });
  const table = results[0]!.map((job, i) => [
    job.name,
    job.instructions,
    ...results.flatMap((list) => [round(seconds(list[i]!), 3), round(user(list[i]!), 3)]),
  ]);
  const perInstruction =
    (of: (job: MeasuredJob) => number) =>
    (list: readonly MeasuredJob[]): number =>
      round(1e6 * slope(list.map((job) => [job.instructions, of(job)])), 2);
  process.stdout.write(
    formatTable([
      [
        'program',
        'instructions',
        ...checkouts.flatMap((_, i) => (i === 0 ? ['s', 'CPU s'] : ['pair s', 'pair CPU s'])),
      ],
      ...table,
      [
        'µs a further instruction',
        '',
        ...results.flatMap((list) => [perInstruction(seconds)(list), perInstruction(user)(list)]),
      ],
    ]),
  );
  await keep(flags, { results });
}

/** Of the line with the least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (k: 0 | 1): number => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const top = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return top / points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
}

/**
 * `npm run bench -- memory [--pair DIR]`: the most memory of the command, of a session that makes one proof, and of one that makes
 * several, each in a process of its own.
 */
export async function benchMemory(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args);
  const checkouts = checkoutsOf(flags);
  const list = await jobs(flags.only || 'C,');
  const session = async (job: Job, runs: number): Promise<Peak[]> => {
    const { threads } = flags;
    const results = await measureInTurn([job], { checkouts, threads, warmups: 0, runs, rounds: 1 });
    return results.map(([one]) => ({ resident: one!.residentPeak, kernels: one!.kernelPeak }));
  };
  const rows: { readonly name: string; readonly peaks: readonly Peak[] }[] = [];
  for (const job of list) {
    const peaks: Peak[] = [];
    for (const checkout of checkouts) peaks.push(await provedByCommand(checkout, job, flags.threads));
    rows.push({ name: `wattest prove, ${job.name}`, peaks });
    rows.push({ name: 'a session, 1 proof', peaks: await session(job, 1) });
    rows.push({ name: `a session, ${SERIES} proofs`, peaks: await session(job, SERIES) });
  }
  const mib = (bytes: number | undefined): number | string =>
    bytes === undefined ? '' : Math.round(bytes / 2 ** 20);
  process.stdout.write(
    formatTable([
      [
        'process',
        ...checkouts.flatMap((_, i) => (i === 0 ? ['MiB', 'kernels MiB'] : ['pair MiB', 'pair kernels MiB'])),
      ],
      ...rows.map(({ name, peaks }) => [
        name,
        ...peaks.flatMap(({ resident, kernels }) => [mib(resident), mib(kernels)]),
      ]),
    ]),
  );
  await keep(flags, { rows });
}

/** Bytes. */
interface Peak {
  readonly resident: number;
  readonly kernels?: number;
}

async function provedByCommand(checkout: string, { parameters }: Job, threads: number): Promise<Peak> {
  const folder = await mkdtemp(join(tmpdir(), 'wattest-memory-'));
  try {
    const { wasm, invoke = '', args = [] } = parameters;
    const module = join(folder, 'guest.wasm');
    await writeFile(module, wasm);
    const proof = join(folder, 'proof.json');
    const words = args.length === 0 ? [] : ['--args', args.join()];
    const { peakMiB } = measureCommand(checkout, [
      ...['prove', module, '--invoke', invoke, ...words, '--threads', String(threads), '-o', proof],
    ]);
    return { resident: peakMiB * 2 ** 20 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
