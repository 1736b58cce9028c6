/**
 * What a prover of joins could try, each by the program of a join or of its wrap and by the native verifier beside it. Proofs of the toy's inner key claim what they are told to, so
 * every claim here has a genuine proof, by a program of the list or by another one.
 */
import assert from 'node:assert/strict';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { addG1, G1_GENERATOR, multiplyG1, negateG1 } from '../../sdk/src/curve/g1.ts';
import { G2_GENERATOR } from '../../sdk/src/curve/g2.ts';
import { pairingProductIsOne } from '../../sdk/src/curve/pairing.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import type { Pair } from '../../sdk/src/plonk/verify/pair.ts';
import { challengesOfRoot, rootOf } from '../../sdk/src/plonk/verify/run.ts';
import { deferRecursive } from '../../sdk/src/plonk/verify/verifier.ts';
import type { Program } from '../../sdk/src/recursion/program.ts';
import { INNER_SHAPES } from '../../sdk/src/recursion/tree.ts';
import { type InnerClaim, programsDigest } from '../../sdk/src/recursion/verifier/inner-vector.ts';
import { joinProgram } from '../../sdk/src/recursion/verifier/join.ts';
import { leafProgram } from '../../sdk/src/recursion/verifier/leaf.ts';
import { combineNative, type NativeClaim } from '../../sdk/src/recursion/verifier/pairs.ts';
import {
  type InnerProof,
  joinClaim,
  joinInputs,
  verifyPart,
  wrapJoinClaim,
  wrapJoinInputs,
} from '../../sdk/src/recursion/verifier/parts.ts';
import type { WrapClaim } from '../../sdk/src/recursion/verifier/wrap.ts';
import { wrapJoinProgram } from '../../sdk/src/recursion/verifier/wrap-join.ts';
import { word } from '../../sdk/src/transcript/encode.ts';
import { DEFAULT_PLAN, makeToyKeys, type ToyProofs } from '../plonk/toy-run.ts';
import { endOf } from './lib/end.ts';
import type { ToyProgram } from './lib/toy-inner.ts';
import {
  listedRun,
  type MadePart,
  makeToyTree,
  RANGE,
  type ToyTree,
  toyParts,
  toyRun,
} from './lib/toy-tree.ts';
import { w2, withW2 } from './lib/w2.ts';

const { statement } = DEFAULT_PLAN;
const TAU = developmentTau('toy');

