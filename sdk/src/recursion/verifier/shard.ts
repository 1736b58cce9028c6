/**
 * The verifier of a shard as operations of a program, walked along the schedule that prover and native verifier walk. It leaves out nothing but
 * the pairing, whose two sides are what it comes to.
 */
import { hexToBytes } from '@noble/curves/utils.js';
import { G1_GENERATOR } from '../../curve/g1.ts';
import { type ChallengeName, type Item, type Schedule, schedule } from '../../plonk/declare/schedule.ts';
import type { VerifyingKey } from '../../plonk/keys/key.ts';
import { DOMAINS } from '../../plonk/verify/proof.ts';
import { elementsOf } from '../../transcript/elements.ts';
import type { ProgramBuilder } from '../builder.ts';
import { inputPoint } from '../gadgets/curve.ts';
import type { Element, Point } from '../program.ts';
import { Arithmetic, type Term } from './arithmetic.ts';
import { type HeightTerms, heightTerms, type LogRange } from './heights.ts';
import { assertIdentity } from './identity.ts';
import { openingScalars } from './openings.ts';
import { ProgramSponge } from './sponge.ts';

/** A program key whose coordinates are shown to be points. */
export interface ProgramKeyTerms {
  readonly log: Element;
  readonly commitments: readonly Point[];
}

export interface ShardParameters {
  /** With poseidon2 and a shared bus. */
  readonly key: VerifyingKey;
  /** log2 of N that its proofs may have. */
  readonly range: LogRange;
  /** Place in the run. */
  readonly index: Element;
  /** Of the run, where the key has an image. */
  readonly program?: ProgramKeyTerms;
}

/** A scalar and what it multiplies. */
export interface WeightedPoint {
  readonly scalar: Term;
  readonly point: Point;
}

/** What is left of a shard: `e(Σ scalar·point, [1]_2) = e(second, [τ]_2)`, and that its interactions add up to `sum`. */
export interface ShardClaim {
  readonly sum: Element;
  /** Its transcript before W'. */
  readonly state: Element;
  readonly first: readonly WeightedPoint[];
  readonly second: { readonly point: Point; readonly packed: readonly [Element, Element, Element] };
}

export interface OpenShard {
  readonly leaf: Element;
  finish(challenges: { readonly alpha: Element; readonly beta: Element }): ShardClaim;
}

/** Reads a shard up to the hash of its main columns, the next of the program's inputs. */
export function openShard(builder: ProgramBuilder, parameters: ShardParameters): OpenShard {
  const walk = new Walk(builder, parameters);
  walk.round('main');
  const leaf = walk.digest;
  return { leaf, finish: ({ alpha, beta }) => walk.finish({ alpha, beta, leaf }) };
}

class Walk {
  readonly #builder: ProgramBuilder;
  readonly #arithmetic: Arithmetic;
  readonly #parameters: ShardParameters;
  readonly #plan: Schedule;
  readonly #points: Point[] = [];
  readonly #challenges: Partial<Record<ChallengeName, Term>> = {};
  #known: Readonly<Record<string, Element>>;
  #heights: HeightTerms | undefined;
  #sponge: ProgramSponge | undefined;
  #next = 0;

  constructor(builder: ProgramBuilder, parameters: ShardParameters) {
    const { key, index } = parameters;
    const { transcript, bus } = key.shape;
    if (transcript !== 'poseidon2' || bus !== 'shared') {
      throw new RangeError('a program verifies shards with poseidon2');
    }
    this.#builder = builder;
    this.#arithmetic = new Arithmetic(builder);
    this.#parameters = parameters;
    this.#plan = schedule(key.shape);
    this.#known = { shard: index };
  }

  get digest(): Element {
    return this.#sponge!.digest;
  }

