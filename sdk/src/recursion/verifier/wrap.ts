/**
 * The program that verifies a run of one shard: what is wrapped. Its public vector is what a contract can make or check: challenges and sum of the run, halves
 * of the statement's hash, the program key, and the pair whose pairing is left to do.
 */
import type { Statement } from '../../plonk/declare/declare.ts';
import type { ProgramKey, VerifyingKey } from '../../plonk/keys/key.ts';
import { type SharedChallenges, takeStatement } from '../../plonk/verify/proof.ts';
import { statementHalves } from '../../plonk/verify/public-terms.ts';
import { CHALLENGES, runChallenges } from '../../plonk/verify/run.ts';
import { openShard as openNative, type ShardClaim, takeProgramKey } from '../../plonk/verify/verifier.ts';
import { ProgramBuilder } from '../builder.ts';
import type { Element, Program, ProgramInputs } from '../program.ts';
import { Arithmetic } from './arithmetic.ts';
import type { LogRange } from './heights.ts';
import { imageInputs, inSequence, shardInputs } from './inputs.ts';
import { addUp } from './points.ts';
import {
  assertEqualLists,
  imagePoints,
  publicCommitments,
  publicElements,
  publicPoints,
} from './public-vector.ts';
import { openShard } from './shard.ts';
import { ProgramSponge } from './sponge.ts';

/** The public vector of a wrap, by name. */
export interface WrapClaim extends SharedChallenges, Pick<ShardClaim, 'sum' | 'pair'> {
  /** keccak256 of the statement, its halves of 128 bits. */
  readonly statement: readonly [bigint, bigint];
  readonly program: ProgramKey;
}

/** The public vector: `α, β, S, h_0, h_1, log, entry`, three elements for each commitment, three for each side of the pair. */
export const wrapPublics = ({ alpha, beta, sum, statement, program, pair }: WrapClaim): bigint[] => [
  alpha,
  beta,
  sum,
  ...statement,
  BigInt(program.log),
  program.entry,
  ...publicPoints([...program.commitments, pair.first, pair.second]),
];

/** The vector of the program that is written. */
export interface WrapElements {
  readonly alpha: Element;
  readonly beta: Element;
  readonly sum: Element;
  readonly statement: readonly Element[];
  readonly log: Element;
  readonly entry: Element;
  readonly commitments: readonly (readonly Element[])[];
  readonly first: readonly Element[];
  readonly second: readonly Element[];
}

/** @param key the one with the image */
export function wrapVector(builder: ProgramBuilder, key: VerifyingKey): WrapElements {
  const [alpha, beta, sum] = publicElements(builder, 3) as [Element, Element, Element];
  const statement = publicElements(builder, 2);
  const [log, entry] = publicElements(builder, 2) as [Element, Element];
  const commitments = publicCommitments(builder, key);
  const [first, second] = [publicElements(builder, 3), publicElements(builder, 3)];
  return { alpha, beta, sum, statement, log, entry, commitments, first, second };
}

/** As `challengesOfRoot` does it. */
export function assertChallenges(
  builder: ProgramBuilder,
  { alpha, beta, statement, log, entry, commitments }: WrapElements,
  { root, count }: { readonly root: Element; readonly count: Element },
): void {
  builder.scope('challenges of the run', () => {
    const sponge = new ProgramSponge(builder, CHALLENGES);
    sponge.absorb(root, count, log, entry, ...commitments.flat(), ...statement);
    assertEqualLists(builder, sponge.endRound(), [alpha, beta]);
  });
}

/**
 * @param key of whole runs
 * @param range log2 of N that their proofs may have
 */
export function wrapProgram(key: VerifyingKey, range: LogRange): Program {
  const builder = new ProgramBuilder();
  const vector = wrapVector(builder, key);
  const { alpha, beta, sum, log, commitments, first, second } = vector;

  const image = { log, commitments: imagePoints(builder, commitments) };
  const shard = openShard(builder, { key, range, index: builder.zero, program: image });
  // The root of one leaf is the leaf.
  assertChallenges(builder, vector, { root: shard.leaf, count: builder.constant(1n) });
  const claim = shard.finish({ alpha, beta });
  builder.scope('pair', () => {
    assertEqualLists(builder, [claim.sum, ...claim.second.packed], [sum, ...second]);
    const A = addUp(new Arithmetic(builder), claim.first);
    assertEqualLists(builder, builder.packPoint(A), first);
  });
  return builder.build();
}

/**
 * What a proof of a run of one shard comes to, by the native verifier: all is checked but the pairing, and that the sum is the statement's.
 * @throws the PROOF_… errors of the verifier
 */
export function claimOf(
  key: VerifyingKey,
  about: { readonly program: ProgramKey; readonly statement: Statement; readonly proof: Uint8Array },
): WrapClaim {
  const statement = takeStatement(about.statement);
  const program = takeProgramKey(about.program);
  const shard = openNative(key, program, 0, about.proof);
  const { transcript: hash } = key.shape;
  const challenges = runChallenges({ hash, leaves: [shard.leaf], program, statement });
  const halves = statementHalves(statement);
  return { ...challenges, ...shard.defer(challenges), program, statement: halves };
}

/** What the program is run on for a proof: its bytes are not judged here. @throws as `shardInputs`, `imageInputs` */
export function wrapInputs(
  key: VerifyingKey,
  range: LogRange,
  { claim, proof }: { readonly claim: WrapClaim; readonly proof: Uint8Array },
): ProgramInputs {
  const { open, rest } = shardInputs(key, range, { program: claim.program, proof });
  return { publics: wrapPublics(claim), ...inSequence([imageInputs(claim.program), open, rest]) };
}
