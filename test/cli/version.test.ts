import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { VERSION } from '../../sdk/src/cli/version.ts';

describe('command line, version', () => {
  it('is that of the package', () => {
    const text = readFileSync(new URL('../../sdk/package.json', import.meta.url), 'utf8');
    assert.equal(VERSION, (JSON.parse(text) as { version: string }).version);
  });
});
