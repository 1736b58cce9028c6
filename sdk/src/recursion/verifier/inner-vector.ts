/**
 * What every inner proof says, leaf or join: of consecutive shards of one run, under its challenges `α, β`, that they have the root ρ and their interactions add up to S,
 * if one pairing holds; and that whatever was verified on the way was made by programs of one list. The elements, in order:
 *
 *     T, α, β, log, three for each commitment of the program key, first, count, closes, ρ, S     messages of the proof
 *     three for each side of the pair
 *
 * The entry is not among them: `α, β` follow from it, and the public terms, which are added behind the last join.
 */
import type { G1Point } from '../../curve/g1.ts';
import { fixedPacks } from '../../plonk/declare/shape.ts';
import type { ProgramKey, VerifyingKey } from '../../plonk/keys/key.ts';
import type { Pair } from '../../plonk/verify/pair.ts';
import type { SharedChallenges } from '../../plonk/verify/proof.ts';
import type { Carried } from '../../plonk/verify/public-terms.ts';
import { word } from '../../transcript/encode.ts';
import { digestOf } from '../../transcript/transcript.ts';
import type { ProgramBuilder } from '../builder.ts';
import type { Element } from '../program.ts';
import { publicCommitments, publicElements, publicPoints } from './public-vector.ts';

/** What is the same in all inner proofs of a run. */
export interface InnerRun extends SharedChallenges {
  /** T, the digest of the list of programs that may be verified ({@link programsDigest}). */
  readonly programs: bigint;
  /** Of the run. */
  readonly program: ProgramKey;
}

/** The public vector, by name. */
export interface InnerClaim extends InnerRun {
  /** Place of the first shard in the run. */
  readonly first: number;
  /** How many shards. */
  readonly count: number;
  /** Whether the last of them is the closing shard; all others are bodies. */
  readonly closes: boolean;
  /** Root over the leaves of the shards. */
  readonly root: bigint;
  readonly sum: bigint;
  readonly pair: Pair;
}

/** Messages of an inner proof of runs whose program key has so many commitments. */
export const innerMessageCount = (commitments: number): number => 9 + 3 * commitments;

/** For runs of a machine. @param closing its key with the image */
export const innerMessagesOf = ({ shape }: VerifyingKey): number =>
  innerMessageCount(fixedPacks(shape, 'program').length);

/** The messages of the proof that says so. */
export const innerMessages = (claim: Omit<InnerClaim, 'pair'>): bigint[] => [
  claim.programs,
  claim.alpha,
  claim.beta,
  BigInt(claim.program.log),
  ...publicPoints(claim.program.commitments),
  BigInt(claim.first),
  BigInt(claim.count),
  claim.closes ? 1n : 0n,
  claim.root,
  claim.sum,
];

/** What the proof that says so carries; `RangeError` for a pair with infinity, which no honest one has. */
export function innerCarried(claim: InnerClaim): Carried {
  const side = (point: G1Point): NonNullable<G1Point> => {
    if (point === null) throw new RangeError('a side of the pair is infinity');
    return point;
  };
  const { first, second } = claim.pair;
  return { messages: innerMessages(claim), pair: { A: side(first), B: side(second) } };
}

export const innerPublics = (claim: InnerClaim): bigint[] => [
  ...innerMessages(claim),
  ...publicPoints([claim.pair.first, claim.pair.second]),
];

/** The messages as elements of a program. */
export interface InnerElements {
  readonly programs: Element;
  readonly alpha: Element;
  readonly beta: Element;
  readonly log: Element;
  readonly commitments: readonly (readonly Element[])[];
  readonly first: Element;
  readonly count: Element;
  readonly closes: Element;
  readonly root: Element;
  readonly sum: Element;
}

export const messageElements = (elements: InnerElements): Element[] => {
  const { programs, alpha, beta, log, commitments, first, count, closes, root, sum } = elements;
  return [programs, alpha, beta, log, ...commitments.flat(), first, count, closes, root, sum];
};

/** The vector of the program that is written, the pair in six elements behind it. @param closing the key with the image */
export function publicVector(
  builder: ProgramBuilder,
  closing: VerifyingKey,
): InnerElements & { readonly pair: readonly Element[] } {
  type Four = [Element, Element, Element, Element];
  const [programs, alpha, beta, log] = publicElements(builder, 4) as Four;
  const commitments = publicCommitments(builder, closing);
  const [first, count, closes, root] = publicElements(builder, 4) as Four;
  const sum = builder.publicElement();
  const pair = publicElements(builder, 6);
  return { programs, alpha, beta, log, commitments, first, count, closes, root, sum, pair };
}

/** The domain of {@link programsDigest}. */
export const PROGRAMS = 'wattest recursion programs 1';

/** T: Poseidon2 of the number of programs and their digests (`programDigest`), in the order of the list. */
export function programsDigest(digests: readonly bigint[]): Uint8Array {
  return digestOf('poseidon2', PROGRAMS, [
    ['word', word(digests.length)],
    ...digests.map((digest) => ['digest', word(digest)] as const),
  ]);
}
