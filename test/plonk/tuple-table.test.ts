import assert from 'node:assert/strict';
import { hashOf, TupleTable } from '../../sdk/src/plonk/check/tuple-table.ts';
import { Random } from '../machine/lib/random.ts';

describe('balances of tuples', () => {
  it('are those of a map by text, for so many tuples that hashes collide', () => {
    const random = new Random(1);
    const table = new TupleTable();
    const expected = new Map<string, { entry: number; sum: number }>();
    const words = new Uint32Array(12);
    const count = 200_000;
    for (let i = 0; i < 2 * count; i++) {
      // Each twice, among them beginnings of one another.
      const own = new Random(i % count);
      const length = own.below(12);
      for (let k = 0; k < length; k++) words[k] = own.chance(30) ? own.below(3) : own.next();
      const entry = table.index(words, length);
      const multiplicity = random.pick([1, -1, 0xffff_ffff]);
      table.add(entry, multiplicity);
      const key = words.subarray(0, length).join();
      const known = expected.get(key) ?? { entry, sum: 0 };
      assert.equal(entry, known.entry);
      known.sum += multiplicity;
      expected.set(key, known);
    }
    const unbalanced = [...expected.values()].filter(({ sum }) => sum !== 0).map(({ entry }) => entry);
    const { entries, more } = table.unbalanced(count);
    assert.deepEqual(
      [...entries].sort((a, b) => a - b),
      unbalanced.sort((a, b) => a - b),
    );
    assert.equal(more, 0);
    assert.equal(new Set([...expected.values()].map(({ entry }) => entry)).size, expected.size);
    assert.deepEqual(
      [table.unbalanced(10).entries.size, table.unbalanced(10).more],
      [10, unbalanced.length - 10],
    );
  });

  it('are told apart where hashes are equal: of one length, of several, of beginnings of one another', () => {
    const table = new TupleTable();
    const target = Uint32Array.of(7);
    const hash = hashOf(target, 1);
    const last = (words: Uint32Array): Uint32Array => {
      // The word behind these with which all of them have the hash of the target.
      words[words.length - 1] = hashOf(words, words.length - 1) ^ 7;
      assert.equal(hashOf(words, words.length), hash);
      return words;
    };
    const beginning = last(Uint32Array.of(7, 0));
    // Stored behind the target, so that its words followed by these begin as the longer one does.
    const behind = last(Uint32Array.of(beginning[1]!, 0));
    const random = new Random(2);
    const others = Array.from({ length: 500 }, () =>
      last(Uint32Array.from({ length: 2 + random.below(6) }, () => random.next())),
    );
    const all = [target, behind, beginning, ...others];
    const entries = all.map((words) => table.index(words, words.length));
    assert.deepEqual(entries, [...all.keys()]);
    assert.deepEqual(
      all.map((words) => table.index(words, words.length)),
      entries,
    );
  });

  it('that no longer fit a double are never zero again', () => {
    for (const large of [2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY, Number.NaN]) {
      const table = new TupleTable();
      const entry = table.index(Uint32Array.of(1), 1);
      for (const multiplicity of [large, -large, 1, -1]) table.add(entry, multiplicity);
      assert.deepEqual([...table.unbalanced(1).entries], [entry], `${large}`);
    }
  });
});
