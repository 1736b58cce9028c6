/** Runs that worker processes prove over a real queue: whatever happens to workers and broker, nothing is lost and nothing left behind. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenEngine } from '../../sdk/src/attest/jobs/engine.ts';
import type { RunOrder } from '../../sdk/src/attest/jobs/order.ts';
import { proveRun } from '../../sdk/src/attest/jobs/walk.ts';
import { openSession, type Session } from '../../sdk/src/index.ts';
import { MemoryFile } from '../attest/lib/memory-file.ts';
import { plannedRun, rounds } from '../attest/lib/shards.ts';
import { eventually, leftInBroker, onFirst, provenByQueue, SHARDS } from './lib/proving.ts';
import { describeWithServer, type Server, startServer, withServer } from './lib/redis.ts';
import { optionsOf, startWorker, type WorkerProcess } from './lib/workers.ts';

describeWithServer(withServer('many machines: runs'), () => {
  let session: Session;
  let server: Server;
  let folder: string;
  let fleet: WorkerProcess[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-queue-'));
    [session, server] = await Promise.all([
      openSession({ maxLog: 14, threads: 1, onWarning: () => {} }),
      startServer({ durable: true }),
    ]);
  });
  afterEach(async () => {
    await Promise.all(fleet.map((worker) => worker.stop('SIGKILL')));
    fleet = [];
    await server.client.flushall();
  });
  after(async () => {
    await session?.dispose();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (...names: string[]): Promise<void> => {
    fleet = await Promise.all(names.map((name) => startWorker(name, optionsOf(server.url))));
  };
  const nothingLeft = (): Promise<boolean> =>
    eventually(async () => (await leftInBroker(server)).length === 0);

  it('come to the bytes of this process under the same seed, by whoever was free, and leave nothing', async () => {
    await start('one', 'two');
    let order: RunOrder | undefined;
    const around =
      (engine: OpenEngine): OpenEngine =>
      (run) => {
        order = run.order;
        return engine(run);
      };
    const { document, warnings } = await provenByQueue(session, optionsOf(server.url), { around });
    assert.equal(document.shards, SHARDS);
    assert.deepEqual(warnings, []);
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
    assert.ok(fleet.every((worker) => /prove \d done/.test(worker.output())));
    // In this process, from the seed that the prover had.
    const { terms, words, plan, seed } = order!;
    const none = Array.from({ length: SHARDS }, () => undefined);
    const begun = { terms, words, plan, seed, inputs: plan, shards: SHARDS };
    const here = await proveRun(session, {
      ...(await plannedRun(session, rounds(12))),
      resume: {
        file: new MemoryFile(),
        inputs: plan,
        kept: { ...begun, heads: none, proofs: none, parts: none, uses: undefined, root: undefined },
      },
      onProgress: () => {},
      timed: async (_phase, work) => work(),
    });
    assert.equal(document.proof, `0x${Buffer.from(here.proof).toString('hex')}`);
  });

  it('survive workers that are killed at each stage', async () => {
    const jobs = ['commit 0', 'commit 2', 'prove 1', 'prove 2'];
    const deaths = { jobs, folder };
    const names = ['one', 'two', 'three', 'four', 'five'];
    fleet = await Promise.all(names.map((name) => startWorker(name, optionsOf(server.url), { deaths })));
    const { warnings } = await provenByQueue(session, optionsOf(server.url));
    assert.deepEqual(readdirSync(folder).toSorted(), jobs);
    assert.equal(fleet.filter((worker) => worker.alive()).length, 1);
    assert.deepEqual(warnings, []);
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
  });

  it('survive a broker that is restarted, with what it had', async () => {
    await start('one', 'two');
    let restarted: Promise<void> | undefined;
    const around = onFirst('prove', () => {
      restarted = server.restart();
    });
    await provenByQueue(session, optionsOf(server.url), { around });
    await restarted;
    assert.ok(restarted !== undefined);
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
  });

  it('survive a broker that is restarted empty, where the store is another', async () => {
    const store = join(folder, 'store');
    const forgetful = await startServer();
    try {
      const options = optionsOf(forgetful.url, { store });
      fleet = await Promise.all(['one', 'two'].map((name) => startWorker(name, options)));
      let restarted: Promise<void> | undefined;
      const around = onFirst('prove', () => {
        restarted = forgetful.restart();
      });
      await provenByQueue(session, options, { around });
      await restarted;
      assert.ok(restarted !== undefined);
      assert.ok(await eventually(async () => readdirSync(store).length === 0), String(readdirSync(store)));
    } finally {
      await forgetful.close();
    }
  });

  it('go on beside each other, of two provers', async () => {
    await start('one', 'two');
    const [one, two] = await Promise.all(
      [12, 13].map((count) => provenByQueue(session, optionsOf(server.url), {}, count)),
    );
    assert.notDeepEqual(one!.document.statement, two!.document.statement);
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
  });

  it('are cancelled: the prover at once, its jobs soon, and the workers serve the next', async () => {
    await start('one');
    const controller = new AbortController();
    const around = onFirst('prove', () => controller.abort());
    const cancelled = provenByQueue(session, optionsOf(server.url), { around, signal: controller.signal });
    await assert.rejects(cancelled, { code: 'ABORTED' });
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
    await provenByQueue(session, optionsOf(server.url));
    assert.ok(fleet[0]!.alive());
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
  });

  it('of a prover that is gone are dropped, and what the store has of them', async () => {
    const store = join(folder, 'orphans');
    const options = optionsOf(server.url, { store });
    // Nobody takes the jobs; their prover says no more that it lives, as if it had been killed.
    const controller = new AbortController();
    const cancelled = provenByQueue(session, options, { signal: controller.signal }).catch(() => {});
    assert.ok(await eventually(async () => (await server.client.llen('wattest:wattest:wait')) === 2));
    const [run] = readdirSync(store);
    const entries = await server.client.keys(`wattest:wattest:${run}*`);
    assert.equal(entries.length, 2);
    await server.client.del(`wattest:wattest:life:${run}`);
    fleet = [await startWorker('one', options)];
    assert.ok(await eventually(async () => readdirSync(store).length === 0, 30_000));
    controller.abort();
    await cancelled;
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
  });
});
