/** What longer runs would take on more machines, from what a short one took on this one: the table of docs/scaling.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../lib/tools.ts';
import { formatTable, round } from './table.ts';

/** Of one run of the benchmark. */
export interface Measured {
  readonly cpu: string;
  readonly workers: number;
  readonly memoryMiB: number;
  readonly instructions: number;
  readonly shards: number;
  /** Instructions a second, of one process. */
  readonly alone: number;
  /** Of the workers together. */
  readonly rate: number;
  /** Of a worker, the most that one had. */
  readonly peakMiB: number;
  readonly peakAloneMiB: number;
  /** Of one shard's proof. */
  readonly verifySeconds: number;
  /** In and out of the broker, which was the store too. */
  readonly bytes: number;
  /** Seconds an instruction, of planning a run and of a pass that makes its rows. */
  readonly planSeconds: number;
  readonly passSeconds: number;
}

const LENGTHS = [1e8, 1e9] as const;
const MACHINES = [1, 10, 100] as const;
const CORES = 2;

interface Modelled {
  readonly shards: number;
  readonly jobs: number;
  readonly gigabytes: number;
  readonly seconds: number;
  /** Of the time of a worker that has work, spent on passes over the run. */
  readonly passes: number;
  /** Whether the workers wait for the prover, which verifies one proof after the other. */
  readonly verifying: boolean;
}

/**
 * Machines as this one, each with a worker a core. The prover plans; every worker makes two passes; shards are dealt to workers, whole ones;
 * the prover verifies proofs while others are made.
 */
export function modelled(m: Measured, instructions: number, machines: number): Modelled {
  const workers = machines * CORES;
  const bodies = Math.ceil((instructions / m.instructions) * (m.shards - 1));
  const shards = bodies + 1;
  const own = 2 * instructions * m.passSeconds;
  // What a shard takes of one core, its own part of the measured passes taken off.
  const measuredPasses = (2 * m.workers * m.instructions * m.passSeconds) / CORES;
  const shardSeconds = Math.max(0, (CORES * (m.instructions / m.rate - measuredPasses)) / m.shards);
  const proving = Math.ceil(shards / workers) * shardSeconds;
  const verifying = shards * m.verifySeconds;
  return {
    shards,
    jobs: 2 * shards,
    gigabytes: (m.bytes / m.shards) * shards * 1e-9,
    seconds: instructions * m.planSeconds + own + Math.max(proving, verifying),
    passes: own / (own + proving),
    verifying: verifying > proving,
  };
}

export function scalingTable(m: Measured): string {
  const duration = (seconds: number): string =>
    seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${round(seconds / 3600, 1)} h`;
  return formatTable([
    [
      'instructions',
      'proofs',
      'jobs',
      'through the broker',
      ...MACHINES.map((n) => `${n} machine${n === 1 ? '' : 's'}`),
    ],
    ...LENGTHS.map((length) => {
      const models = MACHINES.map((machines) => modelled(m, length, machines));
      const [{ shards, jobs, gigabytes }] = models as [Modelled, ...Modelled[]];
      const cell = ({ seconds, passes, verifying }: Modelled): string =>
        `${duration(seconds)} (${verifying ? 'verifying; ' : ''}${Math.round(100 * passes)} % passes)`;
      return [
        `10^${Math.log10(length)}`,
        shards.toLocaleString('en'),
        jobs.toLocaleString('en'),
        `${round(gigabytes, 1)} GB`,
        ...models.map(cell),
      ];
    }),
  ]);
}

const PAGE = join(ROOT, 'docs/scaling.md');
const [BEGIN, END] = ['<!-- measured -->\n', '<!-- /measured -->'];

/** Puts table and figures in their place in the page. */
export function writeScaling(m: Measured): void {
  const text = readFileSync(PAGE, 'utf8');
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`${PAGE} has no place for measurements`);
  const figures = `Measured on ${m.cpu}: ${m.instructions.toLocaleString('en')} instructions in ${m.shards} proofs (\`--max-memory ${m.memoryMiB}\`), ${Math.round(m.alone).toLocaleString('en')} instructions a second in one
process of two threads, ${Math.round(m.rate).toLocaleString('en')} by ${m.workers} workers of one thread over a broker on the same machine (${round(m.rate / m.alone, 2)} of it); at most ${Math.round(m.peakMiB)} MiB a worker, ${Math.round(m.peakAloneMiB)} the one
process; ${round(m.bytes / m.shards / 1e6, 1)} MB a proof through the broker, as the store too; ${round(1e9 * m.planSeconds, 0)} ns an instruction to plan, ${round(1e9 * m.passSeconds, 0)} a pass; ${Math.round(1000 * m.verifySeconds)} ms to verify a proof.

`;
  writeFileSync(PAGE, `${head}${BEGIN}${figures}${scalingTable(m)}${END}${tail}`);
}
