/** How shards are joined: for every number of them the tree gives the root of the run, from programs of the list alone. */
import assert from 'node:assert/strict';
import { rootOf } from '../../sdk/src/plonk/verify/run.ts';
import { INNER_SHAPES, LEAF_SHARDS, type Part, planParts } from '../../sdk/src/recursion/tree.ts';
import { word } from '../../sdk/src/transcript/encode.ts';

const MOST = 400;
const hash = 'keccak256';

describe('recursion: the tree of a run', () => {
  const shapeOf = ({ program }: Part): (typeof INNER_SHAPES)[number] => INNER_SHAPES[program]!;

  it('has the root that the run has, for 2 to 400 shards', () => {
    for (let shards = 2; shards <= MOST; shards++) {
      const leaves = Array.from({ length: shards }, (_, i) => word(i));
      const parts = planParts(shards);
      const roots: Uint8Array[] = [];
      for (const { first, count, children } of parts) {
        const own =
          children.length === 0 ? leaves.slice(first, first + count) : children.map((i) => roots[i]!);
        roots.push(rootOf(hash, own));
      }
      assert.deepEqual(roots.at(-1), rootOf(hash, leaves), `${shards} shards`);
    }
  });

  it('takes every shard once, in order, the closing one in the last leaf', () => {
    for (let shards = 2; shards <= MOST; shards++) {
      const leaves = planParts(shards).filter((part) => shapeOf(part).kind === 'leaf');
      let next = 0;
      for (const part of leaves) {
        const shape = shapeOf(part);
        assert.ok(shape.kind === 'leaf');
        const { bodies, closing } = shape.leaf;
        assert.deepEqual([part.first, part.count], [next, bodies + (closing ? 1 : 0)]);
        next += part.count;
        assert.equal(closing, part === leaves.at(-1));
      }
      assert.equal(next, shards);
    }
  });

  it('takes every part but the last once, children first; all but the last of a join are full', () => {
    for (let shards = 2; shards <= MOST; shards++) {
      const parts = planParts(shards);
      const taken = parts.flatMap(({ children }) => children);
      assert.deepEqual(
        taken.toSorted((a, b) => a - b),
        [...parts.keys()].slice(0, -1),
      );
      parts.forEach((part, at) => {
        const shape = shapeOf(part);
        if (shape.kind === 'leaf') return;
        assert.equal(part.children.length, shape.children);
        const own = part.children.map((i) => parts[i]!);
        assert.ok(part.children.every((i) => i < at));
        const full = own[0]!.count;
        assert.equal(full % LEAF_SHARDS, 0);
        assert.equal(Math.log2(full) % 1, 0);
        let { first } = part;
        own.forEach((child, i) => {
          assert.equal(child.first, first);
          assert.ok(i === own.length - 1 ? child.count <= full : child.count === full);
          first += child.count;
        });
        assert.equal(first, part.first + part.count);
      });
    }
  });

  it('refuses what is no run of several proofs', () => {
    for (const shards of [1, 0, -3, 2.5, Number.NaN]) assert.throws(() => planParts(shards), RangeError);
  });
});
