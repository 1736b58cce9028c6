/** The small proof of a run of several proofs: they are joined in a tree (`recursion/tree.ts`), and the last of that is wrapped. */
import { fail } from '../../errors/index.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { ProgramKey } from '../../plonk/keys/key.ts';
import type { Phase, ProveParameters } from '../../plonk/prove/prover.ts';
import { openRun, type RunKeys, verifyingKeys, verifyRun } from '../../plonk/verify/run.ts';
import type { Joins } from '../../recursion/joins.ts';
import type { InnerProof } from '../../recursion/verifier/parts.ts';
import type { Session } from '../session/session.ts';

export interface JoinProgress {
  readonly step: 'join' | 'wrap';
  /** From 0, of all parts of the tree; the wrap is behind them. */
  readonly part: number;
  readonly parts: number;
  readonly phase: Phase;
  /** Of the phase. */
  readonly fraction: number;
}

export interface JoinRunParameters {
  readonly program: ProgramKey;
  readonly statement: Statement;
  /** Of all shards in order. */
  readonly proofs: readonly Uint8Array[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JoinProgress) => void) | undefined;
}

/**
 * The small proof, whose pairing is for whoever verifies it. Every proof on the way is verified, so what is wrong with a shard or a part is told before more is spent.
 * @throws the PROOF_… errors of the verifier; ABORTED, OUT_OF_MEMORY
 */
export async function joinRun(
  session: Session,
  joins: Joins,
  { program, statement, proofs, signal, onProgress }: JoinRunParameters,
): Promise<Uint8Array> {
  const { engine, srs, keepPoints } = session;
  const { JoinProver, wrapJoined } = await import('../../recursion/joins.ts');
  const { planParts } = await import('../../recursion/tree.ts');
  const keys: RunKeys = verifyingKeys(await session.shardKeys('poseidon2'));
  const run = { keys, program, statement, proofs };
  // A leaf would say it too, perhaps after many others.
  verifyRun(run);
  const { challenges } = openRun(run);
  const plan = planParts(proofs.length);
  const prover = new JoinProver(joins);
  const options = (
    step: JoinProgress['step'],
    part: number,
  ): Pick<ProveParameters, 'engine' | 'srs' | 'onProgress' | 'onBasesUsed' | 'signal'> => {
    requireGoing(signal);
    onProgress?.({ step, part, parts: plan.length, phase: 'commit', fraction: 0 });
    return {
      ...{ engine, srs },
      onProgress: (progress) => onProgress?.({ step, part, parts: plan.length, ...progress }),
      ...(keepPoints ? {} : { onBasesUsed: () => srs.releaseBases(engine) }),
      ...(signal === undefined ? {} : { signal }),
    };
  };
  const made: InnerProof[] = [];
  for (const [i, part] of plan.entries()) {
    const { first, count, children } = part;
    const below =
      children.length === 0
        ? { shards: proofs.slice(first, first + count) }
        : { parts: children.map((child) => made[child]!) };
    made.push(await prover.prove(part, { ...challenges, program }, below, options('join', i)));
  }
  const last = made.at(-1)!;
  return wrapJoined(joins, { program, statement, last }, options('wrap', plan.length));
}

function requireGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  fail('ABORTED', 'joining was interrupted', {
    fix: 'Start it again',
    cause: signal.reason,
  });
}
