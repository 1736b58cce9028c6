/** `wattest worker` and `wattest prove --queue`, as a user starts them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest } from '../../scripts/lib/guests.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { describeWithServer, type Server, startServer, withServer } from '../queue/lib/redis.ts';
import { KEY } from '../queue/lib/workers.ts';
import { BIN, wattest } from './lib/wattest.ts';

describeWithServer(withServer('command line, many machines'), () => {
  let server: Server;
  let folder: string;
  let wasm: string;
  let keyFile: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-far-'));
    wasm = join(folder, 'mixed.wasm');
    keyFile = join(folder, 'queue.key');
    writeFileSync(keyFile, `${KEY}\n`);
    writeFileSync(wasm, await compileGuest(join(ROOT, 'scripts/bench/guests/mixed.c')));
    server = await startServer();
  });
  after(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (): string[] => ['prove', wasm, '--invoke', 'mixed', '--args', '25', '--max-log', '14'];

  it('a worker proves what the prover gives it, and ends well when it is told to', async () => {
    const args = ['worker', '--queue', server.url, '--key-file', keyFile, '--max-log', '14', '--health', '0'];
    const worker = spawn(process.execPath, [BIN, ...args, '--name', 'far'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const told = await says(worker, /worker far is ready, (http:\S+)\/health/);
    const proof = join(folder, 'proof.json');
    const proven = await wattest([...run(), '-o', proof, '--queue', server.url], { WATTEST_QUEUE_KEY: KEY });
    assert.equal(proven.code, 0, proven.err);
    assert.match(proven.out, /^proof +\d\d,\d{3} bytes \(\d proofs of one run\)/m);
    const metrics = await (await fetch(`${told.match[1]}/metrics`)).text();
    const { shards } = JSON.parse(readFileSync(proof, 'utf8'));
    assert.match(metrics, new RegExp(`^wattest_jobs_total\\{kind="prove",outcome="done"\\} ${shards}$`, 'm'));
    const verified = await wattest(['verify', proof, '--program', wasm, '--max-log', '14']);
    assert.equal(verified.code, 0, verified.err);
    const ended = new Promise((resolve) => worker.once('close', resolve));
    worker.kill('SIGINT');
    assert.equal(await ended, 0);
    assert.match(told.all(), /^wattest: prove of shard 0, run [\da-f]{8}: done in \d+\.\d s$/m);
    assert.doesNotMatch(told.all() + proven.err, new RegExp(KEY));
  });

  it('wrap has a worker join and wrap what is in a file', async () => {
    const long = join(folder, 'long.json');
    const small = join(folder, 'small.json');
    const few = ['prove', wasm, '--invoke', 'mixed', '--args', '12', '--max-memory', '331'];
    const proven = await wattest([...few, '--transcript', 'poseidon2', '-o', long]);
    assert.equal(proven.code, 0, proven.err);
    const queue = ['--queue', server.url, '--key-file', keyFile, '--queue-name', 'wraps'];
    const worker = spawn(process.execPath, [BIN, 'worker', ...queue, '--name', 'far'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const told = await says(worker, /worker far is ready/);
    const wrapped = await wattest(['wrap', long, '-o', small, ...queue]);
    assert.equal(wrapped.code, 0, wrapped.err);
    const verified = await wattest(['verify', small, '--program', wasm]);
    assert.equal(verified.code, 0, verified.err);
    const ended = new Promise((resolve) => worker.once('close', resolve));
    worker.kill('SIGINT');
    assert.equal(await ended, 0);
    assert.match(told.all(), /^wattest: join of part 0, run [\da-f]{8}: done in /m);
    assert.match(told.all(), /^wattest: wrap of part \d, run [\da-f]{8}: done in /m);
    const away = await wattest([
      'wrap',
      long,
      '-o',
      small,
      '--queue',
      'redis://127.0.0.1:1',
      '--key-file',
      keyFile,
    ]);
    assert.match(away.err, /^wattest: \[QUEUE_UNREACHABLE\] /);
  });

  it('what is wrong with queue and secret is told before anything is begun', async () => {
    const proof = join(folder, 'none.json');
    const answer = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
      const { code, err } = await wattest([...run(), '-o', proof, ...args], env);
      assert.equal(code, 2, err);
      assert.ok(!existsSync(proof));
      return err;
    };
    const [away, without, short] = await Promise.all([
      answer(['--queue', 'redis://127.0.0.1:1', '--key-file', keyFile]),
      answer(['--queue', server.url], { WATTEST_QUEUE_KEY: '' }),
      answer(['--queue', server.url], { WATTEST_QUEUE_KEY: 'abc' }),
    ]);
    assert.match(
      away,
      /^wattest: \[QUEUE_UNREACHABLE\] redis:\/\/127[^\n]*ECONNREFUSED[^\n]*--queue[^\n]*\n$/,
    );
    assert.match(without, /^wattest: \[QUEUE_KEY_INVALID\] --key-file: [^\n]*openssl rand -hex 32[^\n]*\n$/);
    assert.match(short, /^wattest: \[QUEUE_KEY_INVALID\] [^\n]*openssl rand -hex 32[^\n]*\n$/);
    assert.doesNotMatch(short, /abc/);
  });
});

/** Resolves when the process has written this; rejects when it ends without. */
function says(
  child: ChildProcess,
  what: RegExp,
): Promise<{ readonly match: RegExpExecArray; readonly all: () => string }> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr!.on('data', (piece: Buffer) => {
      text += piece.toString();
      const match = what.exec(text);
      if (match !== null) resolve({ match, all: () => text });
    });
    child.once('close', () => reject(new Error(text)));
  });
}
