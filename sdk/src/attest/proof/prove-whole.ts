/** Proves a run whose rows find room in one proof. */
import type { Program } from '../../machine/program.ts';
import type { Trace } from '../../machine/trace.ts';
import { type FilledChip, fillWitness } from '../../machine/witness.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { ProvingKey } from '../../plonk/keys/keygen.ts';
import { prove as provePlonk } from '../../plonk/prove/prover.ts';
import { soleShard } from '../../plonk/prove/shard.ts';
import { encodeRun, type RunKeys, runDigest, verifyingKeys, verifyRun } from '../../plonk/verify/run.ts';
import { verifyProof } from '../../plonk/verify/verifier.ts';
import type { Timed } from '../jobs/open.ts';
import type { Made } from '../jobs/walk.ts';
import type { Identity } from '../session/identify.ts';
import { proverOptions, type Session } from '../session/session.ts';
import type { Phase } from './progress.ts';

/** A proof of a whole run: one that stands alone, or, under `runKeys`, a run of one shard. */
export async function proveWhole(
  session: Session,
  parts: {
    readonly program: Program;
    readonly identity: Identity;
    readonly statement: Statement;
    /** As large as the witness, and dropped when that is filled. */
    readonly run: { trace?: Trace };
    readonly runKeys: RunKeys<ProvingKey> | undefined;
    /** It is wrapped next, which verifies it. */
    readonly wrapped: boolean;
    readonly shape: Readonly<Record<string, number>>;
    readonly signal: AbortSignal | undefined;
    readonly report: (phase: Phase, fraction: number) => void;
    readonly timed: Timed;
    readonly timings: Record<string, number>;
  },
): Promise<Made> {
  const { engine, srs } = session;
  const { program, identity, statement, run, runKeys, wrapped, shape, signal, report, timed, timings } =
    parts;
  const provingKey = runKeys?.whole ?? session.provingKey;
  report('witness', 0);
  let witness: readonly FilledChip[] = [];
  try {
    witness = await timed('witness', () =>
      fillWitness(engine, provingKey.layout.system, program, run.trace!, { shape }),
    );
    delete run.trace;
    const about = { engine, srs, key: provingKey, program: identity.proving, witness, statement };
    const shard = runKeys === undefined ? {} : { shard: await timed('commit', () => soleShard(about)) };
    const made = await provePlonk({
      ...about,
      ...shard,
      onProgress: ({ phase, fraction }) => report(phase, fraction),
      ...proverOptions(session, signal),
    });
    const { commit, ...others } = made.timings;
    Object.assign(timings, others, { commit: (timings['commit'] ?? 0) + commit });
    report('verify', 0);
    const { proof, heights } = made;
    const claim = { program: identity.proving.key, statement };
    const keys = runKeys && verifyingKeys(runKeys);
    if (!wrapped) {
      await timed('verify', () =>
        keys === undefined
          ? verifyProof({ key: provingKey.key, ...claim, proof })
          : verifyRun({ keys, ...claim, proofs: [proof] }),
      );
    }
    report('verify', 1);
    return keys === undefined
      ? { proof, heights, verifyingKey: provingKey.key.digest, shards: 1 }
      : { proof: encodeRun(keys, [proof]), heights, verifyingKey: runDigest(keys), shards: 1 };
  } finally {
    for (const chip of witness) engine.free(...chip.columns);
  }
}
