/** What lies in stores and goes through brokers: sealed, for the run and the name that it is of, and nothing in clear. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenEngine } from '../../sdk/src/attest/jobs/engine.ts';
import { encodeOrder, type RunOrder } from '../../sdk/src/attest/jobs/order.ts';
import { openSession, type Session } from '../../sdk/src/index.ts';
import { openBroker } from '../../sdk/src/queue/connection.ts';
import { readNews } from '../../sdk/src/queue/messages.ts';
import { folderStore } from '../../sdk/src/queue/store/folder.ts';
import { redisStore } from '../../sdk/src/queue/store/redis.ts';
import type { JobStore } from '../../sdk/src/queue/store/store.ts';
import { openVault, queueSecret } from '../../sdk/src/queue/vault.ts';
import { SECRET } from '../attest/lib/shards.ts';
import { provenByQueue } from './lib/proving.ts';
import { describeWithServer, type Server, startServer, withServer } from './lib/redis.ts';
import { KEY, optionsOf, startWorker, type WorkerProcess } from './lib/workers.ts';

const RUN = 'ab'.repeat(16);

/** A store in memory, whose bytes a test can change. */
function memoryStore(): JobStore & { readonly entries: Map<string, Uint8Array> } {
  const entries = new Map<string, Uint8Array>();
  return {
    entries,
    location: 'memory',
    read: async (run, name) => entries.get(`${run}/${name}`),
    write: async (run, name, bytes) => void entries.set(`${run}/${name}`, bytes),
    remove: async (run) => {
      for (const key of entries.keys()) if (key.startsWith(`${run}/`)) entries.delete(key);
    },
    runs: async () => [],
    close: async () => {},
  };
}

describe('many machines: news of workers', () => {
  it('is text that moves no cursor, and not much of it, whoever wrote it to the broker', () => {
    const refused = `${String.fromCharCode(0x1b)}[2J${'x'.repeat(100_000)}`;
    const news = readNews({ refused, worker: `a${String.fromCharCode(0x9b)}b` });
    assert.ok(news !== undefined && 'refused' in news);
    assert.match(news.refused, /^\ufffd\[2Jx{296}$/);
    assert.equal(news.worker, 'a\ufffdb');
  });
});

describe('many machines: the vault', () => {
  const text = new TextEncoder().encode('a made-up private input');

  it('gives back what was put in, which is not to be seen in the store', async () => {
    const store = memoryStore();
    const vault = await openVault(store, await queueSecret(KEY, 'test'), RUN);
    await vault.put('order', text);
    assert.deepEqual(await vault.get('order'), text);
    assert.equal(await vault.get('module'), undefined);
    await assert.rejects(vault.require('module'), { code: 'STORE_FAILED' });
    const [sealed] = store.entries.values();
    assert.ok(!Buffer.from(sealed!).includes(Buffer.from(text)));
    // Another time, other bytes.
    await vault.put('order', text);
    assert.notDeepEqual([...store.entries.values()][0], sealed);
  });

  it('refuses what was changed, moved to another name or run, cut, or sealed with another secret', async () => {
    const store = memoryStore();
    const secret = await queueSecret(KEY, 'test');
    const vault = await openVault(store, secret, RUN);
    await vault.put('order', text);
    const sealed = store.entries.get(`${RUN}/order`)!;
    for (let at = 0; at < sealed.length; at += 7) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1;
      store.entries.set(`${RUN}/order`, changed);
      await assert.rejects(vault.get('order'), { code: 'STORE_FORGED' });
    }
    for (const length of [0, 11, 12, 27, sealed.length - 1]) {
      store.entries.set(`${RUN}/order`, sealed.slice(0, length));
      await assert.rejects(vault.get('order'), { code: 'STORE_FORGED' });
    }
    store.entries.set(`${RUN}/module`, sealed);
    await assert.rejects(vault.get('module'), { code: 'STORE_FORGED' });
    const [other, foreign] = await Promise.all([
      openVault(store, secret, 'cd'.repeat(16)),
      openVault(store, await queueSecret('0a1b'.repeat(16), 'test'), RUN),
    ]);
    store.entries.set(`${'cd'.repeat(16)}/order`, sealed);
    await assert.rejects(other.get('order'), { code: 'STORE_FORGED' });
    store.entries.set(`${RUN}/order`, sealed);
    await assert.rejects(foreign.get('order'), { code: 'STORE_FORGED' });
    assert.deepEqual(await vault.get('order'), text);
    const letter = await vault.seal('job.prove.1.0', text);
    assert.deepEqual(await vault.unseal('job.prove.1.0', letter), text);
    await assert.rejects(vault.unseal('job.prove.2.0', letter), { code: 'STORE_FORGED' });
  });
});

