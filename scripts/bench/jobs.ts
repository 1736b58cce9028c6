/** Runs that are proven to measure: the two that targets are about, and the examples. */
import { join } from 'node:path';
import type { ProveParameters } from '../../sdk/src/index.ts';
import { compileGuest, exampleNames, readExample } from '../lib/guests.ts';
import { ROOT } from '../lib/tools.ts';

export interface Job {
  readonly name: string;
  readonly parameters: ProveParameters;
}

const mixed = (): Promise<Uint8Array> => compileGuest(join(ROOT, 'scripts/bench/guests/mixed.c'));

/** `only`: a text in the name. */
export async function jobs(only = ''): Promise<Job[]> {
  const fibonacci = await compileGuest((await readExample('fibonacci')).source);
  const list: Job[] = [
    {
      name: 'trivial: fibonacci(30)',
      parameters: { wasm: fibonacci, invoke: 'fibonacci', args: [30] },
    },
    {
      name: 'C, 100k instructions',
      parameters: { wasm: await mixed(), invoke: 'mixed', args: [19] },
    },
  ];
  for (const name of await exampleNames()) {
    const { source, parameters } = await readExample(name);
    list.push({ name, parameters: { wasm: await compileGuest(source), ...parameters } });
  }
  return list.filter(({ name }) => name.includes(only));
}

/** From 50,000 to 250,000 instructions of one C program. */
export async function slopeJobs(): Promise<Job[]> {
  const wasm = await mixed();
  return [10, 15, 19, 24, 29, 34, 39, 44, 48].map((n) => ({
    name: `mixed(${n})`,
    parameters: { wasm, invoke: 'mixed', args: [n] },
  }));
}
