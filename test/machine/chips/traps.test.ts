/** Runs that trap are proven as any other: their rows hold, and neither success nor trap can be told of the other. */
import assert from 'node:assert/strict';
import { statusOfFailure } from '../../../sdk/src/machine/program.ts';
import { checkTrace } from '../lib/check-trace.ts';
import { judge, textOf } from './harness.ts';
import { trapRuns } from './samples-traps.ts';

describe('chips: runs that trap', () => {
  for (const { name, trap, make } of trapRuns()) {
    it(`${name}: the rows of the whole run hold, to the exit with its status`, () => {
      const run = make();
      checkTrace(run.program, run.trace);
      assert.equal(run.trace.status, statusOfFailure(trap));
      assert.equal(run.trace.execution.trap?.name, trap);
      assert.equal(textOf(judge(run)), '');
    });
  }
});
