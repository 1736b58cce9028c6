/** A WASI program on the command line: it behaves as the program would. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { BIN, wattest } from './lib/wattest.ts';

const CSV = 'Ada,4100\nGrace,3900\nAlan,2750\n';
const EXPECTED = 'people: 3\ntotal: 10750\nmedian: 3900\nbelow 2000: 0\n';

describe('command line, WASI', () => {
  let folder: string;
  let payroll: string;
  let csv: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-wasi-'));
    payroll = join(folder, 'payroll.wasm');
    csv = join(folder, 'table.csv');
    writeFileSync(payroll, await compileGuest((await readExample('payroll')).source));
    writeFileSync(csv, CSV);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Asks for the time, prints without a newline. */
  const clock = async (): Promise<string> => {
    const [source, module] = [join(folder, 'clock.c'), join(folder, 'clock.wasm')];
    writeFileSync(
      source,
      '#include <stdio.h>\n#include <time.h>\nint\nmain (void) { printf(time(0) ? "no newline" : "-"); }\n',
    );
    writeFileSync(module, await compileGuest(source));
    return module;
  };

  it('run prints what the program prints, and the figures on standard error', async () => {
    const { code, out, err } = await wattest(
      ['run', payroll, '--stdin', '-', '--private-stdin', csv],
      {},
      '2000\n',
    );
    assert.equal(code, 0, err);
    assert.equal(out, EXPECTED);
    assert.match(err, /^status +returned$/m);
    assert.match(err, /^outputs +50 bytes of standard output$/m);
    assert.ok(!err.includes('warning'));
  });

  it('--json has text and words', async () => {
    const { code, out } = await wattest(
      ['run', payroll, '--stdin', '-', '--private-stdin', csv, '--json'],
      {},
      '2000',
    );
    assert.equal(code, 0);
    const json = JSON.parse(out);
    assert.equal(json.stdout, EXPECTED);
    assert.equal(json.outputs.at(-1), String(EXPECTED.length));
    assert.equal(json.outputs.length, 8);
  });

  it("the program's exit code is the command's, its standard error goes to standard error", async () => {
    const failing = await wattest(['run', payroll, '--stdin', '-', '--private-stdin', csv], {}, '4000\n');
    assert.equal(failing.code, 1);
    assert.match(failing.out, /below 4000: 2\n$/);
    assert.match(failing.err, /^status +exited with code 1$/m);
    const empty = await wattest(['run', payroll, '--json'], {}, 'not read');
    assert.equal(empty.code, 2);
    const [message, warning, ...more] = empty.err.split('\n');
    assert.equal(message, 'no minimum wage on standard input');
    assert.match(warning ?? '', /^wattest: warning: standard input was read but not given/);
    assert.deepEqual(more, ['']);
    const { exitCode, status, stdout } = JSON.parse(empty.out);
    assert.deepEqual([exitCode, status, stdout], [2, 'exited', '']);
  });

  it('check takes the same streams and shows nothing that is private', async () => {
    const { code, out, err } = await wattest(
      ['check', payroll, '--stdin', '-', '--private-stdin', csv],
      {},
      '2000\n',
    );
    assert.equal(code, 0, err);
    assert.match(out, /every constraint holds/);
    assert.ok(!`${out}${err}`.includes('Grace'));
  });

  it('prove and verify show what the program printed', async () => {
    const proof = join(folder, 'proof.json');
    const inputs = ['--stdin', '-', '--private-stdin', csv];
    const proven = await wattest(['prove', payroll, ...inputs, '-o', proof], {}, '2000\n');
    assert.equal(proven.code, 0, proven.err);
    const { code, out, err } = await wattest(['verify', proof, '--program', payroll]);
    assert.equal(code, 0, err);
    for (const table of [proven.out, out]) {
      assert.match(table, /^stdout +people: 3\n +total: 10750\n +median: 3900\n +below 2000: 0\n(?! )/m);
    }
    const json = JSON.parse((await wattest(['verify', proof, '--program', payroll, '--json'])).out);
    assert.equal(json.stdout, EXPECTED);
  });

  it('says where a private stream is read but not given, and what the prover chooses', async () => {
    const { err } = await wattest(['run', payroll, '--stdin', '-'], {}, '2000\n');
    assert.match(err, /^wattest: warning: file 3 was read, but no private standard input was given/m);
    const asked = await wattest(['run', await clock()]);
    assert.equal(asked.out, 'no newline');
    assert.match(asked.err, /^wattest: warning: the program asks for the time: whoever proves chooses/m);
  });

  const terminal = spawnSync('script', ['--version']).error === undefined;
  (terminal ? it : it.skip)(
    'leaves the last line of the program on a terminal (needs the command script)',
    async () => {
      const command = `${process.execPath} ${BIN} run ${await clock()}`;
      const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
      assert.match(stdout, /^no newline\r?\n/);
      assert.ok(stdout.includes('[2K'), 'the bar did not show');
    },
  );

  it('says where a private stream is not read', async () => {
    const wordfreq = join(folder, 'wordfreq.wasm');
    writeFileSync(wordfreq, await compileGuest((await readExample('wordfreq')).source));
    for (const command of ['run', 'check', 'profile']) {
      const args = [command, wordfreq, '--stdin', '-', '--private-stdin', csv];
      const { code, err } = await wattest(args, {}, 'a word');
      assert.equal(code, 0, err);
      assert.match(err, /^wattest: warning: the private standard input was not read: file 3/m);
    }
  });

  it('verify shows the first public words alone', async () => {
    const [wasm, proof] = [join(folder, 'wordfreq.wasm'), join(folder, 'words.json')];
    const proven = await wattest(['prove', wasm, '--stdin', '-', '-o', proof], {}, 'word '.repeat(40));
    assert.equal(proven.code, 0, proven.err);
    const { out } = await wattest(['verify', proof, '--program', wasm]);
    // 26 input words: their number of bytes, and 200 bytes.
    assert.match(out, /^public inputs +200(, \d+){7}\n +\d+(, \d+){7}\n +… 10 more \(--json shows all\)$/m);
  });

  it('one line for what is wrong', async () => {
    const refused = async (name: string, ...args: string[]): Promise<void> => {
      const { code, err, out } = await wattest(['run', payroll, ...args]);
      assert.equal(code, 2);
      assert.match(err, new RegExp(`^wattest: \\[${name}\\] [^\\n]+\\n$`));
      assert.equal(out, '');
    };
    await refused('USAGE', '--stdin', '-', '--private-stdin', '-');
    await refused('FILE_UNREADABLE', '--stdin', join(folder, 'none'));
    await refused('EXPORT_MISSING', '--invoke', 'main2');
  });
});
