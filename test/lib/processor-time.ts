/** Processor time, for bounds on work: other work on the machine does not count, as it would by the clock. */
import { setTimeout as pause } from 'node:timers/promises';
import { processorSeconds } from '../../scripts/lib/processor-seconds.ts';
import { until } from './until.ts';

/** Milliseconds of the processor that this thread works, the least of `times`. */
export function processorTime(work: () => unknown, times = 1): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const started = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(started);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** When a process of ours has had so many seconds of processors. Where the system does not say: by the clock, twice as many. */
export async function hasWorked(pid: number, seconds: number): Promise<void> {
  if (process.platform !== 'linux') return pause(2000 * seconds);
  await until(() => processorSeconds(pid).own >= seconds, 50);
}
