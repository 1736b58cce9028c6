/** A worker in a process of its own, honest or not: `{ options, conduct }` as JSON in the first argument. Says that it is ready, then what it did, a line each. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '../../../sdk/src/index.ts';
import { openWorker, type WorkerOptions } from '../../../sdk/src/queue.ts';
import type { Conduct } from './workers.ts';

const { options, conduct } = JSON.parse(process.argv[2]!) as {
  readonly options: WorkerOptions;
  readonly conduct: Conduct;
};

/** With the job done and nobody told; one worker for each of the jobs. */
function dieAt(job: string): void {
  const { deaths } = conduct;
  if (deaths?.jobs.includes(job) !== true) return;
  try {
    writeFileSync(join(deaths.folder, job), options.name!, { flag: 'wx' });
  } catch {
    return;
  }
  process.kill(process.pid, 'SIGKILL');
}

await using session = await openSession({ maxLog: 14, threads: 1, onWarning: () => {} });
await using worker = await openWorker(session, {
  ...options,
  onWarning: (message) => console.error(message),
  onJob: ({ kind, shard, outcome, code }) => console.log(`${kind} ${shard} ${outcome} ${code ?? ''}`),
  dishonest: (kind, shard, performed) => {
    dieAt(`${kind} ${shard}`);
    if (!('proof' in performed) || conduct.badProofs !== true) return performed;
    const proof = Uint8Array.from(performed.proof);
    proof[proof.length - 40]! ^= 1;
    return { proof };
  },
});
console.log('ready');
process.once('SIGTERM', () => void worker.dispose());
await worker.ended.catch((error: Error & { code: string }) => console.log(`${error.code}: ${error.message}`));
// As the command does.
setTimeout(() => process.exit(), 3000).unref();
