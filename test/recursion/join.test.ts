/**
 * A run of the toy joined for real: leaves and a join as inner proofs under the machine's inner key, with the kernels, and the rows of the wrap before the row checker. What claims
 * without verifying is proven under the same key, and refused.
 */
import assert from 'node:assert/strict';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { programDigest } from '../../sdk/src/plonk/keys/key.ts';
import type { ProvingKey } from '../../sdk/src/plonk/keys/keygen.ts';
import { type RunKeys, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { verifyRecursive } from '../../sdk/src/plonk/verify/verifier.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import { inputPoint } from '../../sdk/src/recursion/gadgets/curve.ts';
import { msm } from '../../sdk/src/recursion/gadgets/msm.ts';
import {
  type InnerProgram,
  innerKeygen,
  innerPowers,
  innerProgram,
  proveInner,
} from '../../sdk/src/recursion/inner.ts';
import { narrowProgram } from '../../sdk/src/recursion/narrow/narrow.ts';
import { partInputs } from '../../sdk/src/recursion/part.ts';
import type { Program, ProgramInputs } from '../../sdk/src/recursion/program.ts';
import { INNER_SHAPES, planParts } from '../../sdk/src/recursion/tree.ts';
import {
  type InnerClaim,
  innerCarried,
  innerMessages,
  innerMessagesOf,
} from '../../sdk/src/recursion/verifier/inner-vector.ts';
import { type JoinKeys, joinProgram } from '../../sdk/src/recursion/verifier/join.ts';
import { leafProgram } from '../../sdk/src/recursion/verifier/leaf.ts';
import {
  type InnerProof,
  joinClaim,
  joinInputs,
  type ListedRun,
  verifyPart,
  wrapJoinClaim,
  wrapJoinInputs,
} from '../../sdk/src/recursion/verifier/parts.ts';
import type { WrapClaim } from '../../sdk/src/recursion/verifier/wrap.ts';
import { wrapJoinProgram } from '../../sdk/src/recursion/verifier/wrap-join.ts';
import { DEFAULT_PLAN, makeToyKeys, type ToyKeys, type ToyProofs } from '../plonk/toy-run.ts';
import { figure } from '../soundness/lib/report.ts';
import { endOf } from './lib/end.ts';
import { assertRowsHold } from './lib/narrow-rows.ts';
import { judgeTampered, pairs } from './lib/tampered-inner.ts';
import { RANGE, toyRun } from './lib/toy-tree.ts';

const { statement } = DEFAULT_PLAN;
/** A leaf of four bodies, one of a body and the closing shard, a join of both. */
const SHARDS = 6;
const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';
/** Of the changes to a proof, in CI. */
const EVERY = FULL ? 1 : 23;
const EXTENT = FULL ? 'every item' : 'one of 23 changes';

type Made = InnerProof & { readonly claim: InnerClaim };

describe('recursion: a run is joined', () => {
  let engine: Engine;
  let srs: Srs;
  let toy: ToyKeys;
  let shards: RunKeys;
  let run: ToyProofs;
  let inner: ProvingKey;
  let keys: JoinKeys;
  let listed: ListedRun;
  /** By place in the list of shapes; those that this run has. */
  const programs = new Map<number, InnerProgram>();
  const parts: Made[] = [];

  before(async () => {
    engine = await createEngine({});
    srs = await openDevelopmentSrs({ seed: 'toy', size: innerPowers() });
    toy = await makeToyKeys({ transcript: 'poseidon2' });
    shards = verifyingKeys(toy);
    inner = await innerKeygen({ engine, srs, messages: innerMessagesOf(shards.closing) });
    keys = { inner: inner.key, closing: shards.closing };
    run = await toyRun({ made: toy }, SHARDS);
    const plan = planParts(SHARDS);
    for (const { program } of plan) {
      programs.set(program, await innerProgram({ engine, srs, key: inner, program: programOf(program) }));
    }
    const list = [...programs.values()].map(({ proving }) => digestOf(proving));
    listed = { ...run.challenges, program: toy.program.key, list };
    for (const { program, first, count, children } of plan) {
      const below =
        children.length === 0
          ? { shards: run.proofs.slice(first, first + count) }
          : { parts: children.map((i) => parts[i]!) };
      const partKeys = { shards, inner: inner.key, range: RANGE };
      const { claim, inputs } = partInputs(partKeys, listed, { program, first }, below);
      await prove(programs.get(program)!, claim, inputs);
    }
  });
  after(() => engine.dispose());

  const digestOf = ({ key }: InnerProgram['proving']): bigint => bytesToNumberBE(programDigest(key));
  /** The list has three programs here. */
  const programOf = (index: number): Program => {
    const shape = INNER_SHAPES[index]!;
    return shape.kind === 'leaf'
      ? leafProgram(shards, shape.leaf, RANGE)
      : joinProgram(keys, { children: shape.children, programs: 3 });
  };
  async function prove(program: InnerProgram, claim: InnerClaim, inputs: ProgramInputs): Promise<void> {
    const proof = await proveInner({
      engine,
      srs,
      key: inner,
      program,
      carried: innerCarried(claim),
      inputs,
    });
    parts.push({ program: program.proving.key, proof, claim });
  }

  it('every part convinces, says what it should, and its pair holds', () => {
    for (const { claim, ...part } of parts) {
      verifyPart(keys, listed, { ...part, says: claim });
      assert.ok(pairs(keys.inner, claim.pair));
    }
    const [{ wide }] = [...programs.values()].slice(-1) as [InnerProgram];
    const { values, field } = wide.rows;
    figure(
      `join of 2: ${values.rows.length} and ${field.rows.length} rows, ${parts.at(-1)!.proof.length} bytes`,
    );
  });

  it('rows of the wrap hold for the last one', () => {
    const top = parts.at(-1)!;
    const claim = wrapJoinClaim(keys, { ...top, run: listed.program, statement, list: listed.list });
    assert.deepEqual([claim.alpha, claim.beta], [run.challenges.alpha, run.challenges.beta]);
    const narrow = narrowProgram(wrapJoinProgram(keys, listed.list));
    const inputs = wrapJoinInputs(keys, { ...top, claim });
    assertRowsHold(narrow, inputs);
  });

  it(`a join refuses what the native verifier refuses of its first part, in the same place: ${EXTENT}`, () => {
    const [part, second, top] = parts as [Made, Made, Made];
    const program = programOf(planParts(SHARDS).at(-1)!.program);
    const below = (proof: Uint8Array): InnerProof[] => [{ ...part, proof }, second];
    const counts = judgeTampered({
      ...{ inner: inner.key, honest: part, program, every: EVERY },
      inputs: (proof, pair = top.claim.pair) =>
        joinInputs(keys, { claim: { ...top.claim, pair }, list: listed.list, parts: below(proof) }),
      pair: (proof) => joinClaim(keys, { ...listed, parts: below(proof) }).pair,
    });
    figure(`a join under the machine's inner key, ${counts}`);
    // Digests of key and list are constants of the program, or in its vector.
    const digest = `0x${'12'.repeat(32)}` as const;
    const other = joinProgram({ ...keys, inner: { ...inner.key, digest } }, { children: 2, programs: 3 });
    const given = joinInputs(keys, { claim: top.claim, list: listed.list, parts: [part, second] });
    assert.equal(endOf(program, given), 'holds');
    assert.match(endOf(other, given), /identity/);
    given.publics.forEach((value, i) => {
      const publics = given.publics.with(i, Fr.add(value, 1n));
      assert.notEqual(endOf(program, { ...given, publics }), 'holds', `element ${i}`);
    });
  });

  it(`its wrap refuses what the native verifier refuses of the join, in the same place: ${EXTENT}`, () => {
    const top = parts.at(-1)!;
    const program = wrapJoinProgram(keys, listed.list);
    const about = { run: listed.program, statement, list: listed.list };
    const exact = (proof: Uint8Array): WrapClaim => wrapJoinClaim(keys, { ...top, ...about, proof });
    const claim = exact(top.proof);
    const counts = judgeTampered({
      ...{ inner: inner.key, honest: top, program, every: EVERY },
      inputs: (proof, pair = claim.pair) =>
        wrapJoinInputs(keys, { ...top, proof, claim: { ...claim, pair } }),
      pair: (proof) => exact(proof).pair,
    });
    figure(`a wrap under the machine's inner key, ${counts}`);
    const given = wrapJoinInputs(keys, { ...top, claim });
    assert.equal(endOf(program, given), 'holds');
    const digest = `0x${'12'.repeat(32)}` as const;
    assert.match(
      endOf(wrapJoinProgram({ ...keys, inner: { ...inner.key, digest } }, listed.list), given),
      /identity/,
    );
    listed.list.forEach((listedOne, i) => {
      const list = listed.list.with(i, Fr.add(listedOne, 1n));
      assert.notEqual(endOf(wrapJoinProgram(keys, list), given), 'holds', `program ${i} of the list`);
    });
    given.publics.forEach((value, i) => {
      const publics = given.publics.with(i, Fr.add(value, 1n));
      assert.notEqual(endOf(program, { ...given, publics }), 'holds', `element ${i}`);
    });
  });

  it('a program that claims without verifying is proven under the same key, and nobody takes it', async () => {
    const b = new ProgramBuilder();
    for (let i = 0; i < programs.get(0)!.wide.rows.program.publics; i++) b.publicElement();
    // Rows of every kind, so that no commitment is infinity; they have nothing to do with what is said.
    const point = inputPoint(b);
    const [scalar] = b.permute([b.zero, b.zero, b.zero], [b.input()]);
    b.packPoint(msm(b, [{ point, scalar }]));
    const liar = await innerProgram({ engine, srs, key: inner, program: b.build() });
    const { claim } = parts[0]!;
    const lie = { ...claim, sum: Fr.add(claim.sum, 5n) };
    const inputs = { elements: [5n], points: [G1_GENERATOR] };
    const forged = {
      program: liar.proving.key,
      proof: await proveInner({ engine, srs, key: inner, program: liar, carried: innerCarried(lie), inputs }),
    };
    assert.deepEqual(verifyRecursive({ key: inner.key, ...forged }), innerMessages(lie));
    assert.throws(() => verifyPart(keys, listed, { ...forged, says: lie }), { code: 'PROOF_PART' });
    assert.throws(() => joinClaim(keys, { ...listed, parts: [forged, parts[1]!] }), { code: 'PROOF_PART' });
    // Under the digest of a program that is in the list the proof does not hold.
    const posing = { program: parts[0]!.program, proof: forged.proof };
    assert.throws(() => verifyPart(keys, listed, { ...posing, says: lie }), { code: 'PROOF_IDENTITY' });
    const top = parts[2]!;
    const join = [...programs.values()].at(-1)!;
    for (const part of [forged, posing]) {
      const below = [part, parts[1]!];
      const given = joinInputs(keys, { claim: top.claim, list: listed.list, parts: below });
      const carried = innerCarried(top.claim);
      await assert.rejects(proveInner({ engine, srs, key: inner, program: join, carried, inputs: given }), {
        code: 'WITNESS_INVALID',
      });
    }
  });
});
