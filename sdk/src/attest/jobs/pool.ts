/** Several jobs at once. */
import { isWattestError } from '../../errors/index.ts';

/**
 * Does the work of each item, begun in their order, as many at once as `concurrency` says before each; the first failure ends the others.
 * @throws what ended the others, and not that they were ended
 */
export async function pooled<T>(
  items: readonly T[],
  {
    concurrency,
    signal: given,
  }: { readonly concurrency: () => number; readonly signal: AbortSignal | undefined },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = given === undefined ? stop.signal : AbortSignal.any([stop.signal, given]);
  const queue = [...items];
  const failures: unknown[] = [];
  const under = new Set<Promise<void>>();
  const start = (item: T): void => {
    const job = work(item, signal).catch((error: unknown) => {
      failures.push(error);
      queue.length = 0;
      stop.abort();
    });
    const ended = job.finally(() => under.delete(ended));
    under.add(ended);
  };
  while (queue.length > 0 || under.size > 0) {
    while (queue.length > 0 && under.size < concurrency()) start(queue.shift()!);
    await Promise.race(under);
  }
  if (failures.length > 0) throw failures.find((error) => !isWattestError(error, 'ABORTED')) ?? failures[0];
}
