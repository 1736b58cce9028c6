/**
 * The jobs of a run of several proofs, behind one small interface, so that they can be done in this process or elsewhere: what goes in, what comes out. All of it is
 * bytes and numbers. A job that is done twice, anywhere, comes out the same.
 *
 *     commit × bodies → commit closing → (challenge, by whoever walks) → prove × all
 *
 * Joining the proofs, and wrapping what they are joined to, are jobs as well, with nothing secret in them:
 *
 *     join × parts, each behind those that it is of → wrap
 */
import type { Hex } from '../../plonk/keys/key.ts';
import type { Phase } from '../../plonk/prove/prover.ts';

/** Commits to the main columns of a shard. */
export interface CommitJob {
  /** From 0; the closing shard is the last one. */
  readonly shard: number;
  /** Of the closing shard: what all others look up, added up (`encodeUses`). Secret. */
  readonly uses?: Uint8Array;
}

export interface CommitResult {
  /** Heights and commitments, as the proof has them behind its selector. Public. */
  readonly head: Uint8Array;
  /** Of all shards but the closing one: what its rows look up (`encodeUses`). Secret. */
  readonly uses?: Uint8Array;
}

/** Proves a shard under the challenges of its run. */
export interface ProveJob {
  readonly shard: number;
  /** Of how many. */
  readonly shards: number;
  /** What was committed to. */
  readonly head: Uint8Array;
  /** Of all commitments: the challenges follow from it. */
  readonly root: Hex;
  /** Shows that the root was written down, the only one under this seed (`rootToken`). */
  readonly token: Hex;
  /** As of the {@link CommitJob}. */
  readonly uses?: Uint8Array;
}

export interface ShardResult {
  readonly proof: Uint8Array;
}

/** Makes one proof of the proofs below a part of the tree (`planParts`). */
export interface JoinJob {
  /** Place in the plan. */
  readonly part: number;
  /** Proofs of its shards, or of the parts that it is made of, in order. */
  readonly below: readonly Uint8Array[];
}

/** Makes the small proof of a run from that of its last part. */
export interface WrapJob {
  readonly last: Uint8Array;
  /** How many there are. */
  readonly parts: number;
}

export interface PartResult {
  readonly proof: Uint8Array;
}

export interface JobOptions {
  /** Gives the job up; the promise rejects with ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Of the job. */
  readonly onProgress?: ((phase: Phase, fraction: number) => void) | undefined;
}
