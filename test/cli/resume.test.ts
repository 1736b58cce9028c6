/** A long proof whose process is killed at each stage goes on to the same bytes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest } from '../../scripts/lib/guests.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { until } from '../lib/until.ts';
import { wattest } from './lib/wattest.ts';

interface Kept {
  readonly heads: readonly (string | null)[];
  readonly proofs: readonly (string | null)[];
  readonly root: string | null;
}

describe('command line, resuming', () => {
  let folder: string;
  let run: string[];
  const at = (name: string): string => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-resume-'));
    writeFileSync(at('mixed.wasm'), await compileGuest(join(ROOT, 'scripts/bench/guests/mixed.c')));
    run = ['prove', at('mixed.wasm'), '--invoke', 'mixed', '--args', '30', '--max-log', '14'];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const keptIn = (name: string): Kept | undefined =>
    existsSync(at(name)) ? JSON.parse(readFileSync(at(name), 'utf8').split('\n')[0]!) : undefined;
  const count = (list: readonly unknown[]): number => list.filter((one) => one !== null).length;

  /** Ends a run by a signal when what it keeps has come so far. */
  async function stopped(
    signal: NodeJS.Signals,
    when: (kept: Kept) => boolean,
  ): Promise<{ code: number | null; err: string; kept: Kept }> {
    const bin = join(ROOT, 'sdk/bin/wattest.js');
    const child: ChildProcess = spawn(
      process.execPath,
      [bin, ...run, '-o', at('proof.json'), '--resume', at('run')],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let err = '';
    child.stderr!.on('data', (text: Buffer) => {
      err += text.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    let over = false;
    void ended.then(() => {
      over = true;
    });
    await until(() => {
      const kept = keptIn('run');
      assert.ok(!over, `it ended too early: ${err}`);
      return kept !== undefined && when(kept);
      // The file is large to read.
    }, 25);
    child.kill(signal);
    const code = await ended;
    assert.ok(!existsSync(at('proof.json')));
    return { code, err, kept: keptIn('run')! };
  }

  it('killed while it commits and while it proves, and interrupted, it comes to the same bytes', async () => {
    const first = await stopped('SIGKILL', ({ heads }) => count(heads) >= 1);
    const shards = first.kept.heads.length;
    assert.ok(shards >= 3);
    assert.equal(first.kept.root, null);
    assert.equal(statSync(at('run')).mode & 0o777, 0o600);
    copyFileSync(at('run'), at('copy'));
    // What a process leaves that is killed while it writes: as secret as the file.
    const leftover = at('run.123.0123abcd.tmp');
    copyFileSync(at('run'), leftover);

    const second = await stopped('SIGKILL', ({ root }) => root !== null);
    assert.equal(count(second.kept.heads), shards);
    assert.ok(!existsSync(leftover));
    const third = await stopped('SIGINT', ({ proofs }) => count(proofs) >= 1);
    assert.equal(third.code, 130, third.err);
    assert.match(
      third.err,
      /^wattest: \[ABORTED\] [^\n]*\/run: [^\n]*is kept\. [^\n]*to go on, or delete this file: it is as secret as the private inputs\.\n$/,
    );
    const done = await wattest([...run, '-o', at('proof.json'), '--resume', at('run'), '--json']);
    assert.equal(done.code, 0, done.err);
    const { resumed } = JSON.parse(done.out);
    assert.equal(resumed.commitments, shards);
    assert.ok(resumed.proofs >= 1);
    assert.ok(!existsSync(at('run')));

    const whole = await wattest([...run, '-o', at('other.json'), '--resume', at('copy')]);
    assert.equal(whole.code, 0, whole.err);
    assert.match(whole.out, /^resumed +\d commitments and 0 proofs were there$/m);
    assert.equal(readFileSync(at('proof.json'), 'utf8'), readFileSync(at('other.json'), 'utf8'));
    const verified = await wattest([
      'verify',
      at('proof.json'),
      '--program',
      at('mixed.wasm'),
      '--max-log',
      '14',
    ]);
    assert.equal(verified.code, 0, verified.err);
    // Killed while it wrote, it may leave a temporary file; nothing else.
    const left = readdirSync(folder).filter((name) => !name.endsWith('.tmp'));
    assert.deepEqual(left, ['mixed.wasm', 'other.json', 'proof.json']);
    for (const name of readdirSync(folder)) if (/^(proof|other|run|copy)/.test(name)) rmSync(at(name));
  });

  it('is of one process at a time: a second one is told who has it, and changes nothing', async () => {
    const bin = join(ROOT, 'sdk/bin/wattest.js');
    const child = spawn(process.execPath, [bin, ...run, '-o', at('proof.json'), '--resume', at('run')], {
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    try {
      await until(() => keptIn('run') !== undefined);
      const second = await wattest([...run, '-o', at('other.json'), '--resume', at('run')]);
      assert.equal(second.code, 2, second.err);
      assert.match(
        second.err,
        new RegExp(
          `^wattest: \\[RESUME_BUSY\\] [^\\n]*/run: process ${child.pid} [^\\n]*/run\\.lock[^\\n]*\\n$`,
        ),
      );
    } finally {
      child.kill('SIGINT');
      await ended;
    }
    assert.ok(keptIn('run') !== undefined);
    // Interrupted, it gave the file back.
    assert.deepEqual(readdirSync(folder).toSorted(), ['mixed.wasm', 'run']);
    rmSync(at('run'));
  });

  it('refuses a file that it cannot write, before anything is run', async () => {
    const { code, err } = await wattest([
      ...run,
      '-o',
      at('proof.json'),
      '--resume',
      join(folder, 'no', 'run'),
    ]);
    assert.equal(code, 2);
    assert.match(err, /^wattest: \[FILE_UNWRITABLE\] [^\n]*no\/run[^\n]*\n$/);
    for (const other of [at('proof.json'), at('mixed.wasm')]) {
      const same = await wattest([...run, '-o', at('proof.json'), '--resume', other]);
      assert.match(same.err, /^wattest: \[FILE_UNWRITABLE\] /);
    }
    assert.deepEqual(readdirSync(folder), ['mixed.wasm']);
  });

  it('takes nothing of other inputs, and leaves the file as it is', async () => {
    await stopped('SIGKILL', ({ heads }) => count(heads) >= 1);
    const text = readFileSync(at('run'), 'utf8');
    const other = run.map((part) => (part === '30' ? '31' : part));
    const { code, err } = await wattest([...other, '-o', at('proof.json'), '--resume', at('run')]);
    assert.equal(code, 2);
    assert.match(
      err,
      /^wattest: \[RUN_MISMATCH\] [^\n]*\/run: the run was begun with other inputs\. [^\n]*\n$/,
    );
    assert.equal(readFileSync(at('run'), 'utf8'), text);
  });
});