describeWithServer(withServer('many machines: stores'), () => {
  let server: Server;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-store-'));
    server = await startServer({ durable: true });
  });
  after(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keep entries of any length, by run and name, and forget them', async () => {
    const broker = await openBroker({ url: server.url });
    try {
      const stores = [folderStore(join(folder, 'made')), redisStore(broker.client, 'redis', broker.prefix)];
      for (const store of stores) {
        // Of the broker in parts of 32 MiB: on both sides of one.
        for (const length of [0, 1, 2 ** 25 - 1, 2 ** 25, 2 ** 25 + 1]) {
          const bytes = new Uint8Array(length).fill(length % 251);
          await store.write(RUN, 'uses', bytes);
          const read = await store.read(RUN, 'uses');
          assert.equal(
            Buffer.compare(Buffer.from(read!), Buffer.from(bytes)),
            0,
            `${store.location} ${length}`,
          );
          await store.remove(RUN, 'uses');
          assert.equal(await store.read(RUN, 'uses'), undefined);
        }
        await store.write(RUN, 'order', new Uint8Array(3));
        await store.write('cd'.repeat(16), 'order', new Uint8Array(4));
        assert.equal(await store.read(RUN, 'module'), undefined);
        await store.remove(RUN);
        assert.equal(await store.read(RUN, 'order'), undefined);
        assert.equal((await store.read('cd'.repeat(16), 'order'))?.length, 4);
        await store.remove('cd'.repeat(16));
      }
      assert.deepEqual(await server.client.keys('*:store:*'), []);
      assert.deepEqual(readdirSync(join(folder, 'made')), []);
    } finally {
      await broker.close();
    }
  });

  describe('and brokers', () => {
    let session: Session;
    let fleet: WorkerProcess[] = [];
    before(async () => {
      session = await openSession({ maxLog: 14, threads: 1, onWarning: () => {} });
    });
    after(async () => {
      await Promise.all(fleet.map((worker) => worker.stop()));
      await session?.dispose();
    });

    it('never see an input, a seed, a count or the secret in clear', async () => {
      const store = join(folder, 'seen');
      const places = [undefined, store];
      const seen: Buffer[] = [];
      let order: RunOrder | undefined;
      let uses: Uint8Array | undefined;
      const around =
        (open: OpenEngine): OpenEngine =>
        async (run) => {
          order = run.order;
          const engine = await open(run);
          return {
            ...engine,
            concurrency: 8,
            commit: async (job, options) => {
              const result = await engine.commit(job, options);
              uses ??= result.uses;
              return result;
            },
            // With all that has been committed to in the store.
            prove: async (job, options) => {
              for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }))
                if (file.isFile()) seen.push(readFileSync(join(file.parentPath, file.name)));
              return engine.prove(job, options);
            },
            dispose: () => engine.dispose(),
          };
        };
      for (const place of places) {
        const options = optionsOf(server.url, place === undefined ? {} : { store: place });
        const worker = await startWorker('one', options);
        fleet = [worker];
        const { warnings } = await provenByQueue(session, options, { around });
        await worker.stop();
        seen.push(Buffer.from(worker.output()), Buffer.from(warnings.join('\n')));
        const inputs = secretsOf(order!, uses!);
        // Every command that the broker was ever given, one after the other.
        const commands = readdirSync(server.folder, { recursive: true, withFileTypes: true })
          .filter((file) => file.isFile() && file.name.endsWith('.aof'))
          .map((file) => readFileSync(join(file.parentPath, file.name)));
        for (const [what, bytes] of inputs) {
          assert.ok(![...seen, ...commands].some((text) => text.includes(bytes)), what);
        }
        // The search finds what is there.
        const all = Buffer.concat(commands);
        assert.ok(all.includes(order!.terms.keys) && all.includes('prove.1.0'));
        const clear = Buffer.from(encodeOrder(order!));
        for (const [what, bytes] of inputs.filter(([name]) => name.includes('in the order')))
          assert.ok(clear.includes(bytes), what);
        uses = undefined;
      }
      assert.ok(
        seen.some((bytes) => bytes.length > 100_000),
        'the folder was empty',
      );
    });
  });
});

/** What nobody may see, in the forms that it could have. */
function secretsOf(order: RunOrder, uses: Uint8Array): [string, Buffer][] {
  const word = Buffer.alloc(8);
  word.writeBigUInt64BE(SECRET);
  const seed = Buffer.from(order.seed);
  // Where the counts are anything but zeros.
  let at = 0;
  while (uses.subarray(at, at + 64).filter((byte) => byte !== 0).length < 12) at += 4;
  const counts = Buffer.from(uses.subarray(at, at + 64));
  return [
    ['the private word, as in the order', Buffer.from(`"${SECRET}"`)],
    ['the private word, decimal', Buffer.from(String(SECRET))],
    ['the private word, hexadecimal', Buffer.from(SECRET.toString(16).padStart(16, '0'))],
    ['the private word, big-endian', word],
    ['the private word, little-endian', Buffer.from(word.toReversed())],
    ['the seed', seed],
    ['the seed, as in the order', Buffer.from(seed.toString('hex'))],
    ['the seed, in Base64', Buffer.from(seed.toString('base64').slice(0, 40))],
    ['counts', counts],
    ['counts, hexadecimal', Buffer.from(counts.toString('hex'))],
    ['the secret of the queue', Buffer.from(KEY)],
    ['the secret of the queue, as bytes', Buffer.from(KEY, 'hex')],
  ];
}
