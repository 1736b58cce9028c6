/** Inner proofs: a leaf of the toy, proven on the wide layout with the kernels; what it says, and what is refused. */
import assert from 'node:assert/strict';
import { addG1, encodeG1, G1_GENERATOR, negateG1 } from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { commitmentCache } from '../../sdk/src/kzg/commitment-cache.ts';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { ITEM_BYTES, SELECTOR_BYTES } from '../../sdk/src/plonk/declare/schedule.ts';
import { packLogs, programLogs } from '../../sdk/src/plonk/declare/shape.ts';
import type { ProgramKey } from '../../sdk/src/plonk/keys/key.ts';
import type { ProvingKey } from '../../sdk/src/plonk/keys/keygen.ts';
import { type RunKeys, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { verifyProof, verifyRecursive } from '../../sdk/src/plonk/verify/verifier.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import {
  type InnerProgram,
  innerKeygen,
  innerPowers,
  innerProgram,
  proveInner,
} from '../../sdk/src/recursion/inner.ts';
import type { Program } from '../../sdk/src/recursion/program.ts';
import {
  type InnerClaim,
  innerCarried,
  innerMessages,
  innerMessagesOf,
} from '../../sdk/src/recursion/verifier/inner-vector.ts';
import { leafClaim, leafInputs, leafProgram } from '../../sdk/src/recursion/verifier/leaf.ts';
import { MemoryStore } from '../kzg/support.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import { makeToyKeys, proveToyRun, type ToyKeys, type ToyProofs } from '../plonk/toy-run.ts';
import { figure } from '../soundness/lib/report.ts';

const RANGE = { least: 4, most: 5 };
/** Both bodies. */
const SHAPE = { bodies: 2, closing: false };

