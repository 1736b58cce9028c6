import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disassembly } from '../../sdk/src/attest/inspect/disassemble.ts';
import { compileLines } from '../attest/lib/lines.ts';
import { MIXED, moduleWith } from '../attest/lib/modules.ts';
import { wattest } from './lib/wattest.ts';

describe('command line, disasm', () => {
  let folder: string;
  let mixed: string;
  const at = (name: string): string => join(folder, name);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-disasm-'));
    mixed = at('mixed.wasm');
    writeFileSync(mixed, moduleWith(MIXED));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('prints instructions with their rows, and names what is not reachable', async () => {
    const { code, out, err } = await wattest(['disasm', mixed, '--invoke', 'collatz']);
    assert.deepEqual([code, err], [0, '']);
    assert.match(
      out,
      /^trap out of bounds memory access\n +1 {2}drain .*\n +2 {2}exit +trapped: out of bounds memory access$/m,
    );
    assert.match(out, /^entry collatz$/m);
    assert.match(out, /^ +0x[\da-f]+ {2}i32\.mul\n +\d+ {2}mul +s\d+ ← s0, #3$/m);
    assert.match(out, /^ +0x[\da-f]+ {4}local\.get 0$/m);
    assert.match(out, /^routine i32\.div_s$/m);
    assert.match(
      out,
      /^Not reachable from collatz, so not translated:\n {2}function 5 "divide" \(i32\) -> \(i32\)$/m,
    );
  });

  it('prints one function, and JSON', async () => {
    const one = await wattest(['disasm', mixed, '--invoke', 'collatz', '--function', 'odd']);
    assert.match(one.out, /^function 1 "odd" \(i32\) -> \(i32\)$/m);
    assert.doesNotMatch(one.out, /entry|even/);
    const away = await wattest(['disasm', mixed, '--invoke', 'collatz', '--function', 'inner']);
    assert.match(away.out, /^ {2}not reachable from collatz$[\s\S]*i32\.div_s/m);
    const json = await wattest(['disasm', mixed, '--invoke', 'collatz', '--json']);
    assert.equal((JSON.parse(json.out) as Disassembly).sections[0]?.rows[0]?.pc, 1);
  });

  it('has lines of source where there is a source map', async () => {
    const { wasm, sourceMap } = await compileLines();
    writeFileSync(at('lines.wasm'), wasm);
    writeFileSync(at('lines.wasm.map'), sourceMap);
    const { out } = await wattest(['disasm', at('lines.wasm'), '--function', 'lines/gcd']);
    assert.match(out, /local\.get 0 +; \S*lines\.ts:3$/m);
  });

  it('keeps control characters of names off the terminal', async () => {
    const name = 'x\u001b[2J\ny';
    const names = new Map([1, 7].map((index) => [index, name]));
    const exports = [...(MIXED.exports ?? []), [name, 'func', 1] as const];
    writeFileSync(at('names.wasm'), moduleWith({ ...MIXED, names, exports }));
    for (const [command, ...args] of [
      ['disasm', '--invoke', 'collatz'],
      ['profile', '--invoke', 'collatz', '--args', '3'],
      // Traps in function 7.
      ['check', '--invoke', 'divide', '--args', '0'],
      ['inspect'],
    ] as const) {
      const { code, out } = await wattest([command, at('names.wasm'), ...args]);
      assert.equal(code, 0);
      assert.ok(out.includes('x\ufffd[2J\ufffdy') && !out.includes('\u001b'), command);
    }
  });

  it('refuses what is not there', async () => {
    for (const [args, pattern] of [
      [['disasm', mixed], /\[EXPORT_MISSING\].*--invoke.*"collatz"/],
      [['disasm', mixed, '--invoke', 'other'], /\[EXPORT_MISSING\]/],
      [
        ['disasm', mixed, '--invoke', 'collatz', '--function', 'other'],
        /\[INPUT_INVALID\].*no function "other"/,
      ],
      [['disasm', at('none.wasm')], /\[FILE_UNREADABLE\]/],
      [['disasm', mixed, '--args', '1'], /\[USAGE\]/],
      [['disasm'], /\[USAGE\]/],
    ] as const) {
      const { code, err } = await wattest(args);
      assert.equal(code, 2);
      assert.match(err, pattern);
    }
    assert.match((await wattest(['disasm', '--help'])).out, /--function/);
  });
});
