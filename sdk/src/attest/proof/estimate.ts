/** How much a proof takes: what memory allows, and what a run would take before anything is proven of it. */
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { ProofBounds } from '../../machine/execute/execute.ts';
import { CHIPS, COLUMNS } from '../../machine/execute/placement.ts';
import type { ShardLimits } from '../../machine/execute/segments.ts';
import type { Program } from '../../machine/program.ts';
import { heights, rowsOfShard } from '../../machine/witness.ts';
import type { ProvingKey } from '../../plonk/keys/keygen.ts';
import { type RunKeys, runBytes } from '../../plonk/verify/run.ts';
import { LEAF_SHARDS, type Part, planParts } from '../../recursion/tree.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { INPUT_NAMES, type InputParameters, parseInputs } from '../run/inputs.ts';
import { type ProvableRun, traceForProofs } from '../run/trace.ts';
import { idOfProgram } from '../session/identify.ts';
import { checkLeastHeights, greatestHeights, type LeastHeights } from '../session/least-heights.ts';
import type { Keys } from '../session/session.ts';

/**
 * The model: a proof takes `baseSeconds` and `cellSeconds` for every cell of every chip, padding included; the process has `baseBytes` and `cellBytes` for
 * every cell at its peak. Fitted to the proofs of docs/benchmarks.md (two threads of a shared AMD EPYC, nothing else running): another machine changes the time.
 */
export const TIME_MODEL: { readonly baseSeconds: number; readonly cellSeconds: number } = {
  baseSeconds: 0.26,
  cellSeconds: 0.42e-6,
};
/**
 * Wraps and joins are always about as large, so their time is: of keys of joins once, of a join by how tall it is (2^15 rows or 2^14), on the machine of {@link TIME_MODEL}; and the peak of the process,
 * of which most is points (docs/recursion.md).
 */
const WRAP = { seconds: 4.2, bytes: 870 * 2 ** 20 } as const;
const JOIN = { keySeconds: 0.6, tallSeconds: 3.6, seconds: 1.9, bytes: 1180 * 2 ** 20 } as const;
const MEMORY_MODEL = { baseBytes: 240 * 2 ** 20, cellBytes: 90 };
/** Bytes of kernel memory for a cell at the peak: 4 GiB, the most that WebAssembly has, end at some 45 million cells. */
const KERNEL_CELL_BYTES = 95;
const MOST_KERNEL_BYTES = 2 ** 32;
/** A run of several proofs is executed four times, and its rows are filled twice. */
const SECOND_PASS = 1.1;

/** What the proofs of a long run may take where nobody says otherwise: taller ones are not quicker by much. */
export const DEFAULT_MEMORY_BYTES: number = 2 ** 30;
/** What one proof may take where nobody says otherwise: as one is worth more than several, which only circuits take together, a little more. */
export const DEFAULT_WHOLE_BYTES: number = 1.2e9;
/** Less than this would make very many proofs. */
const LEAST_CELLS = 2 ** 20;

/** Cells of a proof in so much memory of the process. @throws INPUT_INVALID for memory that does not suffice for any */
function cellsWithin(memoryBytes: number): number {
  const { baseBytes, cellBytes } = MEMORY_MODEL;
  const cells = (memoryBytes - baseBytes) / cellBytes;
  if (cells >= LEAST_CELLS) return cells;
  const least = Math.ceil((baseBytes + LEAST_CELLS * cellBytes) / 2 ** 20);
  return fail('INPUT_INVALID', 'the memory that is allowed does not suffice for one proof', {
    where: 'maxMemoryBytes (--max-memory)',
    fix: `Allow at least ${least} MiB`,
  });
}

/** A sixth is for touched cells and for what every proof has besides. */
const OWN_SHARE = 5 / 6;

/** Cells of instruction chips, padding included, that find room in the kernels. */
export const MOST_OWN_CELLS: number = (OWN_SHARE * MOST_KERNEL_BYTES) / KERNEL_CELL_BYTES;

/** How tall a proof of so many cells may be. */
function shardLimits(key: ProvingKey['key'], cells: number): ShardLimits {
  const own = OWN_SHARE * cells;
  const most = greatestHeights(key);
  const { main, helpers } = key.shape.chips.find(({ name }) => name === 'boundary')!;
  const within = (name: string, columns: number, room: number): number =>
    Math.min(most[name]!, Math.floor(Math.log2(room / columns)));
  const ofChips = CHIPS.map((name) => [name, within(name, COLUMNS[name], own)]);
  return {
    heights: {
      ...Object.fromEntries(ofChips),
      boundary: within('boundary', main + helpers, cells - own),
    } as ShardLimits['heights'],
    cells: own,
  };
}

/** Padded cells of a proof with these heights, by chip of its system. */
function cellsOf({ layout }: ProvingKey, logs: readonly number[]): number {
  return layout.shape.chips.reduce(
    (sum, { main, fixed, helpers }, j) => sum + 2 ** logs[j]! * (main + fixed + helpers),
    0,
  );
}

