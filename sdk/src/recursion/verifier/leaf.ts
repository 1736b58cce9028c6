/**
 * The program that verifies consecutive shards of a run, the first step of joining them. It says: under the challenges `α, β` of the run, shards `first, first + 1, …`
 * have the root ρ, and their interactions add up to S, if one pairing holds. That the challenges follow from the roots of all, and that all sums and the
 * public terms add up to zero, is for whoever joins and wraps.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { Fr } from '../../field/field.ts';
import { checkRunKeys, holdsImage, leftOf, NODE, type RunKeys, rootOf } from '../../plonk/verify/run.ts';
import { NO_PROGRAM, openShard as openNative } from '../../plonk/verify/verifier.ts';
import { ProgramBuilder } from '../builder.ts';
import type { Element, Program, ProgramInputs } from '../program.ts';
import { Arithmetic } from './arithmetic.ts';
import type { LogRange } from './heights.ts';
import { type InnerClaim, type InnerRun, innerPublics, publicVector } from './inner-vector.ts';
import { imageInputs, inSequence, shardInputs } from './inputs.ts';
import { combineClaims, combineNative } from './pairs.ts';
import { assertEqualLists, imagePoints } from './public-vector.ts';
import { openShard } from './shard.ts';
import { ProgramSponge } from './sponge.ts';

/** Which shards: so many bodies, and behind them the closing one or not. */
export interface LeafShape {
  readonly bodies: number;
  readonly closing: boolean;
}

const keysOf = <K>({ body, closing }: RunKeys<K>, shape: LeafShape): K[] => [
  ...new Array<K>(shape.bodies).fill(body),
  ...(shape.closing ? [closing] : []),
];

/**
 * @param range log2 of N that the proofs of shards may have
 * @throws `KEY_INVALID` for keys that are not of one run: what is left of their proofs is one pairing, on one τ
 */
export function leafProgram(keys: RunKeys, shape: LeafShape, range: LogRange): Program {
  checkRunKeys(keys);
  const builder = new ProgramBuilder();
  // T passes through: a leaf verifies nothing that the list is about.
  const vector = publicVector(builder, keys.closing);
  const { alpha, beta, log, commitments, first, count, closes, root, sum } = vector;

  // Of leaves without the closing shard too: whoever joins compares them.
  const image = { log, commitments: imagePoints(builder, commitments) };
  const keyList = keysOf(keys, shape);
  builder.scope('which shards', () => {
    builder.assertEqual(count, builder.constant(BigInt(keyList.length)));
    builder.assertEqual(closes, builder.constant(shape.closing ? 1n : 0n));
  });
  const shards = keyList.map((key, i) =>
    builder.scope(`shard ${i}`, () => {
      const index = i === 0 ? first : builder.combine({ a: first, constant: BigInt(i) });
      return openShard(builder, { key, range, index, ...(holdsImage(key) ? { program: image } : {}) });
    }),
  );
  builder.scope('root', () => {
    const leaves = shards.map(({ leaf }) => leaf);
    builder.assertEqual(rootElement(builder, leaves), root);
  });
  const claims = shards.map((shard, i) => builder.scope(`shard ${i}`, () => shard.finish({ alpha, beta })));
  const arithmetic = new Arithmetic(builder);
  builder.scope('sum', () => {
    const total = arithmetic.sum(claims.map((claim) => arithmetic.of(claim.sum)));
    arithmetic.assertEqual(total, arithmetic.of(sum));
  });
  builder.scope('pair', () => {
    const pair = combineClaims(arithmetic, claims);
    assertEqualLists(builder, [...pair.first, ...pair.second], vector.pair);
  });
  return builder.build();
}

/** As `rootOf` does it. */
export function rootElement(builder: ProgramBuilder, leaves: readonly Element[]): Element {
  if (leaves.length === 1) return leaves[0]!;
  const left = leftOf(leaves.length);
  const sponge = new ProgramSponge(builder, NODE);
  sponge.absorb(rootElement(builder, leaves.slice(0, left)), rootElement(builder, leaves.slice(left)));
  return sponge.endRound()[0];
}

export interface LeafParameters extends InnerRun {
  readonly first: number;
  /** As many as the shape says, in order. */
  readonly proofs: readonly Uint8Array[];
}

/** What the shards come to by the native verifier, but for the pairings. @throws the PROOF_… errors of the verifier */
export function leafClaim(keys: RunKeys, shape: LeafShape, parameters: LeafParameters): InnerClaim {
  const { programs, alpha, beta, program, first, proofs } = parameters;
  const shards = keysOf(keys, shape).map((key, i) =>
    openNative(key, holdsImage(key) ? program : NO_PROGRAM, first + i, proofs[i]!),
  );
  const claims = shards.map((shard) => shard.defer({ alpha, beta }));
  const root = rootOf(
    'poseidon2',
    shards.map(({ leaf }) => leaf),
  );
  return {
    ...{ programs, alpha, beta, program, first },
    ...{ count: shards.length, closes: shape.closing },
    root: bytesToNumberBE(root),
    sum: claims.reduce((total, claim) => Fr.add(total, claim.sum), 0n),
    pair: combineNative(claims),
  };
}

/** What the program is run on for these proofs. */
export function leafInputs(
  keys: RunKeys,
  { shape, range }: { readonly shape: LeafShape; readonly range: LogRange },
  { claim, proofs }: { readonly claim: InnerClaim; readonly proofs: readonly Uint8Array[] },
): ProgramInputs {
  const { program } = claim;
  const shards = keysOf(keys, shape).map((key, i) => shardInputs(key, range, { program, proof: proofs[i]! }));
  const parts = [...shards.map(({ open }) => open), ...shards.map(({ rest }) => rest)];
  return { publics: innerPublics(claim), ...inSequence([imageInputs(program), ...parts]) };
}
