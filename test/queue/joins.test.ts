/** Runs that worker processes join and wrap over a real queue: whatever happens to workers, it comes to a small proof, and nothing is left behind. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession, type ProofDocument, type Session, verify, wrap } from '../../sdk/src/index.ts';
import { openQueue } from '../../sdk/src/queue.ts';
import { proveInShards, rounds } from '../attest/lib/shards.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';
import { eventually, leftInBroker } from './lib/proving.ts';
import { describeWithServer, type Server, startServer, withServer } from './lib/redis.ts';
import { optionsOf, startWorker, type WorkerProcess } from './lib/workers.ts';

/** As many powers of τ as joins take. */
const MAX_LOG = 17;
/** Long enough for a worker that makes the keys of joins. */
const LOCK_SECONDS = 30;

describeWithServer(withServer('many machines: joins'), () => {
  let session: Session;
  let server: Server;
  let folder: string;
  let fleet: WorkerProcess[] = [];
  let document: ProofDocument;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-joins-'));
    [session, server] = await Promise.all([
      openSession({ maxLog: MAX_LOG, threads: 1, onWarning: () => {} }),
      startServer(),
    ]);
    ({ document } = await proveInShards(session, { ...rounds(45), transcript: 'poseidon2' }));
    // Workers find in the cache what is made here: they would all make it at the same time.
    await session.joins();
  });
  after(async () => {
    await Promise.all(fleet.map((worker) => worker.stop('SIGKILL')));
    await session?.dispose();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const nothingLeft = (): Promise<boolean> =>
    eventually(async () => (await leftInBroker(server)).length === 0, 60_000);

  it('come to a small proof, though a worker is killed in a join and one in the wrap, and a wrong proof comes back; an abort leaves nothing', async () => {
    // Two leaves, the second one of the closing shard alone, and their join.
    assert.equal(document.shards, 5);
    const lies = { jobs: ['join 2'], folder };
    // The leaf of one shard is the quickest one to do again.
    const deaths = { jobs: ['join 1', 'wrap 3'], folder };
    const options = { ...optionsOf(server.url), lockSeconds: LOCK_SECONDS };
    fleet = await Promise.all(
      ['one', 'two', 'three'].map((name) => startWorker(name, options, { maxLog: MAX_LOG, lies, deaths })),
    );
    const warnings: string[] = [];
    await using queue = await openQueue({
      ...optionsOf(server.url),
      lookMs: 500,
      onWarning: (message) => warnings.push(message),
    });
    const engine = queue.joinEngine;
    const fractions: number[] = [];
    const small = await wrap(session, {
      document,
      engine,
      onProgress: ({ fraction }) => fractions.push(fraction),
    });
    const accepted = await verify(session, { document: small, wasm: ROUNDS });
    assert.deepEqual([small.kind, small.shards], ['joined', 1]);
    assert.deepEqual(accepted.statement, document.statement);
    assert.deepEqual(
      fractions,
      fractions.toSorted((a, b) => a - b),
    );
    // Whoever was killed, and whoever lied.
    assert.deepEqual(readdirSync(folder).toSorted(), ['join 1', 'join 2', 'wrap 3']);
    assert.equal(fleet.filter((worker) => worker.alive()).length, 1);
    const liar = readFileSync(join(folder, 'join 2'), 'utf8');
    assert.deepEqual(warnings, [
      `worker ${liar} sent a proof (join 2) that does not convince; it is made once more`,
    ]);
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));

    const controller = new AbortController();
    const onProgress = ({ phase }: { readonly phase: string }): void => {
      if (/^joining \d/.test(phase)) controller.abort();
    };
    const aborted = wrap(session, { document, engine, onProgress, signal: controller.signal });
    await assert.rejects(aborted, { code: 'ABORTED' });
    assert.ok(await nothingLeft(), String(await leftInBroker(server)));
  });
});
