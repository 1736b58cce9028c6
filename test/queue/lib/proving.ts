/** The prover's side of a test: runs of a few shards, over a queue. */
import type { JobEngine, OpenEngine } from '../../../sdk/src/attest/jobs/engine.ts';
import { type ProofDocument, type Session, verify } from '../../../sdk/src/index.ts';
import { openQueue, type ProverQueueOptions } from '../../../sdk/src/queue.ts';
import { proveInShards, rounds } from '../../attest/lib/shards.ts';
import { ROUNDS } from '../../machine/lib/rounds.ts';
import type { Server } from './redis.ts';

export interface Proven {
  readonly document: ProofDocument;
  readonly warnings: readonly string[];
}

export interface ProvenOptions extends Partial<ProverQueueOptions> {
  /** Another engine around that of the queue. */
  readonly around?: (engine: OpenEngine) => OpenEngine;
  readonly signal?: AbortSignal;
}

/** Two bodies and the closing shard. */
export const SHARDS = 3;
const ROUNDS_OF_RUN = 12;

/** Proves a run of {@link SHARDS} shards by the workers of a queue, and verifies it. */
export async function provenByQueue(
  session: Session,
  queueOptions: ProverQueueOptions,
  { around = (engine) => engine, signal, ...more }: ProvenOptions = {},
  count: number = ROUNDS_OF_RUN,
): Promise<Proven> {
  const warnings: string[] = [];
  await using queue = await openQueue({
    ...queueOptions,
    lookMs: 500,
    onWarning: (message) => warnings.push(message),
    ...more,
  });
  const options = { engine: around(queue.engine), ...(signal === undefined ? {} : { signal }) };
  const { document } = await proveInShards(session, rounds(count), options);
  await verify(session, { document, wasm: ROUNDS });
  return { document, warnings };
}

/** An engine whose first job of a kind starts something besides. */
export const onFirst =
  (kind: 'commit' | 'prove', besides: () => void) =>
  (open: OpenEngine): OpenEngine =>
  async (run) => {
    const engine = await open(run);
    let first = true;
    const begin = (at: 'commit' | 'prove'): void => {
      if (first && at === kind) besides();
      first &&= at !== kind;
    };
    const around: JobEngine = {
      get concurrency() {
        return engine.concurrency;
      },
      commit: (job, options) => {
        const result = engine.commit(job, options);
        begin('commit');
        return result;
      },
      prove: (job, options) => {
        const result = engine.prove(job, options);
        begin('prove');
        return result;
      },
      workerOf: (shard) => engine.workerOf?.(shard),
      dispose: () => engine.dispose(),
    };
    return around;
  };

/** Keys of a database that are of a run: what BullMQ keeps of a queue and the notes that a run has ended, which expire, are not. */
export async function leftInBroker({ client }: Server): Promise<string[]> {
  const keys = await client.keys('*');
  const left: string[] = [];
  for (const key of keys) {
    if (/:(?:id|meta|events|stalled|stalled-check|marker)$/.test(key)) continue;
    if (/:life:/.test(key) && (await client.get(key)) === 'ended' && (await client.ttl(key)) > 0) continue;
    left.push(key);
  }
  return left;
}

/** Until it is so, or a while has gone by. */
export async function eventually(is: () => Promise<boolean>, ms: number = 5 * 60_000): Promise<boolean> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    if (await is()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return is();
}
