/** What proving and program ids need, opened once: kernels, SRS and the keys of the machine's circuit. */
import { fail } from '../errors/index.ts';
import type { Engine } from '../kernels/contract.ts';
import { createEngine } from '../kernels/index.ts';
import type { Srs } from '../kzg/srs.ts';
import { openDevelopmentSrs } from '../kzg/srs-development.ts';
import { importPtau } from '../kzg/srs-ptau.ts';
import { MAX_CHIP_LOG } from '../machine/program.ts';
import { machineSystem, machineTables } from '../machine/system.ts';
import { namedStore, openFile } from '../platform/files.ts';
import type { BlobStore, ByteSource } from '../platform/storage.ts';
import type { VerifyingKey } from '../plonk/key.ts';
import { keygen, type ProvingKey } from '../plonk/keygen.ts';

export interface SessionProgress {
  /** What is being done, for people. */
  readonly phase: string;
  /** Of the whole work, in [0, 1]. */
  readonly fraction: number;
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
   * log2 of the tallest chip a proof may have; part of the key (another value, another verifier contract). Default 17:
   * about 400,000 WebAssembly instructions.
   */
  readonly maxLog?: number;
  /**
   * Where derived points are kept between sessions: a folder in Node, an IndexedDB database in a page, or a store of your
   * own; `null`: nowhere. Default: the user's cache folder, or the database `wattest`.
   */
  readonly cache?: BlobStore | string | null;
  /** Receives one line where a cached file is unusable or cannot be written; default: `console.warn`. */
  readonly onWarning?: (message: string) => void;
  /** Reports the making of keys, which happens once. */
  readonly onProgress?: (progress: SessionProgress) => void;
  /** Ends the session: what runs then rejects with ABORTED, and so does everything later. `prove` has a signal of its own. */
  readonly signal?: AbortSignal;
}

export interface Session extends AsyncDisposable {
  readonly engine: Engine;
  readonly srs: Srs;
  readonly provingKey: ProvingKey;
  readonly verifyingKey: VerifyingKey;
  /** Ends the workers and gives the memory back. Idempotent. */
  dispose(): Promise<void>;
}

export const DEFAULT_MAX_LOG = 17;
const SEED = 'wattest development SRS 1';
/** `t·(n + 2)`, `t_φ·(N + 3)` and `t_Q·(N + 5)` all fit; see `powersNeeded`. */
const powersFor = (maxLog: number, t: number): number => t * (2 ** maxLog + 2);

/**
 * Opens the kernels, the SRS and the keys. The first time points are computed and cached, which takes a while; afterwards
 * about a second. Dispose of the session when done (`await using`), or its workers keep their memory.
 */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  const { onProgress, signal, maxLog = DEFAULT_MAX_LOG } = options;
  if (!Number.isInteger(maxLog) || maxLog < 16 || maxLog > MAX_CHIP_LOG) {
    fail('INPUT_INVALID', `maxLog (--max-log) is ${maxLog}`, {
      where: 'openSession',
      fix: `Give a whole number from 16 to ${MAX_CHIP_LOG}`,
    });
  }
  requireSources(options);
  if (signal?.aborted === true)
    fail('ABORTED', 'the session was not opened', { fix: 'Start again when ready' });
  const engine = await createEngine({
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.maxMemoryBytes === undefined ? {} : { maxMemoryBytes: options.maxMemoryBytes }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const system = machineSystem();
    const powers = powersFor(maxLog, Math.max(...system.chips.map((chip) => chip.t)));
    const srs = await openSrs(options, powers, engine);
    const provingKey = await keygen({ engine, srs, system, tables: machineTables(), powers });
    onProgress?.({ phase: 'keys ready', fraction: 1 });
    const dispose = (): Promise<void> => engine.dispose();
    return { engine, srs, provingKey, verifyingKey: provingKey.key, dispose, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
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

async function openSrs(options: SessionOptions, powers: number, engine: Engine): Promise<Srs> {
  const { cache, ceremony, onProgress, onWarning } = options;
  const store = typeof cache === 'object' ? (cache ?? undefined) : await namedStore(cache);
  const common = {
    ...(store === undefined ? {} : { store }),
    ...(onWarning === undefined ? {} : { onWarning }),
    onProgress: ({ what, done, total }: { what: string; done: number; total: number }): void =>
      onProgress?.({ phase: `preparing points, once: ${what}`, fraction: done / total }),
  };
  if (ceremony === undefined) return openDevelopmentSrs({ ...common, seed: SEED, size: powers });
  const source = await openFile(ceremony);
  try {
    return await importPtau(source, engine, { ...common, size: powers });
  } finally {
    await source.close();
  }
}
