/** Committed proofs of every kind under the keys of a session, before the verifier in Python: where tests have made these keys. */
import assert from 'node:assert/strict';
import { type ProofKind, readKind } from '../../scripts/lib/fixtures.ts';
import { bytesOf } from '../../sdk/src/attest/proof/document.ts';
import type { Keys } from '../../sdk/src/index.ts';
import type { VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { decodeRun, verifyingKeys, verifyRun } from '../../sdk/src/plonk/verify/run.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { encodeCallProof, encodeProofCall, encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { type Case, callCodes, compared } from './judge.ts';

/** Python answers as the TypeScript verifier does, of the proof and with one thing changed; of small ones in the calldata of `attest` too. */
export async function judgeKind(keys: Keys, kind: ProofKind): Promise<void> {
  const { programKey: program, statement, programId, proof: hex } = await readKind(kind);
  const proof = bytesOf(hex);
  const bent = (at: number): Uint8Array => proof.with(at, proof[at]! ^ 1);
  const status = statement.status + (1n << 32n);
  const cases: Case[] = [
    { name: 'as it is', proof, statement, program },
    { name: 'another status', proof, statement: { ...statement, status }, program },
    { name: 'another entry', proof, statement, program: { ...program, entry: program.entry + 1n } },
    { name: 'another selector', proof: bent(0), statement, program },
    { name: 'another scalar', proof: bent(proof.length - 129), statement, program },
    { name: 'another inverse', proof: bent(proof.length - 1), statement, program },
    { name: 'a byte less', proof: proof.subarray(0, -1), statement, program },
  ];
  if (kind === 'run' || kind === 'run-poseidon2') {
    const own = verifyingKeys(await keys.shardKeys(kind === 'run' ? 'keccak256' : 'poseidon2'));
    const answers = await compared({ ...own }, cases, ({ proof: given, ...about }) => {
      verifyRun({ keys: own, ...about, proofs: decodeRun(own, given) });
    });
    return assertAnswers(answers);
  }
  const key: VerifyingKey = (kind === 'small' ? await keys.wrapKey() : (await keys.joins()).wrap).key.key;
  assertAnswers(await compared({ alone: key }, cases, (one) => verifyProof({ key, ...one })));
  const call = (given: Uint8Array, id = programId): `0x${string}` =>
    encodeProofCall('attest', id, encodeStatement(statement), encodeCallProof(given, program));
  const codes = await callCodes(key, 'attest', [
    call(proof),
    call(bent(proof.length - 1)),
    call(proof, `0x${'12'.repeat(32)}`),
    `${call(proof)}00`,
  ]);
  assert.deepEqual(codes, [null, 'PROOF_INVERSE', 'PROOF_PROGRAM', 'STATEMENT_INVALID']);
}

function assertAnswers(answers: readonly string[]): void {
  assert.equal(answers[0], 'as it is: null');
  assert.equal(answers.filter((answer) => answer.endsWith(': null')).length, 1);
}
