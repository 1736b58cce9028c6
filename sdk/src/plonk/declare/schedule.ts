/**
 * The rounds and the openings of the protocol, declared once as data and walked by the prover, the TypeScript verifier and
 * the Solidity generator. All of it follows from a key's shape; nothing here depends on a proof.
 */
import type { ItemKind } from '../../transcript/encode.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import type { PackColumn, PackStage, Recursion } from './declare.ts';
import { quotientChunks, type Shape } from './shape.ts';

export type ChallengeName = 'alpha' | 'beta' | 'y' | 'z' | 'gamma' | 'u' | 'c';

/** One thing absorbed. `context` items are known to both sides, `proof` items are the bytes of the proof, in order. */
export interface Item {
  readonly label: string;
  readonly kind: ItemKind;
  readonly from: 'context' | 'proof';
}

export interface Round {
  readonly name: 'statement' | 'main' | 'sum' | 'helpers' | 'quotient' | 'values' | 'opening' | 'final';
  /**
   * Another transcript begins here than that of a proof, which starts from the digest of its key: that of the leaf that stands for a shard's
   * main columns in the hash of its run; of a shard, which starts from the challenges of the run.
   */
  readonly begins?: 'leaf' | 'shard';
  readonly items: readonly Item[];
  /** Drawn at the end of the round (see `Transcript.endRound`). A last round that draws none is not hashed. */
  readonly challenges: readonly ChallengeName[];
}

/** Where the commitment of a pack is found: its index among the points of the proof, of the key, of the program key. */
export interface CommitmentSource {
  readonly from: 'proof' | 'key' | 'program';
  readonly index: number;
}

export type Stage = PackStage | 'quotient' | 'phi';

/**
 * `F(X) = Σ_i X^i·f_i(X^t)` of columns of chips, of the quotient's chunks, or φ alone. `columns` are empty for the latter two, which
 * are no columns of chips; `count` is how many f_i there are.
 */
export interface Pack {
  readonly label: string;
  readonly stage: Stage;
  readonly columns: readonly PackColumn[];
  /** First of the quotient's chunks; 0 for all others. */
  readonly first: number;
  readonly count: number;
  readonly t: number;
  readonly commitment: CommitmentSource;
}

/**
 * `F ≡ Σ_{i<count} value_{first+i}·X^i` modulo `X^t − point`, point `z` or `ωz` (`wz`). Claim `g` carries `γ^g`; the values of
 * consecutive claims are consecutive scalars of the proof.
 */
export interface Claim {
  /** Index into `Schedule.packs`. */
  readonly pack: number;
  readonly t: number;
  readonly at: 'z' | 'wz';
  readonly values: { readonly first: number; readonly count: number };
  /** Index into `Schedule.moduli`. */
  readonly modulus: number;
}

/** One of the distinct factors `X^t − point` of `Z_T`. */
export interface Modulus {
  readonly t: number;
  readonly at: 'z' | 'wz';
}

/** Which of the proof's scalars are the values of a chip's columns, by stage. */
export type ChipValues = Readonly<Record<PackStage, readonly number[]>>;

export interface Schedule {
  readonly rounds: readonly Round[];
  /** In claim order: those of the shape, the quotient's, φ last. */
  readonly packs: readonly Pack[];
  readonly claims: readonly Claim[];
  readonly moduli: readonly Modulus[];
  readonly values: {
    readonly chips: readonly ChipValues[];
    /** First of the quotient's `quotientChunks` values. */
    readonly quotient: number;
    readonly phi: number;
    readonly phiNext: number;
    readonly count: number;
  };
  /** Chips that have their height from the proof, in order. */
  readonly heights: readonly number[];
  /** Points of the proof by role, as indices among its points in order. */
  readonly points: { readonly phi: number; readonly W: number; readonly W2: number; readonly count: number };
  /** Length of a proof, the 4 bytes of the selector included. */
  readonly proofBytes: number;
}

export const SELECTOR_BYTES = 4;
/** Bytes of an item by kind, where all of a kind have as many. */
export const ITEM_BYTES = { bytes32: 32, digest: 32, heights: 32, word: 32, point: 64, scalar: 32 } as const;

