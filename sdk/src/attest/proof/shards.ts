/**
 * Proves a run that takes several proofs, shard after shard, with one at a time in memory: all commit to their main columns first, the challenges of
 * the run follow from all commitments, then each is proven. Rows are made again for the second pass and not kept.
 */

import { keccak_256 } from '@noble/hashes/sha3.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { RunUses, type Uses } from '../../machine/chips/fill.ts';
import type { RingMasks } from '../../machine/chips/ring.ts';
import { type Again, type RunPlan, type ShardTrace, traceShards } from '../../machine/execute/segments.ts';
import { imageColumns } from '../../machine/image.ts';
import type { Program } from '../../machine/program.ts';
import { fillShard } from '../../machine/witness.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { type Phase, prove as provePlonk } from '../../plonk/prove/prover.ts';
import { randomScalars, seededRandom } from '../../plonk/prove/randomness.ts';
import {
  commitShard,
  type RunSeed,
  type ShardCommitment,
  type ShardPlace,
  seededMain,
  seededRest,
} from '../../plonk/prove/shard.ts';
import {
  encodeRun,
  holdsImage,
  keyOfShard,
  runChallenges,
  runDigest,
  verifyingKeys,
  verifyRun,
} from '../../plonk/verify/run.ts';
import { NO_PROGRAM } from '../../plonk/verify/verifier.ts';
import { ByteWriter } from '../../transcript/encode.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import type { Identity } from '../session/identify.ts';
import type { Session } from '../session/session.ts';

export interface ShardProgress {
  readonly step: 'commit' | 'prove' | 'verify';
  /** From 0; the closing shard is the last one. */
  readonly shard: number;
  readonly shards: number;
  readonly phase: Phase;
  /** Of the phase. */
  readonly fraction: number;
}

type Filled = ReturnType<typeof fillShard>;

/** Does a piece of work unless the proof was interrupted, and adds its time to that of the phase. */
export type Timed = <T>(phase: string, work: () => T | Promise<T>) => Promise<T>;

export interface ProveShardsParameters {
  readonly program: Program;
  readonly identity: Identity;
  readonly plan: RunPlan;
  readonly again: Again;
  readonly statement: Statement;
  readonly least: Readonly<Record<string, number>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: ShardProgress) => void;
  /** Default: keccak256. */
  readonly transcript?: TranscriptHash | undefined;
  /** @internal Changes the witness of a shard, whenever it is filled, and goes on where an honest prover stops: for tests of the verifier. */
  readonly dishonest?: (shard: number, witness: Filled) => void;
  readonly timed: Timed;
}

/** What proving comes to, of one proof or of several. */
export interface Made {
  readonly proof: Uint8Array;
  /** Digest of the key, or of the keys together: what the proof names its keys by. */
  readonly verifyingKey: Hex;
  /** log2 heights by chip, the largest of all shards. */
  readonly heights: Readonly<Record<string, number>>;
  readonly shards: number;
}

