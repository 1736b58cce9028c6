/** Processor time, for bounds on work: other work on the machine does not count, as it would by the clock. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

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
  // proc(5): behind the name in parentheses comes field 3; utime and stime are 14 and 15, in hundredths of a second.
  const ticks = (): number => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  while (ticks() < 100 * seconds) await pause(50);
}
