/**
 * Walks the joins of a run of several proofs, whoever makes them, up to the small one: a tree (`recursion/tree.ts`), level by level, and the wrap of the last. Each proof is
 * verified before it counts.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { fail } from '../../errors/index.ts';
import { Fr } from '../../field/field.ts';
import { MACHINE_VERSION } from '../../machine/system.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { ProgramKey } from '../../plonk/keys/key.ts';
import type { Phase } from '../../plonk/prove/prover.ts';
import { type RunKeys, rootOf, runDigest, verifyingKeys, verifyRun } from '../../plonk/verify/run.ts';
import { verifyProof } from '../../plonk/verify/verifier.ts';
import type { Joins } from '../../recursion/joins.ts';
import { type Part, planParts } from '../../recursion/tree.ts';
import type { Session } from '../session/session.ts';
import { joinInThisProcess, type OpenJoinEngine } from './engine.ts';
import type { JobOptions, PartResult } from './jobs.ts';
import { type JoinOrder, openJoining } from './joining.ts';
import type { KeptParts } from './ledger.ts';
import { pooled } from './pool.ts';
import { isRefusal } from './walk.ts';

export interface JoinProgress {
  readonly step: 'join' | 'wrap';
  /** From 0, of all parts of the tree; the wrap is behind them. */
  readonly part: number;
  readonly parts: number;
  /** Jobs that are done. */
  readonly done: number;
  readonly phase: Phase;
  /** Of the phase. */
  readonly fraction: number;
}

export interface JoinRunParameters {
  readonly program: ProgramKey;
  readonly statement: Statement;
  /** Of all shards in order. */
  readonly proofs: readonly Uint8Array[];
  /** Who does the jobs; default: this process. */
  readonly engine?: OpenJoinEngine | undefined;
  /** Proofs of parts that were made before, and where to keep those that are made. */
  readonly kept?: KeptParts | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JoinProgress) => void) | undefined;
}

/** Times that a proof is made anew which does not convince. */
const MOST_AGAIN = 1;

/**
 * The small proof, verified as all on the way to it, so what is wrong with a shard or a part is told before more is spent.
 * @throws the PROOF_… errors of the verifier; JOIN_REFUSED where a join or the wrap comes out bad again; ABORTED, OUT_OF_MEMORY, and what the engine throws
 */
export async function joinRun(
  session: Session,
  joins: Joins,
  { engine: open = joinInThisProcess, kept, signal, onProgress, ...given }: JoinRunParameters,
): Promise<Uint8Array> {
  const { verifyMade } = await import('../../recursion/joins.ts');
  const keys: RunKeys = verifyingKeys(await session.shardKeys('poseidon2'));
  // A leaf would say it too, perhaps after many others.
  const { shards, sums, challenges, program, statement } = verifyRun({ keys, ...given });
  const { proofs } = given;
  const plan = planParts(proofs.length);
  const wrapKey = joins.wrap.key.key;
  const order: JoinOrder = {
    terms: { system: MACHINE_VERSION, transcript: 'poseidon2', keys: runDigest(keys) },
    wrapKey: wrapKey.digest,
    ...{ program, statement, shards: proofs.length, challenges },
  };
  const verified = (part: Part, proof: Uint8Array): void => {
    const [from, until] = [part.first, part.first + part.count];
    const leaves = shards.slice(from, until).map(({ leaf }) => leaf);
    const says = {
      ...{ first: part.first, count: part.count, closes: until === shards.length },
      root: bytesToNumberBE(rootOf('poseidon2', leaves)),
      sum: sums.slice(from, until).reduce((total, sum) => Fr.add(total, sum), 0n),
    };
    verifyMade(joins, { ...challenges, program }, part, { proof, says });
  };
  requireGoing(signal);
  const engine = await open({ order, open: () => openJoining(session, order) });
  let done = 0;
  /** The proof of a job, made once more where it does not convince. */
  const convincing = async (
    step: JoinProgress['step'],
    part: number,
    stop: AbortSignal | undefined,
    make: (options: JobOptions) => Promise<PartResult>,
    verify: (proof: Uint8Array) => void,
  ): Promise<Uint8Array> => {
    const parts = plan.length;
    for (let again = 0; ; again++) {
      requireGoing(stop);
      const { proof } = await make({
        signal: stop,
        onProgress: (phase, fraction) => onProgress?.({ step, part, parts, done, phase, fraction }),
      });
      try {
        verify(proof);
        done++;
        return proof;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (again === MOST_AGAIN) refuse(step, part, engine.workerOf?.(part), error);
      }
    }
  };
  try {
    const made: Uint8Array[] = [];
    const concurrency = (): number => engine.concurrency;
    for (const level of levelsOf(plan)) {
      await pooled(level, { concurrency, signal }, async (i, stop) => {
        const part = plan[i]!;
        const { first, count, children } = part;
        const before = keptProof(kept?.part(i), (proof) => verified(part, proof));
        if (before !== undefined) {
          made[i] = before;
          done++;
          return;
        }
        const below =
          children.length === 0 ? proofs.slice(first, first + count) : children.map((child) => made[child]!);
        const make = (options: JobOptions): Promise<PartResult> => engine.join({ part: i, below }, options);
        const proof = await convincing('join', i, stop, make, (found) => verified(part, found));
        made[i] = proof;
        await kept?.joined(i, proof);
      });
    }
    const last = made.at(-1)!;
    return await convincing(
      'wrap',
      plan.length,
      signal,
      (options) => engine.wrap({ last, parts: plan.length }, options),
      (proof) => verifyProof({ key: wrapKey, program, statement, proof }),
    );
  } finally {
    await engine.dispose();
  }
}

/** What was kept, if it convinces. */
function keptProof(
  proof: Uint8Array | undefined,
  verify: (proof: Uint8Array) => void,
): Uint8Array | undefined {
  if (proof === undefined) return undefined;
  try {
    verify(proof);
    return proof;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Places of parts that can be made at once, those of leaves first. */
function levelsOf(plan: readonly Part[]): number[][] {
  const levels: number[][] = [];
  const heights: number[] = [];
  for (const [i, { children }] of plan.entries()) {
    const height = 1 + Math.max(-1, ...children.map((child) => heights[child]!));
    heights.push(height);
    levels[height] = [...(levels[height] ?? []), i];
  }
  return levels;
}

function refuse(step: JoinProgress['step'], part: number, worker: string | undefined, cause: unknown): never {
  const what = step === 'wrap' ? 'wrap' : `join ${part}`;
  fail(
    'JOIN_REFUSED',
    `its proof does not convince, also when it is made again: ${(cause as Error).message}`,
    {
      where: worker === undefined ? what : `${what}, ${worker}`,
      fix: 'Test the memory of the machine that made it; if it is sound, report this with the program',
      cause,
    },
  );
}

function requireGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  fail('ABORTED', 'joining was interrupted', {
    fix: 'Start it again',
    cause: signal.reason,
  });
}
