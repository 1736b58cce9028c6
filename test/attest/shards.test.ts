/** Runs of the machine that take several proofs: prove, file, verify, and what a lying prover of them can do. */
import assert from 'node:assert/strict';
import type { ProveRunParameters } from '../../sdk/src/attest/jobs/walk.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import {
  check,
  openSession,
  type ProofDocument,
  programId,
  prove,
  readProofDocument,
  run,
  type Session,
  verify,
  writeProofDocument,
} from '../../sdk/src/index.ts';
import { askedOnce } from '../../sdk/src/machine/execute/execute.ts';
import { type RunPlan, traceShards } from '../../sdk/src/machine/execute/segments.ts';
import { decodeRun, encodeRun, runDigest, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { asyncVerdictOf, type Verdict } from '../lib/verdict.ts';
import { ROUNDS } from '../machine/lib/rounds.ts';
import { proveInShards, rounds, SECRET } from './lib/shards.ts';

describe('runs that take several proofs', () => {
  let session: Session;
  let plan: RunPlan;
  let honest: ProofDocument;
  before(async () => {
    session = await openSession({ maxLog: 14, onWarning: () => {} });
    ({ plan, document: honest } = await shardsOf(60));
  });
  after(() => session.dispose());

  /** A proof in shards of a few rows, by whoever. */
  async function shardsOf(
    count: number,
    dishonest?: ProveRunParameters['dishonest'],
  ): Promise<{ plan: RunPlan; document: ProofDocument }> {
    const { planned, document } = await proveInShards(session, rounds(count), { dishonest });
    return { plan: planned.known.plan, document };
  }

  const answer = (document: ProofDocument): Promise<Verdict> =>
    asyncVerdictOf(verify(session, { document, wasm: ROUNDS }));
  /** The document with other proofs of shards. */
  const reproven = async (
    change: (proofs: Uint8Array[]) => readonly Uint8Array[],
  ): Promise<ProofDocument> => {
    const keys = verifyingKeys(await session.shardKeys());
    const proofs = change(decodeRun(keys, Buffer.from(honest.proof.slice(2), 'hex')));
    const proof = encodeRun(keys, proofs);
    return { ...honest, shards: proofs.length, proof: `0x${Buffer.from(proof).toString('hex')}` };
  };

  it('are accepted, with the id that a proof of a whole run has, and say the same', async () => {
    assert.ok(plan.shards.length >= 4, `${plan.shards.length} bodies`);
    assert.equal(await answer(honest), 'accepted');
    assert.equal(honest.programId, await programId(session, { wasm: ROUNDS }));
    const whole = await prove(session, { wasm: ROUNDS, args: [60], privateInputs: [SECRET] });
    assert.equal(whole.document.shards, 1);
    assert.equal(whole.document.programId, honest.programId);
    assert.deepEqual(whole.document.statement, honest.statement);
    assert.ok((await check({ wasm: ROUNDS, args: [60], privateInputs: [SECRET] })).ok);
  });

  it('come back from their file', async () => {
    const text = writeProofDocument(honest);
    assert.deepEqual(readProofDocument(text, 'file'), honest);
    assert.doesNotMatch(text, new RegExp(String(SECRET)));
    for (const shards of [0, 2, honest.shards - 1, honest.shards + 1]) {
      assert.equal(await answer({ ...honest, shards }), 'PROOF_MALFORMED', `${shards} shards`);
    }
    assert.equal(await answer({ ...honest, shards: 1 }), 'PROOF_FOREIGN_KEY');
    const { key } = session.provingKey;
    assert.equal(await answer({ ...honest, shards: 1, verifyingKey: key.digest }), 'PROOF_SELECTOR');
    const keys = verifyingKeys(await session.shardKeys());
    assert.equal(honest.verifyingKey, runDigest(keys));
  });

  it('the pass that records them leaves the rows of one recording, cut', async () => {
    const { program } = loadProgram(ROUNDS);
    const again = askedOnce(parseInputs({ args: [60], privateInputs: [SECRET] }, program));
    let refreshes = 0;
    let cells = 0;
    let ends = 0;
    let next = 1;
    for await (const { chips, refresh, boundary } of traceShards(program, again, plan)) {
      refreshes += refresh.rows;
      cells += boundary.rows;
      ends += boundary.ends ? 1 : 0;
      for (const [name, { rows }] of Object.entries(chips)) {
        assert.equal(rows, plan.shards[next - 1]!.rows[name as 'alu'], `${name} of shard ${next - 1}`);
        assert.ok(rows <= 32);
      }
      next++;
    }
    assert.equal(next, plan.shards.length + 1);
    assert.equal(cells, plan.boundary.rows);
    assert.equal(ends, 1);
    assert.equal(
      refreshes,
      plan.shards.reduce((sum, shard) => sum + shard.refreshes, 0),
    );
    const result = await run({ wasm: ROUNDS, args: [60], privateInputs: [SECRET] });
    assert.deepEqual(plan.publicOutputs, result.results);
    // Touched cells stand behind the last segment, in as many shards as they take.
    assert.ok(plan.shards.filter(({ until }) => until === undefined).length >= 1);
  });

  it('refused: a shard left out, twice, in another order, of another run', async () => {
    const last = honest.shards - 1;
    assert.match(await answer(await reproven((p) => p.toSpliced(1, 1))), /PROOF_IDENTITY/);
    assert.match(await answer(await reproven((p) => p.toSpliced(1, 0, p[1]!))), /PROOF_IDENTITY/);
    assert.match(await answer(await reproven((p) => p.with(0, p[1]!).with(1, p[0]!))), /PROOF_IDENTITY/);
    assert.match(await answer(await reproven((p) => p.slice(0, last))), /PROOF_LENGTH|PROOF_SELECTOR/);
    const { document: other } = await shardsOf(60);
    const keys = verifyingKeys(await session.shardKeys());
    const foreign = decodeRun(keys, Buffer.from(other.proof.slice(2), 'hex'));
    assert.equal(await answer(other), 'accepted');
    assert.match(await answer(await reproven((p) => p.with(2, foreign[2]!))), /PROOF_IDENTITY/);
    assert.match(await answer(await reproven((p) => p.with(last, foreign[last]!))), /PROOF_IDENTITY/);
  });

  it('refused: another statement, another program', async () => {
    const { statement } = honest;
    const outputs = [statement.publicOutputs[0]! + 1n];
    assert.equal(
      await answer({ ...honest, statement: { ...statement, publicOutputs: outputs } }),
      'PROOF_IDENTITY',
    );
    const programKey = { ...honest.programKey, entry: honest.programKey.entry + 1n };
    assert.equal(await answer({ ...honest, programKey }), 'PROOF_PROGRAM');
  });

  it('refused: a state that one shard hands over and the next one takes otherwise', async () => {
    // The first row of the second shard claims another time than the last one of the first shard left: nothing but the bus says no.
    const { document } = await shardsOf(20, (shard, witness) => {
      if (shard !== 1) return;
      const alu = witness.find(({ name }) => name === 'alu')!;
      const ts = alu.columns[0]!;
      assert.ok(ts.kind === 'ints');
      session.engine.words(ts)[0]! += 1;
    });
    assert.equal(await answer(document), 'PROOF_SUM');
  });

  it('refused: multiplicities that do not count all shards', async () => {
    const { document } = await shardsOf(8, (_shard, witness) => {
      const image = witness.find(({ name }) => name === 'image');
      const uses = image?.columns[0];
      if (uses?.kind === 'ints') session.engine.words(uses)[1]! += 1;
    });
    assert.equal(await answer(document), 'PROOF_SUM');
  });
});
