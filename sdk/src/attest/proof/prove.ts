/** Proves a run: emulate with a trace, fill the witness, prove, and check the proof before it leaves the house. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { StatusDescription } from '../../machine/status.ts';
import type { Trace } from '../../machine/trace.ts';
import { privateFile } from '../../platform/files.ts';
import { residentPeakBytes } from '../../platform/node.ts';
import type { PrivateFile } from '../../platform/storage.ts';
import { nextTurn } from '../../platform/threads.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import { machineDigest } from '../../plonk/keys/key.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import type { NumberType } from '../../wasm/types.ts';
import type { OpenEngine, OpenJoinEngine } from '../jobs/engine.ts';
import { type JobsDone, jobsDone } from '../jobs/kept.ts';
import type { KeptParts } from '../jobs/ledger.ts';
import { mismatch, type Timed, termsOf } from '../jobs/open.ts';
import { type Made, proveRun } from '../jobs/walk.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { sourceMapOf } from '../module/source.ts';
import { outputsOf, type ReturnedValue } from '../run/arguments.ts';
import { INPUT_NAMES, type InputParameters, parseInputs } from '../run/inputs.ts';
import { addressWarnings } from '../run/run.ts';
import { identify } from '../session/identify.ts';
import { beyondShape, checkLeastHeights, type LeastHeights } from '../session/least-heights.ts';
import type { Session, SessionProgress } from '../session/session.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { secondsOf, wrapSeconds } from './estimate.ts';
import type { OneProof } from './one-proof.ts';
import { planProofs } from './plan.ts';
import { LEAST_SHARE, PHASES, type Phase, shardProgress } from './progress.ts';
import { proveWhole } from './prove-whole.ts';
import { howToGoOn, resumed } from './resumed.ts';
import { wrapKept } from './wrap.ts';

export interface ProveParameters extends InputParameters, ImportParameters {
  /** The bytes of the module. */
  readonly wasm: Uint8Array;
  /** Name of the exported function that is entered; default: `_start`, or the only one. */
  readonly invoke?: string;
  /**
   * Prove also a run that traps or exits with another code than 0: the proof then says that the program fails so on these
   * inputs. Without it such a run is refused before anything expensive.
   */
  readonly allowFailure?: boolean;
  /** A source map (JSON) of the module, for the place of a trap. Default: the one inside its `sourceMappingURL`, a `data:` URL. */
  readonly sourceMap?: string;
  /** RUN_TOO_LONG after so many WebAssembly instructions (see `RunParameters`); default: 2^32. */
  readonly maxInstructions?: number;
  /**
   * Least heights of chips (log2 of their rows). A proof shows the heights, and with them about how long the run was; proofs of
   * runs that all fit one shape do not. Rows that are not needed cost time like others. A run that needs more is a warning.
   */
  readonly shape?: LeastHeights;
  /**
   * Most memory that the process should take, in bytes: a run that needs more is proven in several proofs, which are the less tall. Default: 1.2 GB
   * for a run that takes one proof, else 1 GiB.
   */
  readonly maxMemoryBytes?: number;
  /**
   * Where to keep what is done of a run that takes several proofs (a path in Node), and to go on from: with the same parameters and session options an interrupted run
   * goes on where it was. As secret as the private inputs; removed when the run is proven. A run that takes one proof keeps nothing.
   */
  readonly resume?: string | PrivateFile;
  /** Who does the jobs of a run that takes several proofs; default: this process. */
  readonly engine?: OpenEngine;
  /** With {@link wrap}: who joins the proofs of such a run and wraps what they come to; default: this process. */
  readonly joinEngine?: OpenJoinEngine;
  readonly onProgress?: (progress: SessionProgress) => void;
  /** Looked at between steps, and every few million instructions; the promise rejects with ABORTED and the session stays usable. */
  readonly signal?: AbortSignal;
  /**
   * The hash of the transcripts; default keccak256, which contracts take. With poseidon2 it is a proof for {@link wrap}, and no contract takes it.
   */
  readonly transcript?: TranscriptHash;
  /** Also wraps the proof, or joins and wraps those of a run that takes several: the document is that of the small one. Then the transcript is poseidon2. */
  readonly wrap?: boolean;
}

const NAMES: OptionNames<ProveParameters> = {
  ...INPUT_NAMES,
  ...IMPORT_NAMES,
  wasm: true,
  invoke: true,
  allowFailure: true,
  sourceMap: true,
  maxInstructions: true,
  shape: true,
  maxMemoryBytes: true,
  resume: true,
  engine: true,
  joinEngine: true,
  onProgress: true,
  signal: true,
  transcript: true,
  wrap: true,
};

