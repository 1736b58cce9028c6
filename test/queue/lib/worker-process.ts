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

/** Whether this is the first worker to come to one of the jobs. */
function isFirst(among: Conduct['deaths'], job: string): boolean {
  if (among?.jobs.includes(job) !== true) return false;
  try {
    writeFileSync(join(among.folder, job), options.name!, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

await using session = await openSession({ maxLog: conduct.maxLog ?? 14, threads: 1, onWarning: () => {} });
await using worker = await openWorker(session, {
  ...options,
  onWarning: (message) => console.error(message),
  onJob: ({ kind, shard, outcome, code }) => console.log(`${kind} ${shard} ${outcome} ${code ?? ''}`),
  dishonest: (kind, shard, performed) => {
    const job = `${kind} ${shard}`;
    // With the job done and nobody told.
    if (isFirst(conduct.deaths, job)) process.kill(process.pid, 'SIGKILL');
    if (!('proof' in performed)) return performed;
    if (conduct.badProofs !== true && !isFirst(conduct.lies, job)) return performed;
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
