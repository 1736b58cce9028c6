import assert from 'node:assert/strict';
import { MOST_COLUMNS, machineSystem, powersFor } from '../../sdk/src/machine/system.ts';
import type { ChipWidths, PackShape } from '../../sdk/src/plonk/declare/declare.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { choosePacks, packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import { checkPacks } from '../../sdk/src/plonk/declare/rules.ts';
import { largestFactor, maxLog } from '../../sdk/src/plonk/declare/shape.ts';

const CHIPS: readonly ChipWidths[] = [
  { name: 'tall', height: { from: 'proof', minLog: 3 }, main: 9, fixed: 0, helpers: 3 },
  { name: 'short', height: { from: 'proof', minLog: 3 }, main: 10, fixed: 0, helpers: 2 },
  { name: 'image', height: { from: 'program', minLog: 3 }, main: 1, fixed: 5, helpers: 1 },
  { name: 'table', height: { from: 'key', log: 5 }, main: 2, fixed: 2, helpers: 1 },
];
const CHOICE = { longest: 256, always: 128, typical: { tall: 6, short: 4, image: 4 }, most: 12 };

const accepted = (packs: readonly PackShape[]): void =>
  checkPacks(CHIPS, packs, (place, problem) => assert.fail(`${place}: ${problem}`));
const inShort = (packs: readonly PackShape[]): string[] =>
  packs.map(({ stage, t, columns }) => {
    const runs = Map.groupBy(columns, ([j]) => CHIPS[j]!.name);
    return `${stage} ${t}: ${[...runs].map(([name, { length }]) => `${length} ${name}`).join(', ')}`;
  });

describe('packing', () => {
  it('gives tall chips small factors and lets short ones share, sources apart', () => {
    const packs = choosePacks(CHOICE)(CHIPS);
    accepted(packs);
    assert.deepEqual(inShort(packs), [
      'main 4: 4 tall',
      'main 4: 4 tall',
      'main 4: 1 tall, 2 table, 1 short',
      'main 12: 9 short, 1 image',
      'fixed 4: 2 table',
      'fixed 12: 5 image',
      'helper 4: 3 tall, 1 table',
      'helper 12: 2 short, 1 image',
    ]);
  });

  it('keeps t·n within the bounds at typical heights', () => {
    for (const longest of [64, 128, 256, 1024]) {
      for (const { t, columns } of choosePacks({ ...CHOICE, longest })(CHIPS)) {
        for (const [j] of columns) {
          const { name, height } = CHIPS[j]!;
          const log = height.from === 'key' ? height.log : CHOICE.typical[name as 'tall'];
          const bound = height.from === 'key' ? CHOICE.always : longest;
          assert.ok(t === 1 || t * 2 ** log <= bound, `${t} columns, one of ${name}`);
        }
      }
    }
  });

  it('refuses a chip of whose height nothing is known', () => {
    assert.throws(() => choosePacks({ ...CHOICE, typical: { tall: 6 } })(CHIPS), /typical height for short/);
    assert.throws(() => packByChip({ tall: 1 })(CHIPS), /no packing factor for short/);
  });

  it('by chip: as many columns a pack as the factor of the chip', () => {
    const packs = packByChip({ tall: 4, short: 20, image: 3, table: 1 })(CHIPS);
    accepted(packs);
    assert.deepEqual(
      packs.map(({ t, columns }) => [t, columns.length]),
      [
        [4, 4],
        [4, 4],
        [4, 1],
        [20, 10],
        [3, 1],
        [1, 1],
        [1, 1],
        [3, 3],
        [3, 2],
        [1, 1],
        [1, 1],
        [4, 3],
        [20, 2],
        [3, 1],
        [1, 1],
      ],
    );
  });

  it('the machine: a chip that is usually short may be as tall as any other, 2^17 with the default key', () => {
    const powers = powersFor(17);
    for (const kind of ['whole', 'body'] as const) {
      const { shape } = layout(machineSystem({ kind }));
      shape.chips.forEach(({ name, height }, j) => {
        if (height.from === 'key') return;
        assert.equal(maxLog(shape, powers, j), 17, name);
        // The widest packs of a run in several shards, with three blinding coefficients, need every power of τ.
        const tight = kind === 'body' && largestFactor(shape, j) === MOST_COLUMNS;
        assert.equal(maxLog(shape, powers - 1, j), tight ? 16 : 17, name);
      });
    }
  });
});
