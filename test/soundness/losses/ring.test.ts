/**
 * The chip that only runs of several proofs have. docs/losses.md leaves out parts of the machine of one proof, by rows of one; what each part of this chip is for
 * is held here.
 */
import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import { ring } from '../../../sdk/src/machine/chips/ring.ts';
import { type Kind, machineSystem } from '../../../sdk/src/machine/system.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Interaction } from '../../../sdk/src/plonk/declare/declare.ts';
import { evaluate } from '../../machine/chips/rows.ts';
import { without } from './losses.ts';

/** What rows of the ring leave on the bus, by tuple; `cells` of each in the order of its columns. */
function left(
  interactions: readonly Interaction[],
  rows: readonly (readonly bigint[])[],
): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const cells of rows) {
    for (const { multiplicity, tuple, sign } of interactions) {
      const key = tuple.map((field) => evaluate(field, cells)).join();
      const times = Fr.mul(Fr.from(BigInt(sign)), evaluate(multiplicity, cells));
      sums.set(key, Fr.add(sums.get(key) ?? 0n, times));
    }
  }
  return new Map([...sums].filter(([, times]) => times !== 0n));
}

describe('ring, in runs of several proofs', () => {
  const { chip } = ring;
  const masks = [7n, 11n, 13n];
  const honest = masks.map((own, i) => [1n, own, 1n, masks.at(i - 1)!]);

  it('has these parts and no others', () => {
    assert.deepEqual(
      [...chip.constraints, ...chip.interactions].map(({ name }) => name),
      ['sends is a bit', 'receives is a bit', 'mask', 'mask before'],
    );
  });

  it('without either interaction an honest run is refused: its bus is off', () => {
    assert.equal(left(chip.interactions, honest).size, 0);
    for (const name of ['mask', 'mask before'])
      assert.equal(
        left(without(chip, { kind: 'interaction', name }).interactions, honest).size,
        masks.length,
        name,
      );
  });

  it('bits are implied, both: nobody else has the tag, so what any multiplicities send is received by this chip alone', () => {
    for (const kind of ['body', 'closing'] satisfies Kind[]) {
      const { chips, publicTerms } = machineSystem({ kind });
      for (const other of chips.filter(({ name }) => name !== chip.name))
        for (const { tags } of other.interactions) assert.ok(!tags.includes(T.MASK), other.name);
      assert.ok(publicTerms.every(({ tag }) => tag !== T.MASK));
    }
    assert.ok(machineSystem({ kind: 'whole' }).chips.every(({ name }) => name !== chip.name));
    // Any multiplicities that balance do so among masks: they add nothing to what others send.
    const free = [
      [5n, 7n, 2n, 11n],
      [2n, 11n, 5n, 7n],
    ];
    assert.equal(left(chip.interactions, free).size, 0);
    assert.equal(left(chip.interactions, [[5n, 7n, 2n, 7n]]).size, 1);
    for (const { tags } of chip.interactions) assert.deepEqual(tags, [T.MASK]);
  });
});
