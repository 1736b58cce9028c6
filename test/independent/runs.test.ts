/** Runs of one and of several proofs under either hash: the verifier written from the documents answers as the TypeScript one does. */
import assert from 'node:assert/strict';
import type { ProgramKey } from '../../sdk/src/plonk/keys/key.ts';
import {
  decodeRun,
  encodeRun,
  type RunKeys,
  verifyingKeys,
  verifyRun,
} from '../../sdk/src/plonk/verify/run.ts';
import { TRANSCRIPTS } from '../../sdk/src/transcript/transcript.ts';
import { DEFAULT_PLAN, makeToyKeys, proveToyRun, toyCells, wholeCells } from '../plonk/toy-run.ts';
import { type Case, compared, noPython } from './judge.ts';

/** Honest runs, and each with one thing changed. */
function casesOf(keys: RunKeys, proofs: readonly Uint8Array[], program: ProgramKey): Case[] {
  const { statement } = DEFAULT_PLAN;
  const proof = encodeRun(keys, proofs);
  const honest: Case = { name: 'as it is', proof, statement, program };
  const cases = [honest];
  const add = (name: string, change: Partial<Case>): void => {
    if (change.proof === undefined || !Buffer.from(change.proof).equals(proof)) {
      cases.push({ ...honest, name, ...change });
    }
  };
  // Coordinates and scalars are 32 bytes: a step that meets each of their bytes somewhere.
  for (let at = 0; at < proof.length; at += 97) {
    add(`byte ${at}`, { proof: proof.with(at, proof[at]! ^ (1 << (at % 8))) });
  }
  // Of the first shard, behind the head of 8 bytes and its own selector.
  add('a height that is none', { proof: proof.with(12, 255) });
  add('another height', { proof: proof.with(12, proof[12]! + 1) });
  add('a selector of no key', { proof: proof.with(8, proof[8]! ^ 1) });
  for (const length of [0, 3, 4, 8, proof.length - 1]) {
    add(`${length} bytes`, { proof: proof.subarray(0, length) });
  }
  add('a byte more', { proof: Uint8Array.of(...proof, 0) });
  for (const count of [0, 1, 2, 3, 4, 2 ** 16, 2 ** 32 - 1]) {
    const other = proof.slice();
    new DataView(other.buffer).setUint32(4, count);
    add(`${count} shards`, { proof: other });
  }
  add('shards in another order', { proof: encodeRun(keys, proofs.toReversed()) });
  add('a shard left out', { proof: encodeRun(keys, proofs.slice(1)) });
  add('a shard twice', { proof: encodeRun(keys, [proofs[0]!, ...proofs]) });
  const { publicInputs, publicOutputs, status } = statement;
  add('another status', { statement: { ...statement, status: status + 1n } });
  add('an input more', { statement: { ...statement, publicInputs: [...publicInputs, 0n] } });
  add('another output', { statement: { ...statement, publicOutputs: publicOutputs.with(0, 13n) } });
  add('another entry', { program: { ...program, entry: program.entry + 1n } });
  add('another height', { program: { ...program, log: program.log + 1 } });
  add('an entry that is none', { program: { ...program, entry: 1n << 64n } });
  add('an image of zeros', { program: { ...program, commitments: [null] } });
  return cases;
}

describe('independent verifier, in Python: runs', () => {
  if (noPython()) {
    it.skip('SKIPPED: there is no python3 of 3.9 or later');
    return;
  }

  for (const hash of TRANSCRIPTS) {
    for (const shards of hash === 'poseidon2' ? [1, 3] : [3]) {
      it(`says of runs of ${shards} with ${hash} what the TypeScript verifier says`, async () => {
        const made = await makeToyKeys({ transcript: hash });
        const keys = verifyingKeys(made);
        const { proofs } = await proveToyRun(made, shards === 1 ? wholeCells() : toyCells());
        // Rows that do not make the statement true, in a run that is made as an honest one.
        const lie = { ...DEFAULT_PLAN.statement, status: 5n };
        const lied = await proveToyRun(made, shards === 1 ? wholeCells() : toyCells(), lie);
        const program = made.program.key;
        const cases = [
          ...casesOf(keys, proofs, program),
          { name: 'a lie', proof: encodeRun(keys, lied.proofs), statement: lie, program },
        ];
        const ours = await compared({ ...keys }, cases, ({ proof, statement, program: about }) =>
          verifyRun({ keys, program: about, statement, proofs: decodeRun(keys, proof) }),
        );
        assert.equal(ours[0], 'as it is: null');
        assert.equal(ours.at(-1), 'a lie: PROOF_SUM');
        assert.equal(ours.filter((answer) => answer.endsWith(': null')).length, 1);
        const codes = new Set(ours.map((answer) => answer.split(': ')[1]));
        for (const code of ['SELECTOR', 'LENGTH', 'HEIGHTS', 'POINT', 'IDENTITY', 'INVERSE', 'SUM']) {
          assert.ok(codes.has(`PROOF_${code}`), `no PROOF_${code}`);
        }
      });
    }
  }
});
