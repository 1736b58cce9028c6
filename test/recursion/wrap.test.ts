/** A proof of a run becomes a small one, with the kernels, at the real height; the small one is refused wherever the other would be (where only its pairing fails: `test/attest/wrap.test.ts`). */
import assert from 'node:assert/strict';
import { G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { openSession, type ProofDocument, type Session } from '../../sdk/src/index.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { machineDigest, programId, type VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { type WrapKey, wrap, wrapKeygen, wrapPowers } from '../../sdk/src/recursion/wrap.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import { figure } from '../soundness/lib/report.ts';
import { wholeProof } from './lib/whole-proof.ts';

describe('recursion: wrap', () => {
  let session: Session;
  let engine: Engine;
  let wrapped: VerifyingKey;
  let key: WrapKey;
  let document: ProofDocument;
  let proof: Uint8Array;
  let small: Uint8Array;
  before(async () => {
    session = await openSession({ onWarning: () => {} });
    engine = await createEngine({});
    const whole = await wholeProof(session);
    wrapped = whole.keys.whole!;
    ({ document, proof } = whole);
    key = await wrapKeygen({ engine, srs: session.srs, wrapped });
    small = await made(proof);
  });
  after(async () => {
    await engine.dispose();
    await session.dispose();
  });

  const made = (bytes: Uint8Array): Promise<Uint8Array> =>
    wrap({
      ...{ engine, srs: session.srs, key, proof: bytes },
      program: document.programKey,
      statement: document.statement,
    });
  const verify = (bytes: Uint8Array, change: Partial<Parameters<typeof verifyProof>[0]> = {}): Verdict => {
    const { programKey: program, statement } = document;
    return verdictOf(() => verifyProof({ key: key.key.key, program, statement, proof: bytes, ...change }));
  };

  it('gives a proof of the same program and statement, under the same id', () => {
    assert.equal(verify(small), 'accepted');
    assert.equal(programId(machineDigest(key.key.key), document.programKey), document.programId);
    figure(
      `${key.narrow.rows.rows.length} rows; the small proof has ${small.length} bytes, the other ${proof.length}`,
    );
    assert.ok(small.length <= 3_600);
  });

  it('which is of no other statement or program', () => {
    const { statement, programKey } = document;
    assert.equal(verify(small, { statement: { ...statement, status: statement.status + 1n } }), 'PROOF_SUM');
    const others = [...statement.publicOutputs, 1n];
    assert.equal(verify(small, { statement: { ...statement, publicOutputs: others } }), 'PROOF_SUM');
    assert.equal(verify(small, { program: { ...programKey, log: programKey.log + 1 } }), 'PROOF_IDENTITY');
    const commitments = programKey.commitments.map(() => G1_GENERATOR);
    assert.equal(verify(small, { program: { ...programKey, commitments } }), 'PROOF_IDENTITY');
  });

  it('of a proof that is refused before its pairing there is none', async () => {
    // The last word is the inverse, in front of it stands W'.
    for (const at of [proof.length - 1, 60, proof.length - 200]) {
      const bad = proof.with(at, proof[at]! ^ 1);
      await assert.rejects(made(bad), (error) => isWattestError(error) && error.code.startsWith('PROOF_'));
    }
  });

  it('a key that is none of whole runs is refused by name: of shards, of contracts, of small proofs', async () => {
    const { body, closing } = verifyingKeys(await session.shardKeys('poseidon2'));
    for (const other of [body, closing, session.verifyingKey, key.key.key]) {
      await assert.rejects(
        wrapKeygen({ engine, srs: session.srs, wrapped: other }),
        (error) => isWattestError(error, 'KEY_INVALID') && error.where === other.shape.name,
        other.shape.name,
      );
    }
  });

  it('an SRS that is too small is refused by name, before anything is computed', async () => {
    const srs = Object.create(session.srs, { size: { value: wrapPowers(wrapped) - 1 } }) as Srs;
    await assert.rejects(
      wrapKeygen({ engine, srs, wrapped }),
      (error) => isWattestError(error) && error.code === 'SRS_TOO_SMALL',
    );
  });
});
