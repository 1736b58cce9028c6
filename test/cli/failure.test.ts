/** The command on a run that fails: refused by default, proven and accepted where that is asked for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

describe('command line, a run that fails', () => {
  let folder: string;
  let wasm: string;
  let proof: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-failure-'));
    [wasm, proof] = [join(folder, 'divide.wasm'), join(folder, 'proof.json')];
    const code = [['local.get', 0], ['local.get', 1], 'i32.div_u'] as const;
    const parts = {
      types: ['i32 i32 -> i32'],
      functions: [{ type: 0, code }],
      exports: [['divide', 'func', 0]] as const,
    };
    writeFileSync(wasm, moduleBytes(parts));
  });
  after(() => rmSync(folder, { recursive: true }));

  const divide = (command: string, ...more: string[]): Promise<Outcome> =>
    wattest([command, wasm, '--invoke', 'divide', '--args', '7,0', ...more]);
  const verify = (...more: string[]): Promise<Outcome> =>
    wattest(['verify', proof, '--program', wasm, '--invoke', 'divide', ...more]);

  it('prove says why, where and what to do', async () => {
    const { code, err } = await divide('prove', '-o', proof);
    assert.equal(code, 1);
    assert.match(err, /\[RUN_TRAPPED\].*0x.*integer divide by zero.*--allow-failure/s);
  });

  it('check says how it ended, and balances', async () => {
    const { code, out } = await divide('check', '--json');
    const { ok, status, outcome } = JSON.parse(out);
    assert.deepEqual([code, ok, status, outcome], [0, true, 'trapped', 'trapped: integer divide by zero']);
  });

  it('prove --allow-failure proves it and warns', async () => {
    const { code, out, err } = await divide('prove', '-o', proof, '--allow-failure', '--json');
    assert.equal(code, 0, err);
    assert.match(err, /this proves a failure/);
    const { status, outcome, results } = JSON.parse(out);
    assert.deepEqual([status, outcome, results], ['trapped', 'trapped: integer divide by zero', []]);
  });

  it('verify refuses it in words, and accepts it where it is expected', async () => {
    const refused = await verify();
    assert.equal(refused.code, 1);
    assert.match(refused.err, /\[PROOF_STATUS\].*trapped: integer divide by zero.*--expect/s);
    const json = await verify('--json');
    assert.equal(json.code, 1);
    assert.equal(JSON.parse(json.out).reason, 'PROOF_STATUS');
    assert.equal((await verify('--expect', 'exited')).code, 1);
    for (const expected of ['trapped', 'any', String((2n << 32n) + 2n)]) {
      const { code, out, err } = await verify('--expect', expected);
      assert.equal(code, 0, `${expected}: ${err}`);
      assert.match(out, /status +trapped: integer divide by zero \(status 8589934594\)/);
    }
    const code = await verify('--expect', '3');
    assert.equal(code.code, 2);
    assert.match(code.err, /\[USAGE\].*4294967296 \+ exit code/s);
    const usage = await verify('--expect', 'maybe');
    assert.equal(usage.code, 2);
    assert.match(usage.err, /\[USAGE\].*returned, exited, trapped, refused, any/s);
  });
});