describe('recursion: attacks on joins', () => {
  let tree: ToyTree;
  let run: ToyProofs;
  /** Leaves of four shards, four and two. */
  let leaves: readonly [MadePart, MadePart, MadePart];
  let top: MadePart;
  let honest: WrapClaim;
  let wrap: Program;
  /** Not in the list. */
  let stranger: ToyProgram;
  const joins = new Map<number, Program>();
  before(async () => {
    tree = await makeToyTree();
    run = await toyRun(tree, 10);
    const parts = await toyParts(tree, run);
    leaves = parts.slice(0, 3) as unknown as typeof leaves;
    top = parts[3]!;
    stranger = await tree.inner.program(99n);
    wrap = wrapJoinProgram(tree.keys, tree.list);
    honest = wrapJoinClaim(tree.keys, { ...top, run: tree.image, statement, list: tree.list });
  });

  function join(children: number): Program {
    const known = joins.get(children);
    if (known !== undefined) return known;
    const made = joinProgram(tree.keys, { children, programs: tree.list.length });
    joins.set(children, made);
    return made;
  }
  const pairs = ({ first, second }: Pair): boolean =>
    pairingProductIsOne([
      [first, G2_GENERATOR],
      [negateG1(second), tree.keys.inner.tau2],
    ]);
  const open = ({ program, proof }: InnerProof): NativeClaim & { readonly messages: readonly bigint[] } => {
    const { carried, ...own } = deferRecursive({ key: tree.keys.inner, program, proof });
    const { messages, pair } = carried;
    return { ...own, messages, carried: { first: pair.A, second: pair.B } };
  };
  /** A genuine proof that says this instead of what the part says. */
  const saying = async (
    { claim, part }: MadePart,
    change: Partial<InnerClaim>,
    by: ToyProgram = tree.programs[part.program]!,
  ): Promise<InnerProof> => ({
    program: by.proving.key,
    proof: await tree.inner.prove(by, { ...claim, ...change }),
  });

  /** What a join would have to say of these parts, judged by nobody. */
  function entered(parts: readonly InnerProof[], list: readonly bigint[] = tree.list): InnerClaim {
    const opened = parts.map(open);
    const tails = opened.map(
      ({ messages }) => messages.slice(-5) as [bigint, bigint, bigint, bigint, bigint],
    );
    const roots = tails.map(([, , , root]) => word(root));
    return {
      ...{ ...run.challenges, program: tree.image, programs: bytesToNumberBE(programsDigest(list)) },
      first: Number(tails[0]![0]),
      count: tails.reduce((total, [, count]) => total + Number(count), 0),
      closes: tails.at(-1)![2] === 1n,
      root: bytesToNumberBE(rootOf('poseidon2', roots)),
      sum: tails.reduce((total, [, , , , sum]) => Fr.add(total, sum), 0n),
      pair: combineNative(opened),
    };
  }
  const endOfJoin = (
    parts: readonly InnerProof[],
    claim: InnerClaim = entered(parts),
    list: readonly bigint[] = tree.list,
  ): string => endOf(join(parts.length), joinInputs(tree.keys, { claim, list, parts }));

  /** Neither the program nor the native verifier takes these parts. */
  function refused(parts: readonly InnerProof[], where: RegExp): void {
    assert.match(endOfJoin(parts), where);
    assert.throws(() => joinClaim(tree.keys, { ...listedRun(tree, run), parts }), { code: 'PROOF_PART' });
  }
  const endOfWrap = (part: InnerProof, claim: WrapClaim = honest): string =>
    endOf(wrap, wrapJoinInputs(tree.keys, { ...part, claim }));
  function refusedWrap(part: InnerProof, where: RegExp, claim?: WrapClaim): void {
    assert.match(endOfWrap(part, claim), where);
    const about = { ...part, run: tree.image, statement, list: tree.list };
    assert.throws(() => wrapJoinClaim(tree.keys, about), { code: 'PROOF_PART' });
  }

  it('what follows is refused for what is changed: as they are, parts join and wrap', () => {
    assert.equal(endOfJoin(leaves), 'holds');
    assert.deepEqual(entered(leaves), top.claim);
    assert.equal(endOfWrap(top), 'holds');
  });

  it('a program that claims without verifying, under the key of joins, whatever list it names (43)', async () => {
    const lie = { sum: Fr.add(leaves[0].claim.sum, 5n) };
    const list = tree.list.with(-1, stranger.digest);
    const programs = bytesToNumberBE(programsDigest(list));
    // With the good list: it is not in it. With one of its own: that is another T than the join's.
    refused([await saying(leaves[0], lie, stranger), leaves[1], leaves[2]], /^part 0\/programs$/);
    refused(
      [await saying(leaves[0], { ...lie, programs }, stranger), leaves[1], leaves[2]],
      /^part 0\/identity/,
    );
    const claimed = { ...honest, ...lie };
    refusedWrap(await saying(top, lie, stranger), /^programs$/, claimed);
    refusedWrap(await saying(top, { ...lie, programs }, stranger), /^identity/, claimed);
    // A list of other digests than those that T is of.
    const parts = [await saying(leaves[0], lie, stranger), leaves[1], leaves[2]];
    assert.match(endOfJoin(parts, entered(parts), list), /^list$/);
  });

  it('an honest join with a list that contains such a program: it holds, and nobody takes it (43)', async () => {
    const list = tree.list.with(-1, stranger.digest);
    const programs = bytesToNumberBE(programsDigest(list));
    const parts = [
      await saying(leaves[0], { sum: 5n, programs }, stranger),
      await saying(leaves[1], { programs }),
      await saying(leaves[2], { programs }),
    ];
    const claim = entered(parts, list);
    assert.equal(endOfJoin(parts, claim, list), 'holds');
    // Its proof is genuine, by a program of the good list; T gives it away, above and at the end.
    const forged = await saying(top, claim);
    assert.equal(endOfWrap(forged, { ...honest, sum: claim.sum }), 'identity');
    refusedWrap(forged, /^identity/, { ...honest, sum: claim.sum });
    refused([await saying(leaves[0], { programs }), leaves[1], leaves[2]], /^part 0\/identity/);
  });

  it('parts in another order, one twice, one left out, one of another place (43)', async () => {
    const [a, b, c] = leaves;
    refused([b, a, c], /^part 1/);
    refused([a, c, b], /^part 1/);
    refused([a, a, c], /^part 1/);
    refused([a, c], /^part 1/);
    refused([a, await saying(b, { first: 8 }), c], /^part 1/);
    // Told the place that it should have, it is another proof.
    for (const parts of [
      [b, a, c],
      [a, c, b],
    ]) {
      assert.match(endOfJoin(parts, { ...top.claim, pair: entered(parts).pair }), /^part \d\/identity/);
    }
  });

  it('a tree of another shape has another root, and so other challenges (43)', async () => {
    const [a, b, c] = leaves;
    const right = joinClaim(tree.keys, { ...listedRun(tree, run), parts: [b, c] });
    const two =
      tree.programs[INNER_SHAPES.findIndex((shape) => shape.kind === 'join' && shape.children === 2)]!;
    const rightProof = { program: two.proving.key, proof: await tree.inner.prove(two, right) };
    const whole = joinClaim(tree.keys, { ...listedRun(tree, run), parts: [a, rightProof] });
    // All of it is true of the run, and joins hold; but it is not the tree that the challenges are of.
    assert.equal(endOfJoin([a, rightProof]), 'holds');
    assert.deepEqual([whole.count, whole.sum], [top.claim.count, top.claim.sum]);
    assert.notEqual(whole.root, top.claim.root);
    refusedWrap(await saying(top, whole), /^challenges of the run/);
  });

  it('a part of another run, and one of another program key (43)', async () => {
    const other = await toyRun(tree, 10, 1n);
    const theirs = (await toyParts(tree, other)).slice(0, 3);
    refused([theirs[0]!, leaves[1], leaves[2]], /^part 0\/identity/);
    refused([leaves[0], leaves[1], theirs[2]!], /^part 2\/identity/);
    const { program } = await makeToyKeys({ transcript: 'poseidon2', image: [9n, 8n, 7n] });
    for (const key of [program.key, { ...tree.image, log: tree.image.log + 1 }]) {
      refused([leaves[0], await saying(leaves[1], { program: key }), leaves[2]], /^part 1\/identity/);
      refusedWrap(await saying(top, { program: key }), /^identity/);
    }
  });

  it('the commitments of a program of the list at another height (43)', async () => {
    const own = tree.programs[0]!;
    const taller = await tree.inner.program(own.kind, [3, 4]);
    assert.deepEqual(taller.proving.key.commitments, own.proving.key.commitments);
    assert.notEqual(taller.digest, own.digest);
    const part = await saying(leaves[0], {}, taller);
    refused([part, leaves[1], leaves[2]], /^part 0\/programs$/);
    // Read at the height of the one that is in the list.
    const posing = { program: own.proving.key, proof: part.proof };
    const inputs = joinInputs(tree.keys, {
      claim: top.claim,
      list: tree.list,
      parts: [posing, leaves[1], leaves[2]],
    });
    assert.match(endOf(join(3), inputs), /^part 0\/identity/);
  });

  it('the closing shard in the middle, twice, not at all; a part for the whole; a run of one shard', async () => {
    const [a, b, c] = leaves;
    refused([a, await saying(b, { closes: true }), c], /^part 1\/identity/);
    refused([await saying(a, { closes: true }), b, c], /^part 0\/identity/);
    const open3 = [a, b, await saying(c, { closes: false })];
    assert.equal(endOfJoin(open3), 'holds');
    // So far it may be a part of a longer run, but no whole one.
    refusedWrap(await saying(top, { closes: false }), /^identity/);
    refusedWrap(await saying(top, { first: 1 }), /^identity/);
    // Under the challenges that a run of one shard would have.
    const subject = { hash: 'poseidon2', program: tree.image, statement } as const;
    const single = challengesOfRoot(word(top.claim.root), 1, subject);
    const alone = await saying(top, { ...single, count: 1 });
    refusedWrap(alone, /^the program$/, { ...honest, ...single, pair: combineNative([open(alone)]) });
    assert.match(endOfWrap(await saying(top, { count: 11 })), /^challenges of the run/);
  });

  it('sums and roots exchanged in part: totals stay, and each proof says otherwise', () => {
    const claim = entered(leaves);
    const { publics, elements, points } = joinInputs(tree.keys, { claim, list: tree.list, parts: leaves });
    const [x, y] = leaves.map((part) => elements.indexOf(part.claim.sum)) as [number, number];
    const shifted = elements.with(x, Fr.add(elements[x]!, 5n)).with(y, Fr.sub(elements[y]!, 5n));
    assert.match(endOf(join(3), { publics, points, elements: shifted }), /^part 0\/identity/);
    const [n, m] = [elements.indexOf(4n), elements.lastIndexOf(4n)];
    const counts = elements.with(n, 3n).with(m, 5n);
    assert.match(endOf(join(3), { publics, points, elements: counts }), /^part 0\/identity/);
  });

  it('a carried pair whose check nobody makes: what is left convinces, with it the join does not (44)', async () => {
    const { pair } = leaves[0].claim;
    const lie = { pair: { ...pair, first: addG1(pair.first, G1_GENERATOR) } };
    const parts = [await saying(leaves[0], lie), leaves[1], leaves[2]];
    const opened = parts.map(open);
    const without = opened.map(({ state, pair: own }) => ({ state, pair: own }));
    assert.ok(pairs(combineNative(without)), 'the own equations of the proofs');
    const claim = entered(parts);
    assert.ok(!pairs(claim.pair));
    assert.equal(endOfJoin(parts), 'holds');
    assert.notEqual(endOfJoin(parts, { ...claim, pair: combineNative(without) }), 'holds');
    // One level up it is carried on.
    const above = await saying(top, claim);
    const wrapped = wrapJoinClaim(tree.keys, { ...above, run: tree.image, statement, list: tree.list });
    assert.ok(!pairs(wrapped.pair));
    assert.equal(endOfWrap(above, wrapped), 'holds');
  });

  it("a challenge drawn before W' or before a carried pair: two lies would make up for each other (44)", async () => {
    const early = 12345n;
    const under = (parts: readonly InnerProof[], c: bigint): Pair => {
      const all = parts.map(open).flatMap(({ pair, carried }) => [pair, carried!]);
      const side = (of: (pair: Pair) => Pair['first']): Pair['first'] =>
        all.map((pair, i) => multiplyG1(of(pair), Fr.pow(c, BigInt(i)))).reduce(addG1);
      return { first: side(({ first }) => first), second: side(({ second }) => second) };
    };
    const lying = (pair: Pair, by: bigint): Partial<InnerClaim> => ({
      pair: { ...pair, first: addG1(pair.first, multiplyG1(G1_GENERATOR, by)) },
    });
    // Weights of the pairs: 1, c for the own and the carried one of the first part, c², c³ for the second.
    const ratio = Fr.inv(Fr.mul(early, early));
    const carried = [
      await saying(leaves[0], lying(leaves[0].claim.pair, 1n)),
      await saying(leaves[1], lying(leaves[1].claim.pair, Fr.neg(ratio))),
    ];
    // W' moved by D is off by (u − τ)·D, u being what the transcript comes to before it.
    const u = bytesToNumberBE(open(leaves[0]).state);
    const moved = { ...leaves[0], proof: withW2(leaves[0].proof, addG1(w2(leaves[0].proof), G1_GENERATOR)) };
    const excess = Fr.mul(Fr.sub(u, TAU), Fr.inv(Fr.pow(early, 3n)));
    const mixed = [moved, await saying(leaves[1], lying(leaves[1].claim.pair, Fr.neg(excess)))];
    for (const parts of [carried, mixed]) {
      assert.ok(pairs(under(parts, early)), 'under the challenge that they were made for');
      const claim = entered(parts);
      assert.ok(!pairs(claim.pair));
      assert.equal(endOfJoin(parts), 'holds');
      assert.notEqual(endOfJoin(parts, { ...claim, pair: under(parts, early) }), 'holds');
    }
  });

  it('bits of heights: none set, two, no bits, another height of either chip, another N (46)', () => {
    const { publics, elements, points } = wrapJoinInputs(tree.keys, { ...top, claim: honest });
    // Behind number and root of the run.
    const from = 2;
    const to = elements.findIndex((value, i) => i >= from && value > 1n);
    assert.ok(to - from > 6, `${to - from} bits`);
    const refusedWith = (changed: readonly bigint[], name: string): void =>
      assert.notEqual(endOf(wrap, { publics, points, elements: changed }), 'holds', name);
    for (let i = from; i < to; i++) {
      for (const value of [0n, 1n, 2n, FR_MODULUS - 1n]) {
        if (value !== elements[i]) refusedWith(elements.with(i, value), `bit ${i} is ${value}`);
        for (let k = from; k < i; k++) {
          const both = elements.with(i, value).with(k, Fr.sub(1n, value));
          if (both.join() !== elements.join()) refusedWith(both, `bits ${k}, ${i}: ${value}`);
        }
      }
    }
  });

  it('a program key that answers differently to whoever looks next', async () => {
    const part = await saying(top, { sum: 5n }, stranger);
    let looks = 0;
    const program = {
      ...part.program,
      // First that of a program of the list.
      get commitments() {
        return looks++ === 0 ? tree.programs[0]!.proving.key.commitments : part.program.commitments;
      },
    };
    const posing = { program, proof: part.proof };
    const about = { ...posing, run: tree.image, statement, list: tree.list };
    const { claim, part: says } = top;
    for (const refusedNow of [
      () => wrapJoinClaim(tree.keys, about),
      () => joinClaim(tree.keys, { ...listedRun(tree, run), parts: [posing] }),
      () => verifyPart(tree.keys, listedRun(tree, run), { ...posing, says: { ...claim, ...says, sum: 5n } }),
    ]) {
      looks = 0;
      assert.throws(refusedNow, { code: 'PROOF_IDENTITY' });
      assert.equal(looks, 1);
    }
  });

  it('keys on another τ make no program: what is left of their proofs is one pairing', () => {
    const { keys, runKeys, list } = tree;
    const refusedKey = { code: 'KEY_INVALID' };
    const shape = { bodies: 1, closing: true };
    assert.ok(leafProgram(runKeys, shape, RANGE).publics > 0);
    for (const change of [{ tau2: G2_GENERATOR! }, { insecure: !keys.inner.insecure }]) {
      const other = { ...keys, inner: { ...keys.inner, ...change } };
      assert.throws(() => joinProgram(other, { children: 2, programs: list.length }), refusedKey);
      assert.throws(() => wrapJoinProgram(other, list), refusedKey);
      const mixed = { ...runKeys, body: { ...runKeys.body, ...change } };
      assert.throws(() => leafProgram(mixed, shape, RANGE), refusedKey);
    }
  });

  it('of another key there is no program', async () => {
    const { keys, runKeys, list } = tree;
    for (const inner of [runKeys.closing, tree.made.toy.key.key]) {
      assert.throws(
        () => joinProgram({ ...keys, inner }, { children: 2, programs: list.length }),
        RangeError,
      );
    }
    const more = { ...keys.inner.shape, recursion: { messages: 3 } };
    assert.throws(
      () => wrapJoinProgram({ ...keys, inner: { ...keys.inner, shape: more } }, list),
      RangeError,
    );
    // A proof of another key of inner proofs: its digest begins the transcript.
    const weak = { ...keys.inner, digest: `0x${'12'.repeat(32)}` as const };
    const program = wrapJoinProgram({ ...keys, inner: weak }, list);
    assert.equal(endOf(program, wrapJoinInputs(keys, { ...top, claim: honest })), 'identity');
  });
});
