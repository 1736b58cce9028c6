/// <reference lib="esnext.disposable" preserve="true" />
/**
 * What proving and program ids need, opened once: kernels, SRS and the keys of the machine's circuit. Keys and ids that were computed
 * before come from the cache, without kernels.
 */
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { Engine } from '../../kernels/contract.ts';
import { type CommitmentCache, commitmentCache } from '../../kzg/commitment-cache.ts';
import { DEVELOPMENT_SEED } from '../../kzg/known-tau.ts';
import type { Srs } from '../../kzg/srs.ts';
import { openDevelopmentSrs } from '../../kzg/srs-development.ts';
import type { SrsOptions, SrsProgress } from '../../kzg/srs-options.ts';
import { TABLES_LOG } from '../../machine/chips/tables.ts';
import { MAX_CHIP_LOG } from '../../machine/program.ts';
import { type Kind, machineSystem, machineTables, powersFor } from '../../machine/system.ts';
import { namedStore, openFile } from '../../platform/files.ts';
import type { BlobStore, ByteSource } from '../../platform/storage.ts';
import { slowNode } from '../../platform/threads.ts';
import type { CommitmentSources } from '../../plonk/columns/fixed-commitment.ts';
import { layout } from '../../plonk/declare/layout.ts';
import type { Circuit, VerifyingKey } from '../../plonk/keys/key.ts';
import { keygen, type ProvingKey } from '../../plonk/keys/keygen.ts';
import type { ProveOptions } from '../../plonk/prove/parameters.ts';
import { type RunKeys, verifyingKeys } from '../../plonk/verify/run.ts';
import type { Joins } from '../../recursion/joins.ts';
import type { WrapKey } from '../../recursion/wrap.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';

export interface SessionProgress {
  /** What is being done, for people. */
  readonly phase: string;
  /** Of the whole work, in [0, 1]. */
  readonly fraction: number;
  /** Once, when it begins: how long it will take in all, estimated for cores that do nothing else. */
  readonly seconds?: number;
}

export interface SessionOptions {
  /** Threads of the kernels; default: one per core, at most 8. */
  readonly threads?: number;
  /** Most kernel memory in bytes; OUT_OF_MEMORY beyond. */
  readonly maxMemoryBytes?: number;
  /**
   * A powers-of-tau ceremony file (`.ptau`): its path in Node, a `File` or a source anywhere (closed when it has been read).
   * Without one: the development SRS, marked insecure.
   */
  readonly ceremony?: string | Blob | ByteSource;
  /**
   * log2 of the height that every chip of a proof may have at least; part of the key (another value, another verifier contract).
   * Default 17: about 400,000 WebAssembly instructions.
   */
  readonly maxLog?: number;
  /**
   * Where derived points are kept between sessions: a folder in Node, an IndexedDB database in a page, or a store of your
   * own; `null`: nowhere. Default: the user's cache folder, or the database `wattest`.
   */
  readonly cache?: BlobStore | string | null;
  /**
   * Whether points stay loaded for the next proof (default). Without, a proof gives them back when it no longer needs them: it takes less
   * memory, and the next one reads them again. For sessions that do one thing at a time.
   */
  readonly keepPoints?: boolean;
  /** Receives one line where a cached file is unusable or cannot be written, or this is an old Node; default: `console.warn`. */
  readonly onWarning?: (message: string) => void;
  /** Reports what is done before the session is open: keys, and points where they are made. */
  readonly onProgress?: (progress: SessionProgress) => void;
  /** Ends the session: what runs then rejects with ABORTED, and so does everything later. `prove` has a signal of its own. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<SessionOptions> = {
  threads: true,
  maxMemoryBytes: true,
  ceremony: true,
  maxLog: true,
  cache: true,
  keepPoints: true,
  onWarning: true,
  onProgress: true,
  signal: true,
};

/** What program ids need: no key. */
export interface Ids extends AsyncDisposable {
  readonly srs: Srs;
  /** What keys of the circuit have in common with each other: its shape, its size, its τ. */
  readonly circuit: Circuit;
  /** @internal Commitments to images of programs, where they are kept. */
  readonly commitments: CommitmentCache | undefined;
  /** @internal The kernels, started when they are first asked for. */
  kernels(): Promise<Engine>;
  /** @internal The kernels if they were started. */
  running(): Engine | undefined;
  /** Ends the workers, if there are any, and gives the memory back. Idempotent. */
  dispose(): Promise<void>;
}

/** What verifying needs. */
export interface Keys extends Ids {
  readonly provingKey: ProvingKey;
  readonly verifyingKey: VerifyingKey;
  /**
   * The keys of runs whose proofs share a bus, made when they are first asked for: of runs that take several (default); with poseidon2 of all that circuits
   * verify, a run of one proof too.
   */
  shardKeys(transcript?: TranscriptHash): Promise<RunKeys<ProvingKey>>;
  /**
   * The key of small proofs, made when it is first asked for.
   * @throws SRS_TOO_SMALL
   */
  wrapKey(): Promise<WrapKey>;
  /**
   * What joins runs of several proofs, with the key of their small proofs, made when it is first asked for: some seconds, at first more.
   * @throws SRS_TOO_SMALL
   */
  joins(): Promise<Joins>;
  /** Most bytes that the kernels may take; undefined: all that WebAssembly has. */
  readonly maxKernelBytes?: number | undefined;
}

export interface Session extends Keys {
  readonly engine: Engine;
  /** See {@link SessionOptions}. */
  readonly keepPoints: boolean;
}

/** What every proof of a session is made with; points are given back once they have served, where they are not kept. */
export const proverOptions = (
  { engine, srs, keepPoints }: Session,
  signal: AbortSignal | undefined,
): Pick<ProveOptions, 'engine' | 'srs' | 'onBasesUsed' | 'signal'> => ({
  ...{ engine, srs },
  ...(keepPoints ? {} : { onBasesUsed: () => srs.releaseBases(engine) }),
  ...(signal === undefined ? {} : { signal }),
});

export const DEFAULT_MAX_LOG = 17;

/**
 * Opens the kernels, the SRS and the keys. The first time points are computed and cached, which takes a while; afterwards
 * about half a second. Dispose of the session when done (`await using`), or its workers keep their memory.
 */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  requireNames(options, NAMES, 'openSession');
  const { onProgress, ...rest } = options;
  const scaled = onProgress && { onProgress: halved(onProgress) };
  const keys = await openKeys({ ...rest, ...scaled });
  try {
    onProgress?.({ phase: 'starting the kernels', fraction: 0.5 });
    const session = await startKernels(keys, options.keepPoints);
    onProgress?.({ phase: 'session ready', fraction: 1 });
    return session;
  } catch (error) {
    await keys.dispose();
    throw error;
  }
}

