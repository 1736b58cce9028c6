/** The verifier of the machine's whole runs as rows of the narrow chip: what `wrap` proves. */
import assert from 'node:assert/strict';
import { Fr } from '../../sdk/src/field/field.ts';
import { openSession, type Session } from '../../sdk/src/index.ts';
import type { VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { evaluate } from '../../sdk/src/recursion/evaluate.ts';
import { NARROW_LOG } from '../../sdk/src/recursion/narrow/chip.ts';
import { narrowProgram } from '../../sdk/src/recursion/narrow/narrow.ts';
import type { Program } from '../../sdk/src/recursion/program.ts';
import { claimOf, type WrapClaim, wrapInputs, wrapProgram } from '../../sdk/src/recursion/verifier/wrap.ts';
import { figure } from '../soundness/lib/report.ts';
import { assertRowsHold } from './lib/narrow-rows.ts';
import { wholeProof } from './lib/whole-proof.ts';

const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';

/** log2 of N: from that of the tables to that of the default key. */
const RANGE = { least: 14, most: 17 };

describe('the verifier of whole runs as a program', () => {
  let session: Session;
  let key: VerifyingKey;
  let program: Program;
  let proof: Uint8Array;
  let claim: WrapClaim;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
    const whole = await wholeProof(session);
    key = whole.keys.whole!;
    ({ proof } = whole);
    program = wrapProgram(key, RANGE);
    const { programKey, statement } = whole.document;
    claim = claimOf(key, { program: programKey, statement, proof });
  });
  after(() => session.dispose());

  it('fits 2^15 rows of the narrow chip, which hold for a proof', () => {
    const narrow = narrowProgram(program);
    const rows = narrow.rows.rows.length;
    const count = (op: string): number => program.operations.filter((one) => one.op === op).length;
    figure(
      `${rows} rows: ${count('relation')} relations, ${count('permute')} permutations, ${count('field')} operations`,
    );
    assert.ok(rows <= 2 ** NARROW_LOG);
    const inputs = wrapInputs(key, RANGE, { claim, proof });
    assertRowsHold(narrow, inputs);
  });

  it('is another program for another key, and refuses what is not the proof', () => {
    const { elements, points, publics } = wrapInputs(key, RANGE, { claim, proof });
    const refused = (change: Partial<Parameters<typeof evaluate>[1]>): void =>
      assert.throws(() => evaluate(program, { elements, points, publics, ...change }), {
        code: 'WITNESS_INVALID',
      });
    for (let i = 0; i < elements.length; i += FULL ? 1 : 23) {
      refused({ elements: elements.with(i, Fr.add(elements[i]!, 1n)) });
    }
    for (let i = 0; i < points.length; i += FULL ? 1 : 3)
      refused({ points: points.with(i, points[(i + 1) % points.length]!) });
    for (let i = 0; i < publics.length; i++) refused({ publics: publics.with(i, publics[i]! + 1n) });
  });
});
