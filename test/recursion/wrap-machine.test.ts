/** The verifier of the machine's whole runs as rows of the narrow chip: what `wrap` proves. */
import assert from 'node:assert/strict';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { Fr } from '../../sdk/src/field/field.ts';
import { openSession, type Session } from '../../sdk/src/index.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import type { ProgramKey, VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { type RunKeys, runChallenges, verifyRun } from '../../sdk/src/plonk/verify/run.ts';
import { openShard } from '../../sdk/src/plonk/verify/verifier.ts';
import { NARROW_LOG } from '../../sdk/src/recursion/narrow/chip.ts';
import { narrowProgram } from '../../sdk/src/recursion/narrow/narrow.ts';
import type { Program, ProgramInputs } from '../../sdk/src/recursion/program.ts';
import { claimOf, type WrapClaim, wrapInputs, wrapProgram } from '../../sdk/src/recursion/verifier/wrap.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import { placesOf } from '../soundness/lib/corpus.ts';
import { figure } from '../soundness/lib/report.ts';
import { endOf } from './lib/end.ts';
import { assertRowsHold } from './lib/narrow-rows.ts';
import { countsOf, PLACES, tamperedProofs } from './lib/tampered.ts';
import { wholeProof } from './lib/whole-proof.ts';

const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';

/** log2 of N: from that of the tables to that of the default key. */
const RANGE = { least: 14, most: 17 };

describe('the verifier of whole runs as a program', () => {
  let session: Session;
  let keys: RunKeys;
  let key: VerifyingKey;
  let image: ProgramKey;
  let statement: Statement;
  let program: Program;
  let proof: Uint8Array;
  let claim: WrapClaim;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
    const whole = await wholeProof(session);
    ({ keys, proof } = whole);
    key = keys.whole!;
    ({ programKey: image, statement } = whole.document);
    program = wrapProgram(key, RANGE);
    claim = claimOf(key, { program: image, statement, proof });
  });
  after(() => session.dispose());

  const verify = (bytes: Uint8Array): Verdict =>
    verdictOf(() => {
      verifyRun({ keys, program: image, statement, proofs: [bytes] });
    });
  const lieOf = (tampered: Uint8Array): WrapClaim => {
    const { leaf } = openShard(key, image, 0, tampered);
    const challenges = runChallenges({ hash: 'poseidon2', leaves: [leaf], program: image, statement });
    const { at } = placesOf(schedule(key.shape)).find(({ kind }) => kind === 'scalar')!;
    return { ...claim, ...challenges, sum: bytesToNumberBE(tampered.subarray(at, at + 32)) };
  };

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

  it(`refuses what the native verifier refuses, in the same place: ${FULL ? 'every item' : 'one of 23 changes'}`, () => {
    const inputsOf = (own: WrapClaim, bytes: Uint8Array): ProgramInputs =>
      wrapInputs(key, RANGE, { claim: own, proof: bytes });
    const codes: string[] = [];
    const cases = tamperedProofs(proof, schedule(key.shape), { logs: [14, 15, 16], every: FULL ? 1 : 23 });
    for (const { name, proof: tampered } of cases) {
      let exact: WrapClaim | undefined;
      const code = verdictOf(() => {
        exact = claimOf(key, { program: image, statement, proof: tampered });
      });
      codes.push(code);
      // Otherwise with the challenges that the run would have, which the leaf of the tampered proof gives.
      const own = exact ?? lieOf(tampered);
      assert.equal(endOf(program, inputsOf(own, tampered)).split('/')[0], PLACES[code], `${name}: ${code}`);
      if (exact !== undefined) assert.equal(verify(tampered), 'PROOF_PAIRING', name);
    }
    figure(`${cases.length} tampered proofs of the machine, natively and as a program: ${countsOf(codes)}`);
  });

  it('is of one key, program key and statement', () => {
    const inputs = wrapInputs(key, RANGE, { claim, proof });
    inputs.publics.forEach((value, i) => {
      const publics = inputs.publics.with(i, Fr.add(value, 1n));
      assert.notEqual(endOf(program, { ...inputs, publics }), 'holds', `element ${i}`);
    });
    const digest = `0x${'12'.repeat(32)}` as const;
    assert.notEqual(endOf(wrapProgram({ ...key, digest }, RANGE), inputs), 'holds');
  });
});
