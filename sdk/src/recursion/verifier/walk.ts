/**
 * A proof as a program reads it, walked along the schedule that prover and native verifier walk: of a shard (`shard.ts`) or of other proofs (`inner.ts`). It leaves out
 * nothing but the pairing, whose two sides are what it comes to.
 */
import { hexToBytes } from '@noble/curves/utils.js';
import { G1_GENERATOR } from '../../curve/g1.ts';
import {
  type ChallengeName,
  type Item,
  type Round,
  type Schedule,
  schedule,
} from '../../plonk/declare/schedule.ts';
import type { VerifyingKey } from '../../plonk/keys/key.ts';
import { DOMAINS } from '../../plonk/verify/proof.ts';
import { elementsOf } from '../../transcript/elements.ts';
import { PROOF } from '../../transcript/transcript.ts';
import type { ProgramBuilder } from '../builder.ts';
import { inputPoint } from '../gadgets/curve.ts';
import type { Element, Point } from '../program.ts';
import { Arithmetic, type Term } from './arithmetic.ts';
import { type HeightTerms, heightTerms, type LogRange } from './heights.ts';
import { assertIdentity, type BusTerms } from './identity.ts';
import { openingScalars } from './openings.ts';
import { ProgramSponge } from './sponge.ts';

/** A program key whose coordinates are shown to be points. */
export interface ProgramKeyTerms {
  /** Left out where it is for the caller to say what it is. */
  readonly log?: Element;
  readonly commitments: readonly Point[];
}

export interface WalkParameters {
  /** With poseidon2. */
  readonly key: VerifyingKey;
  /** log2 of N that its proofs may have. */
  readonly range: LogRange;
  /** Where the key has fixed columns of programs. */
  readonly program?: ProgramKeyTerms;
  /** What a proof about other proofs says, in place of the scalars that it sends. */
  readonly messages?: readonly Element[];
}

/** A scalar and what it multiplies. */
export interface WeightedPoint {
  readonly scalar: Term;
  readonly point: Point;
}

/** A point of the proof and its elements in the transcript. */
export interface PackedPoint {
  readonly point: Point;
  readonly packed: readonly [Element, Element, Element];
}

/** What is left of a proof: `e(Σ scalar·point, [1]_2) = e(second, [τ]_2)`. */
export interface ProofClaim {
  /** Its transcript before W'. */
  readonly state: Element;
  readonly first: readonly WeightedPoint[];
  readonly second: PackedPoint;
}

export class ProofWalk {
  readonly #builder: ProgramBuilder;
  readonly arithmetic: Arithmetic;
  readonly #parameters: WalkParameters;
  readonly #plan: Schedule;
  readonly #points: PackedPoint[] = [];
  readonly #challenges: Partial<Record<ChallengeName, Term>> = {};
  #known: Readonly<Record<string, Element>> = {};
  #heights: HeightTerms | undefined;
  #sponge: ProgramSponge | undefined;
  #next = 0;

  constructor(builder: ProgramBuilder, parameters: WalkParameters) {
    const { key } = parameters;
    if (key.shape.transcript !== 'poseidon2')
      throw new RangeError('a program verifies proofs with poseidon2');
    this.#builder = builder;
    this.arithmetic = new Arithmetic(builder);
    this.#parameters = parameters;
    this.#plan = schedule(key.shape);
    const { rounds } = this.#plan;
    if (rounds[0]!.begins === undefined) {
      this.#sponge = new ProgramSponge(builder, PROOF);
      this.#sponge.absorb(...this.#digestOfKey());
    }
    // A proof without free heights does not send the word, but has heights all the same.
    if (rounds.every(({ items }) => items.every(({ kind }) => kind !== 'heights'))) this.#readHeights();
  }

  /** What the transcript comes to. */
  get digest(): Element {
    return this.#sponge!.digest;
  }

  /** Logs of the chips whose heights are a program's, as its key packs them; undefined before heights are read, and where there are none. */
  get log(): Term | undefined {
    return this.#heights?.program;
  }

  /** Points of the proof so far. */
  get points(): readonly PackedPoint[] {
    return this.#points;
  }

  challenge(name: ChallengeName): Term {
    return this.#challenges[name]!;
  }

  /** What the transcript absorbs besides the proof, by the labels of its items. */
  know(known: Readonly<Record<string, Element>>): void {
    this.#known = { ...this.#known, ...known };
  }

  /** Challenges of the run. */
  share({ alpha, beta }: { readonly alpha: Element; readonly beta: Element }): void {
    this.know({ alpha, beta });
    this.#challenges.alpha = this.arithmetic.of(alpha);
    this.#challenges.beta = this.arithmetic.of(beta);
  }

