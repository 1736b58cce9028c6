/** docs/typed-programs.md as it stands: its manifest and guest are bound, and its commands take values. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wattest } from '../cli/lib/wattest.ts';
import { ROOT, readSource } from '../structure/sources.ts';

const page = readSource('docs/typed-programs.md');
const block = (pattern: RegExp): string => pattern.exec(page)![1]!;

describe('documents: typed programs', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  before(() => {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    folder = mkdtempSync(join(ROOT, 'build/typed-programs-'));
    writeFileSync(at('wattest.json'), block(/^```json\n([\s\S]*?)^```$/m));
    writeFileSync(at('netting.c'), block(/^```c\n\/\/ netting\.c\n([\s\S]*?)^```$/m));
    writeFileSync(at('secret.json'), JSON.stringify({ secret: `0x${'5e'.repeat(32)}` }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('the program of the page is bound, and adds up payments of 128 bits', async () => {
    const bound = await wattest(['bind', '--manifest', at('wattest.json')]);
    assert.equal(bound.code, 0, bound.err);
    const sender = `0x${'11'.repeat(20)}`;
    const amount = String(2n ** 128n - 1n);
    const payments = Array.from({ length: 16 }, () => ({ sender, amount }));
    writeFileSync(at('payments.json'), JSON.stringify({ epoch: 7, payments }));
    const given = ['--input-file', at('payments.json'), '--private-input', at('secret.json')];
    const { code, out, err } = await wattest(['run', 'Netting', '--manifest', at('wattest.json'), ...given]);
    assert.equal(code, 0, err);
    const hash = createHash('sha256').update(Buffer.alloc(32, 0x5e)).digest('hex');
    assert.match(out, new RegExp(`outputs\\.total +${16n * (2n ** 128n - 1n)}\n`));
    assert.match(out, new RegExp(`outputs\\.nullifier +0x${hash}\n`));
  });

  it('its command line takes the values that it shows', async () => {
    const [, input] = /^npx wattest run +Netting .*--input '([^']+)'/m.exec(page)!;
    const given = ['--input', input!, '--private-input', at('secret.json')];
    const { code, err } = await wattest(['run', 'Netting', '--manifest', at('wattest.json'), ...given]);
    assert.equal(code, 0, err);
  });
});