export interface ProveResult {
  readonly document: ProofDocument;
  /** How the run ended. */
  readonly status: StatusDescription;
  /** Where, if it trapped. For people; no part of the statement. */
  readonly trapAt: string | undefined;
  /** Results of the entered function, the last of the public outputs. */
  readonly results: readonly bigint[];
  /** Of a typed entry that returned: its value. */
  readonly returned: ReturnedValue | undefined;
  /** What the words are; references are i32. None of a typed entry. */
  readonly resultTypes: readonly NumberType[];
  readonly outputs: readonly bigint[];
  /** What a WASI program wrote to standard output. */
  readonly stdout: Uint8Array | undefined;
  /** Executed WebAssembly instructions. */
  readonly instructions: number;
  readonly rows: Readonly<Record<string, number>>;
  /** log2 height of every chip. */
  readonly heights: Readonly<Record<string, number>>;
  readonly proofBytes: number;
  /** Milliseconds: load, identify, execute, witness, the prover's phases, verify, total. */
  readonly timings: Readonly<Record<string, number>>;
  /** Most bytes of kernel memory in use at once, and of the whole process where the platform tells. */
  readonly peakMemoryBytes: number;
  /** Of a run that took several proofs: what one would take more; undefined also where no key and no memory suffices. */
  readonly oneProof: OneProof | undefined;
  /** Jobs that were done before, of a run that was gone on with. */
  readonly resumed: JobsDone | undefined;
  readonly warnings: readonly string[];
}

/**
 * Runs `wasm` at `invoke` and proves the run: with one proof where its rows find room in one, else with as many as it takes (shards), one after the other.
 * @throws the errors of `loadProgram` and of the inputs; INPUT_INVALID for a shape that the key does not allow; RUN_TRAPPED and RUN_EXITED where the run fails and
 *   `allowFailure` does not say that this is welcome; with `wrap` SRS_TOO_SMALL; INPUT_MISSING, RUN_TOO_LONG, TRACE_TOO_TALL where the program is larger than the session's key allows, OUT_OF_MEMORY, ABORTED;
 *   of a run that is gone on with RESUME_BUSY, RESUME_MALFORMED, RUN_MISMATCH, SEED_SPENT; SHARD_REFUSED where a shard comes out bad again and again
 */
export async function prove(session: Session, parameters: ProveParameters): Promise<ProveResult> {
  requireNames(parameters, NAMES, 'prove');
  const { resume, ...others } = parameters;
  if (resume === undefined) return proveWith(session, others);
  const file = await privateFile(resume);
  const release = await file.lock?.();
  try {
    return await proveWith(session, { ...others, resume: file });
  } finally {
    await release?.();
  }
}

/** With a file that is this run's alone. */
interface LockedParameters extends Omit<ProveParameters, 'resume'> {
  readonly resume?: PrivateFile;
}

