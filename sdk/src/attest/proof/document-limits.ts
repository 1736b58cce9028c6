/** How large a proof file can be: before it is parsed, and before anything is computed from it. */
import { schedule } from '../../plonk/declare/schedule.ts';
import { maxLog } from '../../plonk/declare/shape.ts';
import type { VerifyingKey } from '../../plonk/keys/key.ts';
import { MAX_SHARDS } from '../../plonk/verify/run.ts';

type Limits = Pick<VerifyingKey, 'shape' | 'powers'>;

/** The most public words of a run of so many proofs: each stands in a row of its own. */
export function greatestWords({ shape, powers }: Limits, shards: number): number {
  const log =
    shape.recursion?.subject?.maxLog ?? Math.max(...shape.chips.map((_, j) => maxLog(shape, powers, j)));
  return shards * 2 ** log;
}

/** A word, in a line of its own. */
const WORD_CHARACTERS = 32;
/** Everything else, the name of the export and the commitments of the program included. */
const OTHER_CHARACTERS = 2 ** 20;

/** Bytes that a proof file of so many proofs under a key can have at most; the proofs of shards are no longer than one that stands alone. */
export function greatestProofFile(key: Limits, shards: number): number {
  const proofs = 2 * schedule(key.shape).proofBytes * shards;
  return OTHER_CHARACTERS + proofs + WORD_CHARACTERS * greatestWords(key, shards);
}

/** So much of a file says how many proofs it holds, as `writeProofDocument` writes it. */
export const PROOF_HEAD_BYTES = 4096;

/** The same from the first bytes of a file. */
export function greatestProofFileOf(key: Limits, head: Uint8Array): number {
  const text = new TextDecoder().decode(head.subarray(0, PROOF_HEAD_BYTES));
  // A small proof does not show how many it stands for.
  const shards = /"kind":\s*"joined"/.test(text)
    ? MAX_SHARDS
    : Number(/"shards":\s*(\d{1,6})\b/.exec(text)?.[1] ?? 1);
  return greatestProofFile(key, Math.min(Math.max(shards, 1), MAX_SHARDS));
}