/** Cells of each proof that a run takes. */
function cellsOfProofs(
  {
    provingKey,
    shardKeys,
  }: { readonly provingKey: ProvingKey; readonly shardKeys: RunKeys<ProvingKey> | undefined },
  program: Program,
  run: ProvableRun,
  least: Readonly<Record<string, number>>,
): number[] {
  if ('trace' in run)
    return [cellsOf(provingKey, heights(provingKey.layout.system, program, run.trace, least))];
  const { body, closing } = shardKeys!;
  return [
    ...run.plan.shards.map((shard) =>
      cellsOf(body, heights(body.layout.system, program, rowsOfShard(shard), least)),
    ),
    cellsOf(closing, heights(closing.layout.system, program, undefined, least)),
  ];
}

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

function estimateOf(cells: readonly number[]): Pick<Estimate, 'seconds' | 'memoryBytes'> {
  const { baseSeconds, cellSeconds } = TIME_MODEL;
  const seconds = cells.reduce((sum, count) => sum + baseSeconds + cellSeconds * count, 0);
  return {
    seconds: cells.length === 1 ? seconds : seconds * SECOND_PASS,
    memoryBytes: MEMORY_MODEL.baseBytes + MEMORY_MODEL.cellBytes * Math.max(...cells),
  };
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

/** Seconds that the proofs of a run will take, by the model: before anything of it is measured. */
export const secondsOf = (
  provingKey: ProvingKey,
  shardKeys: RunKeys<ProvingKey> | undefined,
  program: Program,
  run: ProvableRun,
  least: Readonly<Record<string, number>>,
): number => estimateOf(cellsOfProofs({ provingKey, shardKeys }, program, run, least)).seconds;

/**
 * The limits of a proof of a whole run, and of the shards of one that takes several: the heights of the key, and the cells that find room in memory.
 * @throws INPUT_INVALID for memory, or least heights, with which there is no proof
 */
export function limitsOf(
  { provingKey: { key }, maxKernelBytes = MOST_KERNEL_BYTES }: LimitedKeys,
  maxMemoryBytes: number | undefined,
  least: Readonly<Record<string, number>> = {},
): {
  readonly whole: ProofBounds;
  readonly shards: ShardLimits;
} {
  const room = maxKernelBytes / KERNEL_CELL_BYTES;
  const shards = shardLimits(key, Math.min(room, cellsWithin(maxMemoryBytes ?? DEFAULT_MEMORY_BYTES)));
  const whole =
    maxMemoryBytes === undefined
      ? shardLimits(key, Math.min(room, cellsWithin(DEFAULT_WHOLE_BYTES)))
      : shards;
  const padded = CHIPS.reduce((sum, name) => sum + 2 ** (least[name] ?? 0) * COLUMNS[name], 0);
  if (padded > whole.cells) {
    fail(
      'INPUT_INVALID',
      `the least heights come to ${padded} cells, and ${Math.floor(whole.cells)} find room in memory`,
      {
        where: 'shape',
        fix: 'Give smaller heights, or allow more memory (--max-memory)',
      },
    );
  }
  return { whole: { least, most: whole.heights, cells: whole.cells }, shards };
}

type LimitedKeys = Pick<Keys, 'provingKey'> & Partial<Pick<Keys, 'maxKernelBytes'>>;

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
  const run = await traceForProofs(program, inputs, {
    signal,
    allowFailure,
    maxInstructions,
    ...limitsOf({ provingKey, maxKernelBytes: keys.maxKernelBytes }, maxMemoryBytes, shape),
  });
  const shardKeys = 'trace' in run ? undefined : await keys.shardKeys(transcript);
  const cells = cellsOfProofs({ provingKey, shardKeys }, program, run, shape);
  const { seconds, memoryBytes } = estimateOf(cells);
  const joins = wrap ? partsOf(cells.length).length : 0;
  const bytesOf = (key: ProvingKey): number => key.schedule.proofBytes;
  const own =
    shardKeys === undefined
      ? runKeys === undefined
        ? bytesOf(provingKey)
        : runBytes(1, 0, bytesOf(provingKey))
      : runBytes(cells.length, bytesOf(shardKeys.body), bytesOf(shardKeys.closing));
  return {
    programId: await idOfProgram(keys, program),
    instructions: run.execution.instructions,
    rows: run.execution.rows,
    shards: cells.length,
    wrapped: wrap,
    joins,
    proofBytes: small === undefined ? own : bytesOf(small.key),
    seconds: seconds + (wrap ? wrapSeconds(cells.length) : 0),
    memoryBytes: wrap ? Math.max(memoryBytes, (joins === 0 ? WRAP : JOIN).bytes) : memoryBytes,
  };
}
