import assert from 'node:assert/strict';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { G2_GENERATOR } from '../../sdk/src/curve/g2.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { machineDigest } from '../../sdk/src/plonk/keys/key.ts';
import { publicFraction } from '../../sdk/src/plonk/verify/public-terms.ts';
import { decodeRun, encodeRun, rootOf, verifyingKeys, verifyRun } from '../../sdk/src/plonk/verify/run.ts';
import { NO_PROGRAM, openShard, verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { TRANSCRIPTS } from '../../sdk/src/transcript/transcript.ts';
import {
  answerOf,
  type Cells,
  challengesOf,
  DEFAULT_PLAN,
  MASKS,
  makeToyKeys,
  proveToyRun,
  SEED,
  type ToyKeys,
  type ToyProofs,
  toyCells,
} from './toy-run.ts';

/** The sum that a proof shows: behind selector, heights and main packs. */
function sumAt(keys: ToyKeys, proof: 'body' | 'closing'): number {
  return 36 + 64 * keys[proof].schedule.packs.filter(({ stage }) => stage === 'main').length;
}

/** The cells with some of one shard's replaced. */
function changed(cells: readonly Cells[], shard: number, chip: string, columns: Cells[string]): Cells[] {
  return cells.map((one, k) => (k === shard ? { ...one, [chip]: { ...one[chip], ...columns } } : one));
}

for (const hash of TRANSCRIPTS)
  describe(`runs of several proofs, ${hash}`, () => {
    let keys: ToyKeys;
    let honest: ToyProofs;
    const { statement } = DEFAULT_PLAN;
    before(async () => {
      keys = await makeToyKeys({ transcript: hash });
      honest = await proveToyRun(keys);
    });
    const answer = (proofs: readonly Uint8Array[]): string => answerOf(keys, proofs);

    it('are accepted, however rows are dealt to shards', async () => {
      assert.equal(answer(honest.proofs), 'accepted');
      const one = { ...DEFAULT_PLAN, squares: [DEFAULT_PLAN.squares.flat()], inputs: [0, 0] };
      assert.equal(answer((await proveToyRun(keys, toyCells(one))).proofs), 'accepted');
      const four = { ...DEFAULT_PLAN, squares: [[1n], [2n, 3n], [], [9n]], inputs: [3, 2], exit: 1 };
      const masks = [1n, 2n, 3n, 4n, 5n];
      assert.equal(answer((await proveToyRun(keys, toyCells(four, masks))).proofs), 'accepted');
    });

    it('both keys are of one machine, and have one id for one program', async () => {
      assert.equal(machineDigest(keys.body.key), machineDigest(keys.closing.key));
      assert.notEqual(keys.body.key.digest, keys.closing.key.digest);
    });

    describe('refused', () => {
      it('a shard left out: a body, the closing one, all but one', () => {
        const [a, b, c] = honest.proofs as [Uint8Array, Uint8Array, Uint8Array];
        assert.equal(answer([b, c]), 'PROOF_IDENTITY');
        assert.equal(answer([a, c]), 'PROOF_IDENTITY');
        assert.equal(answer([a, b]), 'PROOF_SELECTOR');
        // Of one shard: there are such runs where a circuit verifies, under a key of their own.
        assert.equal(answer([c]), hash === 'keccak256' ? 'PROOF_LENGTH' : 'PROOF_SELECTOR');
        assert.equal(answer([]), 'PROOF_LENGTH');
        assert.equal(
          answer(Array.from({ length: 2 ** 16 + 1 }, () => Uint8Array.of(1, 2, 3, 4))),
          'PROOF_LENGTH',
        );
      });

      it('a shard twice, also where it was proven for both places', async () => {
        const [a, b, c] = honest.proofs as [Uint8Array, Uint8Array, Uint8Array];
        assert.equal(answer([a, b, b, c]), 'PROOF_IDENTITY');
        const [x, y, z] = toyCells() as [Cells, Cells, Cells];
        // Two equal shards are a run with these rows twice, which must balance like any other.
        const twice = await proveToyRun(keys, [x, y, y, z]);
        assert.equal(answer(twice.proofs), 'PROOF_SUM');
      });

      it('shards in another order', () => {
        const [a, b, c] = honest.proofs as [Uint8Array, Uint8Array, Uint8Array];
        assert.equal(answer([b, a, c]), 'PROOF_IDENTITY');
        assert.equal(answer([a, c, b]), 'PROOF_SELECTOR');
      });

      it('a shard of another run of the same program', async () => {
        const other = await proveToyRun(keys, toyCells({ ...DEFAULT_PLAN, squares: [[1n, 2n, 3n], [30n]] }));
        assert.equal(answer(other.proofs), 'accepted');
        for (let k = 0; k < 3; k++) {
          assert.equal(answer(honest.proofs.with(k, other.proofs[k]!)), 'PROOF_IDENTITY', `shard ${k}`);
        }
      });

      it('shards of the same rows committed with other randomness', async () => {
        const seed = { ...SEED, seed: new Uint8Array(32).fill(8) };
        const other = await proveToyRun(keys, toyCells(), statement, { seed });
        assert.equal(answer(other.proofs), 'accepted');
        assert.equal(answer(honest.proofs.with(0, other.proofs[0]!)), 'PROOF_IDENTITY');
      });

      it('another program key, another statement', async () => {
        const other = await makeToyKeys({ entry: 78n, transcript: hash });
        assert.equal(answerOf(keys, honest.proofs, statement, other.program), 'PROOF_IDENTITY');
        assert.equal(answerOf(keys, honest.proofs, { ...statement, status: 1n }), 'PROOF_IDENTITY');
        const inputs = [...statement.publicInputs, 1n];
        assert.equal(answerOf(keys, honest.proofs, { ...statement, publicInputs: inputs }), 'PROOF_IDENTITY');
        // A prover who takes the challenges of one program for the commitments of another.
        const lie = await proveToyRun(keys, toyCells(), statement, { program: other.program });
        assert.equal(answer(lie.proofs), 'PROOF_IDENTITY');
        const image = await makeToyKeys({ image: [3n, 6n, 7n, 2n], transcript: hash });
        assert.equal(answerOf(keys, honest.proofs, statement, image.program), 'PROOF_IDENTITY');
      });

      it('a statement that the rows do not make true', async () => {
        const lie = { ...statement, publicOutputs: [12n, 5n * 10n ** 12n + 1n] };
        const { proofs } = await proveToyRun(keys, toyCells(), lie);
        assert.equal(answerOf(keys, proofs, lie), 'PROOF_SUM');
      });

      it('commitments that are changed when the challenges are known', async () => {
        // The second body goes on with other rows than it committed to, as if they were those.
        const later = toyCells({
          ...DEFAULT_PLAN,
          squares: [
            [1n, 2n, 3n],
            [4n, 5n, 1n, 2n, 30n],
          ],
        });
        const { proofs } = await proveToyRun(keys, toyCells(), statement, { later });
        assert.equal(answer(proofs), 'PROOF_PAIRING');
        // And with commitments to them, under the challenges of the old ones.
        const { proofs: renewed } = await proveToyRun(keys, later, statement, {
          challenges: honest.challenges,
        });
        assert.equal(answer(renewed), 'PROOF_IDENTITY');
      });

      it('a sum that is off, and two that are off by as much', () => {
        const bent = (k: number, by: bigint): Uint8Array => {
          const proof = honest.proofs[k]!.slice();
          const at = sumAt(keys, k === 2 ? 'closing' : 'body');
          const view = new DataView(proof.buffer, at);
          let value = 0n;
          for (let i = 0; i < 4; i++) value = (value << 64n) + view.getBigUint64(8 * i);
          value = Fr.add(value, by);
          for (let i = 3; i >= 0; i--, value >>= 64n) view.setBigUint64(8 * i, value & (2n ** 64n - 1n));
          return proof;
        };
        for (let k = 0; k < 3; k++) {
          assert.equal(answer(honest.proofs.with(k, bent(k, 1n))), 'PROOF_IDENTITY', `shard ${k}`);
        }
        assert.equal(
          answer(honest.proofs.with(0, bent(0, 5n)).with(1, bent(1, Fr.neg(5n)))),
          'PROOF_IDENTITY',
        );
        const huge = honest.proofs[0]!.slice();
        huge.fill(0xff, sumAt(keys, 'body'), sumAt(keys, 'body') + 32);
        assert.equal(answer(honest.proofs.with(0, huge)), 'PROOF_SCALAR');
      });

      it('heights: swapped between shards, other ones than were committed to', async () => {
        const logs: Readonly<Record<string, number>>[] = [{ squares: 5 }, {}, {}];
        const tall = await proveToyRun(keys, toyCells(), statement, { logs });
        assert.equal(answer(tall.proofs), 'accepted');
        const [a, b, c] = tall.proofs as [Uint8Array, Uint8Array, Uint8Array];
        const withHeights = (proof: Uint8Array, of: Uint8Array): Uint8Array => {
          const out = proof.slice();
          out.set(of.subarray(4, 36), 4);
          return out;
        };
        assert.equal(answer([withHeights(a, b), withHeights(b, a), c]), 'PROOF_IDENTITY');
        const low = b.slice();
        low[4] = 3;
        assert.equal(answer([a, low, c]), 'PROOF_HEIGHTS');
      });

      it('a tuple between shards that only one side has', async () => {
        const cells = toyCells();
        // An x that is no number of the table: the closing shard cannot provide it, whatever it counts.
        const squares = { x: [1n, 2n, 33n], x2: [1n, 4n, 1089n] };
        assert.equal(
          answer((await proveToyRun(keys, changed(cells, 0, 'squares', squares))).proofs),
          'PROOF_SUM',
        );
        // A multiplicity more than is looked up; a factor that is not the image's; an exit with another status.
        const more = changed(cells, 2, 'table', {
          m: cells[2]!['table']!['m']!.map((m, v) => (v === 6 ? m + 1n : m)),
        });
        assert.equal(answer((await proveToyRun(keys, more)).proofs), 'PROOF_SUM');
        assert.equal(
          answer((await proveToyRun(keys, changed(cells, 1, 'io', { factor: [4n] }))).proofs),
          'PROOF_SUM',
        );
        assert.equal(
          answer((await proveToyRun(keys, changed(cells, 0, 'exit', { status: [0n] }))).proofs),
          'PROOF_SUM',
        );
      });

      it('a mask that nobody receives, or that another one receives', async () => {
        const cells = toyCells();
        assert.equal(
          answer((await proveToyRun(keys, changed(cells, 0, 'ring', { own: [9n] }))).proofs),
          'PROOF_SUM',
        );
        assert.equal(
          answer((await proveToyRun(keys, changed(cells, 2, 'ring', { receives: [0n] }))).proofs),
          'PROOF_SUM',
        );
        // A multiplicity that is no bit, to weigh one fraction against another.
        const { proofs } = await proveToyRun(keys, changed(cells, 1, 'ring', { sends: [2n] }));
        assert.equal(answer(proofs), 'PROOF_IDENTITY');
      });

      it('challenges that are drawn too early: one free mask then repairs any sum', async () => {
        const { alpha, beta } = { alpha: 3n ** 150n, beta: 5n ** 100n };
        const early = { alpha: Fr.from(alpha), beta: Fr.from(beta) };
        const lie = { ...statement, publicOutputs: [13n, 5n * 10n ** 12n] };
        const sums = (proofs: readonly Uint8Array[]): bigint =>
          proofs.reduce((total, proof, k) => {
            const at = sumAt(keys, k === 2 ? 'closing' : 'body');
            return Fr.add(total, BigInt(`0x${Buffer.from(proof.subarray(at, at + 32)).toString('hex')}`));
          }, 0n);
        const draft = await proveToyRun(keys, toyCells(), lie, { challenges: early });
        const { publicTerms } = keys.closing.key.shape;
        const { num, den } = publicFraction(publicTerms, {
          program: keys.program.key,
          statement: lie,
          ...early,
        });
        const missing = Fr.neg(Fr.add(sums(draft.proofs), Fr.mul(num, Fr.inv(den))));
        // A second mask in the first shard that adds what is missing: 1/(α − 7 − β·x) takes every value but zero.
        const x = Fr.mul(Fr.sub(Fr.sub(early.alpha, 7n), Fr.inv(missing)), Fr.inv(early.beta));
        const cells = changed(toyCells(), 0, 'ring', { sends: [1n, 1n], own: [MASKS[0]!, x] });
        const forged = await proveToyRun(keys, cells, lie, { challenges: early });
        assert.equal(
          Fr.add(sums(forged.proofs), Fr.mul(num, Fr.inv(den))),
          0n,
          'under these challenges everything adds up',
        );
        // The challenges of the run follow from what was committed, and are others.
        assert.equal(answerOf(keys, forged.proofs, lie), 'PROOF_IDENTITY');
        assert.notDeepEqual(challengesOf(keys, forged.commitments, lie), early);
        assert.equal(answerOf(keys, (await proveToyRun(keys, cells, lie)).proofs, lie), 'PROOF_SUM');
      });

      it('a body in the place of the closing shard and the reverse', async () => {
        const [x, y, z] = toyCells() as [Cells, Cells, Cells];
        const swapped = await proveToyRun(keys, [z, y, x], statement, {
          places: [
            { kind: 'closing', index: 0 },
            { kind: 'body', index: 1 },
            { kind: 'body', index: 2 },
          ],
        });
        assert.equal(answer(swapped.proofs), 'PROOF_SELECTOR');
      });

      it('keys that do not belong together', () => {
        const { body, closing } = verifyingKeys(keys);
        const { proofs } = honest;
        const under = (given: { whole?: typeof body; body: typeof body; closing: typeof closing }): string =>
          answerOf(
            {
              ...keys,
              ...(given.whole === undefined ? {} : { whole: { ...keys.body, key: given.whole } }),
              body: { ...keys.body, key: given.body },
              closing: { ...keys.closing, key: given.closing },
            },
            proofs,
          );
        assert.equal(under({ body: closing, closing: body }), 'KEY_INVALID');
        assert.equal(under({ body, closing: body }), 'KEY_INVALID');
        assert.equal(
          under({ body: { ...body, shape: { ...body.shape, bus: 'closed' } }, closing }),
          'KEY_INVALID',
        );
        assert.equal(under({ body: { ...body, insecure: false }, closing }), 'KEY_INVALID');
        const other = { ...body, shape: { ...body.shape, machine: `0x${'11'.repeat(32)}` as const } };
        assert.equal(under({ body: other, closing }), 'KEY_INVALID');
        const hashed = { ...body.shape, transcript: TRANSCRIPTS.find((name) => name !== hash)! };
        assert.equal(under({ body: { ...body, shape: hashed }, closing }), 'KEY_INVALID');
        assert.equal(under({ whole: body, body, closing }), 'KEY_INVALID');
        assert.equal(under({ body: { ...body, tau2: G2_GENERATOR }, closing }), 'KEY_INVALID');
      });

      it('a key of shards for a proof that stands alone, a contract, and the reverse', () => {
        const { body, closing } = verifyingKeys(keys);
        const [first, , last] = honest.proofs as [Uint8Array, Uint8Array, Uint8Array];
        const { key: program } = keys.program;
        const invalid = (action: () => unknown): void =>
          assert.throws(action, (error) => isWattestError(error, 'KEY_INVALID'));
        invalid(() => verifyProof({ key: closing, program, statement, proof: last }));
        invalid(() => verifyProof({ key: body, program: NO_PROGRAM, statement, proof: first }));
        for (const key of [body, closing]) invalid(() => generateVerifier(key));
        const alone = keys.toy.key.key;
        invalid(() => openShard(alone, program, 0, first));
        invalid(() =>
          verifyRun({ keys: { body: alone, closing: alone }, program, statement, proofs: honest.proofs }),
        );
      });
    });

    describe('as bytes', () => {
      it('come back, and are refused cut, longer, with another count or selector', () => {
        const given = verifyingKeys(keys);
        const bytes = encodeRun(given, honest.proofs);
        assert.deepEqual(decodeRun(given, bytes), honest.proofs);
        const code = (change: (bytes: Uint8Array) => Uint8Array): string => {
          try {
            decodeRun(given, change(bytes.slice()));
            return 'read';
          } catch (error) {
            return (error as { code: string }).code;
          }
        };
        for (const length of [0, 1, 3, 4, 7, 8, 9, 100, bytes.length - 1]) {
          assert.equal(
            code((b) => b.subarray(0, length)),
            'PROOF_LENGTH',
            `${length} bytes`,
          );
        }
        assert.equal(
          code((b) => Uint8Array.from([...b, 0])),
          'PROOF_LENGTH',
        );
        for (const count of [0, 1, 2, 4, 2 ** 16, 2 ** 16 + 1, 2 ** 32 - 1]) {
          const counted = (b: Uint8Array): Uint8Array => {
            new DataView(b.buffer).setUint32(4, count);
            return b;
          };
          assert.equal(code(counted), 'PROOF_LENGTH', `${count} shards`);
        }
        for (let i = 0; i < 4; i++) {
          const other = (b: Uint8Array): Uint8Array => b.with(i, b[i]! ^ 1);
          assert.equal(code(other), 'PROOF_SELECTOR');
        }
      });

      it('every part of every shard counts', () => {
        let refused = 0;
        for (const [k, proof] of honest.proofs.entries()) {
          for (let at = 0; at < proof.length; at += 31) {
            const bent = proof.with(at, proof[at]! ^ (1 << (at % 8)));
            assert.notEqual(answer(honest.proofs.with(k, bent)), 'accepted', `shard ${k}, byte ${at}`);
            refused++;
          }
        }
        assert.ok(refused > 100);
      });
    });

    describe('the hash of the leaves', () => {
      it('tells lists apart: by length, order, and trees from leaves', () => {
        const leaf = (i: number): Uint8Array => keccak_256(Uint8Array.of(i)).with(0, 0);
        const lists = [
          [0, 1],
          [1, 0],
          [0, 1, 2],
          [0, 1, 2, 3],
          [0, 2, 1, 3],
          [0, 1, 2, 3, 4],
        ].map((list) => list.map(leaf));
        // A node in the place of a leaf.
        lists.push([rootOf(hash, [leaf(0), leaf(1)]), leaf(2)]);
        const roots = lists.map((list) => Buffer.from(rootOf(hash, list)).toString('hex'));
        // (0 1) 2 has the root of its own left part as a leaf; that one list is told by the number of shards.
        assert.equal(roots[6], roots[2]);
        assert.equal(new Set(roots.slice(0, 6)).size, 6);
      });
    });

    describe('blinding', () => {
      it('follows from the seed: a job that is done again gives the same bytes', async () => {
        const again = await proveToyRun(keys);
        assert.deepEqual(again.proofs, honest.proofs);
      });

      it('is another one for another seed, plan, place: no commitment is met twice', async () => {
        const all = [honest];
        for (const seed of [
          { ...SEED, seed: new Uint8Array(32).fill(9) },
          { ...SEED, plan: new Uint8Array(32).fill(2) },
        ]) {
          all.push(await proveToyRun(keys, toyCells(), statement, { seed }));
        }
        const points = all.flatMap(({ commitments }) =>
          commitments.flatMap(({ commitments: list }) => list.map(({ x }) => x)),
        );
        assert.equal(new Set(points).size, points.length);
      });

      it('is another one behind the main columns under other challenges, also of the same commitments', async () => {
        const states: Uint8Array[] = [];
        const { alpha, beta } = honest.challenges;
        for (const challenges of [
          { alpha, beta },
          { alpha: Fr.add(alpha, 1n), beta },
          { alpha, beta: Fr.add(beta, 1n) },
        ]) {
          const { commitments } = await proveToyRun(keys, toyCells(), statement, { challenges, states });
          assert.deepEqual(commitments, honest.commitments);
        }
        // Of each shard, before the helper columns and behind them.
        assert.equal(states.length, 3 * 3 * 2);
        assert.equal(new Set(states.map((state) => Buffer.from(state).toString('hex'))).size, states.length);
      });

      it('sums are those of the rows and masks: without masks a guess is confirmed', async () => {
        const sumOf = ({ proofs }: ToyProofs): string =>
          Buffer.from(proofs[0]!.subarray(sumAt(keys, 'body'), sumAt(keys, 'body') + 32)).toString('hex');
        const challenges = { alpha: 11n, beta: 12n };
        const other = { ...SEED, seed: new Uint8Array(32).fill(3) };
        const bare = (seed: typeof SEED): Promise<ToyProofs> =>
          proveToyRun(
            keys,
            toyCells().map((cells) => ({ ...cells, ring: {} })),
            statement,
            { challenges, seed },
          );
        assert.equal(sumOf(await bare(SEED)), sumOf(await bare(other)), 'a function of the rows alone');
        const masked = (masks: readonly bigint[]): Promise<ToyProofs> =>
          proveToyRun(keys, toyCells(DEFAULT_PLAN, masks), statement, { challenges });
        assert.notEqual(sumOf(await masked(MASKS)), sumOf(await masked([5n, 6n, 7n])));
      });
    });
  });
