/** Every advice that an error can give, followed (docs/errors.md): whoever does what it says is helped. */
import assert from 'node:assert/strict';
import { Advised } from './lib/follow.ts';
import { closeShared } from './lib/shared.ts';
import { TABLES } from './tables.ts';

describe('advices, followed', () => {
  after(closeShared);

  for (const [area, table] of Object.entries(TABLES)) {
    describe(area, () => {
      for (const [text, entry] of Object.entries(table)) {
        if (typeof entry !== 'function') continue;
        it(text, async () => {
          const advised = new Advised(text);
          await entry(advised);
          assert.ok(advised.met > 0, 'the error was never met');
        });
      }
    });
  }
});
