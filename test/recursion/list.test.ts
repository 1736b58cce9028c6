/** Keys of the programs that joins trust are kept between sessions: found by all that programs are printed from, and never trusted by whoever prints one. */
import assert from 'node:assert/strict';
import { bytesToHex } from '@noble/hashes/utils.js';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { type CommitmentCache, commitmentCache } from '../../sdk/src/kzg/commitment-cache.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import type { CommitmentSources } from '../../sdk/src/plonk/columns/fixed-commitment.ts';
import { encodeProgramKey, type ProgramKey } from '../../sdk/src/plonk/keys/key.ts';
import { verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { innerKeygen, innerPowers } from '../../sdk/src/recursion/inner.ts';
import { type ListKeys, listedKeys, listedProgram, requireListed } from '../../sdk/src/recursion/list.ts';
import { INNER_SHAPES } from '../../sdk/src/recursion/tree.ts';
import { innerMessagesOf } from '../../sdk/src/recursion/verifier/inner-vector.ts';
import { MemoryStore } from '../kzg/support.ts';
import { makeToyKeys } from '../plonk/toy-run.ts';

describe('recursion: keys of the programs of joins', () => {
  const store = new MemoryStore();
  let sources: CommitmentSources;
  let keys: ListKeys;
  let list: readonly ProgramKey[];
  before(async () => {
    const shards = verifyingKeys(await makeToyKeys({ transcript: 'poseidon2' }));
    const srs = await openDevelopmentSrs({ seed: 'toy', size: innerPowers() });
    // τ is known: nothing is computed by an engine.
    const engine = (): Promise<never> => Promise.reject(new Error('an engine is asked for'));
    sources = { engine, srs, cache: commitmentCache({ store })! };
    keys = { shards, inner: await innerKeygen({ ...sources, messages: innerMessagesOf(shards.closing) }) };
    list = await listedKeys(sources, keys);
  });

  /** Says what is asked for, and answers what it is told, or as an empty store. */
  const asking = (
    answer: (i: number) => ProgramKey | undefined,
  ): { asked: string[]; sources: CommitmentSources } => {
    const asked: string[] = [];
    const cache: CommitmentCache = {
      ...sources.cache!,
      find: async <T>(digest: string) => answer(asked.push(digest) - 1) as T,
      keep: () => assert.fail('a key is kept'),
    };
    return { asked, sources: { ...sources, cache } };
  };
  /** All but the smallest, which is printed. */
  const others = (): readonly ProgramKey[] => list.filter((_, i) => i !== 1);

  it('are found by the next session, which prints the smallest alone', async () => {
    assert.equal(list.length, INNER_SHAPES.length);
    assert.equal(new Set(list.map((key) => bytesToHex(encodeProgramKey(key)))).size, list.length);
    let made = 0;
    const cache = commitmentCache({ store })!;
    const counted: CommitmentCache = {
      ...cache,
      keep: () => assert.fail('a key is kept'),
      get: (digest) => {
        made++;
        return cache.get(digest);
      },
    };
    assert.deepEqual(await listedKeys({ ...sources, cache: counted }, keys), list);
    assert.equal(made, list[1]!.commitments.length);
  });

  it('are looked for under another digest as soon as anything that they are made from is another', async () => {
    const found = others();
    const { asked, sources: own } = asking((i) => found[i]);
    await listedKeys(own, keys);
    assert.equal(new Set(asked).size, found.length);
    const digest = `0x${'ab'.repeat(32)}` as const;
    const { shards, inner } = keys;
    const seen = new Set(asked);
    for (const [srs, other] of [
      [sources.srs, { ...keys, shards: { ...shards, body: { ...shards.body, digest } } }],
      [sources.srs, { ...keys, shards: { ...shards, closing: { ...shards.closing, digest } } }],
      [sources.srs, { ...keys, inner: { ...inner, key: { ...inner.key, digest } } }],
      [Object.create(sources.srs, { digest: { value: 'ab'.repeat(32) } }) as CommitmentSources['srs'], keys],
    ] as const) {
      const elsewhere = asking((i) => found[i]);
      await listedKeys({ ...elsewhere.sources, srs }, other);
      for (const one of elsewhere.asked) assert.ok(!seen.has(one));
      for (const one of elsewhere.asked) seen.add(one);
    }
  });

  it('a key that is none of the program is refused when that is printed, and the one that an empty cache leads to is taken', async () => {
    // Those of others, as somebody who can write to the cache would leave them.
    const swapped = others().toReversed();
    const bad = await listedKeys(asking((i) => swapped[i]).sources, keys);
    const printed = await listedProgram(sources, keys, 2);
    assert.throws(
      () => requireListed(bad[2]!, printed),
      (error) => isWattestError(error, 'KEY_INVALID') && error.fix!.startsWith('Delete commitments.json'),
    );
    requireListed(list[2]!, printed);
  });
});
