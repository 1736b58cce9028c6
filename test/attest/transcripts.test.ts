/** Proofs of the machine in the flavour that circuits verify: whole runs and longer ones, under the id that contracts know. */
import assert from 'node:assert/strict';
import {
  openSession,
  type ProofDocument,
  type ProveParameters,
  programId,
  prove,
  readProofDocument,
  type Session,
  verify,
  writeProofDocument,
} from '../../sdk/src/index.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { fixedPacks } from '../../sdk/src/plonk/declare/shape.ts';
import { machineDigest } from '../../sdk/src/plonk/keys/key.ts';
import { runDigest, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { asyncVerdictOf, type Verdict } from '../lib/verdict.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';

const SECRET = 1_000_000_007n;

describe('proofs with poseidon2', () => {
  let session: Session;
  let whole: ProofDocument;
  let long: ProofDocument;
  const inFlavour = async (more: Partial<ProveParameters>): Promise<ProofDocument> => {
    const base = { wasm: ROUNDS, args: [60], privateInputs: [SECRET], transcript: 'poseidon2' } as const;
    return (await prove(session, { ...base, ...more })).document;
  };
  before(async () => {
    session = await openSession({ maxLog: 14, onWarning: () => {} });
    whole = await inFlavour({});
    // More rows than one proof may have in so much memory.
    long = await inFlavour({ args: [5_000], maxMemoryBytes: 331 * 2 ** 20 });
  });
  after(() => session.dispose());

  const answer = (document: ProofDocument): Promise<Verdict> =>
    asyncVerdictOf(verify(session, { document, wasm: ROUNDS }));

  it('are accepted, whole and in shards, with the id of the other flavour', async () => {
    assert.equal(whole.shards, 1);
    assert.ok(long.shards > 2, `${long.shards} shards`);
    const keys = verifyingKeys(await session.shardKeys('poseidon2'));
    for (const document of [whole, long]) {
      assert.equal(await answer(document), 'accepted');
      assert.equal(document.programId, await programId(session, { wasm: ROUNDS }));
      assert.equal(document.machine, machineDigest(session.verifyingKey));
      assert.equal(document.verifyingKey, runDigest(keys));
    }
    const usual = (await prove(session, { wasm: ROUNDS, args: [60], privateInputs: [SECRET] })).document;
    assert.deepEqual(usual.statement, whole.statement);
    assert.equal(usual.programId, whole.programId);
    assert.deepEqual(usual.programKey, whole.programKey);
    assert.notEqual(usual.verifyingKey, whole.verifyingKey);
  });

  it('come back from their file, which has no secret', async () => {
    const text = writeProofDocument(whole);
    assert.deepEqual(readProofDocument(text, 'file'), whole);
    assert.doesNotMatch(text, new RegExp(String(SECRET)));
  });

  it('are refused as what they are not: of other shards, another key, another statement', async () => {
    assert.equal(await answer({ ...whole, shards: 2 }), 'PROOF_MALFORMED');
    assert.equal(await answer({ ...long, shards: 1 }), 'PROOF_MALFORMED');
    const { digest } = session.verifyingKey;
    assert.equal(await answer({ ...whole, verifyingKey: digest }), 'PROOF_SELECTOR');
    const contracts = runDigest(verifyingKeys(await session.shardKeys()));
    assert.equal(await answer({ ...whole, verifyingKey: contracts }), 'PROOF_FOREIGN_KEY');
    assert.equal(await answer({ ...long, verifyingKey: contracts }), 'PROOF_SELECTOR');
    const statement = { ...whole.statement, publicInputs: [61n, ...whole.statement.publicInputs.slice(1)] };
    assert.equal(await answer({ ...whole, statement }), 'PROOF_IDENTITY');
  });

  it('pack fewer commitments where one proof is wrapped, and the image alike in all keys', () => {
    const image = new Set<string>();
    const counts: Record<string, number> = {};
    for (const transcript of ['keccak256', 'poseidon2'] as const) {
      for (const kind of ['whole', 'body', 'closing'] as const) {
        const { shape } = layout(machineSystem({ kind, transcript }));
        counts[`${kind} ${transcript}`] = shape.packs.length;
        for (const { t, columns } of fixedPacks(shape, 'program')) image.add(`${t} ${columns.length}`);
        assert.equal(shape.transcript, transcript);
        assert.equal(shape.bus, kind === 'whole' && transcript === 'keccak256' ? 'closed' : 'shared');
      }
    }
    assert.deepEqual([...image], ['15 6']);
    // With φ, the quotient, W, W' and the generator a circuit has 26 terms to add up.
    assert.equal(counts['whole poseidon2'], 21);
    assert.ok(counts['body poseidon2']! > counts['body keccak256']!);
  });
});
