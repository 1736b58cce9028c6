/**
 * Several claims `e(first, [1]_2) = e(second, [τ]_2)` as one: `Σ c^i·first_i` and `Σ c^i·second_i`. The challenge is drawn behind everything that the sides are
 * made of: the transcripts of the proofs, their W', and pairs that are carried. Were one of them not hashed, it could be chosen to make up for the others.
 */
import { encodeG1, multiExpG1 } from '../../curve/g1.ts';
import { Fr } from '../../field/field.ts';
import type { Pair } from '../../plonk/verify/pair.ts';
import { word } from '../../transcript/encode.ts';
import { beginTranscript } from '../../transcript/transcript.ts';
import type { Element, Point } from '../program.ts';
import type { Arithmetic, Term } from './arithmetic.ts';
import { addUp } from './points.ts';
import { ProgramSponge } from './sponge.ts';
import type { ProofClaim, WeightedPoint } from './walk.ts';

const DOMAIN = 'wattest recursion pairs 1';

/** Both sides of the claims together, in three elements each. */
export interface CombinedPair {
  readonly first: readonly Element[];
  readonly second: readonly Element[];
}

/** What is left of a proof that carries what was left of others, or of one that does not. */
export interface CarryingClaim extends ProofClaim {
  /** Its transcript covers it. */
  readonly carried?: { readonly first: Point; readonly second: Point };
}

/** One or more claims of proofs that the program verifies, each with the pair that its proof carries behind it. */
export function combineClaims(arithmetic: Arithmetic, claims: readonly CarryingClaim[]): CombinedPair {
  const { builder } = arithmetic;
  const sponge = new ProgramSponge(builder, DOMAIN);
  sponge.absorb(builder.constant(BigInt(claims.length)));
  for (const { state, second } of claims) sponge.absorb(state, ...second.packed);
  const [drawn] = sponge.endRound();
  const c = arithmetic.of(drawn);
  const one = arithmetic.constant(1n);
  const pairs = claims.flatMap(({ first, second, carried }) => [
    { first, second: second.point },
    ...(carried === undefined
      ? []
      : [{ first: [{ scalar: one, point: carried.first }], second: carried.second }]),
  ]);
  let weight: Term = one;
  const firsts: WeightedPoint[] = [];
  const seconds: WeightedPoint[] = [];
  for (const [i, { first, second }] of pairs.entries()) {
    if (i > 0) weight = arithmetic.written(arithmetic.mul(weight, c));
    const own = weight;
    for (const { scalar, point } of first) {
      firsts.push({ scalar: arithmetic.written(arithmetic.mul(own, scalar)), point });
    }
    seconds.push({ scalar: own, point: second });
  }
  const pack = (terms: readonly WeightedPoint[]): readonly Element[] =>
    builder.packPoint(addUp(arithmetic, terms));
  return { first: pack(firsts), second: pack(seconds) };
}

/** The same of what the native verifier left. */
export interface NativeClaim {
  readonly state: Uint8Array;
  readonly pair: Pair;
  readonly carried?: Pair;
}

export function combineNative(claims: readonly NativeClaim[]): Pair {
  const transcript = beginTranscript('poseidon2', { domain: DOMAIN });
  transcript.absorb({ label: 'number', kind: 'word' }, word(claims.length));
  for (const { state, pair } of claims) {
    transcript.absorb({ label: 'state', kind: 'digest' }, state);
    transcript.absorb({ label: "W'", kind: 'point' }, encodeG1(pair.second));
  }
  const [c] = transcript.endRound(['c']) as [bigint];
  const pairs = claims.flatMap(({ pair, carried }) => (carried === undefined ? [pair] : [pair, carried]));
  const weights = pairs.map((_, i) => Fr.pow(c, BigInt(i)));
  const side = (of: (pair: Pair) => Pair['first']): Pair['first'] => multiExpG1(pairs.map(of), weights);
  return { first: side(({ first }) => first), second: side(({ second }) => second) };
}
