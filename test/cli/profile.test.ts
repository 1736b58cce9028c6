import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProfileResult } from '../../sdk/src/attest/inspect/profile.ts';
import type { SpeedscopeFile } from '../../sdk/src/attest/inspect/profile-speedscope.ts';
import { compileLines } from '../attest/lib/lines.ts';
import { MIXED, moduleWith } from '../attest/lib/modules.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

describe('command line, profile', () => {
  let folder: string;
  let mixed: string;
  let lines: string;
  const at = (name: string): string => join(folder, name);
  const collatz = (...more: string[]): Promise<Outcome> =>
    wattest(['profile', mixed, '--invoke', 'collatz', '--args', '27', ...more]);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-profile-'));
    [mixed, lines] = [at('mixed.wasm'), at('lines.wasm')];
    writeFileSync(mixed, moduleWith(MIXED));
    const { wasm, sourceMap } = await compileLines();
    writeFileSync(lines, wasm);
    writeFileSync(`${lines}.map`, sourceMap);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('prints functions, routines and chips, and says that times are estimates', async () => {
    const { code, out, err } = await collatz();
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^status {8}returned$/m);
    assert.match(out, /^function 3 "collatz" +[\d,]+ +\d+\.\d/m);
    assert.match(out, /^function 1 "odd" +.* 41 +/m);
    assert.match(out, /^i32\.div_s +[\d,]+/m);
    assert.match(out, /^alu +[\d,]+ +\d+ +[\d,]+ +2\^\d+ /m);
    assert.match(out, /estimates .* not measurements/);
    assert.doesNotMatch(out, /more \(--top\)/);
  });

  it('lists the first functions alone with --top', async () => {
    const { out } = await collatz('--top', '1');
    assert.equal(out.match(/^function \d/gm)?.length, 1);
    assert.match(out, /^… and 5 more \(--top\)$/m);
  });

  it('writes JSON to a file or standard output, and a speedscope file', async () => {
    const written = await collatz('--json', at('profile.json'), '--speedscope', at('stacks.json'));
    assert.deepEqual([written.code, written.err], [0, '']);
    assert.match(written.out, /collatz/);
    const report = JSON.parse(readFileSync(at('profile.json'), 'utf8')) as Omit<ProfileResult, 'status'> & {
      readonly status: string;
    };
    assert.equal(
      report.functions.reduce((sum, { self }) => sum + self.rows, 0),
      report.rows,
    );
    assert.equal(report.status, 'returned');
    const stacks = JSON.parse(readFileSync(at('stacks.json'), 'utf8')) as SpeedscopeFile;
    assert.equal(stacks.profiles[0]?.endValue, report.rows);
    const printed = await collatz('--json');
    assert.deepEqual(JSON.parse(printed.out), report);
  });

  it('finds the source map beside the module, or the one that is named', async () => {
    const run = ['profile', lines, '--invoke', 'main', '--args', '20', '--lines'];
    const found = await wattest(run);
    assert.deepEqual([found.code, found.err], [0, '']);
    assert.match(found.out, /^\S*lines\.ts:3 +[\d,]+ +\d+\.\d +360$/m);
    assert.match(found.out, /^without a line /m);
    writeFileSync(at('alone.wasm'), readFileSync(lines));
    rmSync(`${lines}.map`);
    try {
      const absent = await wattest(run);
      assert.equal(absent.code, 0);
      assert.match(absent.err, /the source map that the module names, .*lines\.wasm\.map, cannot be read/);
      assert.match(absent.err, /no lines: the module has no source map/);
    } finally {
      writeFileSync(`${lines}.map`, (await compileLines()).sourceMap);
    }
    const named = await wattest([...run, '--source-map', `${lines}.map`]);
    assert.match(named.out, /lines\.ts:3 /);
  });

  it('reads no source map outside of the folder of the module', async () => {
    for (const url of ['../lines.wasm.map', 'file:///etc/passwd']) {
      writeFileSync(at('away.wasm'), moduleWith(MIXED, url));
      const { code, err } = await wattest(['profile', at('away.wasm'), '--invoke', 'collatz', '--args', '1']);
      assert.equal(code, 0);
      assert.match(err, /is not in the module's folder; name it with --source-map/);
    }
  });

  it('says where a run trapped, with the line of its source', async () => {
    const { code, out } = await wattest(['profile', lines, '--invoke', 'main', '--args', '30']);
    assert.equal(code, 0);
    assert.match(
      out,
      /^status +trapped: integer divide by zero, at function 2 "lines\/main", .*lines\.ts:18\)$/m,
    );
    const check = await wattest(['check', lines, '--invoke', 'main', '--args', '30']);
    assert.match(check.out, /^status +trapped: integer divide by zero, .*lines\.ts:18\)$/m);
    const named = ['--invoke', 'main', '--args', '30', '--source-map', `${lines}.map`];
    writeFileSync(at('bare.wasm'), readFileSync(lines));
    for (const command of ['run', 'check']) {
      assert.match((await wattest([command, at('bare.wasm'), ...named])).out, /lines\.ts:18\)/, command);
    }
    const run = await wattest(['run', lines, '--invoke', 'main', '--args', '30']);
    assert.equal(run.code, 1);
    assert.match(run.out, /wasm offset 0x[\da-f]+ \(.*lines\.ts:18\)/);
  });

  it('refuses bad options and files before it runs', async () => {
    const refusals: [string[], RegExp][] = [
      [['--max-instructions', '0'], /\[USAGE\]/],
      [['--source-map', at('none.map')], /\[FILE_UNREADABLE\]/],
      [['--source-map', mixed], /\[INPUT_INVALID\].*not a source map/],
      [['--json', at('none/profile.json')], /\[FILE_UNWRITABLE\]/],
      [['--speedscope', mixed], /\[FILE_UNWRITABLE\]/],
      [['--flame'], /\[USAGE\].*unknown option/],
    ];
    for (const [options, pattern] of refusals) {
      const { code, out, err } = await collatz(...options);
      assert.deepEqual([code, out], [2, ''], options.join(' '));
      assert.match(err, pattern);
    }
    assert.ok(!existsSync(at('none')));
  });

  it('has a help text', async () => {
    const { code, out } = await wattest(['profile', '--help']);
    assert.equal(code, 0);
    for (const option of ['--invoke', '--top', '--lines', '--source-map', '--json', '--speedscope']) {
      assert.ok(out.includes(option), option);
    }
  });
});