  /** The next round: scalars of the proof in it, in order. */
  round(name: string): Term[] {
    return this.#builder.scope(name, () => {
      const round = this.#plan.rounds[this.#next++]!;
      if (round.begins !== undefined) {
        this.#sponge = new ProgramSponge(this.#builder, DOMAINS[round.begins]);
      }
      const scalars: Term[] = [];
      const last = this.#next === this.#plan.rounds.length;
      for (const item of round.items) {
        const elements = item.from === 'context' ? this.#context(item) : this.#message(item, scalars);
        // The last round is not hashed.
        if (!last) this.#sponge!.absorb(...elements);
      }
      if (last) return scalars;
      const drawn = this.#sponge!.endRound();
      round.challenges.forEach((challenge, i) => {
        this.#challenges[challenge] = this.#arithmetic.of(drawn[i]!);
      });
      return scalars;
    });
  }

  finish(known: { readonly alpha: Element; readonly beta: Element; readonly leaf: Element }): ShardClaim {
    const a = this.#arithmetic;
    this.#known = { ...this.#known, ...known };
    this.#challenges.alpha = a.of(known.alpha);
    this.#challenges.beta = a.of(known.beta);
    const [sum] = this.round('sum');
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
      assertIdentity(a, { shape, plan, heights, values, sum: sum!, challenges });
    });
    const scalars = this.#builder.scope('openings', () =>
      openingScalars(a, { plan, omega: heights.omega, values, inverse: inverse!, challenges }),
    );
    const W = this.#points[plan.points.W]!;
    const W2 = this.#points[plan.points.W2]!;
    return {
      sum: a.element(sum!),
      state: this.digest,
      first: [
        ...plan.packs.flatMap((_, i) =>
          this.#commitment(i).map((point) => ({ scalar: scalars.packs[i]!, point })),
        ),
        { scalar: scalars.generator, point: this.#builder.constantPoint(G1_GENERATOR) },
        { scalar: a.constant(-1n), point: W },
        { scalar: challenges.u, point: W2 },
      ],
      second: { point: W2, packed: this.#packed.get(W2)! },
    };
  }

  readonly #packed = new Map<Point, [Element, Element, Element]>();

  #context({ label }: Item): Element[] {
    if (label === 'key') {
      const digest = hexToBytes(this.#parameters.key.digest.slice(2));
      return elementsOf('bytes32', digest).map((half) => this.#builder.constant(half));
    }
    const element = this.#known[label];
    if (element === undefined) throw new RangeError(`the transcript has no ${label} here`);
    return [element];
  }

  /** What the proof sends, as elements to absorb. */
  #message({ label, kind }: Item, scalars: Term[]): readonly Element[] {
    const a = this.#arithmetic;
    switch (kind) {
      case 'heights': {
        const { key, range, program } = this.#parameters;
        const heights = heightTerms(a, { key, plan: this.#plan, range }, () => a.of(this.#builder.input()));
        if (heights.program !== undefined) a.assertEqual(heights.program, a.of(imageOf(program).log));
        this.#heights = heights;
        return [a.element(heights.word)];
      }
      case 'point': {
        const point = inputPoint(this.#builder);
        const packed = this.#builder.packPoint(point);
        this.#packed.set(point, packed);
        this.#points.push(point);
        return packed;
      }
      case 'scalar': {
        const element = this.#builder.input();
        scalars.push(a.of(element));
        return [element];
      }
      default:
        throw new RangeError(`${label}: a proof has no item of kind ${kind}`);
    }
  }

  /** Of a pack; none where the key has infinity for it, the commitment to columns of zeros. */
  #commitment(pack: number): readonly Point[] {
    const { from, index } = this.#plan.packs[pack]!.commitment;
    if (from === 'proof') return [this.#points[index]!];
    if (from === 'program') return [imageOf(this.#parameters.program).commitments[index]!];
    const point = this.#parameters.key.commitments[index]!;
    return point === null ? [] : [this.#builder.constantPoint(point)];
  }
}

function imageOf(program: ProgramKeyTerms | undefined): ProgramKeyTerms {
  if (program === undefined) throw new RangeError('a key with an image needs a program key');
  return program;
}
