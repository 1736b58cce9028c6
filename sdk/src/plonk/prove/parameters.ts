/** What the prover takes and gives. */
import type { AffinePoint, Engine } from '../../kernels/contract.ts';
import type { Srs } from '../../kzg/srs.ts';
import type { ManifestEntry } from '../../transcript/transcript.ts';
import type { Statement } from '../declare/declare.ts';
import type { ProvingKey, ProvingProgram } from '../keys/keygen.ts';
import type { Witness } from '../keys/witness.ts';
import type { SharedChallenges } from '../verify/proof.ts';
import type { Carried } from '../verify/public-terms.ts';
import type { RandomBytes } from './randomness.ts';

/** Of a proof, in order. */
export const PHASES = ['commit', 'helpers', 'quotient', 'open'] as const;
export type Phase = (typeof PHASES)[number];

export interface ProveProgress {
  readonly phase: Phase;
  /** Of the phase, in [0, 1]. */
  readonly fraction: number;
}

export interface ProveParameters {
  readonly engine: Engine;
  readonly srs: Srs;
  readonly key: ProvingKey;
  readonly program: ProvingProgram;
  readonly witness: Witness;
  readonly statement: Statement;
  /** Under the key of a recursion: what the proof says of other proofs. Its pair is believed here: whoever verifies the proof checks it. */
  readonly carried?: Carried;
  readonly onProgress?: (progress: ProveProgress) => void;
  /** Called once the bases of packed columns have served: before the quotient, which takes most memory. */
  readonly onBasesUsed?: () => void;
  /** Looked at between steps; the promise rejects with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Its place in a run whose proofs share the bus: of a key with a shared bus. `statement` is the run's. */
  readonly shard?: Shard;
  /** @internal Blinding, for tests only. Zero knowledge rests on the default, the platform's randomness. */
  readonly random?: RandomBytes;
  /** @internal Goes on where an honest prover stops, for tests of the verifier. */
  readonly dishonest?: boolean;
  /** @internal Receives what the transcript absorbs, for tests. */
  readonly manifest?: ManifestEntry[];
}

/** How a proof is made, whatever it is of. */
export type ProveOptions = Pick<
  ProveParameters,
  'engine' | 'srs' | 'onProgress' | 'onBasesUsed' | 'signal' | 'random'
>;

/** What a proof takes from its run. */
export interface Shard {
  readonly index: number;
  /** Commitments to the main packs, by {@link commitShard}, from which the challenges of the run follow. */
  readonly commitments: readonly NonNullable<AffinePoint>[];
  readonly challenges: SharedChallenges;
  /** Blinding of the main columns, the same that they were committed with. */
  readonly main: MainBlinding;
  /** Blinding of all that is behind them, by the state of the transcript: first of the leaf with the challenges, then behind the helpers. */
  readonly blinding: (state: Uint8Array) => RandomBytes;
}

/** Blinding coefficients of a main column, by index of chip and column. */
export type MainBlinding = (chip: number, column: number) => readonly bigint[];

export interface ProveResult {
  readonly proof: Uint8Array;
  /** log2 height of every chip, by name. */
  readonly heights: Readonly<Record<string, number>>;
  /** Milliseconds of each phase. */
  readonly timings: Readonly<Record<Phase, number>>;
}