/** The points that a proof of a recursion carries, the first of its points. */
export const PAIR = ['A', 'B'] as const;

export function schedule(shape: Shape): Schedule {
  const chunks = quotientChunks(shape.maxDegree);
  // Points in the order of the rounds.
  let points = shape.recursion === undefined ? 0 : PAIR.length;
  const nextPoint = (): CommitmentSource => ({ from: 'proof', index: points++ });
  const numbers = { main: 0, fixed: 0, helper: 0 };
  const fixedPoints = { proof: 0, key: 0, program: 0 };
  const ofShape = shape.packs.map(({ stage, t, columns }): Pack => {
    const { from } = shape.chips[columns[0]![0]]!.height;
    return {
      label: `${stage}[${numbers[stage]++}]`,
      stage,
      columns,
      first: 0,
      count: columns.length,
      t,
      // The stages of the list are in the order of the rounds, so the points of the proof are too.
      commitment: stage === 'fixed' ? { from, index: fixedPoints[from]++ } : nextPoint(),
    };
  });
  const ofStage = (stage: PackStage): Pack[] => ofShape.filter((pack) => pack.stage === stage);
  const phi: Pack = {
    label: 'phi',
    stage: 'phi',
    columns: [],
    first: 0,
    count: 1,
    t: shape.tPhi,
    commitment: nextPoint(),
  };
  const quotient: Pack[] = split(chunks, shape.tQuotient).map(([first, count], i) => ({
    label: `quotient[${i}]`,
    stage: 'quotient',
    columns: [],
    first,
    count,
    t: shape.tQuotient,
    commitment: nextPoint(),
  }));
  const W = points++;
  const W2 = points++;

  const packs = [...ofShape, ...quotient, phi];
  const { claims, moduli } = openings(packs);
  const chipValues = shape.chips.map((chip) => ({
    main: new Array<number>(chip.main),
    fixed: new Array<number>(chip.fixed),
    helper: new Array<number>(chip.helpers),
  }));
  let next = 0;
  for (const { stage, columns } of shape.packs) {
    for (const [j, i] of columns) chipValues[j]![stage][i] = next++;
  }

  const heights = [...shape.chips.keys()].filter((j) => shape.chips[j]!.height.from === 'proof');
  const rounds = roundsOf(shape, {
    heights: heights.length,
    main: ofStage('main'),
    helpers: [...ofStage('helper'), phi],
    quotient,
    values: valueLabels(shape, chunks),
  });
  const proofBytes = rounds
    .flatMap((round) => round.items)
    .reduce(
      (sum, item) => sum + (item.from === 'proof' && item.kind !== 'words64' ? ITEM_BYTES[item.kind] : 0),
      SELECTOR_BYTES,
    );
  return {
    rounds,
    packs,
    claims,
    moduli,
    values: {
      chips: chipValues,
      quotient: next,
      phi: next + chunks,
      phiNext: next + chunks + 1,
      count: next + chunks + 2,
    },
    heights,
    points: { phi: phi.commitment.index, W, W2, count: points },
    proofBytes,
  };
}

/**
 * Round 1 binds key (the transcript's initial state), program, heights and statement before anything is drawn. The lengths
 * come before the lists, so no two statements have one encoding. Of a shard it is the run that binds program and statement: its main columns end in
 * a leaf, `α, β` come from the leaves of all shards, and its own transcript goes on from there.
 */
