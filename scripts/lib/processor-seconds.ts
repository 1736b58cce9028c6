import { readFileSync } from 'node:fs';

export interface ProcessorSeconds {
  /** Of the process itself. */
  readonly own: number;
  /** Of its children that have ended. */
  readonly children: number;
}

/** Seconds of processors that a process has had (Linux). @throws what reading a file throws where there is no such process or no `/proc` */
export function processorSeconds(pid: number | 'self'): ProcessorSeconds {
  // proc(5): behind the name in parentheses comes field 3; utime, stime, cutime and cstime are 14 to 17, in hundredths of a second.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const seconds = (first: number): number => (Number(fields[first - 3]) + Number(fields[first - 2])) / 100;
  return { own: seconds(14), children: seconds(16) };
}
