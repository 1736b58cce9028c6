/** A run that jobs can be done of: its program and plan, and a place in it, from which rows are made shard by shard. */

import { equalBytes } from '@noble/curves/utils.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { fail } from '../../errors/index.ts';
import { decodeUses, encodeUses, Uses } from '../../machine/chips/fill.ts';
import type { RingMasks } from '../../machine/chips/ring.ts';
import { askedOnce } from '../../machine/execute/execute.ts';
import {
  type Again,
  planRun,
  type RunPlan,
  type ShardTrace,
  traceShards,
} from '../../machine/execute/segments.ts';
import { imageColumns } from '../../machine/image.ts';
import type { Program } from '../../machine/program.ts';
import { MACHINE_VERSION } from '../../machine/system.ts';
import { fillShard } from '../../machine/witness.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { ProvingKey } from '../../plonk/keys/keygen.ts';
import { prove as provePlonk } from '../../plonk/prove/prover.ts';
import { randomScalars, seededRandom } from '../../plonk/prove/randomness.ts';
import {
  commitShard,
  type RunSeed,
  readHead,
  rootToken,
  type ShardPlace,
  seededMain,
  seededRest,
} from '../../plonk/prove/shard.ts';
import {
  challengesOfRoot,
  holdsImage,
  keyOfShard,
  type RunKeys,
  runDigest,
  verifyingKeys,
} from '../../plonk/verify/run.ts';
import { NO_PROGRAM } from '../../plonk/verify/verifier.ts';
import { type ImportParameters, importsOfText, importsText } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { type Identity, identify } from '../session/identify.ts';
import { proverOptions, type Session } from '../session/session.ts';
import type { CommitJob, CommitResult, JobOptions, ProveJob, ShardResult } from './jobs.ts';
import { digestOf, ORDER_ERRORS, planDigest, type RunOrder, type RunTerms } from './order.ts';

/** Does a piece of work unless the proof was interrupted, and adds its time to that of the phase. */
export type Timed = <T>(phase: string, work: () => T | Promise<T>) => Promise<T>;

export type FilledShard = ReturnType<typeof fillShard>;

/** What follows from module and order, and is known where the order was made. */
export interface KnownRun {
  readonly program: Program;
  /** The caller's to release. */
  readonly identity: Identity;
  readonly plan: RunPlan;
  readonly again: Again;
}

export interface OpenRunOptions {
  readonly known?: KnownRun | undefined;
  /** The order's plan, by whoever made it: the run need not be executed to have it. */
  readonly plan?: RunPlan | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timed?: Timed | undefined;
  /** @internal Changes the witness of a shard, whenever it is filled, and goes on where an honest prover stops: for tests of the verifier. */
  readonly dishonest?: ((shard: number, witness: FilledShard) => void) | undefined;
}

export const statementOf = ({ publicInputs, publicOutputs, execution }: RunPlan): Statement => ({
  publicInputs,
  publicOutputs,
  status: execution.status,
});

/** What this session calls what an order names. */
export const termsOf = (
  keys: RunKeys<ProvingKey>,
  wasm: Uint8Array,
  entry: string,
  imports: ImportParameters,
): RunTerms => ({
  system: MACHINE_VERSION,
  transcript: keys.closing.key.shape.transcript,
  keys: runDigest(verifyingKeys(keys)),
  module: digestOf(wasm),
  entry,
  imports: importsText(imports),
});

/** @throws RUN_MISMATCH that names the first of the terms that differs */
export function requireTerms(expected: RunTerms, here: RunTerms, where: string): void {
  const names = {
    system: 'by another version of the machine',
    transcript: 'with another hash of transcripts',
    keys: 'under other keys (another SRS or size limit)',
    module: 'of another module',
    entry: 'of another export',
    imports: 'with other imports (--trap-imports, --global)',
  } as const;
  for (const [name, what] of Object.entries(names)) {
    const key = name as keyof RunTerms;
    if (expected[key] !== here[key]) mismatch(`the run was begun ${what}`, where);
  }
}

export function mismatch(problem: string, where: string): never {
  fail('RUN_MISMATCH', problem, {
    where,
    fix: 'Go on with what the run was begun with (release, --srs, --max-log, module, inputs, --max-memory, --shape), or begin it anew without this file',
  });
}

