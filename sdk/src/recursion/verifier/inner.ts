/** The verifier of a proof about other proofs (of a key without a subject) as operations of a program. */
import type { PublicField } from '../../plonk/declare/declare.ts';
import { fixedPacks, type PublicTermShape } from '../../plonk/declare/shape.ts';
import { PROGRAM, type VerifyingKey } from '../../plonk/keys/key.ts';
import type { ProgramBuilder } from '../builder.ts';
import { inputPoint } from '../gadgets/curve.ts';
import type { Element } from '../program.ts';
import type { Arithmetic, Term } from './arithmetic.ts';
import type { LogRange } from './heights.ts';
import type { BusTerms } from './identity.ts';
import type { CarryingClaim } from './pairs.ts';
import { ProgramSponge } from './sponge.ts';
import { type PackedPoint, ProofWalk } from './walk.ts';

export interface InnerParameters {
  /** With poseidon2, of proofs about other proofs. */
  readonly key: VerifyingKey;
  /** log2 of N that its proofs may have. */
  readonly range: LogRange;
  /** What the proof says. */
  readonly messages: readonly Element[];
}

export interface OpenInner {
  /** Digest of the program that made it (`programDigest`): whether it may be trusted is for the caller. */
  readonly program: Element;
  readonly claim: CarryingClaim & Required<Pick<CarryingClaim, 'carried'>>;
}

/** Verifies a proof up to its pairing and that of the pair that it carries. It is the next of the program's inputs, commitments of its program key first. */
export function openInner(builder: ProgramBuilder, { key, range, messages }: InnerParameters): OpenInner {
  const { shape } = key;
  if (shape.recursion === undefined || shape.recursion.subject !== undefined) {
    throw new RangeError('no key of proofs about other proofs');
  }
  if (messages.length !== shape.recursion.messages) throw new RangeError('another number of messages');
  const program = builder.scope('program', () =>
    fixedPacks(shape, 'program').map(() => {
      const point = inputPoint(builder);
      return { point, packed: builder.packPoint(point) };
    }),
  );
  const walk = new ProofWalk(builder, {
    ...{ key, range, messages },
    program: { commitments: program.map(({ point }) => point) },
  });
  const a = walk.arithmetic;
  const sponge = new ProgramSponge(builder, PROGRAM);
  // Bits of heights make the log, so the digest is of the heights that the proof is read at.
  sponge.absorb(a.element(walk.log ?? a.constant(0n)), ...program.flatMap(({ packed }) => packed));
  const [digest] = sponge.endRound();
  walk.know({ program: digest });
  walk.round('statement');
  const [A, B] = walk.points as readonly [PackedPoint, PackedPoint];
  walk.round('main');
  const bus = builder.scope('public terms', () =>
    publicTerms(a, shape.publicTerms, {
      ...{ messages, pair: { A, B } },
      ...{ alpha: walk.challenge('alpha'), beta: walk.challenge('beta') },
    }),
  );
  const claim = walk.conclude(bus);
  return { program: digest, claim: { ...claim, carried: { first: A.point, second: B.point } } };
}

/** What `publicFraction` adds up; shows that no denominator is zero. */
function publicTerms(
  a: Arithmetic,
  terms: readonly PublicTermShape[],
  known: {
    readonly messages: readonly Element[];
    readonly pair: Readonly<Record<'A' | 'B', PackedPoint>>;
    readonly alpha: Term;
    readonly beta: Term;
  },
): BusTerms {
  const value = (field: PublicField): Term => {
    switch (field.from) {
      case 'constant':
        return a.constant(field.value);
      case 'message':
        return a.of(known.messages[field.index]!);
      case 'pair':
        return a.of(known.pair[field.point].packed[field.part]);
      default:
        throw new RangeError(`a proof about other proofs has no ${field.from}`);
    }
  };
  let num: Term = a.constant(0n);
  let den: Term = a.constant(1n);
  for (const { tag, sign, fields } of terms) {
    const tuple = a.polynomial([a.constant(tag), ...fields.map(value)], known.beta);
    const D = a.of(a.element(a.sub(known.alpha, tuple)));
    num = a.of(a.element(a.add(a.mul(num, D), a.scale(den, BigInt(sign)))));
    den = a.of(a.element(a.mul(den, D)));
  }
  a.assertNotZero(den);
  return { num, den };
}
