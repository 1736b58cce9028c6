import assert from 'node:assert/strict';
import { TupleTable } from '../../sdk/src/plonk/tuple-table.ts';
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
  }).timeout(20_000);

  it('that no longer fit a double are never zero again', () => {
    for (const large of [2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY, Number.NaN]) {
      const table = new TupleTable();
      const entry = table.index(Uint32Array.of(1), 1);
      for (const multiplicity of [large, -large, 1, -1]) table.add(entry, multiplicity);
      assert.deepEqual([...table.unbalanced(1).entries], [entry], `${large}`);
    }
  });
});