/**
 * Opens a run for its jobs: executes it as often as the plan takes, unless that is known.
 * @throws RUN_MISMATCH where module, release, keys or plan are not those of the order; what `prove` throws of runs
 */
export async function openRun(
  session: Session,
  wasm: Uint8Array,
  order: RunOrder,
  options: OpenRunOptions = {},
): Promise<OpenRun> {
  const keys = await session.shardKeys(order.terms.transcript);
  if (options.known !== undefined) return new OpenRun(session, keys, order, options.known, options);
  const where = 'job';
  const imports = importsOfText(order.terms.imports, ORDER_ERRORS);
  requireTerms(order.terms, termsOf(keys, wasm, order.terms.entry, imports), where);
  const { program } = loadProgram(wasm, order.terms.entry, imports);
  const identity = await identify(session, program);
  try {
    const again = replayed(order, options.signal);
    const plan = options.plan ?? (await planRun(program, again, order.limits));
    if (identity.programId !== order.programId || planDigest(order, statementOf(plan), plan) !== order.plan)
      mismatch('the run comes to another plan here', where);
    const own = {
      ...options,
      onDispose: async () => identity.proving.table?.release(session.engine),
    };
    return new OpenRun(session, keys, order, { program, identity, plan, again }, own);
  } catch (error) {
    await identity.proving.table?.release(session.engine);
    throw error;
  }
}

/** Options of a run that is done again, with the private words of the first time. */
function replayed({ inputs, words, maxInstructions }: RunOrder, signal: AbortSignal | undefined): Again {
  return askedOnce(
    {
      ...inputs,
      ...(maxInstructions === undefined ? {} : { maxInstructions }),
      ...(signal === undefined ? {} : { signal }),
      privateWord: () => mismatch('the run asks for more private words than the first time', 'job'),
    },
    [...words],
  );
}

/** Shards in ascending order cost one pass over the run; a lower one than the last begins another. */
export class OpenRun {
  readonly shards: number;
  readonly #session: Session;
  readonly #keys: RunKeys<ProvingKey>;
  readonly #order: RunOrder;
  readonly #known: KnownRun;
  readonly #options: OpenRunOptions & { readonly onDispose?: () => Promise<void> };
  readonly #seed: RunSeed;
  readonly #masks: readonly bigint[];
  #pass: { readonly rows: AsyncGenerator<ShardTrace, void, void>; at: number; trace: ShardTrace } | undefined;

  constructor(
    session: Session,
    keys: RunKeys<ProvingKey>,
    order: RunOrder,
    known: KnownRun,
    options: OpenRunOptions & { readonly onDispose?: () => Promise<void> },
  ) {
    this.#session = session;
    this.#keys = keys;
    this.#order = order;
    this.#known = known;
    this.#options = options;
    this.shards = known.plan.shards.length + 1;
    this.#seed = { seed: order.seed, plan: hexToBytes(order.plan.slice(2)) };
    this.#masks = randomScalars(seededRandom(order.seed, 'mask', this.#seed.plan), this.shards);
  }

  /** @throws as `prove` */
  commit({ shard, uses }: CommitJob, { signal, onProgress }: JobOptions = {}): Promise<CommitResult> {
    return this.#withWitness(shard, uses, signal, async (witness, counted) => {
      onProgress?.('commit', 0);
      const { engine, srs } = this.#session;
      const place = this.#place(shard);
      const main = seededMain(this.#seed, place);
      const program = this.#programOf(place);
      const { head } = await this.#timed('commit', () =>
        commitShard({ engine, srs, ...place, program, witness, main }),
      );
      return { head, ...(this.#closes(shard) ? {} : { uses: encodeUses(counted) }) };
    });
  }

