/** Runs of one shard, as circuits verify them: the toy under a key with a shared bus that holds everything. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { machineDigest } from '../../sdk/src/plonk/keys/key.ts';
import { verifyingKeyFromJson, verifyingKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';
import {
  decodeRun,
  encodeRun,
  type RunKeys,
  runDigest,
  verifyingKeys,
  verifyRun,
} from '../../sdk/src/plonk/verify/run.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import {
  answerOf,
  DEFAULT_PLAN,
  makeToyKeys,
  proveToyRun,
  type ToyKeys,
  toyCells,
  wholeCells,
} from './toy-run.ts';

describe('runs of one shard', () => {
  const { statement } = DEFAULT_PLAN;
  let keys: ToyKeys;
  let given: RunKeys;
  let proof: Uint8Array;
  before(async () => {
    keys = await makeToyKeys({ transcript: 'poseidon2' });
    given = verifyingKeys(keys);
    [proof] = (await proveToyRun(keys, wholeCells())).proofs as [Uint8Array];
  });
  const answer = (bytes: Uint8Array): string => answerOf(keys, [bytes]);

  it('are accepted, with the id that longer runs of the program have under either hash', async () => {
    assert.equal(answer(proof), 'accepted');
    assert.equal(machineDigest(given.whole!), machineDigest(given.closing));
    const contracts = await makeToyKeys();
    assert.equal(machineDigest(given.whole!), machineDigest(contracts.closing.key));
    assert.notEqual(given.closing.digest, contracts.closing.key.digest);
    assert.notEqual(runDigest(given), runDigest({ body: given.body, closing: given.closing }));
  });

  it('come back from bytes, and not with another number of shards', () => {
    const bytes = encodeRun(given, [proof]);
    assert.deepEqual(decodeRun(given, bytes), [proof]);
    for (const count of [0, 2, 2 ** 16 + 1]) {
      const other = bytes.slice();
      new DataView(other.buffer).setUint32(4, count);
      assert.throws(
        () => decodeRun(given, other),
        (error) => isWattestError(error, 'PROOF_LENGTH'),
      );
    }
  });

  it('every part of the proof counts', () => {
    let refused = 0;
    for (let at = 0; at < proof.length; at += 7) {
      assert.notEqual(answer(proof.with(at, proof[at]! ^ (1 << (at % 8)))), 'accepted', `byte ${at}`);
      refused++;
    }
    assert.ok(refused > 200);
  });

  it('refused: another statement, other rows, a sum that is not that of the public terms', async () => {
    assert.equal(answerOf(keys, [proof], { ...statement, status: 1n }), 'PROOF_IDENTITY');
    const lie = { ...statement, publicOutputs: [12n, 5n * 10n ** 12n + 1n] };
    const { proofs } = await proveToyRun(keys, wholeCells(), lie);
    assert.equal(answerOf(keys, proofs, lie), 'PROOF_SUM');
    const [cells] = wholeCells();
    const bent = { ...cells!, exit: { ...cells!['exit'], status: [0n] } };
    assert.equal(answerOf(keys, (await proveToyRun(keys, [bent])).proofs), 'PROOF_SUM');
  });

  it('refused: a closing shard alone, the only shard among others, a proof of the other hash', async () => {
    const { proofs } = await proveToyRun(keys);
    assert.equal(answer(proofs[2]!), 'PROOF_SELECTOR');
    assert.equal(answerOf(keys, [proof, proofs[2]!]), 'PROOF_SELECTOR');
    const contracts = await makeToyKeys();
    const other = await proveToyRun(contracts);
    assert.equal(answerOf(keys, other.proofs), 'PROOF_SELECTOR');
    assert.equal(answerOf(contracts, proofs), 'PROOF_SELECTOR');
    assert.equal(answerOf(contracts, [proof]), 'PROOF_LENGTH');
    // The same rows: only the hash is another.
    const { body } = verifyingKeys(contracts);
    const claim = { program: keys.program.key, statement, proofs };
    assert.throws(
      () => verifyRun({ keys: { body, closing: given.closing }, ...claim }),
      (error) => isWattestError(error, 'KEY_INVALID'),
    );
    assert.equal(answerOf(contracts, (await proveToyRun(contracts, toyCells())).proofs), 'accepted');
  });

  it('its key comes back from its file, and no contract is made of it', () => {
    for (const key of [given.whole!, given.body, given.closing]) {
      assert.deepEqual(verifyingKeyFromJson(verifyingKeyToJson(key)), key);
      assert.throws(
        () => generateVerifier(key),
        (error) => isWattestError(error, 'KEY_INVALID') && error.message.includes('poseidon2'),
      );
    }
    const renamed = verifyingKeyToJson(given.whole!).replace('"poseidon2"', '"keccak256"');
    assert.throws(
      () => verifyingKeyFromJson(renamed),
      (error) => isWattestError(error, 'KEY_INVALID'),
    );
    const unknown = verifyingKeyToJson(given.whole!).replace('"poseidon2"', '"sha256"');
    assert.throws(
      () => verifyingKeyFromJson(unknown),
      (error) => isWattestError(error, 'KEY_INVALID'),
    );
  });
});
