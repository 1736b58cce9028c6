/**
 * The prover uses the randomness that it draws: other scalars move every commitment by exactly what protocol.md says of
 * them. So none is left out, and no column has a part in another's.
 */
import assert from 'node:assert/strict';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { addG1, decodeG1, equalG1, type G1Point } from '../../sdk/src/curve/g1.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import type { Pack, Round } from '../../sdk/src/plonk/declare/schedule.ts';
import { maskCount } from '../../sdk/src/plonk/prove/quotient.ts';
import type { RandomBytes } from '../../sdk/src/plonk/prove/randomness.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import type { ManifestEntry } from '../../sdk/src/transcript/transcript.ts';
import { figure } from '../soundness/lib/report.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy, type Toy, type ToyShape, toyWitness } from './toy.ts';

/** A number that looks random, the same in every run. */
const hashed = (of: string): bigint => Fr.from(bytesToNumberBE(keccak_256(new TextEncoder().encode(of))));
/** What is added to the scalar that is drawn as the k-th: to each another number. */
const delta = (k: number): bigint => hashed(`delta ${k}`);

/** Coefficients of the polynomial by which a commitment moves, by power of X. */
type Move = Map<number, bigint>;
const addTo = (move: Move, power: number, value: bigint): void => {
  move.set(power, Fr.add(move.get(power) ?? 0n, value));
};

interface Blinding {
  readonly round: Round['name'];
  /** Scalars of the round, by the order in which the prover draws them. */
  readonly first: number;
  readonly count: number;
  /** For each commitment of the round. */
  readonly moves: ReadonlyMap<string, Move>;
}

/** What the scalars of each round are for: `(X^n − 1)·Σ b_k·X^k` of a column, `X^N·ρ − ρ'` of the quotient's chunks. */
function blindings({ key }: Toy, heights: readonly number[]): Blinding[] {
  const { shape, system } = key.layout;
  const N = Math.max(...heights);
  /** The pack of a column, of φ (chip undefined) or of a chunk of the quotient, and its residue there. */
  const placeOf = (stage: Pack['stage'], chip: number | undefined, column: number): [Pack, number] => {
    for (const pack of key.schedule.packs) {
      if (pack.stage !== stage) continue;
      const residue =
        chip === undefined
          ? column - pack.first
          : pack.columns.findIndex(([j, i]) => j === chip && i === column);
      if (residue >= 0 && residue < pack.count) return [pack, residue];
    }
    throw new Error(`${stage} ${chip} ${column} is in no pack`);
  };
  const moves = new Map<string, Move>();
  const move = (
    stage: Pack['stage'],
    chip: number | undefined,
    column: number,
    power: number,
    by: bigint,
  ) => {
    const [{ label, t }, residue] = placeOf(stage, chip, column);
    if (!moves.has(label)) moves.set(label, new Map());
    addTo(moves.get(label)!, residue + t * power, by);
  };
  let drawn = 0;
  const columns = (stage: 'main' | 'helper' | 'phi', count: number, each: number, chip?: number): void => {
    const n = chip === undefined ? N : heights[chip]!;
    for (let column = 0; column < count; column++) {
      for (let k = 0; k < each; k++) {
        const by = delta(drawn++);
        move(stage, chip, column, n + k, by);
        move(stage, chip, column, k, Fr.neg(by));
      }
    }
  };
  const round = (name: Round['name'], draw: () => void): Blinding => {
    const first = drawn;
    moves.clear();
    draw();
    return { round: name, first, count: drawn - first, moves: new Map(moves) };
  };
  return [
    round('main', () => {
      for (const [j, { main }] of shape.chips.entries()) columns('main', main, 2, j);
    }),
    round('helpers', () => {
      for (const [j, { helpers }] of shape.chips.entries()) columns('helper', helpers, 2, j);
      columns('phi', 1, 3);
    }),
    round('quotient', () => {
      for (let k = 0; k < maskCount(system.maxDegree); k++) {
        const by = delta(drawn++);
        const chunk = Math.floor(k / 2);
        move('quotient', undefined, chunk, N + (k % 2), by);
        move('quotient', undefined, chunk + 1, k % 2, Fr.neg(by));
      }
    }),
  ];
}

/** The commitment to a polynomial, by the powers of τ. */
async function commit({ engine, srs }: Toy, polynomial: Move): Promise<G1Point> {
  const scalars = engine.vector(Math.max(...polynomial.keys()) + 1);
  for (const [power, value] of polynomial) engine.write(scalars, power, [value]);
  return engine.msm([{ bases: await srs.monomial(engine, scalars.length), scalars }]);
}

describe('zero knowledge: blinding as it is used', () => {
  const shapes: readonly (readonly [string, Partial<ToyShape>])[] = [
    ['packs of several chips, of different heights', {}],
    [
      'no packing but of the quotient, in two packs',
      { packing: packByChip({ squares: 1, io: 1, exit: 1, image: 1, table: 1 }), tQuotient: 2 },
    ],
    [
      'packing factors that are no powers of two, φ packed',
      { packing: packByChip({ squares: 3, io: 5, exit: 7, image: 2, table: 3 }), tPhi: 2, tQuotient: 3 },
    ],
  ];
  for (const [name, shape] of shapes) {
    it(`every scalar moves its own coefficient of its own commitment: ${name}`, async () => {
      const toy = await makeToy({ ...DEFAULT_SHAPE, ...shape });
      const { statement } = DEFAULT_RUN;
      const all = blindings(
        toy,
        toyWitness(toy).map(({ log }) => 2 ** log),
      );
      /** The stream of a proof whose scalars in [first, first + count) are others. */
      const streamOf = async (first: number, count: number): Promise<ManifestEntry[]> => {
        let drawn = 0;
        const random: RandomBytes = (bytes) => {
          const k = drawn++;
          return numberToBytesBE(
            hashed(`scalar ${k}`) + (k >= first && k < first + count ? delta(k) : 0n),
            bytes,
          );
        };
        const manifest: ManifestEntry[] = [];
        const { proof } = await proveToy(toy, DEFAULT_RUN, { random, manifest });
        assert.equal(drawn, all.at(-1)!.first + all.at(-1)!.count);
        verifyProof({ key: toy.key.key, program: toy.program.key, statement, proof });
        return manifest;
      };
      const before = await streamOf(0, 0);
      for (const { round, first, count, moves } of all) {
        const after = await streamOf(first, count);
        const labels = toy.key.schedule.rounds.find((one) => one.name === round)!.items;
        const start = before.findIndex(({ label }) => label === labels[0]!.label);
        assert.deepEqual(after.slice(0, start), before.slice(0, start), `${round}: what was sent before`);
        assert.deepEqual(
          [...moves.keys()].sort(),
          labels.map(({ label }) => label).sort(),
          'every commitment is blinded',
        );
        for (const [i, { label }] of labels.entries()) {
          const [old, moved] = [before, after].map((entries) => {
            assert.equal(entries[start + i]!.label, label);
            return decodeG1(entries[start + i]!.bytes, { where: label, infinity: 'reject' });
          }) as [G1Point, G1Point];
          const expected = addG1(old, await commit(toy, moves.get(label)!));
          assert.ok(!equalG1(moved, old), `${label} does not move`);
          assert.ok(equalG1(moved, expected), `${label} moves otherwise than by its own scalars`);
        }
      }
      const scalars = all.reduce((sum, { count }) => sum + count, 0);
      const commitments = all.reduce((sum, { moves }) => sum + moves.size, 0);
      figure(`${name}: each of ${scalars} scalars in its coefficient of one of ${commitments} commitments`);
    });
  }
});