/** A session of keys that are open; disposing of either is disposing of both. */
export async function startKernels(keys: Keys, keepPoints = true): Promise<Session> {
  return { ...keys, engine: await keys.kernels(), keepPoints };
}

/** Of what is the first half of the work. */
const halved =
  (onProgress: (progress: SessionProgress) => void) =>
  ({ fraction, ...rest }: SessionProgress): void =>
    onProgress({ ...rest, fraction: fraction / 2 });

/**
 * The keys alone, for `verify`: kernels are started only for a ceremony file, where a key or an id is not in the cache. Dispose of them
 * when done.
 */
export async function openKeys(options: SessionOptions = {}): Promise<Keys> {
  const sources = await openSources(options);
  try {
    const keys = await keysOf(sources);
    options.onProgress?.({ phase: 'keys ready', fraction: 1 });
    return { ...sources, ...keys, maxKernelBytes: options.maxMemoryBytes };
  } catch (error) {
    await sources.dispose();
    throw error;
  }
}

/** What `programId` needs, which is less than keys. Dispose of it when done. */
export async function openIds(options: SessionOptions = {}): Promise<Ids> {
  const { powers, ...sources } = await openSources(options);
  return { ...sources, circuit: { shape: layout(machineSystem()).shape, powers, tau2: sources.srs.tauG2 } };
}

type Sources = Omit<Ids, 'circuit'> & { readonly powers: number };

