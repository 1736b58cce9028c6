/** Commitments to fixed columns by who knows τ, beside those that are made of points. */
import assert from 'node:assert/strict';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { openSession, type Session } from '../../sdk/src/attest/session/session.ts';
import type { G1Point } from '../../sdk/src/curve/g1.ts';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/index.ts';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { tableColumns } from '../../sdk/src/machine/chips/tables.ts';
import { imageColumns } from '../../sdk/src/machine/image.ts';
import { type ColumnValues, FixedTable } from '../../sdk/src/plonk/columns/fixed.ts';
import {
  type CommitmentSources,
  commitFixed,
  type FixedColumn,
} from '../../sdk/src/plonk/columns/fixed-commitment.ts';
import { createRandom } from '../kernels/random.ts';

const random = createRandom('fixed commitments');

/** The same SRS as one of which nobody knows τ. */
function withPointsOnly({ tau, ...srs }: Srs): Srs {
  assert.notEqual(tau, undefined);
  return srs;
}

async function bothWays(
  { engine, srs }: Pick<CommitmentSources, 'engine' | 'srs'>,
  t: number,
  columns: readonly FixedColumn[],
): Promise<G1Point> {
  const noEngine = (): never => assert.fail('kernels were asked for');
  const known = await commitFixed({ engine: noEngine, srs }, t, columns);
  assert.deepEqual(known, await commitFixed({ engine, srs: withPointsOnly(srs) }, t, columns));
  return known;
}

const all = (log: number, values: readonly ColumnValues[]): FixedColumn[] => {
  const table = new FixedTable(log, values, 'columns');
  return values.map((_, index) => ({ table, index }));
};
const words = (width: 1 | 2, rows: number): ColumnValues => ({
  words: width,
  data: Uint32Array.from(random.elements(1n << 32n, width * rows), Number),
});

describe('plonk: fixed columns committed with a τ that is known', () => {
  it('are committed as by points, whatever they hold', async () => {
    const engine = createReferenceEngine();
    const srs = await openDevelopmentSrs({ seed: 'fixed', size: 120 });
    const field = random.elements(FR_MODULUS, 8);
    const cases: readonly (readonly [t: number, columns: readonly FixedColumn[]])[] = [
      [1, all(0, [[5n]])],
      [3, all(3, [words(1, 8), words(2, 8), field])],
      // Fewer columns than the pack has room for, and fewer values than rows.
      [5, all(4, [words(1, 9), words(2, 3), field])],
      [4, [...all(2, [words(1, 4)]), ...all(4, [words(2, 16)]), ...all(2, [field.slice(0, 4)])]],
      [2, all(3, [words(1, 0), [0n, 0n, 1n]])],
    ];
    for (const [t, columns] of cases) assert.notEqual(await bothWays({ engine, srs }, t, columns), null);
    assert.equal(await bothWays({ engine, srs }, 2, all(3, [words(1, 0), [0n]])), null);
  });

  it('of the key and of a program are those that points come to', async () => {
    await using session: Session = await openSession({ cache: null });
    const { engine, srs, verifyingKey } = session;
    const [pack, ...more] = verifyingKey.shape.packs.filter(
      ({ stage, columns }) =>
        stage === 'fixed' && verifyingKey.shape.chips[columns[0]![0]]!.name === 'tables',
    );
    assert.deepEqual(more, []);
    const columns = tableColumns();
    const table = await bothWays({ engine, srs }, pack!.t, all(Math.log2(columnRows(columns[0]!)), columns));
    assert.deepEqual([table], verifyingKey.commitments);

    const { source, invoke } = await readExample('quicksort');
    const image = imageColumns(loadProgram(await compileGuest(source), invoke).program);
    assert.notEqual(await bothWays({ engine, srs }, 15, all(image.log, image.columns)), null);
  });
});

const columnRows = (values: ColumnValues): number =>
  'words' in values ? values.data.length / values.words : values.length;
