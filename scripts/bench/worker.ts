/**
 * The process that proofs are measured in, of this checkout or another: it knows nothing of a checkout but `openSession` and `prove`. Reads a
 * `WorkerInput` from standard input and writes a `WorkerOutput`.
 */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type * as Sdk from '../../sdk/src/index.ts';

export interface WorkerInput {
  /** Folder of the checkout whose SDK is measured. */
  readonly checkout: string;
  readonly threads: number;
  /** Kernels of two lanes, as on platforms where V8 cannot be told to fuse pairs. */
  readonly narrow?: boolean;
  readonly warmups: number;
  readonly runs: number;
  /** Parameters of `prove`, the module in base64. */
  readonly jobs: readonly { readonly name: string; readonly wasm: string; readonly parameters: object }[];
}

/** Milliseconds. */
export interface WorkerRun {
  readonly total: number;
  /** Of all threads of the process, from call to result. */
  readonly user: number;
  readonly timings: Readonly<Record<string, number>>;
}

export interface WorkerOutput {
  readonly jobs: readonly {
    readonly name: string;
    readonly instructions: number;
    readonly proofBytes: number;
    readonly runs: readonly WorkerRun[];
    /** Bytes, of the process up to here. */
    readonly residentPeak: number;
    readonly kernelPeak: number;
  }[];
}

const input = JSON.parse(await text(process.stdin)) as WorkerInput;
// What makes a session choose them: there is no option, since nobody wants them.
if (input.narrow === true) Object.defineProperty(process, 'arch', { value: 'another' });
const sdk = (await import(pathToFileURL(join(input.checkout, 'sdk/src/index.ts')).href)) as typeof Sdk;
const session = await sdk.openSession({ threads: input.threads });
const done: WorkerOutput['jobs'][number][] = [];
for (const { name, wasm, parameters } of input.jobs) {
  const all = { ...parameters, wasm: new Uint8Array(Buffer.from(wasm, 'base64')) };
  const runs: WorkerRun[] = [];
  let last: Sdk.ProveResult | undefined;
  for (let i = 0; i < input.warmups + input.runs; i++) {
    const before = process.cpuUsage();
    const start = performance.now();
    // Verifies what it made.
    last = await sdk.prove(session, all);
    const total = performance.now() - start;
    const user = process.cpuUsage(before).user / 1000;
    if (i >= input.warmups) runs.push({ total, user, timings: last.timings });
  }
  if (last === undefined) throw new Error('no runs');
  done.push({
    name,
    instructions: last.instructions,
    proofBytes: last.proofBytes,
    runs,
    residentPeak: process.resourceUsage().maxRSS * 1024,
    kernelPeak: session.engine.memory().peak,
  });
}
await session.dispose();
process.stdout.write(JSON.stringify({ jobs: done } satisfies WorkerOutput));
