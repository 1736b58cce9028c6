/** Keys and program ids without kernels: of the development SRS, and from the cache. */
import assert from 'node:assert/strict';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import {
  estimate,
  type Keys,
  openIds,
  openKeys,
  openSession,
  programId,
  prove,
  verify,
} from '../../sdk/src/index.ts';
import { COMMITMENT_FILE } from '../../sdk/src/kzg/commitment-cache.ts';
import { FixedTable } from '../../sdk/src/plonk/columns/fixed.ts';
import { commitFixed } from '../../sdk/src/plonk/columns/fixed-commitment.ts';
import { MemoryStore } from '../kzg/support.ts';

const unexpected = (message: string): never => assert.fail(message);

describe('attest: keys alone', () => {
  const store = new MemoryStore();
  const open = (): Promise<Keys> => openKeys({ cache: store, onWarning: unexpected });
  let fibonacci: { wasm: Uint8Array; invoke: string };
  let args: readonly string[];
  let id: string;
  let digest: string;
  before(async () => {
    const { source, invoke, args: given } = await readExample('fibonacci');
    fibonacci = { wasm: await compileGuest(source), invoke };
    args = given;
  });

  it('are computed without kernels, and kept: no points are', async () => {
    await using keys = await open();
    id = await programId(keys, fibonacci);
    digest = keys.verifyingKey.digest;
    assert.equal(keys.running(), undefined);
    assert.deepEqual([...store.blobs.keys()], [COMMITMENT_FILE]);
  });

  it('are found the next time', async () => {
    const kept = store.blobs.get(COMMITMENT_FILE);
    await using keys = await open();
    assert.equal(keys.verifyingKey.digest, digest);
    assert.equal(await programId(keys, fibonacci), id);
    // Nothing was written.
    assert.equal(store.blobs.get(COMMITMENT_FILE), kept);
  });

  it('estimate counts the least heights that a proof is to have, and refuses others as prove does', async () => {
    await using keys = await open();
    const parameters = { ...fibonacci, args };
    const own = await estimate(keys, parameters);
    const tall = await estimate(keys, { ...parameters, shape: { wide: 15 } });
    assert.equal(tall.instructions, own.instructions);
    assert.ok(tall.seconds > own.seconds && tall.memoryBytes > own.memoryBytes);
    await assert.rejects(estimate(keys, { ...parameters, shape: { wide: 30 } }), { code: 'INPUT_INVALID' });
  });

  it('a program id takes no key', async () => {
    for (const cache of [store, null]) {
      await using ids = await openIds({ cache, onWarning: unexpected });
      assert.equal(await programId(ids, fibonacci), id);
      assert.equal('verifyingKey' in ids, false);
    }
  });

  it('are those of a session without a cache, and verify its proofs', async () => {
    await using session = await openSession({ cache: null });
    assert.equal(session.verifyingKey.digest, digest);
    assert.equal(await programId(session, fibonacci), id);
    const { document } = await prove(session, { ...fibonacci, args });
    await using keys = await open();
    assert.equal((await verify(keys, { document, ...fibonacci })).programId, id);
    const { statement } = document;
    const forged = { ...document, statement: { ...statement, publicOutputs: [7n] } };
    await assert.rejects(verify(keys, { document: forged, ...fibonacci }), { code: 'PROOF_IDENTITY' });
    assert.equal(keys.running(), undefined);
  });

  it('a key of another size has other points and the same tables', async () => {
    await using keys = await openKeys({ cache: store, maxLog: 16, onWarning: unexpected });
    assert.notEqual(keys.verifyingKey.digest, digest);
    assert.deepEqual(keys.verifyingKey.commitments, (await open()).verifyingKey.commitments);
  });

  it('a commitment is found for the same columns only', async () => {
    await using session = await openSession({ cache: null });
    const { srs, engine } = session;
    const asked: string[] = [];
    const cache = {
      get: async (key: string) => void asked.push(key),
      put: async () => {},
      find: async () => undefined,
      keep: async () => {},
    };
    const data = Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const other = data.with(3, 9);
    const values = [...data].map(BigInt);
    const variants: [number, FixedTable[]][] = [
      [2, [new FixedTable(3, [{ words: 1, data }], 'a')]],
      [3, [new FixedTable(3, [{ words: 1, data }], 'a')]],
      [2, [new FixedTable(4, [{ words: 1, data }], 'a')]],
      [2, [new FixedTable(3, [{ words: 1, data: other }], 'a')]],
      [2, [new FixedTable(3, [{ words: 2, data }], 'a')]],
      [2, [new FixedTable(3, [values], 'a')]],
      [
        2,
        [new FixedTable(3, [{ words: 1, data }], 'a'), new FixedTable(3, [{ words: 1, data: other }], 'b')],
      ],
      [
        2,
        [new FixedTable(3, [{ words: 1, data: other }], 'b'), new FixedTable(3, [{ words: 1, data }], 'a')],
      ],
    ];
    for (const [t, tables] of variants) {
      const columns = tables.map((table) => ({ table, index: 0 }));
      await commitFixed({ engine, srs, cache }, t, columns);
      await commitFixed({ engine, srs, cache }, t, columns);
    }
    assert.equal(asked.length, 2 * variants.length);
    assert.equal(new Set(asked).size, variants.length);
    for (let i = 0; i < variants.length; i++) assert.equal(asked[2 * i], asked[2 * i + 1]);
  });
});