async function proveWith(session: Session, parameters: LockedParameters): Promise<ProveResult> {
  const { signal, allowFailure, maxInstructions, wrap: small = false } = parameters;
  const transcript = small ? 'poseidon2' : parameters.transcript;
  // What is said of the run's own proof, which of a small one is the lesser part.
  let ownShare = small ? LEAST_SHARE : 1;
  const onProgress =
    parameters.onProgress &&
    (({ fraction, ...rest }: SessionProgress): void =>
      parameters.onProgress?.({ ...rest, fraction: fraction * ownShare }));
  const timings: Record<string, number> = {};
  const started = performance.now();
  const report = (phase: Phase, fraction: number, what?: string): void => {
    const [from, to, text] = PHASES[phase];
    onProgress?.({
      phase: what === undefined ? text : `${text}: ${what}`,
      fraction: Math.round(1e3 * (from + (to - from) * fraction)) / 1e3,
    });
  };
  const wrapping = ({ phase, fraction }: SessionProgress): void =>
    parameters.onProgress?.({ phase, fraction: ownShare + (1 - ownShare) * fraction });
  const timed: Timed = async (phase, work) => {
    if (signal?.aborted === true) {
      fail('ABORTED', 'proving was interrupted', { fix: 'Start again when ready; nothing was written' });
    }
    const start = performance.now();
    const result = await work();
    timings[phase] = (timings[phase] ?? 0) + performance.now() - start;
    return result;
  };

  report('load', 0);
  // Translating may take seconds, and is synchronous: a page shows that it has begun.
  await nextTurn();
  // Before anything is spent: the SRS may be too small.
  if (small) await session.wrapKey();
  const runKeys = transcript === 'poseidon2' ? await session.shardKeys(transcript) : undefined;
  const provingKey = runKeys?.whole ?? session.provingKey;
  const shape = checkLeastHeights(provingKey.key, parameters.shape);
  const { module, program } = await timed('load', () =>
    loadProgram(parameters.wasm, parameters.invoke, parameters),
  );
  const inputs = parseInputs(parameters, program);
  const resume = await resumed(session, { ...parameters, transcript }, program.entryName, inputs);
  report('execute', 0);
  const sourceMap = sourceMapOf(module, parameters.sourceMap);
  const { run, shardKeys, limits, sizes, oneProof } = await planProofs(session, {
    ...{ provingKey, transcript, program, inputs, shape, timed },
    maxMemoryBytes: parameters.maxMemoryBytes,
    ...{ signal, allowFailure, maxInstructions, sourceMap },
    words: resume?.words,
    onProgress: (instructions) => report('execute', 0, `${instructions} instructions`),
  });
  if ('trace' in run && resume?.kept !== undefined)
    mismatch('the run takes one proof now, and was begun with several', resume.file.location);
  const identity = await timed('identify', () => identify(session, program));
  const shards = sizes.length;
  if (small || shards > 1) {
    const own = secondsOf(sizes);
    const seconds = own + (small ? wrapSeconds(shards) : 0);
    ownShare = own / seconds;
    if (shards > 1) onProgress?.({ phase: `${shards} proofs`, fraction: 0, seconds });
  }
  const { publicInputs, publicOutputs } = 'trace' in run ? run.trace : run.plan;
  const { status, instructions, rows } = run.execution;
  const statement: Statement = { publicInputs, publicOutputs, status };
  const common = { program, identity, statement, signal, timed };
  const { kept } = resume ?? {};
  try {
    const documentOf = async (made: Made, parts?: KeptParts): Promise<ProofDocument> => {
      const own: ProofDocument = {
        system: provingKey.key.shape.version,
        machine: machineDigest(provingKey.key),
        verifyingKey: made.verifyingKey,
        shards: made.shards,
        insecure: provingKey.key.insecure,
        programId: identity.programId,
        programKey: identity.proving.key,
        entry: program.entryName,
        statement,
        proof: `0x${bytesToHex(made.proof)}`,
      };
      if (!small) return own;
      const wrapped = { document: own, engine: parameters.joinEngine, kept: parts };
      return timed('wrap', () => wrapKept(session, { ...wrapped, signal, onProgress: wrapping }));
    };
    let joined: ProofDocument | undefined;
    const made =
      'trace' in run
        ? await proveWhole(session, {
            ...common,
            run: run as { trace?: Trace },
            runKeys,
            wrapped: small,
            shape,
            report,
            timings,
          })
        : await proveRun(session, {
            signal,
            timed,
            wasm: parameters.wasm,
            known: { program, identity, plan: run.plan, again: run.again },
            order: {
              terms: resume?.terms ?? termsOf(shardKeys!, parameters.wasm, program.entryName, parameters),
              programId: identity.programId,
              inputs,
              words: run.words,
              maxInstructions,
              limits,
              least: shape,
            },
            engine: parameters.engine,
            resume,
            onProgress: (progress) => onProgress?.(shardProgress(progress)),
            joining: async (run, parts) => {
              joined = await documentOf(run, parts);
            },
          });
    const document = joined ?? (await documentOf(made));
    timings['total'] = performance.now() - started;
    return {
      document,
      status: run.status,
      trapAt: run.trapAt,
      resultTypes: program.entryType.results,
      ...outputsOf(program, run.execution),
      instructions,
      rows,
      heights: made.heights,
      proofBytes: bytesOf(document.proof).length,
      timings,
      peakMemoryBytes: Math.max(session.engine.memory().peak, residentPeakBytes()),
      oneProof,
      resumed: kept === undefined ? undefined : jobsDone(kept),
      warnings: [...addressWarnings(module, program), ...run.warnings, ...beyondShape(shape, made.heights)],
    };
  } catch (error) {
    throw await howToGoOn(error, resume?.file);
  } finally {
    await identity.proving.table?.release(session.engine);
  }
}