describe('recursion: inner proofs', () => {
  let engine: Engine;
  let srs: Srs;
  let toy: ToyKeys;
  let keys: RunKeys;
  let run: ToyProofs;
  let leaf: Program;
  let key: ProvingKey;
  let program: InnerProgram;
  let claim: InnerClaim;
  let proof: Uint8Array;
  before(async () => {
    engine = await createEngine({});
    srs = await openDevelopmentSrs({ seed: 'toy', size: innerPowers() });
    toy = await makeToyKeys({ transcript: 'poseidon2' });
    keys = verifyingKeys(toy);
    run = await proveToyRun(toy);
    leaf = leafProgram(keys, SHAPE, RANGE);
    key = await innerKeygen({ engine, srs, messages: innerMessagesOf(keys.closing) });
    program = await innerProgram({ engine, srs, key, program: leaf });
    claim = claimOf(run.proofs.slice(0, 2));
    proof = await made(claim, run.proofs.slice(0, 2));
  });
  after(() => engine.dispose());

  const claimOf = (proofs: readonly Uint8Array[]): InnerClaim =>
    leafClaim(keys, SHAPE, { ...run.challenges, programs: 99n, program: toy.program.key, first: 0, proofs });
  const made = (of: InnerClaim, proofs: readonly Uint8Array[]): Promise<Uint8Array> => {
    const inputs = leafInputs(keys, { shape: SHAPE, range: RANGE }, { claim: of, proofs });
    return proveInner({ engine, srs, key, program, carried: innerCarried(of), inputs });
  };
  const verdict = (bytes: Uint8Array, change: Partial<ProgramKey> = {}): Verdict =>
    verdictOf(() =>
      verifyRecursive({ key: key.key, program: { ...program.proving.key, ...change }, proof: bytes }),
    );

  it('say what their program says: its messages come back', () => {
    const found = verifyRecursive({ key: key.key, program: program.proving.key, proof });
    assert.deepEqual(found, innerMessages(claim));
    const { values, field } = program.wide.rows;
    assert.deepEqual(programLogs(program.proving.key.log, 2), [values.log, field.log]);
    figure(`${values.rows.length} rows of values, ${field.rows.length} of elements, ${proof.length} bytes`);
  });

  it('every message and both sides of the pair are what was proven', () => {
    // Behind the selector: messages, A, B.
    innerCarried(claim).messages.forEach((_, i) => {
      const at = SELECTOR_BYTES + ITEM_BYTES.scalar * (i + 1) - 1;
      assert.equal(verdict(proof.with(at, proof[at]! ^ 1)), 'PROOF_IDENTITY', `message ${i}`);
    });
    const pair = SELECTOR_BYTES + ITEM_BYTES.scalar * innerMessages(claim).length;
    for (const [i, point] of [claim.pair.first, claim.pair.second].entries()) {
      const other = proof.slice();
      other.set(encodeG1(negateG1(point)), pair + ITEM_BYTES.point * i);
      assert.equal(verdict(other), 'PROOF_IDENTITY');
    }
  });

  it('a byte changed anywhere is refused', () => {
    for (let at = 0; at < proof.length; at += 97) {
      assert.match(verdict(proof.with(at, proof[at]! ^ 2)), /^PROOF_/, `byte ${at}`);
    }
    assert.equal(verdict(proof.slice(0, -1)), 'PROOF_LENGTH');
  });

  it('are of one program: other commitments or heights are another', () => {
    const { commitments } = program.proving.key;
    for (const i of commitments.keys()) {
      const others = commitments.with(i, negateG1(commitments[i]!));
      assert.match(verdict(proof, { commitments: others }), /^PROOF_/, `commitment ${i}`);
    }
    const { values, field } = program.wide.rows;
    assert.match(verdict(proof, { log: packLogs([values.log + 1, field.log]) }), /^PROOF_/);
    assert.equal(verdict(proof, { log: packLogs([values.log, field.log, 1]) }), 'KEY_INVALID');
    const statement = { publicInputs: [], publicOutputs: [], status: 0n };
    const direct = { key: key.key, program: program.proving.key, statement, proof };
    assert.throws(
      () => verifyProof(direct),
      (error) => isWattestError(error, 'KEY_INVALID'),
    );
  });

  it('another program of the same heights, proven under the same key, is another program', async () => {
    const b = new ProgramBuilder();
    const vector = Array.from({ length: leaf.publics }, () => b.publicElement());
    b.assertEqual(vector[0]!, vector[0]!);
    const idle = await innerProgram({ engine, srs, key, program: b.build() });
    const carried = innerCarried(claim);
    const inputs = { elements: [], points: [] };
    const lie = await proveInner({ engine, srs, key, program: idle, carried, inputs });
    const { log } = idle.proving.key;
    assert.equal(verdict(lie, idle.proving.key), 'accepted');
    assert.match(verdict(lie), /^PROOF_/);
    assert.match(verdict(lie, { log }), /^PROOF_/);
  });

  it('there is none of what does not hold', async () => {
    const proofs = run.proofs.slice(0, 2);
    const refused = (of: InnerClaim): Promise<void> =>
      assert.rejects(made(of, proofs), (error) => isWattestError(error, 'WITNESS_INVALID'));
    await refused({ ...claim, sum: Fr.add(claim.sum, 1n) });
    await refused({ ...claim, root: Fr.add(claim.root, 1n) });
    await refused({ ...claim, pair: { first: claim.pair.second, second: claim.pair.first } });
  });

  it('of shards whose pairing fails there is one, and its pair does not pair', async () => {
    const at = run.proofs[0]!.length - ITEM_BYTES.scalar - ITEM_BYTES.point;
    const bad = run.proofs[0]!.slice();
    bad.set(encodeG1(addG1(G1_GENERATOR, G1_GENERATOR)), at);
    const proofs = [bad, run.proofs[1]!];
    assert.equal(verdict(await made(claimOf(proofs), proofs)), 'PROOF_PAIRING');
  });

  it('commitments of a program are kept, and no engine is asked then', async () => {
    const cache = commitmentCache({ store: new MemoryStore() })!;
    // As if nobody knew its τ.
    const unknown = Object.create(srs, { tau: { value: undefined } }) as Srs;
    const none = (): Promise<Engine> => Promise.reject(new Error('an engine is asked for'));
    const asks = innerProgram({ engine: none, srs: unknown, key, program: leaf, cache });
    await assert.rejects(asks, /an engine is asked for/);
    await innerProgram({ engine, srs: unknown, key, program: leaf, cache });
    const again = await innerProgram({ engine: none, srs: unknown, key, program: leaf, cache });
    assert.deepEqual(again.proving.key, program.proving.key);
  });

  it('a program that is too tall, one of another vector, and an SRS that is too small are refused', async () => {
    const b = new ProgramBuilder();
    for (let i = 0; i < leaf.publics; i++) b.publicElement();
    const state = [b.zero, b.zero, b.zero] as const;
    for (let i = 0; i < 1500; i++) b.permute(state);
    await assert.rejects(
      innerProgram({ engine, srs, key, program: b.build() }),
      (error) => isWattestError(error, 'TRACE_TOO_TALL') && /field/.test(error.where ?? ''),
    );
    const other = new ProgramBuilder();
    other.publicElement();
    await assert.rejects(innerProgram({ engine, srs, key, program: other.build() }), RangeError);
    const small = Object.create(srs, { size: { value: innerPowers() - 1 } }) as Srs;
    await assert.rejects(innerKeygen({ engine, srs: small, messages: 1 }), (error) =>
      isWattestError(error, 'SRS_TOO_SMALL'),
    );
  });
});
