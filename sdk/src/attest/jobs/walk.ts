/**
 * Walks the jobs of a run, whoever does them: all shards commit to their main columns first, the closing one last, since it counts what the others look up; the
 * challenges of the run follow from all commitments; then each is proven, and its proof verified before it counts.
 */

import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, isWattestError } from '../../errors/index.ts';
import { encodeUses, RunUses } from '../../machine/chips/fill.ts';
import { imageColumns } from '../../machine/image.ts';
import { heights, rowsOfShard } from '../../machine/witness.ts';
import type { PrivateFile } from '../../platform/storage.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import type { ProvingKey } from '../../plonk/keys/keygen.ts';
import { type Phase, wasUnlucky } from '../../plonk/prove/prover.ts';
import { readHead, type ShardPlace } from '../../plonk/prove/shard.ts';
import type { SharedChallenges } from '../../plonk/verify/proof.ts';
import {
  challengesOfRoot,
  checkSums,
  encodeRun,
  holdsImage,
  keyOfShard,
  type RunKeys,
  rootOf,
  runDigest,
  verifyingKeys,
  verifyShard,
} from '../../plonk/verify/run.ts';
import { NO_PROGRAM } from '../../plonk/verify/verifier.ts';
import type { Session } from '../session/session.ts';
import { inThisProcess, type JobEngine, type OpenEngine } from './engine.ts';
import type { CommitJob, JobOptions } from './jobs.ts';
import type { Kept } from './kept.ts';
import { type KeptParts, Ledger, Spoilt } from './ledger.ts';
import {
  type FilledShard,
  type KnownRun,
  mismatch,
  openRun,
  statementOf,
  type Timed,
  tokenOf,
} from './open.ts';
import { planDigest, type RunOrder } from './order.ts';
import { pooled } from './pool.ts';

export interface ShardProgress {
  readonly step: 'commit' | 'prove' | 'verify';
  /** From 0; the closing shard is the last one. */
  readonly shard: number;
  readonly shards: number;
  /** Jobs of this step that are done. */
  readonly done: number;
  readonly phase: Phase;
  /** Of the phase. */
  readonly fraction: number;
}

export interface ProveRunParameters {
  readonly wasm: Uint8Array;
  readonly known: KnownRun;
  /** The order but for its seed and the digest of the plan. */
  readonly order: Omit<RunOrder, 'seed' | 'plan'>;
  /** Who does the jobs; default: this process. */
  readonly engine?: OpenEngine | undefined;
  /** Where to keep what is done, with what is kept there already; the digest of what the user gave. */
  readonly resume?:
    | { readonly file: PrivateFile; readonly kept: Kept | undefined; readonly inputs: Hex }
    | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: ShardProgress) => void;
  readonly timed: Timed;
  /** What else belongs to the run: only behind it is forgotten what is kept. */
  readonly joining?: ((made: Made, kept: KeptParts) => Promise<void>) | undefined;
  /** @internal See `OpenRunOptions`. */
  readonly dishonest?: ((shard: number, witness: FilledShard) => void) | undefined;
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

/** Times that a run begins anew after it was spoilt. */
const NEW_SEEDS = 1;

/**
 * @throws as `prove`; RUN_MISMATCH where what is kept is of another run; SEED_SPENT; SHARD_REFUSED where a shard comes out bad again and again
 */
export async function proveRun(session: Session, parameters: ProveRunParameters): Promise<Made> {
  const { known, order, resume, timed } = parameters;
  const keys = await timed('keys', () => session.shardKeys(order.terms.transcript));
  const plan = planDigest(order, statementOf(known.plan), known.plan);
  const shards = known.plan.shards.length + 1;
  if (resume?.kept !== undefined && resume.kept.plan !== plan)
    mismatch('the run was begun with other limits of memory or other least heights', resume.file.location);
  const ledger = new Ledger(
    { terms: order.terms, inputs: resume?.inputs ?? plan, words: order.words, plan, shards },
    () => new RunUses(2 ** imageColumns(known.program).log, known.plan.grown),
    resume,
  );
  const made = await proveUnderSeeds(session, keys, { ...order, plan }, ledger, parameters);
  await parameters.joining?.(made, ledger);
  await ledger.finish();
  return made;
}

