/** Joins as programs: over a tree of a run they say what the native verifiers say, and nothing that is changed holds. */
import assert from 'node:assert/strict';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { negateG1 } from '../../sdk/src/curve/g1.ts';
import { G2_GENERATOR } from '../../sdk/src/curve/g2.ts';
import { pairingProductIsOne } from '../../sdk/src/curve/pairing.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import type { Pair } from '../../sdk/src/plonk/verify/pair.ts';
import { publicFraction } from '../../sdk/src/plonk/verify/public-terms.ts';
import { rootOf } from '../../sdk/src/plonk/verify/run.ts';
import type { Program, ProgramInputs } from '../../sdk/src/recursion/program.ts';
import { INNER_SHAPES } from '../../sdk/src/recursion/tree.ts';
import { joinProgram } from '../../sdk/src/recursion/verifier/join.ts';
import { leafProgram } from '../../sdk/src/recursion/verifier/leaf.ts';
import { verifyPart, wrapJoinClaim, wrapJoinInputs } from '../../sdk/src/recursion/verifier/parts.ts';
import { wrapJoinProgram } from '../../sdk/src/recursion/verifier/wrap-join.ts';
import { DEFAULT_PLAN, type ToyProofs } from '../plonk/toy-run.ts';
import { endOf } from './lib/end.ts';
import {
  listedRun,
  type MadePart,
  makeToyTree,
  RANGE,
  type ToyTree,
  toyParts,
  toyRun,
} from './lib/toy-tree.ts';

const { statement } = DEFAULT_PLAN;

describe('recursion: joins as programs', () => {
  let tree: ToyTree;
  let run: ToyProofs;
  /** Of ten shards: leaves of four, four and two, and a join of three. */
  let parts: MadePart[];
  let wrap: Program;
  const met = new Set<number>();
  const programs = new Map<number, Program>();
  before(async () => {
    tree = await makeToyTree();
    run = await toyRun(tree, 10);
    parts = await toyParts(tree, run);
    wrap = wrapJoinProgram(tree.keys, tree.list);
  });

  function programOf(index: number): Program {
    const known = programs.get(index);
    if (known !== undefined) return known;
    const shape = INNER_SHAPES[index]!;
    const { runKeys, keys, list } = tree;
    const made =
      shape.kind === 'leaf'
        ? leafProgram(runKeys, shape.leaf, RANGE)
        : joinProgram(keys, { children: shape.children, programs: list.length });
    programs.set(index, made);
    return made;
  }
  const pairs = ({ first, second }: Pair): boolean =>
    pairingProductIsOne([
      [first, G2_GENERATOR],
      [negateG1(second), tree.keys.inner.tau2],
    ]);

  for (const shards of [3, 8, 10, 17]) {
    it(`${shards} shards: root, sum and pair of every part, and of the whole what its small proof says`, async () => {
      const own = shards === 10 ? run : await toyRun(tree, shards);
      const made = shards === 10 ? parts : await toyParts(tree, own);
      for (const { part, inputs, claim } of made) {
        assert.equal(endOf(programOf(part.program), inputs), 'holds', JSON.stringify(part));
        met.add(part.program);
        assert.ok(pairs(claim.pair));
      }
      const top = made.at(-1)!;
      const leaves = own.commitments.map(({ leaf }) => leaf);
      assert.equal(top.claim.root, bytesToNumberBE(rootOf('poseidon2', leaves)));
      assert.deepEqual([top.claim.first, top.claim.count, top.claim.closes], [0, shards, true]);
      const { image, keys, list } = tree;
      const claim = wrapJoinClaim(keys, { ...top, run: image, statement, list });
      assert.deepEqual([claim.alpha, claim.beta], [own.challenges.alpha, own.challenges.beta]);
      const { publicTerms } = keys.closing.shape;
      const { num, den } = publicFraction(publicTerms, { program: image, statement, ...own.challenges });
      assert.equal(Fr.add(Fr.mul(den, claim.sum), num), 0n);
      assert.ok(pairs(claim.pair));
      assert.equal(endOf(wrap, wrapJoinInputs(keys, { ...top, claim })), 'holds');
    });
  }

  it('these had every program of the list', () => {
    assert.equal(met.size, INNER_SHAPES.length);
  });

  it('a proof that is made for a part is what it should be, by the native verifier', () => {
    for (const { claim, program, proof } of parts) {
      verifyPart(tree.keys, listedRun(tree, run), { program, proof, says: claim });
      for (const says of [
        { ...claim, first: claim.first + 1 },
        { ...claim, count: 3 },
        { ...claim, closes: !claim.closes },
        { ...claim, root: Fr.add(claim.root, 1n) },
        { ...claim, sum: Fr.add(claim.sum, 1n) },
      ]) {
        assert.throws(() => verifyPart(tree.keys, listedRun(tree, run), { program, proof, says }), {
          code: 'PROOF_PART',
        });
      }
    }
  });

  const everything = (program: Program, inputs: ProgramInputs): void => {
    const refused = (change: Partial<ProgramInputs>, name: string): void =>
      assert.notEqual(endOf(program, { ...inputs, ...change }), 'holds', name);
    inputs.publics.forEach((value, i) => {
      refused({ publics: inputs.publics.with(i, Fr.add(value, 1n)) }, `public ${i}`);
    });
    inputs.elements.forEach((value, i) => {
      refused({ elements: inputs.elements.with(i, Fr.add(value, 1n)) }, `element ${i}`);
      if (value <= 1n) refused({ elements: inputs.elements.with(i, 1n - value) }, `bit ${i}`);
    });
    inputs.points.forEach((point, i) => {
      refused({ points: inputs.points.with(i, negateG1(point)!) }, `point ${i}`);
    });
  };

  it('every element of the public vector and of the witness, every bit and every point of a join counts', () => {
    const { part, inputs } = parts.at(-1)!;
    everything(programOf(part.program), inputs);
  });

  it('every element of the public vector and of the witness, every bit and every point of its wrap counts', () => {
    const top = parts.at(-1)!;
    const { image, keys, list } = tree;
    const claim = wrapJoinClaim(keys, { ...top, run: image, statement, list });
    everything(wrap, wrapJoinInputs(keys, { ...top, claim }));
  });
});
