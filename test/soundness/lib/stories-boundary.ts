/** Lies about what a cell holds at the start and how often it opens: of the rows that open, close and restamp cells. */
import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MEMORY } from '../../../sdk/src/machine/memory-map.ts';
import { chipIndex } from '../../machine/chips/harness.ts';
import { data, program } from './programs.ts';
import {
  cell,
  edited,
  type Lie,
  openingOf,
  pcOf,
  rebalanced,
  recounted,
  rowAt,
  type Story,
  tell,
  withCode,
} from './story.ts';

/** The load at `address` runs as one of the cell `from`, whose opening then says the key of the former. */
function openedAs(address: number, from: number, datas: ReturnType<typeof data>): Story {
  const honest = program(
    [
      ['local.get', 0],
      ['i32.load', 2, address],
    ],
    { datas },
  );
  const story = tell(
    honest,
    { args: [0n] },
    { executed: withCode(honest, [[pcOf(honest, I.LOAD32), { c: from }]]) },
  );
  const row = openingOf(story, MEMORY + from / 4);
  return rebalanced(edited(story, 'boundary', row, { key: MEMORY + address / 4 }));
}

/** Stores 7 at byte 0 and loads it; byte 4 holds `other`. */
const storeAndLoad = (other: readonly number[]) =>
  program(
    [
      ['local.get', 0],
      ['i32.const', 7],
      ['i32.store', 2, 0],
      ['local.get', 0],
      ['i32.load', 2, 0],
    ],
    { datas: data(other, 4) },
  );

/** The load takes the cell next to its own. */
function otherLoad(bytes: readonly number[]): Story {
  const honest = storeAndLoad(bytes);
  const executed = withCode(honest, [[pcOf(honest, I.LOAD32), { c: 4 }]]);
  return tell(honest, { args: [0n] }, { executed });
}

/** The load finds its cell as it was before the store: the cell has a second row that opens it. */
function openedTwice(): Story {
  const story = otherLoad([]);
  return rebalanced(edited(story, 'boundary', openingOf(story, MEMORY + 1), { key: MEMORY }));
}

/** The same, with a step back in the chain of keys: a limb of it is what no limb is. */
function steppedBack(limb: 'r0' | 'r1'): Story {
  const story = openedTwice();
  const rows = [...Array(2 ** story.witness[chipIndex('boundary')]!.log).keys()].filter(
    (row) => cell(story, 'boundary', 'key', row) === BigInt(MEMORY),
  );
  assert.equal(rows.length, 2);
  // From a key to itself.
  const step = limb === 'r0' ? -1n : Fr.neg(Fr.inv(1n << 16n));
  return recounted(edited(story, 'boundary', rows[1]!, { r0: 0, r1: 0, [limb]: step }));
}

/** A refresh restamps a cell, of the memory or a counter, with another value than the one it takes. */
function changedByRefresh(): Story {
  const story = otherLoad([8]);
  const load = rowAt(story, 'mem', pcOf(story.program, I.LOAD32));
  const own = openingOf(story, MEMORY);
  const sentTs = cell(story, 'mem', 'ts', load) + 1n;
  const refresh = {
    key: MEMORY,
    receivedTs: cell(story, 'boundary', 'receivedTs', own),
    received: 7,
    sentTs,
    sent: 8,
    refresh: 1,
    word: 0,
    lo: 0,
    hi: 0,
    r0: sentTs - cell(story, 'boundary', 'receivedTs', own) - 1n,
    r1: 0,
  };
  const restamped = edited(story, 'boundary', openingOf(story, MEMORY + 1), refresh);
  const closed = edited(restamped, 'boundary', own, { received: 8, receivedTs: sentTs + 1n });
  return rebalanced(edited(closed, 'mem', load, { tsCell: sentTs }));
}

const nine = data([9], 4);

export const BOUNDARY_LIES: readonly Lie[] = [
  { name: "a load of another cell's value", refused: ['MEM'], tell: () => otherLoad([8]) },
  { name: 'a memory cell opened twice', refused: ['CHAIN'], tell: openedTwice, proven: true },
  ...(['r0', 'r1'] as const).map((limb) => ({
    name: `a memory cell opened twice, by a step back in limb ${limb}`,
    refused: ['RANGE16'],
    tell: () => steppedBack(limb),
  })),
  {
    name: 'a value changed by a refresh',
    refused: ['boundary: refresh: value'],
    tell: changedByRefresh,
  },
  {
    name: 'a cell opened with the value of another word',
    refused: ['boundary: word: key'],
    tell: () => openedAs(0, 4, [...data([7], 0), ...nine]),
    proven: true,
  },
  {
    name: 'a word opened as zero, from the region behind it',
    refused: ['RANGE16'],
    tell: () => openedAs(4, 8, nine),
  },
  {
    name: 'a word opened as zero, from the region before it',
    refused: ['RANGE16'],
    tell: () => openedAs(4, 0, nine),
  },
];
