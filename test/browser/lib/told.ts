/** What pages tell of proofs. */
import assert from 'node:assert/strict';

/** What a worker told of a proof, on threads of its own: how far it was, from its first phase to its end. */
export function assertTold(
  threads: number,
  progress: readonly { readonly phase: string; readonly fraction: number }[],
): void {
  assert.ok(threads > 1, `${threads} threads`);
  const fractions = progress.map(({ fraction }) => fraction);
  assert.deepEqual(
    fractions,
    fractions.toSorted((a, b) => a - b),
  );
  assert.deepEqual([progress[0]!.phase, fractions.at(-1)], ['opening', 1]);
}
