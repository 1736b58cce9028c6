/**
 * A prover that lies about whole runs of real programs, and makes everything that follows from its lie fit: the row checker names
 * the lie and nothing else, an honest prover would stop, and the proof of one that does not is refused.
 */
import assert from 'node:assert/strict';
import { openSession, type Session } from '../../sdk/src/index.ts';
import { imageColumns } from '../../sdk/src/machine/image.ts';
import { STATUS_EXITED, STATUS_RETURNED } from '../../sdk/src/machine/program.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { programKeygen } from '../../sdk/src/plonk/keys/keygen.ts';
import type { Witness } from '../../sdk/src/plonk/keys/witness.ts';
import { prove } from '../../sdk/src/plonk/prove/prover.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { asyncVerdictOf, type Verdict } from '../lib/verdict.ts';
import { cellAt } from '../machine/chips/harness.ts';
import { judged, naive } from '../plonk/naive-check.ts';
import { program, SUM } from './lib/programs.ts';
import { figure } from './lib/report.ts';
import { LIES } from './lib/stories.ts';
import { exiting, setting } from './lib/stories-exits.ts';
import { FIELD_LIES } from './lib/stories-field.ts';
import { checkParameters, objections, type Story, tell, textOf } from './lib/story.ts';

describe('a lying prover, row by row', () => {
  it('the tools tell no lie by themselves: honest runs that are told by them hold', () => {
    const story = tell(program(SUM), { args: [5n] });
    assert.deepEqual(objections(story), [], textOf(story));
    assert.deepEqual(story.statement.publicOutputs, [46n]);
    const exits = [0n, 9n].map((code) => tell(exiting(), { args: [code] }));
    const sets = tell(setting(), { args: [0n] });
    for (const other of [...exits, sets]) assert.deepEqual(objections(other), [], textOf(other));
    assert.deepEqual(
      exits.map(({ statement }) => [statement.status, statement.publicOutputs]),
      [
        [STATUS_RETURNED, [65n, 1n]],
        [STATUS_EXITED + 9n, [65n, 1n]],
      ],
    );
    assert.deepEqual(sets.statement.publicOutputs, [7n]);
  });

  let named = 0;
  after(() => figure(`${named} of ${LIES.length} lies named by the row checker, and nothing else`));
  for (const lie of LIES) {
    it(`${lie.name}: ${lie.refused.join(', ')}`, () => {
      const story = lie.tell();
      assert.deepEqual(objections(story), [...lie.refused].sort(), textOf(story));
      named++;
    });
  }

  for (const lie of FIELD_LIES) {
    it(`${lie.name}: BigInt finds the same rows and tuples`, () => {
      const parameters = checkParameters(lie.tell());
      const found = judged(parameters);
      assert.deepEqual(found, naive(parameters));
      assert.ok(found.size > 0);
    });
  }
});

/** A proof takes a second or more, so usually a few lies are proven; `WATTEST_SOUNDNESS=full` proves them all. */
const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';

describe('a lying prover, with its proof', () => {
  let session: Session;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
  });
  let refused = 0;
  after(async () => {
    figure(`${refused} proofs of lies made and refused`);
    await session.dispose();
  });

  function upload({ witness }: Story): Witness {
    const { engine } = session;
    return witness.map(({ log, columns }) => ({
      log,
      columns: columns.map((filled) => {
        const { words, data, large } = filled;
        if (large !== undefined) {
          const vector = engine.vector(2 ** log);
          engine.write(
            vector,
            0,
            Array.from({ length: 2 ** log }, (_, row) => cellAt(filled, row)),
          );
          return vector;
        }
        const column = engine.ints(2 ** log, words);
        engine.words(column).set(data);
        return column;
      }),
    }));
  }

  /** Proves a story and has it verified: `accepted`, or the code of the refusal. */
  async function answer(story: Story, statement: Statement, dishonest: boolean): Promise<Verdict> {
    const { engine, srs, provingKey: key } = session;
    // Not by `identify`: images that lies are told of are written row by row, and not all are ones that it takes.
    const { log, columns } = imageColumns(story.program);
    const entry = BigInt(story.program.entry);
    const proving = await programKeygen({ engine, srs, key, log, entry, columns });
    const witness = upload(story);
    const proveAndVerify = async (): Promise<void> => {
      const { proof } = await prove({ engine, srs, key, program: proving, witness, statement, dishonest });
      verifyProof({ key: key.key, program: proving.key, statement, proof });
    };
    try {
      return await asyncVerdictOf(proveAndVerify());
    } finally {
      for (const { columns } of witness) engine.free(...columns);
      await proving.table?.release(engine);
    }
  }

  it('is accepted where it does not lie', async () => {
    const honest = tell(program(SUM), { args: [5n] });
    assert.equal(await answer(honest, honest.statement, true), 'accepted');
  });

  it('the honest prover stops at a lie', async () => {
    const story = LIES[0]!.tell();
    assert.equal(await answer(story, story.statement, false), 'WITNESS_INVALID');
  });

  for (const lie of LIES.filter(({ proven }) => FULL || proven === true)) {
    it(`${lie.name}: the proof is refused`, async () => {
      const story = lie.tell();
      assert.equal(await answer(story, story.statement, true), 'PROOF_IDENTITY');
      refused++;
    });
  }
});
