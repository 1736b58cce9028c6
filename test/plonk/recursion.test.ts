/** Proofs about other proofs: the public vector, the deferred pair, the machine that a wrapping key is about. */
import assert from 'node:assert/strict';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import {
  addG1,
  decodeG1,
  encodeG1,
  equalG1,
  G1_GENERATOR,
  type G1Point,
  multiplyG1,
  negateG1,
} from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { check } from '../../sdk/src/plonk/check/check.ts';
import type { PublicField, Recursion } from '../../sdk/src/plonk/declare/declare.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { ITEM_BYTES } from '../../sdk/src/plonk/declare/schedule.ts';
import { vectorOf } from '../../sdk/src/plonk/declare/term-rules.ts';
import { machineDigest, type ProgramKey, programId } from '../../sdk/src/plonk/keys/key.ts';
import { verifyingKeyFromJson, verifyingKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';
import { keygen, subjectOf } from '../../sdk/src/plonk/keys/keygen.ts';
import { viewWitness } from '../../sdk/src/plonk/keys/witness.ts';
import { type Pair, withPair } from '../../sdk/src/plonk/verify/pair.ts';
import type { Carried } from '../../sdk/src/plonk/verify/public-terms.ts';
import { verifyProof, verifyRecursive } from '../../sdk/src/plonk/verify/verifier.ts';
import type { ManifestEntry } from '../../sdk/src/transcript/transcript.ts';
import { verdictOf } from '../lib/verdict.ts';
import { DEFAULT_RUN, ENTRY } from './toy.ts';
import {
  makeWrapToy,
  PAIR_POINTS,
  proveWrap,
  TAU,
  type WrapToy,
  wrapped,
  wrapRun,
  wrapSystem,
  wrapWitness,
} from './toy-wrap.ts';

describe('proofs about other proofs', () => {
  let toy: WrapToy;
  let proof: Uint8Array;
  let carried: Carried;
  const { statement } = DEFAULT_RUN;
  let offsets: Map<string, number>;

  before(async () => {
    toy = await makeWrapToy();
    proof = await proveWrap(toy);
    carried = wrapped(toy);
    offsets = offsetsOf(toy);
  });

  function offsetsOf({ key }: WrapToy): Map<string, number> {
    let at = 4;
    const found = new Map<string, number>();
    for (const { label, kind, from } of key.schedule.rounds.flatMap(({ items }) => items)) {
      if (from !== 'proof') continue;
      found.set(label, at);
      at += ITEM_BYTES[kind as keyof typeof ITEM_BYTES];
    }
    return found;
  }
  const verdict = (presented: Partial<Parameters<typeof verifyProof>[0]>): string =>
    verdictOf(() =>
      verifyProof({ key: toy.key.key, program: toy.program.key, statement, proof, ...presented }),
    );
  const replaced = (label: string, bytes: Uint8Array): Uint8Array => {
    const copy = proof.slice();
    copy.set(bytes, offsets.get(label)!);
    return copy;
  };

  it('an honest one is accepted, with the program id of the machine that it is about', () => {
    assert.equal(verdict({}), 'accepted');
    const { key } = toy.inner!.key;
    assert.equal(machineDigest(toy.key.key), machineDigest(key));
    assert.equal(
      programId(machineDigest(toy.key.key), toy.program.key),
      programId(machineDigest(key), toy.inner!.program.key),
    );
    // No chip has its height from the proof, so none is sent.
    assert.ok(!offsets.has('heights'));
  });

  it('the key is the same from its file, subject and vector included', () => {
    const { key } = toy.key;
    assert.deepEqual(verifyingKeyFromJson(verifyingKeyToJson(key)), key);
    const changed = (change: (shape: never) => unknown): string => {
      const json = JSON.parse(verifyingKeyToJson(key));
      change(json.shape as never);
      return verdictOf(() => verifyingKeyFromJson(JSON.stringify(json)));
    };
    type Json = { recursion: { messages: number; subject: { maxLog: number; machine: string } } };
    assert.equal(
      changed(() => 0),
      'accepted',
    );
    for (const change of [
      ({ recursion }: Json) => recursion.messages++,
      ({ recursion }: Json) => recursion.subject.maxLog--,
      ({ recursion }: Json) => {
        recursion.subject.machine = `0x${'11'.repeat(32)}`;
      },
      (shape: Partial<Json>) => delete shape.recursion,
    ]) {
      assert.equal(changed(change as never), 'KEY_INVALID');
    }
  });

  it('every element of the public vector is bound: messages, pair, statement, program', () => {
    for (const label of ['message 0', 'message 1', 'message 2']) {
      const value = bytesToNumberBE(proof.subarray(offsets.get(label), offsets.get(label)! + 32));
      // α, β or the sum that others would have: the sum is checked before anything else.
      assert.equal(verdict({ proof: replaced(label, numberToBytesBE(Fr.add(value, 1n), 32)) }), 'PROOF_SUM');
    }
    for (const other of [
      { ...statement, status: 0n },
      { ...statement, publicInputs: [...statement.publicInputs, 0n] },
    ]) {
      // With the sum that belongs to the other statement it is the vector that is another.
      assert.equal(verdict({ statement: other }), 'PROOF_SUM');
      const [, , sum] = wrapped(toy, other).messages;
      const repaired = replaced('message 2', numberToBytesBE(sum!, 32));
      assert.equal(verdict({ statement: other, proof: repaired }), 'PROOF_IDENTITY');
    }
    const { key } = toy.program;
    const others: ProgramKey[] = [
      { ...key, log: key.log + 1 },
      { ...key, commitments: [negateG1(key.commitments[0]!)] },
      { ...key, commitments: [null] },
    ];
    for (const program of others) assert.equal(verdict({ program }), 'PROOF_IDENTITY');
    assert.equal(verdict({ program: { ...key, entry: key.entry + 1n } }), 'PROOF_SUM');
  });

  it('program keys that the machine cannot have are refused', () => {
    const { key } = toy.program;
    for (const program of [
      { ...key, log: 2 },
      { ...key, log: 20 },
      { ...key, commitments: [] },
      { ...key, commitments: [{ x: 1n, y: 1n }] },
      { ...key, entry: 1n << 64n },
    ]) {
      assert.equal(verdict({ program }), 'KEY_INVALID');
    }
  });

  it('messages of r or more are refused, never reduced', () => {
    const at = offsets.get('message 0')!;
    const value = bytesToNumberBE(proof.subarray(at, at + 32));
    assert.equal(
      verdict({ proof: replaced('message 0', numberToBytesBE(value + FR_MODULUS, 32)) }),
      'PROOF_SCALAR',
    );
  });

  it('A and B are points of the curve other than infinity', () => {
    for (const name of ['A', 'B'] as const) {
      const { x, y } = carried.pair[name];
      const bent: [bigint, bigint][] = [
        [0n, 0n],
        [x + FQ_MODULUS, y],
        [x, y + FQ_MODULUS],
        [x, (y + 1n) % FQ_MODULUS],
      ];
      for (const [px, py] of bent) {
        const bytes = new Uint8Array([...numberToBytesBE(px, 32), ...numberToBytesBE(py, 32)]);
        assert.equal(verdict({ proof: replaced(name, bytes) }), 'PROOF_POINT', name);
      }
      // A point with the same x is another element of the vector.
      assert.equal(verdict({ proof: replaced(name, encodeG1({ x, y: FQ_MODULUS - y })) }), 'PROOF_IDENTITY');
    }
  });

  it('a pair that is swapped is another pair', async () => {
    const swapped = proof.slice();
    swapped.set(encodeG1(carried.pair.B), offsets.get('A')!);
    swapped.set(encodeG1(carried.pair.A), offsets.get('B')!);
    assert.equal(verdict({ proof: swapped }), 'PROOF_IDENTITY');
    const { A, B } = carried.pair;
    const honest = await proveWrap(toy, { ...wrapRun(toy), carried: { ...carried, pair: { A: B, B: A } } });
    assert.equal(verdict({ proof: honest }), 'PROOF_PAIRING');
  });

  /** A proof with a false pair, and what its verifier computes from it. */
  async function withFalsePair(): Promise<{
    false: Uint8Array;
    pair: Carried['pair'];
    L: G1Point;
    W2: G1Point;
    u: bigint;
    states: ManifestEntry[];
  }> {
    const pair = { A: addG1(PAIR_POINTS.A, G1_GENERATOR)!, B: PAIR_POINTS.B };
    const manifest: ManifestEntry[] = [];
    const made = await proveWrap(toy, { ...wrapRun(toy), carried: { ...carried, pair } }, { manifest });
    const u = Fr.from(bytesToNumberBE(manifest.find(({ label }) => label === 'challenge u')!.bytes));
    const at = offsets.get("W'")!;
    const W2 = decodeG1(made.subarray(at, at + 64), { where: 'test', infinity: 'reject' });
    // L = (τ − u)·W': the prover divided by X − u.
    return { false: made, pair, L: multiplyG1(W2, Fr.sub(TAU, u)), W2, u, states: manifest };
  }
  const holds = ({ first, second }: Pair): boolean => equalG1(first, multiplyG1(second, TAU));

  it('a pair whose deferred check nobody makes: what is left convinces, with it the proof is refused', async () => {
    const { false: made, pair, L, W2, u, states } = await withFalsePair();
    const own = { first: addG1(L, multiplyG1(W2, u)), second: W2 };
    assert.ok(holds(own), "the proof's own equation");
    const c = Fr.from(bytesToNumberBE(states.find(({ label }) => label === 'challenge c')!.bytes));
    assert.ok(!holds(withPair(own, pair, c)));
    assert.ok(holds(withPair(own, PAIR_POINTS, c)), 'the pair alone is to blame');
    assert.equal(verdict({ proof: made }), 'PROOF_PAIRING');
  });

  it("a challenge c that is drawn before W': a W' that makes up for a false pair, which the real c refuses", async () => {
    const { false: made, pair, L, W2, u } = await withFalsePair();
    // Whoever knows c beforehand adds D to W' with c·u·D + A − τ·B = τ·c·D.
    const early = Fr.add(u, 99n);
    const excess = addG1(pair.A, negateG1(multiplyG1(pair.B, TAU)));
    const D = multiplyG1(excess, Fr.inv(Fr.mul(early, Fr.sub(TAU, u))));
    const bent = addG1(W2, D);
    const own = { first: addG1(L, multiplyG1(bent, u)), second: bent };
    assert.ok(!holds(own));
    assert.ok(holds(withPair(own, pair, early)), 'an early c is fooled');
    const forged = made.slice();
    forged.set(encodeG1(bent), offsets.get("W'")!);
    assert.equal(verdict({ proof: forged }), 'PROOF_PAIRING');
  });

  it('a key under another τ than the proofs that it wraps is refused when it is made', async () => {
    const { engine, inner } = toy;
    const srs = await openDevelopmentSrs({ seed: 'another', size: 600 });
    const system = wrapSystem({ messages: 3, subject: subjectOf(inner!.key.key) });
    const tables = { reader: [[1n], [0n]] };
    const made = keygen({ engine, srs, system, tables, subject: inner!.key.key });
    await assert.rejects(made, (error) => isWattestError(error, 'KEY_INVALID'));
    await assert.rejects(keygen({ engine, srs: toy.srs, system, tables }), RangeError);
  });

  it('a proof about proofs alone has no statement, and gives back its messages', async () => {
    const alone = await makeWrapToy({ messages: 2 });
    const { key } = alone.key;
    const made = await proveWrap(alone);
    const program = alone.program.key;
    assert.deepEqual(verifyRecursive({ key, program, proof: made }), wrapRun(alone).carried.messages);
    assert.equal(
      verdictOf(() => verifyProof({ key, program, statement, proof: made })),
      'KEY_INVALID',
    );
    const { key: other } = toy.key;
    assert.equal(
      verdictOf(() => verifyRecursive({ key: other, program: toy.program.key, proof })),
      'KEY_INVALID',
    );
    const at = offsetsOf(alone).get('message 1')!;
    const bent = made.slice();
    bent.set(numberToBytesBE(4n, 32), at);
    assert.equal(
      verdictOf(() => verifyRecursive({ key, program, proof: bent })),
      'PROOF_IDENTITY',
    );
  });

  it('the row checker names an element of the vector that no row has', () => {
    const run = wrapRun(toy);
    const { layout: built, tables } = toy.key;
    const witness = viewWitness(toy.engine, wrapWitness(toy, run));
    const about = { program: run.program, carried: run.carried };
    const checked = (more: Partial<typeof about> = {}, other = statement): ReturnType<typeof check> =>
      check({ layout: built, tables, witness, entry: ENTRY, statement: other, about: { ...about, ...more } });
    assert.ok(checked().ok);
    const { messages, pair } = run.carried;
    for (const report of [
      checked({ carried: { messages: [...messages.slice(0, 2), 1n], pair } }),
      checked({ carried: { messages, pair: { A: pair.B, B: pair.B } } }),
      checked({ program: { ...run.program, log: 9 } }),
      checked({}, { ...statement, status: 5n }),
    ]) {
      assert.ok(!report.ok);
      assert.ok(report.failures.every((failure) => failure.kind === 'bus' && failure.tag === 'VECTOR'));
    }
  });

  it('no key leaves out a part of the public vector, nor has one that means nothing', () => {
    const subject = subjectOf(toy.inner!.key.key);
    const recursion: Recursion = { messages: 3, subject };
    const full = vectorOf(recursion);
    assert.equal(
      verdictOf(() => layout(wrapSystem(recursion, full))),
      'accepted',
    );
    for (const [i, field] of full.entries()) {
      const without = full.filter((_, k) => k !== i);
      assert.equal(
        verdictOf(() => layout(wrapSystem(recursion, without))),
        'SYSTEM_INVALID',
        field.from,
      );
    }
    const strangers: PublicField[] = [
      { from: 'status' },
      { from: 'message', index: 3 },
      { from: 'commitment', index: subject.commitments, part: 0 },
    ];
    for (const field of strangers) {
      assert.equal(
        verdictOf(() => layout(wrapSystem(recursion, [...full, field]))),
        'SYSTEM_INVALID',
        field.from,
      );
    }
    for (const wrong of [
      { messages: 2, subject },
      { messages: 65 },
      { messages: 3, subject: { ...subject, minLog: 9, maxLog: 8 } },
      { messages: 3, subject: { ...subject, commitments: 17 } },
    ]) {
      assert.equal(
        verdictOf(() => layout(wrapSystem(wrong))),
        'SYSTEM_INVALID',
      );
    }
    assert.equal(
      verdictOf(() => layout({ ...wrapSystem(recursion), bus: 'shared' })),
      'SYSTEM_INVALID',
    );
  });
});
