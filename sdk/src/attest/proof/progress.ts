/** How far proving is, for a progress bar: measured shares of its steps. */
import type { ShardProgress } from '../jobs/walk.ts';
import type { SessionProgress } from '../session/session.ts';

/** Share of the run's own proof in the time of a small one, before that is known: less than it will be. */
export const LEAST_SHARE = 0.1;

/** Shares of a usual run in the whole, for the progress bar. */
export const PHASES = {
  load: [0, 0.02, 'translating the module'],
  execute: [0.02, 0.06, 'executing'],
  witness: [0.06, 0.1, 'filling the witness'],
  commit: [0.1, 0.3, 'committing to the trace'],
  helpers: [0.3, 0.5, 'committing to the bus'],
  quotient: [0.5, 0.75, 'computing the quotient'],
  open: [0.75, 0.98, 'opening'],
  verify: [0.98, 1, 'verifying'],
} as const;

export type Phase = keyof typeof PHASES;

/** Committing takes about as long as executing and filling, for the second time then, and a quarter of the proofs. */
const COMMIT_SHARE = 0.2;

/** Of a run that takes several proofs. */
export function shardProgress({
  step,
  shard,
  shards,
  done,
  phase,
  fraction,
}: ShardProgress): SessionProgress {
  const [from, to] = PHASES[phase];
  const ofThis = step === 'prove' ? from + (to - from) * fraction : 0;
  // The closing shard is a small one.
  const part = Math.min(1, (done + ofThis) / (shards - 1));
  const overall = step === 'commit' ? COMMIT_SHARE * part : COMMIT_SHARE + (0.98 - COMMIT_SHARE) * part;
  const what =
    step === 'commit' ? 'committing to its rows' : step === 'verify' ? 'verifying' : PHASES[phase][2];
  return { phase: `shard ${shard + 1} of ${shards}: ${what}`, fraction: Math.round(1e4 * overall) / 1e4 };
}
