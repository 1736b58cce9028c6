/** Leaves of the machine's runs as rows: they fit the inner key. */
import assert from 'node:assert/strict';
import { openSession, type Session } from '../../sdk/src/index.ts';
import { verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { INNER_SHAPES } from '../../sdk/src/recursion/tree.ts';
import { leafProgram } from '../../sdk/src/recursion/verifier/leaf.ts';
import { WIDE_LOGS } from '../../sdk/src/recursion/wide/chips.ts';
import { wideProgram } from '../../sdk/src/recursion/wide/wide.ts';
import { figure } from '../soundness/lib/report.ts';
import { PrintedPrograms } from './lib/printed.ts';

/** What is printed under {@link PrintedPrograms}. */
const LEAVES = {
  version: 'wattest inner programs 1',
  columns: 'ff2d58e0e13b82f308be58a7eed2dfa4f08748e4652ed7e481c948f3a49749a4',
};

/** log2 of N: from that of the tables to that of the default key. */
const RANGE = { least: 14, most: 17 };

describe('recursion: leaves of the machine', () => {
  let session: Session;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
  });
  after(() => session.dispose());

  it('fit the heights of the inner key, all of the list', async () => {
    const keys = verifyingKeys(await session.shardKeys('poseidon2'));
    const printed = new PrintedPrograms();
    for (const shape of INNER_SHAPES) {
      if (shape.kind === 'join') continue;
      const { bodies, closing } = shape.leaf;
      const program = wideProgram(leafProgram(keys, shape.leaf, RANGE));
      printed.add(program);
      const { values, field } = program.rows;
      figure(
        `leaf of ${bodies} bodies${closing ? ' and the closing shard' : ''}: values ${values.rows.length}, field ${field.rows.length} rows`,
      );
      assert.ok(values.log <= WIDE_LOGS['values']! && field.log <= WIDE_LOGS['field']!);
    }
    printed.assertKnown(LEAVES);
  });
});
