/** Jobs of a run: done anywhere, in any order and twice they come out the same; what comes back bad is made again, or ends the run. */
import assert from 'node:assert/strict';
import { inThisProcess, type JobEngine, type OpenEngine } from '../../sdk/src/attest/jobs/engine.ts';
import type { JobOptions, ProveJob } from '../../sdk/src/attest/jobs/jobs.ts';
import { type OpenRun, openRun, tokenOf } from '../../sdk/src/attest/jobs/open.ts';
import { decodeOrder, encodeOrder, type RunOrder } from '../../sdk/src/attest/jobs/order.ts';
import { openSession, type ProofDocument, type Session, verify } from '../../sdk/src/index.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';
import { edited, MemoryFile } from './lib/memory-file.ts';
import { orderOf, plannedRun, proveInShards, rounds } from './lib/shards.ts';

describe('jobs of a run', () => {
  let session: Session;
  before(async () => {
    session = await openSession({ maxLog: 14, onWarning: () => {} });
  });
  after(() => session.dispose());

  const verified = (document: ProofDocument): Promise<unknown> => verify(session, { document, wasm: ROUNDS });

  /** An engine of this process, some of whose jobs go otherwise. */
  const engineWith =
    (change: (engine: JobEngine) => Partial<JobEngine>): OpenEngine =>
    async (run) => {
      const engine = await inThisProcess(run);
      return { ...engine, ...change(engine) };
    };

  /** Everything that an engine gave, from which a run can be repeated. */
  async function recorded(): Promise<{ file: MemoryFile; document: ProofDocument; texts: string[] }> {
    const file = new MemoryFile();
    const { document } = await proveInShards(session, rounds(8), {}, file);
    return { file, document, texts: file.texts };
  }

  it('an order survives as text, and another one is refused', async () => {
    const planned = await plannedRun(session, rounds(8));
    const order: RunOrder = {
      ...orderOf(planned),
      words: [
        { source: 'clock', which: 0, word: 2n ** 64n - 1n },
        { source: 'stream', which: 0, word: undefined },
      ],
      least: { alu: 6 },
    };
    const { inputs } = order;
    assert.deepEqual(decodeOrder(encodeOrder(order)), {
      ...order,
      inputs: { args: inputs.args, publicInputs: [], privateInputs: inputs.privateInputs },
    });
    for (const text of ['', '{}', encodeOrder(order).replace('"seed":"0x', '"seed":"0y')])
      assert.throws(() => decodeOrder(text), { code: 'RUN_MISMATCH' });
  });

  it('from module and order alone come out the same, whoever does them, in any order, twice', async () => {
    const planned = await plannedRun(session, rounds(20));
    const order = orderOf(planned);
    const [here, there] = [
      await openRun(session, ROUNDS, order, { known: planned.known }),
      await openRun(session, ROUNDS, decodeOrder(encodeOrder(order))),
    ];
    try {
      assert.equal(here.shards, there.shards);
      for (const shard of [2, 0, 2]) {
        const [a, b] = [await here.commit({ shard }), await there.commit({ shard })];
        assert.deepEqual(a, b);
        // The other one has another place in the run by then.
        await there.commit({ shard: 1 });
      }
      const { head } = await here.commit({ shard: 1 });
      const root = new Uint8Array(32).fill(3);
      const job: ProveJob = {
        shard: 1,
        shards: here.shards,
        head,
        root: `0x${'03'.repeat(32)}`,
        token: tokenOf(order, root),
      };
      assert.deepEqual(await here.prove(job), await there.prove(job));
      const another = `0x${'04'.repeat(32)}` as const;
      for (const changed of [{ root: another }, { token: another }, { shards: here.shards + 1 }]) {
        await assert.rejects(
          async () => there.prove({ ...job, ...changed }),
          { code: 'RUN_MISMATCH', message: /written down/ },
          Object.keys(changed)[0],
        );
      }
      const closing = here.shards - 1;
      await assert.rejects(async () => there.commit({ shard: closing }), { code: 'RUN_MISMATCH' });
      await assert.rejects(async () => there.commit({ shard: closing, uses: new Uint8Array(8) }), {
        code: 'RUN_MISMATCH',
      });
    } finally {
      await Promise.all([here, there].map((run) => run.dispose()));
    }
  });

  it('of another module, entry, key, version, plan are refused', async () => {
    const order = orderOf(await plannedRun(session, rounds(8)));
    const { terms } = order;
    const refused = (changed: Partial<RunOrder>, message: RegExp, wasm = ROUNDS): Promise<void> =>
      assert.rejects(openRun(session, wasm, { ...order, ...changed }), { code: 'RUN_MISMATCH', message });
    await refused({}, /another module/, ROUNDS.slice(0, -1));
    await refused({ terms: { ...terms, system: '0' } }, /another version/);
    await refused({ terms: { ...terms, keys: `0x${'11'.repeat(32)}` } }, /other keys/);
    await refused({ programId: `0x${'11'.repeat(32)}` }, /another plan/);
    await refused({ least: { alu: 6 } }, /another plan/);
    await refused({ words: [{ source: 'random', which: 0, word: 1n }] }, /another plan/);
    const { limits } = order;
    await refused({ limits: { ...limits, heights: { ...limits.heights, boundary: 4 } } }, /another plan/);
    const { inputs } = order;
    await refused({ inputs: { ...inputs, privateInputs: [5n] } }, /another plan/);
    await refused({ inputs: { ...inputs, args: [9n] } }, /another plan/);
  });

  it('done three at a time, last ones first: the same bytes', async () => {
    const { document, texts } = await recorded();
    // The same seed, nothing done.
    const bare = edited(texts[0]!, (kept) => {
      kept.heads.fill(null);
      kept.uses = null;
    });
    const others: OpenRun[] = [];
    const waiting: (() => Promise<void>)[] = [];
    let most = 0;
    let busy = false;
    /** One session does one thing at a time, the youngest first. */
    const pump = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      await new Promise((resolve) => setTimeout(resolve, 20));
      while (waiting.length > 0) {
        most = Math.max(most, waiting.length);
        await waiting.pop()!();
      }
      busy = false;
    };
    const inTurn = <T>(work: (run: OpenRun) => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        waiting.push(() => work(others[most % 3]!).then(resolve, reject));
        void pump();
      });
    const lanes: OpenEngine = async ({ wasm, order }) => {
      for (let i = 0; i < 3; i++) others.push(await openRun(session, wasm, order));
      return {
        concurrency: 3,
        commit: (job, options) => inTurn((run) => run.commit(job, options)),
        prove: (job, options) => inTurn((run) => run.prove(job, options)),
        dispose: async () => {
          await Promise.all(others.map((run) => run.dispose()));
        },
      };
    };
    const again = await proveInShards(session, rounds(8), { engine: lanes }, new MemoryFile(bare));
    assert.equal(again.document.proof, document.proof);
    assert.equal(most, 3);
  });

  it('that fail end the others, and the engine is told', async () => {
    const log: string[] = [];
    const engine = engineWith((here) => ({
      concurrency: 2,
      commit: async (job, options) => {
        if (job.shard !== 0) {
          log.push(`commit ${job.shard}`);
          await new Promise((resolve) => options.signal?.addEventListener('abort', resolve));
          log.push('stopped');
          throw Object.assign(new Error('aborted'), { name: 'WattestError', code: 'ABORTED' });
        }
        throw new Error('no room');
      },
      dispose: async () => {
        log.push('disposed');
        await here.dispose();
      },
    }));
    await assert.rejects(proveInShards(session, rounds(8), { engine }), /no room/);
    assert.deepEqual(log, ['commit 1', 'stopped', 'disposed']);
  });

  describe('that come back bad', () => {
    /** Proofs of shard 1 with a byte changed, the first `bad` times; how often each kind of job was done. */
    function bent(bad: number): { engine: OpenEngine; done: Record<string, number> } {
      const done: Record<string, number> = { commit: 0, prove: 0, seeds: 0 };
      const engine = engineWith((here) => {
        done['seeds']!++;
        return {
          workerOf: (shard) => `worker ${shard}`,
          commit: (job, options: JobOptions) => {
            done['commit']!++;
            return here.commit(job, options);
          },
          prove: async (job, options: JobOptions) => {
            done['prove']!++;
            const { proof } = await here.prove(job, options);
            if (job.shard !== 1 || bad-- <= 0) return { proof };
            return { proof: proof.with(proof.length - 40, proof.at(-40)! ^ 1) };
          },
        };
      });
      return { engine, done };
    }

    it('once: are made again', async () => {
      const { engine, done } = bent(1);
      const { document } = await proveInShards(session, rounds(8), { engine });
      await verified(document);
      assert.deepEqual(done, { commit: document.shards, prove: document.shards + 1, seeds: 1 });
    });

    it('twice: end the run, which begins anew under another seed', async () => {
      const { engine, done } = bent(2);
      const file = new MemoryFile();
      const { document } = await proveInShards(session, rounds(8), { engine }, file);
      await verified(document);
      const { shards } = document;
      assert.deepEqual(done, { commit: 2 * shards, prove: 1 + 2 + shards, seeds: 2 });
      const seeds = new Set(file.texts.map((text) => JSON.parse(text.split('\n')[0]!).seed));
      assert.equal(seeds.size, 2);
    });

    it('again and again: are an error that names shard and worker', async () => {
      const { engine, done } = bent(100);
      await assert.rejects(proveInShards(session, rounds(8), { engine }), {
        code: 'SHARD_REFUSED',
        message: /^shard 1, worker 1: .*convince/,
      });
      assert.equal(done['seeds'], 2);
    });

    it('commitments: to other heights, off the curve, of other rows than are proven', async () => {
      const change = async (of: (head: Uint8Array) => Uint8Array): Promise<void> => {
        const engine = engineWith((here) => ({
          commit: async (job, options) => {
            const result = await here.commit(job, options);
            return job.shard === 1 ? { ...result, head: of(result.head) } : result;
          },
        }));
        await assert.rejects(proveInShards(session, rounds(8), { engine }), {
          code: 'SHARD_REFUSED',
          message: /^shard 1: /,
        });
      };
      await change((head) => head.with(0, head[0]! + 1));
      await change((head) => head.with(40, head[40]! ^ 1));
      await change((head) => head.slice(0, -1));
      // Another point of the curve: what was committed to is found out when it is proven.
      await change((head) => {
        const other = head.slice();
        other.copyWithin(32, 96, 160);
        return other;
      });
    });

    it('counters that are not those of the rows', async () => {
      const engine = engineWith((here) => ({
        commit: async (job, options) => {
          const result = await here.commit(job, options);
          if (result.uses !== undefined && job.shard === 0) result.uses[8]! += 1;
          return result;
        },
      }));
      await assert.rejects(proveInShards(session, rounds(8), { engine }), { code: 'SHARD_REFUSED' });
    });
  });
});
