/** The verifier of the machine's whole runs as rows of the narrow chip: what `wrap` proves. */
import assert from 'node:assert/strict';
import { bytesOf } from '../../sdk/src/attest/proof/document.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { openSession, type ProofDocument, prove, type Session } from '../../sdk/src/index.ts';
import { check } from '../../sdk/src/plonk/check/check.ts';
import { formatFailure } from '../../sdk/src/plonk/check/report.ts';
import { FixedTable } from '../../sdk/src/plonk/columns/fixed.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import type { VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { decodeRun, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { evaluate } from '../../sdk/src/recursion/evaluate.ts';
import { NARROW_LOG, narrowSystem } from '../../sdk/src/recursion/narrow/chip.ts';
import { narrowProgram, narrowWitness } from '../../sdk/src/recursion/narrow/narrow.ts';
import type { Program } from '../../sdk/src/recursion/program.ts';
import { claimOf, type WrapClaim, wrapInputs, wrapProgram } from '../../sdk/src/recursion/verifier/wrap.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';
import { figure } from '../soundness/lib/report.ts';

const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';

/** log2 of N: from that of the tables to that of the default key. */
const RANGE = { least: 14, most: 17 };

describe('the verifier of whole runs as a program', function () {
  this.timeout(0);
  let session: Session;
  let key: VerifyingKey;
  let program: Program;
  let document: ProofDocument;
  let proof: Uint8Array;
  let claim: WrapClaim;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
    const keys = verifyingKeys(await session.shardKeys('poseidon2'));
    key = keys.whole!;
    program = wrapProgram(key, RANGE);
    const base = { wasm: ROUNDS, privateInputs: [7n], transcript: 'poseidon2' } as const;
    ({ document } = await prove(session, { ...base, args: [60] }));
    [proof] = decodeRun(keys, bytesOf(document.proof)) as [Uint8Array];
    const { programKey, statement } = document;
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
    // As constants of the system: the words of a statement have 64 bits.
    const vector = inputs.publics.map((value) => ({ from: 'constant' as const, value }));
    const report = check({
      layout: layout(narrowSystem({ vector })),
      tables: [new FixedTable(NARROW_LOG, narrow.fixed, 'verifier')],
      witness: [{ log: NARROW_LOG, columns: narrowWitness(narrow, inputs) }],
      entry: 0n,
      statement: { publicInputs: [], publicOutputs: [], status: 0n },
      locate: (_chip, row) => narrow.rows.places[row],
    });
    assert.ok(report.ok, report.failures.slice(0, 3).map(formatFailure).join('\n'));
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