function roundsOf(
  { bus, recursion, transcript }: Shape,
  parts: {
    heights: number;
    main: readonly Pack[];
    helpers: readonly Pack[];
    quotient: readonly Pack[];
    values: readonly string[];
  },
): Round[] {
  const points = (packs: readonly Pack[]): Item[] => packs.map((pack) => proof(pack.label, 'point'));
  const begin: Round[] =
    bus === 'shared'
      ? [
          {
            name: 'main',
            begins: 'leaf',
            items: [
              context('key', 'bytes32'),
              context('shard', 'word'),
              proof('heights', 'heights'),
              ...points(parts.main),
            ],
            challenges: [],
          },
          {
            name: 'sum',
            begins: 'shard',
            items: [
              context('alpha', 'word'),
              context('beta', 'word'),
              context('leaf', 'digest'),
              proof('sum', 'scalar'),
            ],
            challenges: [],
          },
        ]
      : [
          {
            name: 'statement',
            items: [
              programItem(recursion, transcript),
              ...(sendsHeights(recursion, parts.heights) ? [proof('heights', 'heights')] : []),
              ...(recursion === undefined ? [] : carried(recursion)),
              ...(recursion !== undefined && recursion.subject === undefined ? [] : STATEMENT),
            ],
            challenges: [],
          },
          { name: 'main', items: points(parts.main), challenges: ['alpha', 'beta'] },
        ];
  return [
    ...begin,
    { name: 'helpers', items: points(parts.helpers), challenges: ['y'] },
    { name: 'quotient', items: points(parts.quotient), challenges: ['z'] },
    { name: 'values', items: parts.values.map((label) => proof(label, 'scalar')), challenges: ['gamma'] },
    { name: 'opening', items: [proof('W', 'point')], challenges: ['u'] },
    {
      name: 'final',
      items: [proof("W'", 'point'), proof('1/Z_T(u)', 'scalar')],
      // What combines the pair with the proof's own equation follows from all of both, W' included.
      challenges: recursion === undefined ? [] : ['c'],
    },
  ];
}

/** Proofs about other proofs leave the word of the heights out where no chip is free. */
export const sendsHeights = (recursion: Recursion | undefined, free: number): boolean =>
  recursion === undefined || free > 0;

/**
 * The program that a proof is about: by its id or, where a circuit verifies proofs about proofs alone, by a digest that the circuit can make (`programDigest`).
 */
const programItem = (recursion: Recursion | undefined, transcript: TranscriptHash): Item =>
  recursion !== undefined && recursion.subject === undefined && transcript === 'poseidon2'
    ? context('program', 'digest')
    : context('programId', 'bytes32');

const context = (label: string, kind: ItemKind): Item => ({ label, kind, from: 'context' });
const proof = (label: string, kind: ItemKind): Item => ({ label, kind, from: 'proof' });

const STATEMENT: readonly Item[] = [
  context('number of public inputs', 'word'),
  context('number of public outputs', 'word'),
  context('status', 'word'),
  context('public inputs', 'words64'),
  context('public outputs', 'words64'),
];

/** What a proof of a recursion sends before it commits to anything. */
function carried({ messages }: Recursion): Item[] {
  return [
    ...Array.from({ length: messages }, (_, i) => proof(`message ${i}`, 'scalar')),
    ...PAIR.map((name) => proof(name, 'point')),
  ];
}

function valueLabels(shape: Shape, chunks: number): string[] {
  const numbered = (label: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${label}${i}(z)`);
  return [
    ...shape.packs.flatMap(({ stage, columns }) =>
      columns.map(([j, i]) => `${shape.chips[j]!.name}.${stage}${i}(z)`),
    ),
    ...numbered('quotient', chunks),
    'phi(z)',
    'phi(ωz)',
  ];
}

/** One claim a pack at `z`, in order, then φ once more at `ωz`: a claim of its own instead of an interpolation. */
function openings(packs: readonly Pack[]): { claims: Claim[]; moduli: Modulus[] } {
  const moduli: Modulus[] = [];
  const modulus = (t: number, at: 'z' | 'wz'): number => {
    const found = moduli.findIndex((m) => m.t === t && m.at === at);
    return found >= 0 ? found : moduli.push({ t, at }) - 1;
  };
  let next = 0;
  const claim = (pack: number, at: 'z' | 'wz'): Claim => {
    const { t, count } = packs[pack]!;
    const first = next;
    next += count;
    return { pack, t, at, values: { first, count }, modulus: modulus(t, at) };
  };
  const claims = packs.map((_, g) => claim(g, 'z'));
  claims.push(claim(packs.length - 1, 'wz'));
  return { claims, moduli };
}

/** `[first, count]` of each group of `t` out of `columns`. */
function split(columns: number, t: number): [number, number][] {
  return Array.from({ length: Math.ceil(columns / t) }, (_, i) => [i * t, Math.min(t, columns - i * t)]);
}