/** @throws as `prove` */
export async function proveShards(session: Session, parameters: ProveShardsParameters): Promise<Made> {
  const { engine, srs, keepPoints } = session;
  const { program, identity, plan, again, statement, least, transcript } = parameters;
  const { signal, onProgress, timed, dishonest } = parameters;
  const keys = await timed('keys', () => session.shardKeys(transcript));
  const shards = plan.shards.length + 1;
  const seed: RunSeed = {
    seed: crypto.getRandomValues(new Uint8Array(32)),
    plan: planDigest(identity, statement, plan, again().privateInputs ?? []),
  };
  const masks = randomScalars(seededRandom(seed.seed, 'mask', seed.plan), shards);
  const placeOf = (index: number): ShardPlace => ({ key: keyOfShard(keys, index, shards), index });
  const uses = new RunUses(2 ** imageColumns(program).log, plan.grown);
  const heights: Record<string, number> = {};
  const step = (report: Omit<ShardProgress, 'shards'>): void => onProgress({ ...report, shards });

  /** The witness of a shard, given to `use` and freed; without rows, of the closing one. */
  const withWitness = async <T>(
    index: number,
    trace: ShardTrace | undefined,
    use: (witness: Filled, own: Uses) => Promise<T>,
  ): Promise<T> => {
    const { key } = placeOf(index);
    const own = trace === undefined ? uses.sum() : uses.shard();
    const ring: RingMasks = { own: masks[index]!, before: masks[(index + shards - 1) % shards]! };
    const witness = await timed('witness', () =>
      fillShard(engine, key.layout.system, program, { trace, uses: own, masks: ring, least }),
    );
    try {
      dishonest?.(index, witness);
      for (const { name, log } of witness) heights[name] = Math.max(heights[name] ?? 0, log);
      return await use(witness, own);
    } finally {
      for (const { columns } of witness) engine.free(...columns);
    }
  };
  const programOf = ({ key }: ShardPlace): Identity['proving'] =>
    holdsImage(key.key) ? identity.proving : { key: NO_PROGRAM, table: undefined };

  /** A pass over the run: rows are made anew, shard by shard, the closing one last. */
  const eachShard = async (
    work: (index: number, trace: ShardTrace | undefined) => Promise<void>,
  ): Promise<void> => {
    let index = 0;
    for (const trace of traceShards(program, again, plan)) await work(index++, trace);
    await work(index, undefined);
  };

  const committed: ShardCommitment[] = [];
  const commit = (index: number, trace: ShardTrace | undefined): Promise<void> =>
    withWitness(index, trace, async (witness, own) => {
      // Once, in this pass; the closing shard's witness is their sum.
      if (trace !== undefined) uses.add(own);
      step({ step: 'commit', shard: index, phase: 'commit', fraction: 0 });
      const place = placeOf(index);
      const main = seededMain(seed, place);
      committed.push(
        await timed('commit', () =>
          commitShard({ engine, srs, ...place, program: programOf(place), witness, main }),
        ),
      );
    });
  await eachShard(commit);

  const leaves = committed.map(({ leaf }) => leaf);
  const hash = keys.closing.key.shape.transcript;
  const challenges = runChallenges({ hash, leaves, program: identity.proving.key, statement });
  const proofs: Uint8Array[] = [];
  const prove = (shard: number, trace: ShardTrace | undefined): Promise<void> =>
    withWitness(shard, trace, async (witness) => {
      const place = placeOf(shard);
      const made = await timed('prove', () =>
        provePlonk({
          engine,
          srs,
          key: place.key,
          program: programOf(place),
          witness,
          statement,
          shard: {
            index: shard,
            commitments: committed[shard]!.commitments,
            challenges,
            main: seededMain(seed, place),
            blinding: seededRest(seed, place),
          },
          onProgress: ({ phase, fraction }) => step({ step: 'prove', shard, phase, fraction }),
          ...(keepPoints ? {} : { onBasesUsed: () => srs.releaseBases(engine) }),
          dishonest: dishonest !== undefined,
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      proofs.push(made.proof);
    });
  await eachShard(prove);

  const verifying = verifyingKeys(keys);
  step({ step: 'verify', shard: shards - 1, phase: 'open', fraction: 1 });
  if (dishonest === undefined) {
    await timed('verify', () =>
      verifyRun({ keys: verifying, program: identity.proving.key, statement, proofs }),
    );
  }
  return { proof: encodeRun(verifying, proofs), verifyingKey: runDigest(verifying), heights, shards };
}

/** Of everything that decides which rows stand where. */
function planDigest(
  { programId }: Identity,
  { publicInputs, publicOutputs, status }: Statement,
  plan: RunPlan,
  privateInputs: readonly bigint[],
): Uint8Array {
  const out = new ByteWriter().bytes(hexToBytes(programId.slice(2))).word(status);
  for (const words of [publicInputs, publicOutputs, privateInputs])
    out.list(words, (value) => out.word(value));
  out.list(plan.shards, ({ until, placement, rows, refreshes, cells }) => {
    const numbers = [
      until === undefined || until === Number.POSITIVE_INFINITY ? 0 : until,
      ...placement,
      ...Object.values(rows),
    ];
    for (const value of [...numbers, refreshes, cells.from, cells.to, Number(cells.ends)])
      out.word(BigInt(value));
  });
  return keccak_256(out.done());
}
