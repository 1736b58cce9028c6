import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What one mocha process counted, as scripts/test.ts reads it. */
export interface MochaCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Mocha's `spec` output, and the counts as JSON in the file that WATTEST_TEST_COUNTS names. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats ?? { passes: 0, failures: 1, pending: 0 };
      const counts: MochaCounts = { passed: passes, failed: failures, skipped: pending };
      const path = process.env.WATTEST_TEST_COUNTS;
      if (path !== undefined) writeFileSync(path, JSON.stringify(counts));
    });
  }
}
