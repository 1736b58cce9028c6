/** How much a proof takes: what memory allows, and what a run would take before anything is proven of it. */
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { ProvingKey } from '../../plonk/keys/keygen.ts';
import { runBytes } from '../../plonk/verify/run.ts';
import { LEAF_SHARDS, type Part, planParts } from '../../recursion/tree.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { INPUT_NAMES, type InputParameters, parseInputs } from '../run/inputs.ts';
import { idOfProgram } from '../session/identify.ts';
import { checkLeastHeights, type LeastHeights } from '../session/least-heights.ts';
import type { Keys } from '../session/session.ts';
import { MIB } from './limits.ts';
import type { OneProof } from './one-proof.ts';
import { planProofs } from './plan.ts';
import type { Size } from './sizes.ts';

/**
 * The model: a proof takes `baseSeconds` and `cellSeconds` for every cell of every chip, padding included, and `coefficientSeconds` for each that the opening is longer by because the
 * image is taller than the rest. Fitted to the proofs of docs/benchmarks.md (two threads of a shared AMD EPYC, nothing else running): another machine changes the time.
 */
export const TIME_MODEL: {
  readonly baseSeconds: number;
  readonly cellSeconds: number;
  readonly coefficientSeconds: number;
} = {
  baseSeconds: 0.26,
  cellSeconds: 0.42e-6,
  coefficientSeconds: 2e-6,
};
/**
 * Wraps and joins are always about as large, so their time is: of keys of joins once, of a join by how tall it is (2^15 rows or 2^14), on the machine of {@link TIME_MODEL}; and the peak of the process,
 * of which most is points (docs/recursion.md).
 */
const WRAP = { seconds: 4.2, bytes: 870 * MIB } as const;
const JOIN = { keySeconds: 0.6, tallSeconds: 3.6, seconds: 1.9, bytes: 1180 * MIB } as const;
/** A run of several proofs is executed four times, and its rows are filled twice. */
const SECOND_PASS = 1.1;

/** What `prove` would be given. */
export interface EstimateParameters extends InputParameters, ImportParameters {
  readonly wasm: Uint8Array;
  readonly invoke?: string;
  readonly allowFailure?: boolean;
  readonly maxInstructions?: number;
  readonly shape?: LeastHeights;
  readonly maxMemoryBytes?: number;
  readonly transcript?: TranscriptHash;
  readonly wrap?: boolean;
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<EstimateParameters> = {
  ...INPUT_NAMES,
  ...IMPORT_NAMES,
  wasm: true,
  invoke: true,
  allowFailure: true,
  maxInstructions: true,
  shape: true,
  maxMemoryBytes: true,
  transcript: true,
  wrap: true,
  signal: true,
};

export interface Estimate {
  readonly programId: string;
  /** Executed WebAssembly instructions. */
  readonly instructions: number;
  /** Rows of each chip, of all proofs together. */
  readonly rows: Readonly<Record<string, number>>;
  /** Proofs that the run takes: 1, or more that share one bus. */
  readonly shards: number;
  /** Of several: what one would take more; undefined also where no key and no memory suffices. */
  readonly oneProof?: OneProof;
  /** Whether the proof is wrapped at the end; what is said of bytes is said of the small one then. */
  readonly wrapped: boolean;
  /** Proofs that join those of a run that takes several, before it is wrapped. */
  readonly joins: number;
  readonly proofBytes: number;
  /** Estimated, on a machine as in docs/benchmarks.md. */
  readonly seconds: number;
  /** Estimated peak of the process. */
  readonly memoryBytes: number;
}

/** Seconds that proofs of these sizes will take, by the model: before anything of them is measured. */
export function secondsOf(sizes: readonly Size[]): number {
  const { baseSeconds, cellSeconds, coefficientSeconds } = TIME_MODEL;
  const seconds = sizes.reduce(
    (sum, { cells, surplus }) => sum + baseSeconds + cellSeconds * cells + coefficientSeconds * surplus,
    0,
  );
  return sizes.length === 1 ? seconds : seconds * SECOND_PASS;
}

/** Proofs that join so many. */
const partsOf = (shards: number): readonly Part[] => (shards === 1 ? [] : planParts(shards));

const isTall = ({ count, children }: Part): boolean =>
  children.length === 0 ? count === LEAF_SHARDS : children.length > 2;

/** What follows the proofs of a run of so many until there is a small one, in order, in seconds: keys, each part of the tree, the wrap. */
export const wrapSteps = (
  shards: number,
): { readonly keys: number; readonly parts: readonly number[]; readonly wrap: number } => ({
  keys: shards === 1 ? 0 : JOIN.keySeconds,
  parts: partsOf(shards).map((part) => (isTall(part) ? JOIN.tallSeconds : JOIN.seconds)),
  wrap: WRAP.seconds,
});

/** The same in all. */
export function wrapSeconds(shards: number): number {
  const { keys, parts, wrap } = wrapSteps(shards);
  return parts.reduce((sum, seconds) => sum + seconds, keys + wrap);
}

/**
 * Runs a program, without proving, and says what a proof of the run would take.
 * @throws as `prove`, but for what happens while a proof is made
 */
export async function estimate(keys: Keys, parameters: EstimateParameters): Promise<Estimate> {
  requireNames(parameters, NAMES, 'estimate');
  const { signal, allowFailure, maxInstructions, maxMemoryBytes, wrap = false } = parameters;
  const transcript = wrap ? 'poseidon2' : parameters.transcript;
  // Before anything is spent, as by `prove`: the SRS may be too small.
  const small = wrap ? await keys.wrapKey() : undefined;
  const runKeys = transcript === 'poseidon2' ? await keys.shardKeys(transcript) : undefined;
  const provingKey = runKeys?.whole ?? keys.provingKey;
  const shape = checkLeastHeights(provingKey.key, parameters.shape);
  const { program } = loadProgram(parameters.wasm, parameters.invoke, parameters);
  const inputs = parseInputs(parameters, program);
  const options = { signal, allowFailure, maxInstructions };
  const { run, shardKeys, sizes, memoryBytes, oneProof } = await planProofs(keys, {
    ...{ provingKey, transcript, program, inputs, maxMemoryBytes, shape },
    ...options,
  });
  const joins = wrap ? partsOf(sizes.length).length : 0;
  const bytesOf = (key: ProvingKey): number => key.schedule.proofBytes;
  const own =
    shardKeys === undefined
      ? runKeys === undefined
        ? bytesOf(provingKey)
        : runBytes(1, 0, bytesOf(provingKey))
      : runBytes(sizes.length, bytesOf(shardKeys.body), bytesOf(shardKeys.closing));
  return {
    programId: await idOfProgram(keys, program),
    instructions: run.execution.instructions,
    rows: run.execution.rows,
    shards: sizes.length,
    ...(oneProof === undefined ? {} : { oneProof }),
    wrapped: wrap,
    joins,
    proofBytes: small === undefined ? own : bytesOf(small.key),
    seconds: secondsOf(sizes) + (wrap ? wrapSeconds(sizes.length) : 0),
    memoryBytes: wrap ? Math.max(memoryBytes, (joins === 0 ? WRAP : JOIN).bytes) : memoryBytes,
  };
}
