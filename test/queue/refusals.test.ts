/** What goes wrong with queues, stores and workers, each by name and with who it was. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { openSession, type Session } from '../../sdk/src/index.ts';
import { MACHINE_VERSION } from '../../sdk/src/machine/system.ts';
import { folderStore } from '../../sdk/src/queue/store/folder.ts';
import { openQueue, openWorker, type QueueWorker } from '../../sdk/src/queue.ts';
import { orderOf, plannedRun, rounds } from '../attest/lib/shards.ts';
import { eventually, leftInBroker, onFirst, provenByQueue } from './lib/proving.ts';
import { describeWithServer, type Server, startServer, withServer } from './lib/redis.ts';
import { optionsOf, startWorker, type WorkerProcess } from './lib/workers.ts';

describeWithServer(withServer('many machines: refusals'), () => {
  let session: Session;
  let server: Server;
  let fleet: WorkerProcess[] = [];
  const refused: string[] = [];
  before(async () => {
    [session, server] = await Promise.all([
      openSession({ maxLog: 14, threads: 1, onWarning: () => {} }),
      startServer(),
    ]);
  });
  afterEach(async () => {
    await Promise.all(fleet.map((worker) => worker.stop('SIGKILL')));
    fleet = [];
    await server.client.flushall();
    refused.length = 0;
  });
  after(async () => {
    await session?.dispose();
    await server?.close();
  });
  /** In this process. */
  const worker = (more: Partial<Parameters<typeof openWorker>[1]> = {}): Promise<QueueWorker> =>
    openWorker(session, {
      ...optionsOf(server.url),
      name: 'here',
      lockSeconds: 3,
      onWarning: (message) => refused.push(message),
      ...more,
    });

  it('a wrong proof is not used, its worker named, and another one asked', async () => {
    fleet = await Promise.all([
      startWorker('liar', optionsOf(server.url), { badProofs: true }),
      startWorker('honest', optionsOf(server.url)),
    ]);
    const { warnings } = await provenByQueue(session, optionsOf(server.url));
    assert.ok(warnings.length > 0);
    for (const warning of warnings) {
      assert.match(
        warning,
        /^worker liar sent a proof of shard \d that does not convince; it is made once more$/,
      );
    }
  });

  it('wrong proofs alone end the run, by the name of the worker', async () => {
    fleet = [await startWorker('liar', optionsOf(server.url), { badProofs: true })];
    await assert.rejects(provenByQueue(session, optionsOf(server.url)), {
      code: 'SHARD_REFUSED',
      message: /^shard \d, liar: /,
    });
  });

  it('a worker with another secret refuses, gives the job back, and both ends say why', async () => {
    await using foreign = await worker({ secret: '0a1b'.repeat(16) });
    const ended = assert.rejects(foreign.ended, {
      code: 'WORKER_MISMATCH',
      message: /^worker here: run [\da-f]{32} is sealed with another secret$/,
    });
    const proving = provenByQueue(session, optionsOf(server.url));
    const failing = assert.rejects(proving, {
      code: 'WORKER_MISMATCH',
      message: /no worker of this queue can take part: here \(sealed with another secret\)$/,
    });
    await ended;
    await foreign.dispose();
    await failing;
  });

  for (const [what, change, why] of [
    ['of another version', { system: 'wattest 0' }, /^of machine wattest 0, this is /],
    ['under another key or machine', { keys: `0x${'12'.repeat(32)}` }, /^under other keys \(/],
  ] as const) {
    it(`a worker refuses a run ${what}, and leaves the job for others`, async () => {
      const connection = server.client.duplicate();
      const jobs = new Queue('wattest', { connection, prefix: 'wattest' });
      try {
        // As a prover of the other kind would give it.
        const message = {
          run: 'ab'.repeat(16),
          kind: 'commit',
          shard: 0,
          again: 0,
          system: MACHINE_VERSION,
          transcript: 'keccak256',
          keys: `0x${'12'.repeat(32)}`,
          secret: '00',
          without: [],
          sealed: '',
          ...change,
        };
        await jobs.add('commit', message, { jobId: 'other' });
        await using here = await worker();
        await assert.rejects(here.ended, {
          code: 'WORKER_MISMATCH',
          message: new RegExp(why.source.slice(1)),
        });
        assert.equal(await jobs.getJobState('other'), 'waiting');
        assert.equal((await jobs.getJob('other'))?.attemptsMade, 0);
      } finally {
        await jobs.close();
        connection.disconnect();
      }
    });
  }

  it('a job that names no run touches nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-near-'));
    const store = join(folder, 'store');
    const connection = server.client.duplicate();
    const jobs = new Queue('wattest', { connection, prefix: 'wattest' });
    const failed: (string | undefined)[] = [];
    try {
      mkdirSync(store);
      writeFileSync(join(folder, 'precious'), '');
      await using here = await worker({ store, onJob: ({ code }) => failed.push(code) });
      for (const run of ['..', '.', '', '../x', 'AB'.repeat(16), 7, null]) {
        const message = {
          run,
          kind: 'commit',
          shard: 0,
          again: 0,
          system: MACHINE_VERSION,
          transcript: 'keccak256',
          keys: '',
          secret: '',
          without: [],
          sealed: '',
        };
        await jobs.add('commit', message);
      }
      await jobs.add('commit', 'no object');
      assert.ok(await eventually(async () => failed.length === 8), String(failed));
      assert.ok(
        failed.every((code) => code === 'WORKER_MISMATCH'),
        String(failed),
      );
      assert.deepEqual(readdirSync(folder).toSorted(), ['precious', 'store']);
      assert.ok(here.name === 'here');
    } finally {
      await jobs.close();
      connection.disconnect();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('a queue that cannot be reached is told before anything is begun', async () => {
    for (const at of [
      'user:password@127.0.0.1:1',
      '127.0.0.1:1?username=user&password=password',
      '127.0.0.1:1#password',
    ])
      await assert.rejects(openQueue(optionsOf(`redis://${at}`)), (error: Error) => {
        assert.equal((error as Error & { code: string }).code, 'QUEUE_UNREACHABLE');
        assert.match(error.message, /^redis:\/\/127\.0\.0\.1:1: [^\n]*ECONNREFUSED/);
        assert.doesNotMatch(error.message, /password/);
        return true;
      });
    for (const url of ['', 'nothing', 'http://127.0.0.1:1', 'redis://'])
      await assert.rejects(openQueue(optionsOf(url)), { code: 'INPUT_INVALID' });
    for (const secret of ['', 'ab', '00'.repeat(32), 'xy'.repeat(32)])
      await assert.rejects(openQueue(optionsOf(server.url, { secret })), { code: 'QUEUE_KEY_INVALID' });
    await assert.rejects(openQueue(optionsOf(server.url, { store: 'ftp://host' })), {
      code: 'INPUT_INVALID',
    });
    await assert.rejects(openQueue(optionsOf(server.url, { queueName: 'a:b' })), { code: 'INPUT_INVALID' });
  });

  it('a connection that is lost for good is told, and what was done of the run is kept', async () => {
    const lost = await startServer();
    const away = await startWorker('away', { ...optionsOf(lost.url), lostAfterMs: 1000 });
    fleet = [away];
    const around = onFirst('prove', () => void lost.kill());
    const proving = provenByQueue(session, optionsOf(lost.url), { around, lostAfterMs: 1000 });
    await assert.rejects(proving, {
      code: 'QUEUE_LOST',
      message: /^redis:\/\/127[^\n]*connection to the queue is lost/,
    });
    await away.saying('QUEUE_LOST: ');
    assert.match(away.output(), /^QUEUE_LOST: redis:\/\/127[^\n]*connection to the queue is lost/m);
    // And ends by itself.
    assert.ok(await eventually(async () => !away.alive()));
    await lost.close();
  });

  it('a broker without room for a module says so, and keeps nothing of the run', async () => {
    const { known, order, wasm } = await plannedRun(session, rounds(12));
    const run = {
      wasm: new Uint8Array([...wasm, ...new Uint8Array(2 ** 22)]),
      order: orderOf({ known, order }),
      plan: known.plan,
      shards: known.plan.shards.length + 1,
      open: () => assert.fail('no job is done here'),
    };
    await using queue = await openQueue(optionsOf(server.url));
    const used = Number(/used_memory:(\d+)/.exec(await server.client.info('memory'))![1]);
    await server.client.config('SET', 'maxmemory', String(used + 2 ** 20));
    try {
      await assert.rejects(queue.engine(run), {
        code: 'STORE_FULL',
        message: /^redis:[^\n]*takes nothing more \(OOM /,
      });
    } finally {
      await server.client.config('SET', 'maxmemory', '0');
    }
    assert.deepEqual(await leftInBroker(server), []);
  });

  it('a store that is full is told by name, of the broker and of a folder', async () => {
    await server.client.config('SET', 'maxmemory', '1mb');
    try {
      await assert.rejects(provenByQueue(session, optionsOf(server.url)), {
        code: 'STORE_FULL',
        message: /^redis:[^\n]*takes nothing more \(OOM /,
      });
    } finally {
      await server.client.config('SET', 'maxmemory', '0');
    }
    const none = folderStore('/dev/null/folder');
    await assert.rejects(none.write('ab'.repeat(16), 'order', new Uint8Array(1)), { code: 'STORE_FAILED' });
    const folder = mkdtempSync(join(tmpdir(), 'wattest-full-'));
    try {
      // Its files may have no more than a kilobyte.
      const limited = await startWorker('limited', optionsOf(server.url, { store: folder }), {
        fileBytes: 1024,
      });
      fleet = [limited];
      const proving = provenByQueue(session, optionsOf(server.url, { store: folder }), { attempts: 2 });
      await assert.rejects(proving, {
        code: 'STORE_FULL',
        message: /worker limited: [^\n]*takes nothing more/,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('health and metrics say how the worker does, and nothing of a run', async () => {
    await using here = await worker({ healthPort: 0 });
    const { document } = await provenByQueue(session, optionsOf(server.url));
    const answer = await fetch(`${here.healthUrl}/health`);
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { worker: 'here', queue: 'wattest', connected: true, busy: false });
    const counted = async (): Promise<string> => (await fetch(`${here.healthUrl}/metrics`)).text();
    const text = await counted();
    assert.match(text, /^wattest_jobs_total\{kind="commit",outcome="done"\} 3$/m);
    assert.match(text, /^wattest_jobs_total\{kind="prove",outcome="done"\} 3$/m);
    assert.match(text, /^wattest_job_seconds_count\{kind="prove"\} 3$/m);
    assert.match(text, /^wattest_queue_jobs\{state="(?:wait|waiting)"\} 0$/m);
    assert.match(text, /^wattest_worker_busy 0$/m);
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
    assert.doesNotMatch(text, new RegExp(document.programId.slice(2)));
    assert.equal((await fetch(`${here.healthUrl}/other`)).status, 404);
    await assert.rejects(worker({ healthPort: Number(new URL(here.healthUrl!).port) }), {
      code: 'INPUT_INVALID',
    });
    await server.kill();
    assert.ok(await eventually(async () => (await fetch(`${here.healthUrl}/health`)).status === 503));
    await server.restart();
    assert.ok(await eventually(async () => (await fetch(`${here.healthUrl}/health`)).status === 200));
  });
});
