import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CHIPS_PAGE, chipsPage } from '../../../scripts/print-chips.ts';

describe('docs/chips.md', () => {
  it('is what the declarations print; `node scripts/print-chips.ts` writes it', () => {
    assert.equal(readFileSync(CHIPS_PAGE, 'utf8'), chipsPage());
  });
});
