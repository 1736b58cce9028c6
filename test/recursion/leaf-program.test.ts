/** Several shards of a run verified by one program: evaluated on the toy it says of them what the native verifier says. */
import assert from 'node:assert/strict';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { addG1, G1_GENERATOR, multiplyG1, negateG1 } from '../../sdk/src/curve/g1.ts';
import { G2_GENERATOR } from '../../sdk/src/curve/g2.ts';
import { pairingProductIsOne } from '../../sdk/src/curve/pairing.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import type { ProgramKey } from '../../sdk/src/plonk/keys/key.ts';
import type { Pair } from '../../sdk/src/plonk/verify/pair.ts';
import { type RunKeys, rootOf, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { NO_PROGRAM, openShard, type ShardClaim } from '../../sdk/src/plonk/verify/verifier.ts';
import type { Program, ProgramInputs } from '../../sdk/src/recursion/program.ts';
import type { InnerClaim } from '../../sdk/src/recursion/verifier/inner-vector.ts';
import { type LeafShape, leafClaim, leafInputs, leafProgram } from '../../sdk/src/recursion/verifier/leaf.ts';
import { combineNative } from '../../sdk/src/recursion/verifier/pairs.ts';
import { makeToyKeys, proveToyRun, type ToyKeys, type ToyProofs } from '../plonk/toy-run.ts';
import { endOf } from './lib/end.ts';
import { w2, withW2 } from './lib/w2.ts';

/** Bodies have 2^4 rows, the table 2^5. */
const RANGE = { least: 4, most: 5 };
/** Passes through. */
const PROGRAMS = 987654321n;

describe('several shards as one program', () => {
  let keys: RunKeys;
  let image: ProgramKey;
  let run: ToyProofs;
  /** Both bodies, and the closing shard; the bodies alone; the closing shard alone. */
  const all: LeafShape = { bodies: 2, closing: true };
  const bodies: LeafShape = { bodies: 2, closing: false };
  const last: LeafShape = { bodies: 0, closing: true };
  const programs = new Map<LeafShape, Program>();

  before(async () => {
    const made: ToyKeys = await makeToyKeys({ transcript: 'poseidon2' });
    keys = verifyingKeys(made);
    image = made.program.key;
    run = await proveToyRun(made);
    for (const shape of [all, bodies, last]) programs.set(shape, leafProgram(keys, shape, RANGE));
  });

  const claimOf = (shape: LeafShape, first: number, proofs: readonly Uint8Array[]): InnerClaim =>
    leafClaim(keys, shape, { ...run.challenges, programs: PROGRAMS, program: image, first, proofs });
  const inputsOf = (shape: LeafShape, claim: InnerClaim, proofs: readonly Uint8Array[]): ProgramInputs =>
    leafInputs(keys, { shape, range: RANGE }, { claim, proofs });
  const end = (shape: LeafShape, inputs: ProgramInputs): string => endOf(programs.get(shape)!, inputs);
  const pairs = ({ first, second }: Pair): boolean =>
    pairingProductIsOne([
      [first, G2_GENERATOR],
      [negateG1(second), keys.body.tau2],
    ]);

  it('ends with root, sum and pair of the native verifier, and the roots of parts make that of the run', () => {
    const whole = claimOf(all, 0, run.proofs);
    const left = claimOf(bodies, 0, run.proofs.slice(0, 2));
    const right = claimOf(last, 2, run.proofs.slice(2));
    assert.equal(end(all, inputsOf(all, whole, run.proofs)), 'holds');
    assert.equal(end(bodies, inputsOf(bodies, left, run.proofs.slice(0, 2))), 'holds');
    assert.equal(end(last, inputsOf(last, right, run.proofs.slice(2))), 'holds');
    for (const { pair } of [whole, left, right]) assert.ok(pairs(pair));
    assert.equal(Fr.add(left.sum, right.sum), whole.sum);
    const leaves = run.commitments.map(({ leaf }) => leaf);
    assert.equal(whole.root, bytesToNumberBE(rootOf('poseidon2', leaves)));
  });

  it('every element of the public vector, of the witness, and every point counts', () => {
    const inputs = inputsOf(all, claimOf(all, 0, run.proofs), run.proofs);
    const refused = (change: Partial<ProgramInputs>, name: string): void =>
      assert.notEqual(end(all, { ...inputs, ...change }), 'holds', name);
    inputs.publics.forEach((value, i) => {
      // T is for those who join.
      if (i === 0) assert.equal(value, PROGRAMS);
      else refused({ publics: inputs.publics.with(i, Fr.add(value, 1n)) }, `public ${i}`);
    });
    inputs.elements.forEach((value, i) => {
      refused({ elements: inputs.elements.with(i, Fr.add(value, 1n)) }, `element ${i}`);
    });
    inputs.points.forEach((point, i) => {
      refused({ points: inputs.points.with(i, negateG1(point)!) }, `point ${i}`);
    });
  });

  it('refuses shards in another order, of another place, of other challenges, and one twice', () => {
    const [a, b, c] = run.proofs as [Uint8Array, Uint8Array, Uint8Array];
    const claim = claimOf(bodies, 0, [a, b]);
    for (const proofs of [
      [b, a],
      [a, a],
      [b, b],
    ]) {
      assert.match(end(bodies, inputsOf(bodies, claim, proofs)), /^(root|shard \d\/identity)/);
    }
    assert.match(end(bodies, inputsOf(bodies, { ...claim, first: 1 }, [a, b])), /^root/);
    assert.match(end(bodies, inputsOf(bodies, { ...claim, alpha: 3n }, [a, b])), /^shard 0\/identity/);
    // The sums of two shards exchanged in part: the total is the same.
    const inputs = inputsOf(all, claimOf(all, 0, run.proofs), run.proofs);
    const sums = [a, b, c].map((proof, i) => inputs.elements.indexOf(sumOf(proof, i === 2)));
    const [x, y] = sums.map((at) => inputs.elements[at]!) as [bigint, bigint];
    const shifted = inputs.elements.with(sums[0]!, Fr.add(x, 5n)).with(sums[1]!, Fr.sub(y, 5n));
    assert.match(end(all, { ...inputs, elements: shifted }), /^shard 0\/identity/);
  });

  function sumOf(proof: Uint8Array, closing: boolean): bigint {
    const { packs } = (closing ? keys.closing : keys.body).shape;
    const at = 36 + 64 * packs.filter(({ stage }) => stage === 'main').length;
    return bytesToNumberBE(proof.subarray(at, at + 32));
  }

  it('a challenge that combines pairs and is drawn before W′: two false proofs would make up for each other', () => {
    const proofs = run.proofs.slice(0, 2);
    const open = (given: readonly Uint8Array[]): ShardClaim[] =>
      given.map((proof, i) => openShard(keys.body, NO_PROGRAM, i, proof).defer(run.challenges));
    const tau = developmentTau('toy');
    // What a shard's transcript comes to is u. first = … + u·W', so W' moved by D is off by (u − τ)·D; polynomials do what τ does here.
    const [u, v] = open(proofs).map(({ state }) => bytesToNumberBE(state)) as [bigint, bigint];
    const early = 12345n;
    const other = Fr.mul(Fr.sub(tau, u), Fr.inv(Fr.mul(early, Fr.sub(v, tau))));
    const forged = proofs.map((proof, i) => {
      return withW2(proof, addG1(w2(proof), multiplyG1(G1_GENERATOR, [1n, other][i]!)));
    });
    const claims = open(forged);
    for (const { pair } of claims) assert.ok(!pairs(pair), 'both are false');
    const under = (c: bigint, of: (pair: Pair) => Pair['first']): Pair['first'] =>
      addG1(of(claims[0]!.pair), multiplyG1(of(claims[1]!.pair), c));
    const combined = {
      first: under(early, ({ first }) => first),
      second: under(early, ({ second }) => second),
    };
    assert.ok(pairs(combined), 'under a challenge that they were made for the whole pairs');
    // The challenge of the program waits for both W', and so the program holds with a pair that does not.
    const claim = claimOf(bodies, 0, forged);
    assert.equal(end(bodies, inputsOf(bodies, claim, forged)), 'holds');
    assert.ok(!pairs(claim.pair));
    assert.notEqual(end(bodies, inputsOf(bodies, { ...claim, pair: combined }, forged)), 'holds');
    assert.deepEqual(claim.pair, combineNative(claims));
  });
});