  /** @throws as `prove`; RUN_MISMATCH without the token of the root */
  prove(job: ProveJob, { signal, onProgress }: JobOptions = {}): Promise<ShardResult> {
    const { shard, uses } = job;
    const root = hexToBytes(job.root.slice(2));
    const token = hexToBytes(job.token.slice(2));
    if (job.shards !== this.shards || !equalBytes(token, rootToken(this.#seed, root)))
      mismatch('the job is not of a root that was written down for this run', `shard ${shard}`);
    const place = this.#place(shard);
    const program = this.#programOf(place);
    const statement = statementOf(this.#known.plan);
    const { commitments } = readHead(place, program.key, job.head);
    const hash = place.key.key.shape.transcript;
    const about = { hash, program: this.#known.identity.proving.key, statement };
    const challenges = challengesOfRoot(root, this.shards, about);
    return this.#withWitness(shard, uses, signal, async (witness) => {
      const { dishonest } = this.#options;
      const { proof } = await this.#timed('prove', () =>
        provePlonk({
          ...proverOptions(this.#session, signal),
          key: place.key,
          program,
          witness,
          statement,
          shard: {
            index: shard,
            commitments,
            challenges,
            main: seededMain(this.#seed, place),
            blinding: seededRest(this.#seed, place),
          },
          onProgress: ({ phase, fraction }) => onProgress?.(phase, fraction),
          dishonest: dishonest !== undefined,
        }),
      );
      return { proof };
    });
  }

  async dispose(): Promise<void> {
    this.#pass = undefined;
    await this.#options.onDispose?.();
  }

  #place(index: number): ShardPlace {
    return { key: keyOfShard(this.#keys, index, this.shards), index };
  }

  #closes(shard: number): boolean {
    return shard === this.shards - 1;
  }

  #programOf({ key }: ShardPlace): Identity['proving'] {
    return holdsImage(key.key) ? this.#known.identity.proving : { key: NO_PROGRAM, table: undefined };
  }

  #timed<T>(phase: string, work: () => T | Promise<T>): Promise<T> {
    const { timed } = this.#options;
    return timed === undefined ? Promise.resolve().then(work) : timed(phase, work);
  }

  /** The rows of a shard, undefined of the closing one; valid until the next call. */
  async #rowsOf(shard: number, signal: AbortSignal | undefined): Promise<ShardTrace | undefined> {
    if (this.#closes(shard)) {
      this.#pass = undefined;
      return undefined;
    }
    const { program, plan, again } = this.#known;
    if (this.#pass === undefined || this.#pass.at > shard) {
      const rows = traceShards(program, again, plan);
      this.#pass = undefined;
      this.#pass = { rows, at: 0, trace: await next(rows) };
    }
    const pass = this.#pass;
    for (; pass.at < shard; pass.at++) {
      // One that was interrupted begins again.
      this.#pass = undefined;
      pass.trace = await next(pass.rows);
      this.#pass = pass;
      // Whoever waits for the job hears that it goes on, and can stop it.
      await new Promise((resolve) => setTimeout(resolve));
      requireGoing(signal, shard);
    }
    return pass.trace;
  }

  /** The witness of a shard, given to `use` and freed. */
  async #withWitness<T>(
    shard: number,
    given: Uint8Array | undefined,
    signal: AbortSignal | undefined,
    use: (witness: FilledShard, uses: Uses) => Promise<T>,
  ): Promise<T> {
    requireGoing(signal, shard);
    const { engine } = this.#session;
    const { program, plan } = this.#known;
    const { least } = this.#order;
    const uses = new Uses(2 ** imageColumns(program).log, plan.grown);
    if (this.#closes(shard) && !(given !== undefined && decodeUses(given, uses)))
      mismatch('the job lacks what the other shards look up', `shard ${shard}`);
    const masks: RingMasks = {
      own: this.#masks[shard]!,
      before: this.#masks[(shard + this.shards - 1) % this.shards]!,
    };
    const { system } = this.#place(shard).key.layout;
    const witness = await this.#timed('witness', async () => {
      const trace = await this.#rowsOf(shard, signal);
      return fillShard(engine, system, program, { trace, uses, masks, least });
    });
    try {
      this.#options.dishonest?.(shard, witness);
      return await use(witness, uses);
    } finally {
      for (const { columns } of witness) engine.free(...columns);
    }
  }
}

function requireGoing(signal: AbortSignal | undefined, shard: number): void {
  if (signal?.aborted !== true) return;
  fail('ABORTED', 'proving was interrupted', {
    where: `shard ${shard}`,
    fix: 'Start it again',
    cause: signal.reason,
  });
}

async function next(rows: AsyncGenerator<ShardTrace, void, void>): Promise<ShardTrace> {
  const { value, done } = await rows.next();
  if (done === true) throw new RangeError('the run has fewer shards than its plan');
  return value;
}

/** The token that a `prove` job carries. */
export const tokenOf = ({ seed, plan }: RunOrder, root: Uint8Array): `0x${string}` =>
  `0x${bytesToHex(rootToken({ seed, plan: hexToBytes(plan.slice(2)) }, root))}`;