  /** The next round: scalars of the proof in it, in order. */
  round(name: Round['name']): Term[] {
    return this.#builder.scope(name, () => {
      const round = this.#plan.rounds[this.#next++]!;
      if (round.name !== name) throw new RangeError(`round ${name} is not the next one (${round.name})`);
      if (round.begins !== undefined) {
        this.#sponge = new ProgramSponge(this.#builder, DOMAINS[round.begins]);
      }
      const scalars: Term[] = [];
      const last = this.#next === this.#plan.rounds.length;
      for (const item of round.items) {
        const elements = item.from === 'context' ? this.#context(item) : this.#message(item, scalars);
        // The last round is not hashed: what it draws, if anything, is for those who carry a pair on.
        if (!last) this.#sponge!.absorb(...elements);
      }
      if (last) return scalars;
      const drawn = this.#sponge!.endRound();
      round.challenges.forEach((challenge, i) => {
        this.#challenges[challenge] = this.arithmetic.of(drawn[i]!);
      });
      return scalars;
    });
  }

  /** All rounds from the helpers on. @param bus of the public terms, or of what stands for them */
  conclude(bus: BusTerms): ProofClaim {
    const a = this.arithmetic;
    this.round('helpers');
    this.round('quotient');
    const values = this.round('values');
    this.round('opening');
    const [inverse] = this.round('final');
    const { shape } = this.#parameters.key;
    const plan = this.#plan;
    const heights = this.#heights!;
    const challenges = this.#challenges as Record<ChallengeName, Term>;
    this.#builder.scope('identity', () => {
      assertIdentity(a, { shape, plan, heights, values, bus, challenges });
    });
    const scalars = this.#builder.scope('openings', () =>
      openingScalars(a, { plan, omega: heights.omega, values, inverse: inverse!, challenges }),
    );
    const W = this.#points[plan.points.W]!;
    const W2 = this.#points[plan.points.W2]!;
    return {
      state: this.digest,
      first: [
        ...plan.packs.flatMap((_, i) =>
          this.#commitment(i).map((point) => ({ scalar: scalars.packs[i]!, point })),
        ),
        { scalar: scalars.generator, point: this.#builder.constantPoint(G1_GENERATOR) },
        { scalar: a.constant(-1n), point: W.point },
        { scalar: challenges.u, point: W2.point },
      ],
      second: W2,
    };
  }

  #digestOfKey(): Element[] {
    const digest = hexToBytes(this.#parameters.key.digest.slice(2));
    return elementsOf('bytes32', digest).map((half) => this.#builder.constant(half));
  }

  #context({ label }: Item): Element[] {
    if (label === 'key') return this.#digestOfKey();
    const element = this.#known[label];
    if (element === undefined) throw new RangeError(`the transcript has no ${label} here`);
    return [element];
  }

  #readHeights(): HeightTerms {
    const a = this.arithmetic;
    const { key, range, program } = this.#parameters;
    const heights = heightTerms(a, { key, plan: this.#plan, range }, () => a.of(this.#builder.input()));
    if (heights.program !== undefined) {
      const { log } = imageOf(program);
      if (log !== undefined) a.assertEqual(heights.program, a.of(log));
    }
    this.#heights = heights;
    return heights;
  }

  /** What the proof sends, as elements to absorb. */
  #message({ label, kind }: Item, scalars: Term[]): readonly Element[] {
    switch (kind) {
      case 'heights':
        return [this.arithmetic.element(this.#readHeights().word)];
      case 'point': {
        const point = inputPoint(this.#builder);
        const packed = this.#builder.packPoint(point);
        this.#points.push({ point, packed });
        return packed;
      }
      case 'scalar': {
        const { messages } = this.#parameters;
        const given = this.#plan.rounds[this.#next - 1]!.name === 'statement';
        const element = given ? messages?.[scalars.length] : this.#builder.input();
        if (element === undefined) throw new RangeError(`the program has nothing for ${label}`);
        scalars.push(this.arithmetic.of(element));
        return [element];
      }
      default:
        throw new RangeError(`${label}: a proof has no item of kind ${kind}`);
    }
  }

  /** Of a pack; none where the key has infinity for it, the commitment to columns of zeros. */
  #commitment(pack: number): readonly Point[] {
    const { from, index } = this.#plan.packs[pack]!.commitment;
    if (from === 'proof') return [this.#points[index]!.point];
    if (from === 'program') return [imageOf(this.#parameters.program).commitments[index]!];
    const point = this.#parameters.key.commitments[index]!;
    return point === null ? [] : [this.#builder.constantPoint(point)];
  }
}

function imageOf(program: ProgramKeyTerms | undefined): ProgramKeyTerms {
  if (program === undefined) throw new RangeError('a key with an image needs a program key');
  return program;
}
