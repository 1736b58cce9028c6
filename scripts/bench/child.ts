/** Measures in processes of their own, this checkout and perhaps another in turn. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { ROOT } from '../lib/tools.ts';
import type { Job } from './jobs.ts';
import type { WorkerInput, WorkerOutput, WorkerRun } from './worker.ts';

export interface Flags {
  readonly runs: number;
  readonly threads: number;
  readonly only: string;
  readonly json: string | undefined;
  /** Folder of another checkout, to measure beside this one. */
  readonly pair: string | undefined;
}

/** What all parts of the benchmark take. */
export function parseFlags(args: readonly string[], runs = 3): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: String(runs) },
      threads: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
      pair: { type: 'string' },
    },
  });
  const number = (name: 'runs' | 'threads'): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name} takes a whole number from 1`);
  };
  return {
    runs: number('runs'),
    threads: number('threads'),
    only: values.only,
    json: values.json,
    pair: values.pair === undefined ? undefined : resolve(values.pair),
  };
}

/** Writes the figures where `--json` says. */
export async function keep({ json }: Flags, figures: object): Promise<void> {
  if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
}

export function checkoutsOf({ pair }: Pick<Flags, 'pair'>): readonly string[] {
  return pair === undefined ? [ROOT] : [ROOT, pair];
}

export interface MeasuredJob {
  readonly name: string;
  readonly instructions: number;
  readonly proofBytes: number;
  readonly runs: readonly WorkerRun[];
  /** Bytes; the greatest of all processes. */
  readonly residentPeak: number;
  readonly kernelPeak: number;
}

/** Rounds of a process for each checkout; the runs of all rounds together, by checkout in the order given. */
export async function measureInTurn(
  list: readonly Job[],
  {
    checkouts,
    ...rest
  }: {
    checkouts: readonly string[];
    threads: number;
    narrow?: boolean;
    warmups: number;
    runs: number;
    rounds: number;
  },
): Promise<MeasuredJob[][]> {
  const results = checkouts.map((): MeasuredJob[] => []);
  for (let round = 0; round < rest.rounds; round++) {
    for (const [i, checkout] of checkouts.entries()) {
      const { jobs } = await work({ ...rest, checkout, jobs: list.map(encoded) });
      results[i] = jobs.map((job, k) => merge(results[i]![k], job));
      process.stderr.write(`round ${round + 1} of ${rest.rounds}: ${checkout}\n`);
    }
  }
  return results;
}

function merge(before: MeasuredJob | undefined, job: MeasuredJob): MeasuredJob {
  if (before === undefined) return job;
  return {
    ...job,
    runs: [...before.runs, ...job.runs],
    residentPeak: Math.max(before.residentPeak, job.residentPeak),
    kernelPeak: Math.max(before.kernelPeak, job.kernelPeak),
  };
}

function encoded({ name, parameters: { wasm, ...parameters } }: Job): WorkerInput['jobs'][number] {
  return { name, wasm: Buffer.from(wasm).toString('base64'), parameters };
}

async function work(input: WorkerInput): Promise<WorkerOutput> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/worker.ts`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(input));
  const out = await text(child.stdout);
  try {
    return JSON.parse(out) as WorkerOutput;
  } catch {
    throw new Error(`the measuring process of ${input.checkout} failed`);
  }
}