async function proveUnderSeeds(
  session: Session,
  keys: RunKeys<ProvingKey>,
  order: Omit<RunOrder, 'seed'>,
  ledger: Ledger,
  parameters: ProveRunParameters,
): Promise<Made> {
  for (let renewed = 0; ; renewed++) {
    const walk = new Walk(session, keys, { ...order, seed: ledger.seed }, ledger, parameters);
    try {
      return await walk.run();
    } catch (error) {
      if (wasUnlucky(error)) await ledger.renew();
      if (!(error instanceof Spoilt)) throw error;
      await ledger.renew();
      if (renewed < NEW_SEEDS) continue;
      const { shard, cause } = error;
      const reason = isWattestError(cause) ? cause.message : 'it comes out otherwise each time';
      const worker = walk.workerOf(shard);
      fail('SHARD_REFUSED', `what was made for it does not convince, also when it is made again: ${reason}`, {
        where: `shard ${shard}${worker === undefined ? '' : `, ${worker}`}`,
        fix: 'Test the memory of the machine that made it; if it is sound, report this with the program',
        cause,
      });
    }
  }
}

/** Under one seed. */
class Walk {
  readonly #session: Session;
  readonly #keys: RunKeys<ProvingKey>;
  readonly #order: RunOrder;
  readonly #ledger: Ledger;
  readonly #p: ProveRunParameters;
  readonly #shards: number;
  #engine: JobEngine | undefined;

  constructor(
    session: Session,
    keys: RunKeys<ProvingKey>,
    order: RunOrder,
    ledger: Ledger,
    parameters: ProveRunParameters,
  ) {
    this.#session = session;
    this.#keys = keys;
    this.#order = order;
    this.#ledger = ledger;
    this.#p = parameters;
    this.#shards = parameters.known.plan.shards.length + 1;
  }

  workerOf(shard: number): string | undefined {
    return this.#engine?.workerOf?.(shard);
  }

  async run(): Promise<Made> {
    const { wasm, known, signal, timed, dishonest, engine = inThisProcess } = this.#p;
    const options = { known, signal, timed, dishonest };
    const open = (): ReturnType<typeof openRun> => openRun(this.#session, wasm, this.#order, options);
    const opened = await engine({ wasm, order: this.#order, plan: known.plan, shards: this.#shards, open });
    this.#engine = opened;
    try {
      return await this.#walk(opened);
    } finally {
      await opened.dispose();
    }
  }

  async #walk(engine: JobEngine): Promise<Made> {
    const shards = this.#shards;
    const { known } = this.#p;
    const bodies = Array.from({ length: shards - 1 }, (_, k) => k);
    const leaves: Uint8Array[] = [];
    await this.#each(engine, 'commit', bodies, async (shard, options) => {
      leaves[shard] = await this.#commit(engine, { shard }, options);
    });
    const uses = encodeUses(this.#ledger.uses.sum());
    const closing = shards - 1;
    await this.#each(engine, 'commit', [closing], async (shard, options) => {
      leaves[shard] = await this.#commit(engine, { shard, uses }, options);
    });

