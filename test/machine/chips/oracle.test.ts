/** The row checker on the machine's own chips, held against BigInt: runs with field elements in cells of every chip. */
import assert from 'node:assert/strict';
import { judged, naive } from '../../plonk/naive-check.ts';
import { checkParameters } from '../../soundness/lib/story.ts';
import { Random } from '../lib/random.ts';
import { cellAt, type Run, SYSTEM, withCells } from './harness.ts';
import { fieldElements } from './mutation-values.ts';
import { samples } from './samples.ts';

const EDITS = 8;

describe('chips: the row checker and BigInt', () => {
  it('find the same rows and tuples, in runs of all samples with changed cells in every chip', () => {
    const met = new Set<string>();
    let found = 0;
    for (const [seed, { run }] of samples(1).entries()) {
      const random = new Random(seed);
      let { witness }: Pick<Run, 'witness'> = run;
      for (let i = 0; i < EDITS; i++) {
        const j = random.below(SYSTEM.chips.length);
        const { name, main } = SYSTEM.chips[j]!;
        const { log, columns } = witness[j]!;
        // Rows that say something more often than padding.
        const rows = Array.from({ length: Math.min(2 ** log, 256) }, (_, row) => row);
        const real = rows.filter((row) => columns.some((values) => cellAt(values, row) !== 0n));
        const row = real.length > 0 && random.chance(80) ? random.pick(real) : random.below(2 ** log);
        const column = random.pick(main);
        const value = random.pick(fieldElements(cellAt(columns[column.index]!, row)));
        witness = withCells(witness, name, row, { [column.name]: value });
        met.add(name);
      }
      const parameters = checkParameters({ ...run, witness });
      const expected = naive(parameters);
      assert.deepEqual(judged(parameters), expected, `sample ${seed}`);
      found += expected.size;
    }
    assert.equal(met.size, SYSTEM.chips.length);
    assert.ok(found > 100, `${found} constraints and tuples`);
  });
});
