import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';
import { processorSeconds } from './lib/processor-seconds.ts';
import { ROOT } from './lib/tools.ts';

/** What one test or hook took: seconds, by the clock and of processors, of this process and of its children that have ended. */
export interface Taken {
  readonly file: string;
  readonly name: string;
  readonly wall: number;
  readonly own: number;
  readonly children: number;
}

/** What one mocha process counted, as scripts/test.ts reads it. */
export interface MochaCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly taken: readonly Taken[];
}

const IMPORTS = '(imports)';

/** Seconds of processor time of children that have ended; 0 where the system does not say. */
function childSeconds(): number {
  try {
    return processorSeconds('self').children;
  } catch {
    return 0;
  }
}

function now(): { wall: number; own: number; children: number } {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, own: (user + system) / 1e6, children: childSeconds() };
}

/** Mocha's `spec` output, and counts and times as JSON in the file that WATTEST_TEST_COUNTS names. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const taken: Taken[] = [];
    let last = { wall: 0, own: 0, children: 0 };
    const mark = (file: string | undefined, name: string): void => {
      const at = now();
      taken.push({
        file: file === undefined ? IMPORTS : relative(ROOT, file),
        name,
        wall: at.wall - last.wall,
        own: at.own - last.own,
        children: at.children - last.children,
      });
      last = at;
    };
    runner.once('start', () => mark(undefined, IMPORTS));
    for (const event of ['test end', 'hook end'] as const) {
      runner.on(event, (runnable: Mocha.Runnable) => mark(runnable.file, runnable.fullTitle()));
    }
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats ?? { passes: 0, failures: 1, pending: 0 };
      const counts: MochaCounts = { passed: passes, failed: failures, skipped: pending, taken };
      const path = process.env.WATTEST_TEST_COUNTS;
      if (path !== undefined) writeFileSync(path, JSON.stringify(counts));
    });
  }
}
