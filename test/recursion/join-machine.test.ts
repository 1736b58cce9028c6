/** Joins of the machine's runs as rows: the wrap of one fits the narrow chip, and no join is taller than a leaf. */
import assert from 'node:assert/strict';
import { openSession, type Session } from '../../sdk/src/index.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { innerKeygen } from '../../sdk/src/recursion/inner.ts';
import { NARROW_LOG } from '../../sdk/src/recursion/narrow/chip.ts';
import { narrowProgram } from '../../sdk/src/recursion/narrow/narrow.ts';
import { INNER_SHAPES } from '../../sdk/src/recursion/tree.ts';
import { innerMessagesOf } from '../../sdk/src/recursion/verifier/inner-vector.ts';
import { type JoinKeys, joinProgram } from '../../sdk/src/recursion/verifier/join.ts';
import { wrapJoinProgram } from '../../sdk/src/recursion/verifier/wrap-join.ts';
import { wideProgram } from '../../sdk/src/recursion/wide/wide.ts';
import { figure } from '../soundness/lib/report.ts';
import { PrintedPrograms } from './lib/printed.ts';

/** What is printed under {@link PrintedPrograms}. */
const JOINS = {
  version: 'wattest inner programs 1',
  columns: 'f45f104dd89dec9e8f8e93004aea4438e07300efcf2d3cdbf2558ab66847b15e',
};

/** log2 height of `values` of the leaf of four bodies (`test/recursion/inner.test.ts` has the chips, docs/recursion.md the count). */
const LEAF_LOG = 15;

describe('recursion: joins of the machine', () => {
  let session: Session;
  let engine: Engine;
  let keys: JoinKeys;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
    engine = await createEngine({});
    const { closing } = verifyingKeys(await session.shardKeys('poseidon2'));
    const made = await innerKeygen({ engine, srs: session.srs, messages: innerMessagesOf(closing) });
    keys = { inner: made.key, closing };
  });
  after(async () => {
    await engine.dispose();
    await session.dispose();
  });

  it('a wrap of one fits 2^15 rows of the narrow chip', () => {
    const list = INNER_SHAPES.map((_, i) => BigInt(i + 1));
    const { rows } = narrowProgram(wrapJoinProgram(keys, list));
    figure(`the wrap of a join has ${rows.rows.length} rows, of 2^${NARROW_LOG}`);
    assert.ok(rows.rows.length <= 2 ** NARROW_LOG);
  });

  it('no join is taller than a leaf', () => {
    const printed = new PrintedPrograms();
    for (const shape of INNER_SHAPES) {
      if (shape.kind === 'leaf') continue;
      const { children } = shape;
      const program = wideProgram(joinProgram(keys, { children, programs: INNER_SHAPES.length }));
      printed.add(program);
      const { rows } = program;
      figure(`join of ${children}: values ${rows.values.rows.length}, field ${rows.field.rows.length} rows`);
      assert.ok(rows.values.log <= LEAF_LOG && rows.field.log <= LEAF_LOG);
    }
    printed.assertKnown(JOINS);
  });
});
