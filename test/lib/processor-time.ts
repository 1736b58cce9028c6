/** Processor time, for bounds on work: other work on the machine does not count, as it would by the clock. */
import { setTimeout as pause } from 'node:timers/promises';
import { processorSeconds } from '../../scripts/lib/processor-seconds.ts';
import { until } from './until.ts';

/**
 * Milliseconds of the processor that this thread works. The system counts in steps of several milliseconds, so what takes as few is done again until
 * `atLeast` are counted, and the mean is taken.
 */
export function processorTime(work: () => unknown, atLeast = 0): number {
  const started = process.threadCpuUsage();
  let [times, ms] = [0, 0];
  do {
    work();
    times++;
    const { user, system } = process.threadCpuUsage(started);
    ms = (user + system) / 1000;
  } while (ms < atLeast);
  return ms / times;
}

/** When a process of ours has had so many seconds of processors. Where the system does not say: by the clock, twice as many. */
export async function hasWorked(pid: number, seconds: number): Promise<void> {
  if (process.platform !== 'linux') return pause(2000 * seconds);
  await until(() => processorSeconds(pid).own >= seconds, 50);
}