    const hash = this.#keys.closing.key.shape.transcript;
    const root = rootOf(hash, leaves);
    await this.#ledger.rooted(root);
    const statement = statementOf(known.plan);
    const program = known.identity.proving.key;
    const challenges = challengesOfRoot(root, shards, { hash, program, statement });
    const sums: bigint[] = [];
    await this.#each(engine, 'prove', [...bodies, closing], async (shard, options) => {
      const more = shard === closing ? { uses } : {};
      const about = { committed: leaves[shard]!, challenges };
      sums[shard] = await this.#prove(engine, { shard, root, ...more }, about, options);
    });

    const verifying = verifyingKeys(this.#keys);
    this.#report('verify', closing, shards, 'open', 1);
    if (this.#p.dishonest === undefined) {
      await this.#p.timed('verify', () =>
        this.#orSpoilt(closing, () => checkSums({ keys: verifying, program, statement, challenges, sums })),
      );
    }
    const proofs = leaves.map((_, k) => this.#ledger.proof(k)!);
    return {
      proof: encodeRun(verifying, proofs),
      verifyingKey: runDigest(verifying),
      heights: this.#greatestHeights(),
      shards,
    };
  }

  /** Some jobs of a step, as many at once as the engine wants; the first failure ends the others. */
  async #each(
    engine: JobEngine,
    step: 'commit' | 'prove',
    shards: readonly number[],
    work: (shard: number, options: JobOptions) => Promise<void>,
  ): Promise<void> {
    // The closing shard's commitment is behind all others.
    let done = shards[0]!;
    const { signal } = this.#p;
    await pooled(shards, { concurrency: () => engine.concurrency, signal }, async (shard, stop) => {
      const onProgress = (phase: Phase, fraction: number): void =>
        this.#report(step, shard, done, phase, fraction);
      await work(shard, { signal: stop, onProgress });
      done++;
    });
  }

  /** The leaf of a shard that is committed to, now or before. */
  async #commit(engine: JobEngine, job: CommitJob, options: JobOptions): Promise<Uint8Array> {
    const { shard } = job;
    const kept = this.#ledger.head(shard);
    if (kept !== undefined) return this.#orSpoilt(shard, () => this.#leafOf(shard, kept));
    const { head, uses } = await engine.commit(job, options);
    const leaf = this.#orSpoilt(shard, () => this.#leafOf(shard, head));
    await this.#ledger.committed(shard, head, uses);
    return leaf;
  }

  /** Points on the curve, and the heights that the plan says. */
  #leafOf(shard: number, head: Uint8Array): Uint8Array {
    const place = this.#place(shard);
    const { leaf } = readHead(place, this.#programKey(place), head);
    const expected = this.#heights(shard);
    if (place.key.schedule.heights.some((j, i) => head[i] !== expected[j])) {
      fail('PROOF_HEIGHTS', 'the commitment is to columns of other heights than the rows need', {
        where: `shard ${shard}`,
        fix: 'Commit to the shard again',
      });
    }
    return leaf;
  }

  /** The sum that a shard's proof shows, of one that convinces: kept, made, or made again. */
  async #prove(
    engine: JobEngine,
    { shard, root, uses }: { shard: number; root: Uint8Array; uses?: Uint8Array },
    about: { readonly committed: Uint8Array; readonly challenges: SharedChallenges },
    options: JobOptions,
  ): Promise<bigint> {
    const ledger = this.#ledger;
    const verified = (proof: Uint8Array): Promise<bigint> =>
      this.#p.timed('verify', () =>
        verifyShard({
          keys: verifyingKeys(this.#keys),
          program: this.#p.known.identity.proving.key,
          index: shard,
          count: this.#shards,
          proof,
          ...about,
        }),
      );
    const kept = ledger.proof(shard);
    if (kept !== undefined) {
      try {
        return await verified(kept);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        ledger.forget(shard);
      }
    }
    const job = {
      shard,
      shards: this.#shards,
      head: ledger.head(shard)!,
      root: `0x${bytesToHex(root)}` as const,
      token: tokenOf(this.#order, root),
      ...(uses === undefined ? {} : { uses }),
    };
    for (let last = false; ; last = true) {
      const { proof } = await engine.prove(job, options);
      if (this.#p.dishonest !== undefined) {
        await ledger.proven(shard, proof);
        return 0n;
      }
      try {
        const sum = await verified(proof);
        await ledger.proven(shard, proof);
        return sum;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (last) throw new Spoilt(shard, error);
      }
    }
  }

  #orSpoilt<T>(shard: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw isRefusal(error) ? new Spoilt(shard, error) : error;
    }
  }

  #place(index: number): ShardPlace {
    return { key: keyOfShard(this.#keys, index, this.#shards), index };
  }

  #programKey({ key }: ShardPlace): typeof NO_PROGRAM {
    return holdsImage(key.key) ? this.#p.known.identity.proving.key : NO_PROGRAM;
  }

  /** log2, in the order of the chips. */
  #heights(shard: number): number[] {
    const { program, plan } = this.#p.known;
    const rows = plan.shards[shard];
    const { system } = this.#place(shard).key.layout;
    return heights(system, program, rows && rowsOfShard(rows), this.#order.least);
  }

  #greatestHeights(): Record<string, number> {
    const greatest: Record<string, number> = {};
    for (let shard = 0; shard < this.#shards; shard++) {
      const { chips } = this.#place(shard).key.layout.system;
      this.#heights(shard).forEach((log, j) => {
        const { name } = chips[j]!;
        greatest[name] = Math.max(greatest[name] ?? 0, log);
      });
    }
    return greatest;
  }

  #report(step: ShardProgress['step'], shard: number, done: number, phase: Phase, fraction: number): void {
    this.#p.onProgress({ step, shard, shards: this.#shards, done, phase, fraction });
  }
}

/** What a verifier says of a proof, or of a part of one. */
export const isRefusal = (error: unknown): boolean =>
  isWattestError(error) && error.code.startsWith('PROOF_');
