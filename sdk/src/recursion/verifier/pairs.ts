/**
 * Several claims `e(first, [1]_2) = e(second, [τ]_2)` as one: `Σ c^i·first_i` and `Σ c^i·second_i`. The challenge is drawn behind everything that the sides are
 * made of: the transcripts of the proofs, their W', and pairs that are carried. Were one of them not hashed, it could be chosen to make up for the others.
 */
import { encodeG1, multiExpG1 } from '../../curve/g1.ts';
import { Fr } from '../../field/field.ts';
import type { Pair } from '../../plonk/verify/pair.ts';
import type { ShardClaim as NativeClaim } from '../../plonk/verify/verifier.ts';
import { word } from '../../transcript/encode.ts';
import { beginTranscript } from '../../transcript/transcript.ts';
import type { Element, Point } from '../program.ts';
import type { Arithmetic, Term } from './arithmetic.ts';
import { addUp } from './points.ts';
import type { ShardClaim } from './shard.ts';
import { ProgramSponge } from './sponge.ts';

const DOMAIN = 'wattest recursion pairs 1';

/** Both sides of the claims together, as points and in three elements each. */
export interface CombinedPair {
  readonly first: readonly Element[];
  readonly second: readonly Element[];
}

/** One or more claims of proofs that the program verifies. */
export function combineClaims(arithmetic: Arithmetic, claims: readonly ShardClaim[]): CombinedPair {
  const { builder } = arithmetic;
  const sponge = new ProgramSponge(builder, DOMAIN);
  sponge.absorb(builder.constant(BigInt(claims.length)));
  for (const { state, second } of claims) sponge.absorb(state, ...second.packed);
  const [drawn] = sponge.endRound();
  const c = arithmetic.of(drawn);
  let weight: Term = arithmetic.constant(1n);
  const weighted = claims.map(({ first, second }) => {
    const own = weight;
    weight = arithmetic.written(arithmetic.mul(weight, c));
    return {
      first: first.map(({ scalar, point }) => ({
        scalar: arithmetic.written(arithmetic.mul(own, scalar)),
        point,
      })),
      second: { scalar: own, point: second.point },
    };
  });
  const pack = (point: Point): readonly Element[] => builder.packPoint(point);
  return {
    first: pack(
      addUp(
        arithmetic,
        weighted.flatMap(({ first }) => first),
      ),
    ),
    second: pack(
      addUp(
        arithmetic,
        weighted.map(({ second }) => second),
      ),
    ),
  };
}

/** The same of what the native verifier left. */
export function combineNative(claims: readonly NativeClaim[]): Pair {
  const transcript = beginTranscript('poseidon2', { domain: DOMAIN });
  transcript.absorb({ label: 'number', kind: 'word' }, word(claims.length));
  for (const { state, pair } of claims) {
    transcript.absorb({ label: 'state', kind: 'digest' }, state);
    transcript.absorb({ label: "W'", kind: 'point' }, encodeG1(pair.second));
  }
  const [c] = transcript.endRound(['c']) as [bigint];
  const weights = claims.map((_, i) => Fr.pow(c, BigInt(i)));
  const side = (of: (pair: Pair) => Pair['first']): Pair['first'] =>
    multiExpG1(
      claims.map(({ pair }) => of(pair)),
      weights,
    );
  return { first: side(({ first }) => first), second: side(({ second }) => second) };
}
