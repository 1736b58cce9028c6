/** Proofs about other proofs, with their pair and public vector: the verifier written from the documents answers as the TypeScript one does. */
import assert from 'node:assert/strict';
import { numberToBytesBE } from '@noble/curves/utils.js';
import { addG1, encodeG1, G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { DEFAULT_RUN } from '../plonk/toy.ts';
import { makeWrapToy, PAIR_POINTS, proveWrap, wrapped, wrapRun } from '../plonk/toy-wrap.ts';
import { type Case, compared, noPython } from './judge.ts';

describe('independent verifier, in Python: small proofs', () => {
  if (noPython()) {
    it.skip('SKIPPED: there is no python3 of 3.9 or later');
    return;
  }

  it('says what the TypeScript verifier says, of honest ones and with one thing changed', async () => {
    const toy = await makeWrapToy();
    const { statement } = DEFAULT_RUN;
    const program = toy.program.key;
    const proof = await proveWrap(toy);
    const honest: Case = { name: 'as it is', proof, statement, program };
    const cases = [honest];
    const add = (name: string, change: Partial<Case>): unknown => cases.push({ ...honest, name, ...change });
    const at = (offset: number, bytes: Uint8Array): Uint8Array => {
      const copy = proof.slice();
      copy.set(bytes, offset);
      return copy;
    };
    for (let i = 0; i < proof.length; i += 11) {
      add(`byte ${i}`, { proof: proof.with(i, proof[i]! ^ (1 << (i % 8))) });
    }
    // Behind the selector: messages, then A and B.
    const { messages } = wrapped(toy);
    messages.forEach((value, i) => {
      add(`message ${i} and one`, { proof: at(4 + 32 * i, numberToBytesBE(Fr.add(value, 1n), 32)) });
      if (value + FR_MODULUS < 1n << 256n) {
        add(`message ${i} and r`, { proof: at(4 + 32 * i, numberToBytesBE(value + FR_MODULUS, 32)) });
      }
    });
    const { A, B } = PAIR_POINTS;
    const pairAt = 4 + 32 * messages.length;
    add('another A', { proof: at(pairAt, encodeG1(addG1(A, G1_GENERATOR))) });
    add('another B', { proof: at(pairAt + 64, encodeG1(addG1(B, G1_GENERATOR))) });
    add('the pair swapped', { proof: at(pairAt, Uint8Array.of(...encodeG1(B), ...encodeG1(A))) });
    add('A at infinity', { proof: at(pairAt, new Uint8Array(64)) });
    for (const length of [0, 3, 4, 36, proof.length - 1]) {
      add(`${length} bytes`, { proof: proof.subarray(0, length) });
    }
    add('a byte more', { proof: Uint8Array.of(...proof, 0) });
    const { publicInputs, status } = statement;
    add('another status', { statement: { ...statement, status: status + 1n } });
    add('an input more', { statement: { ...statement, publicInputs: [...publicInputs, 0n] } });
    add('another entry', { program: { ...program, entry: program.entry + 1n } });
    add('another height', { program: { ...program, log: program.log + 1 } });
    add('a height that is none', { program: { ...program, log: 1 } });
    add('no commitment', { program: { ...program, commitments: [] } });
    // Pairs that are carried through in good order: one that does not hold, one of a sum that is another statement's.
    const run = wrapRun(toy);
    const false_ = { ...run.carried, pair: { A: B, B: A } };
    add('a false pair', { proof: await proveWrap(toy, { ...run, carried: false_ }) });
    const lie = { ...statement, status: 5n };
    add('a lie', { statement: lie, proof: await proveWrap(toy, { ...run, statement: lie }) });

    const answers = await compared({ alone: toy.key.key }, cases, (one) => {
      verifyProof({ key: toy.key.key, ...one });
    });
    assert.equal(answers[0], 'as it is: null');
    assert.equal(answers.filter((answer) => answer.endsWith(': null')).length, 1);
    assert.ok(answers.includes('a false pair: PROOF_PAIRING'));
    assert.ok(answers.includes('a lie: PROOF_SUM'));
    const codes = new Set(answers.map((answer) => answer.split(': ')[1]));
    for (const code of ['SELECTOR', 'LENGTH', 'POINT', 'SCALAR', 'SUM', 'IDENTITY', 'INVERSE', 'PAIRING']) {
      assert.ok(codes.has(`PROOF_${code}`), `no PROOF_${code}`);
    }
  });
});