/** The SRS, and what commitments are made and found with. */
async function openSources(options: SessionOptions): Promise<Sources> {
  requireNames(options, NAMES, 'openSession');
  const { onWarning, signal, maxLog = DEFAULT_MAX_LOG } = options;
  if (!Number.isInteger(maxLog) || maxLog < TABLES_LOG || maxLog > MAX_CHIP_LOG) {
    fail('INPUT_INVALID', `maxLog (--max-log) is ${maxLog}`, {
      where: 'openSession',
      fix: `Give a whole number from ${TABLES_LOG} to ${MAX_CHIP_LOG}`,
    });
  }
  requireSources(options);
  options.onProgress?.({ phase: 'opening', fraction: 0 });
  if (signal?.aborted === true)
    fail('ABORTED', 'the session was not opened', { fix: 'Start again when ready' });
  const { kernels, running, dispose } = lazyKernels(options);
  try {
    const powers = powersFor(maxLog);
    const store = typeof options.cache === 'object' ? options.cache : await namedStore(options.cache);
    const common = {
      ...(store === undefined || store === null ? {} : { store }),
      ...(onWarning === undefined ? {} : { onWarning }),
    };
    const srs = await openSrs(options, common, powers, kernels);
    const commitments = commitmentCache(common);
    return { srs, powers, commitments, kernels, running, dispose, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The key of runs that one proof is made of, and how to get the others. */
async function keysOf({
  srs,
  powers,
  commitments: cache,
  kernels: engine,
}: Sources): Promise<
  Pick<Keys, 'circuit' | 'provingKey' | 'verifyingKey' | 'shardKeys' | 'wrapKey' | 'joins'>
> {
  const tables = machineTables();
  const make = (kind: Kind, transcript: TranscriptHash = 'keccak256'): Promise<ProvingKey> =>
    keygen({ engine, srs, cache, system: machineSystem({ kind, transcript }), tables, powers });
  const makeAll = async (transcript: TranscriptHash): Promise<RunKeys<ProvingKey>> => ({
    ...(transcript === 'poseidon2' ? { whole: await make('whole', transcript) } : {}),
    body: await make('body', transcript),
    closing: await make('closing', transcript),
  });
  const provingKey = await make('whole');
  const made = new Map<TranscriptHash, Promise<RunKeys<ProvingKey>>>();
  const shardKeys = (transcript: TranscriptHash = 'keccak256'): Promise<RunKeys<ProvingKey>> => {
    const keys = made.get(transcript) ?? makeAll(transcript);
    made.set(transcript, keys);
    return keys;
  };
  let wrapping: Promise<WrapKey> | undefined;
  const wrapKey = (): Promise<WrapKey> => {
    wrapping ??= shardKeys('poseidon2').then((keys) => makeWrapKey({ engine, srs, cache }, keys.whole!.key));
    return wrapping;
  };
  let joining: Promise<Joins> | undefined;
  const joins = (): Promise<Joins> => {
    joining ??= shardKeys('poseidon2').then((keys) => makeJoins({ engine, srs, cache }, verifyingKeys(keys)));
    return joining;
  };
  return { circuit: provingKey.key, provingKey, verifyingKey: provingKey.key, shardKeys, wrapKey, joins };
}

async function makeJoins(sources: CommitmentSources, shards: RunKeys): Promise<Joins> {
  // Loaded here: most sessions join nothing.
  const { joinKeygen } = await import('../../recursion/joins.ts');
  const { wrapPowers } = await import('../../recursion/wrap.ts');
  requirePowers(sources, wrapPowers(shards.closing));
  return joinKeygen({ ...sources, shards });
}

async function makeWrapKey(sources: CommitmentSources, wrapped: VerifyingKey): Promise<WrapKey> {
  // Loaded here: most sessions wrap nothing.
  const { wrapKeygen, wrapPowers } = await import('../../recursion/wrap.ts');
  requirePowers(sources, wrapPowers(wrapped));
  return wrapKeygen({ ...sources, wrapped });
}

function requirePowers({ srs }: CommitmentSources, needed: number): void {
  if (needed <= srs.size) return;
  fail('SRS_TOO_SMALL', `small proofs take ${needed} powers of τ, this session has ${srs.size}`, {
    where: srs.provenance,
    fix: `Open the session with a larger maxLog (--max-log ${DEFAULT_MAX_LOG}), for the proof that is wrapped too, and a ceremony file that has them`,
  });
}

function lazyKernels({
  threads,
  maxMemoryBytes,
  signal,
  onWarning = console.warn,
}: SessionOptions): Pick<Keys, 'kernels' | 'running' | 'dispose'> {
  let starting: Promise<Engine> | undefined;
  let engine: Engine | undefined;
  const start = async (): Promise<Engine> => {
    const slow = slowNode();
    if (slow !== undefined) onWarning(`wattest: ${slow}`);
    // Loaded here: most commands get by without.
    const { createEngine } = await import('../../kernels/index.ts');
    engine = await createEngine({
      ...(threads === undefined ? {} : { threads }),
      ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
      ...(signal === undefined ? {} : { signal }),
    });
    return engine;
  };
  return {
    kernels: () => {
      starting ??= start();
      return starting;
    },
    running: () => engine,
    dispose: async () => {
      await starting?.catch(() => {});
      await engine?.dispose();
    },
  };
}

/** Before anything is started: what is no path and cannot be read. */
function requireSources({ ceremony, cache }: SessionOptions): void {
  const has = (value: unknown, ...methods: readonly string[]): boolean =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
  const name = (value: unknown): boolean =>
    value === undefined || (typeof value === 'string' && value !== '');
  const invalid = (what: string, fix: string): never =>
    fail('INPUT_INVALID', what, { where: 'openSession', fix });
  if (!(name(ceremony) || ceremony instanceof Blob || has(ceremony, 'read', 'close'))) {
    invalid('ceremony is no file', 'Give the path of a .ptau file, a Blob or a ByteSource');
  }
  if (!(name(cache) || cache === null || has(cache, 'open', 'write'))) {
    invalid('cache is no store', 'Give a name, a BlobStore, or null for none');
  }
}

async function openSrs(
  { ceremony, onProgress }: SessionOptions,
  cache: SrsOptions,
  powers: number,
  kernels: () => Promise<Engine>,
): Promise<Srs> {
  const common = {
    ...cache,
    onProgress: ({ what, done, total }: SrsProgress): void =>
      onProgress?.({ phase: `preparing points, once: ${what}`, fraction: done / total }),
  };
  if (ceremony === undefined) return openDevelopmentSrs({ ...common, seed: DEVELOPMENT_SEED, size: powers });
  const { importPtau } = await import('../../kzg/srs-ptau.ts');
  const source = await openFile(ceremony);
  try {
    return await importPtau(source, await kernels(), { ...common, size: powers });
  } finally {
    await source.close();
  }
}
