/** How a run is proven: in one proof or in several, within the memory that is allowed. One answer for `prove` and for its dry run. */
import { boundaryRows } from '../../machine/chips/boundary.ts';
import type { ProofBounds } from '../../machine/execute/execute.ts';
import type { RunPlan, ShardLimits } from '../../machine/execute/segments.ts';
import type { Program } from '../../machine/program.ts';
import { rowsOfShard } from '../../machine/witness.ts';
import type { ProvingKey } from '../../plonk/keys/keygen.ts';
import type { RunKeys } from '../../plonk/verify/run.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import type { Timed } from '../jobs/open.ts';
import type { Inputs } from '../run/inputs.ts';
import { type ProvableRun, type TraceForProofsOptions, traceForProofs } from '../run/trace.ts';
import type { Keys } from '../session/session.ts';
import { limitsOf, refuseMemory } from './limits.ts';
import { moreForOne, type OneProof } from './one-proof.ts';
import { memoryOf, type Size, sizeOf } from './sizes.ts';

export interface PlanParameters extends Omit<TraceForProofsOptions, 'whole' | 'shards'> {
  /** Of a run of one proof. */
  readonly provingKey: ProvingKey;
  readonly transcript: TranscriptHash | undefined;
  readonly program: Program;
  readonly inputs: Inputs;
  readonly maxMemoryBytes: number | undefined;
  /** Least heights. */
  readonly shape: Readonly<Record<string, number>>;
  readonly timed?: Timed;
}

export interface ProofPlan {
  readonly run: ProvableRun;
  /** Of a run of several proofs. */
  readonly shardKeys: RunKeys<ProvingKey> | undefined;
  readonly limits: ShardLimits;
  /** Of each proof. */
  readonly sizes: readonly Size[];
  /** Of the process, for the largest of them, by the model. */
  readonly memoryBytes: number;
  /** Of several: what one would take more. */
  readonly oneProof: OneProof | undefined;
}

/** @throws as `traceForProofs` and `limitsOf`; INPUT_INVALID where the proofs take more memory than is allowed */
export async function planProofs(keys: Keys, parameters: PlanParameters): Promise<ProofPlan> {
  const { provingKey, transcript, program, inputs, maxMemoryBytes, shape, timed, ...options } = parameters;
  const limited = { circuit: provingKey.key, maxKernelBytes: keys.maxKernelBytes };
  const { whole, shards: limits } = limitsOf(limited, program, maxMemoryBytes, shape);
  const traced = async (bounds: ProofBounds, words = options.words): Promise<ProvableRun> => {
    const work = (): Promise<ProvableRun> =>
      traceForProofs(program, inputs, { ...options, whole: bounds, shards: limits, words });
    return timed === undefined ? work() : timed('execute', work);
  };
  const sizesOf = (run: ProvableRun, shardKeys: RunKeys<ProvingKey> | undefined): Size[] => {
    if ('trace' in run) return [sizeOf(provingKey.key.shape, program, run.trace, shape)];
    const { body, closing } = shardKeys!;
    return [
      ...run.plan.shards.map((shard) => sizeOf(body.key.shape, program, rowsOfShard(shard), shape)),
      sizeOf(closing.key.shape, program, undefined, shape),
    ];
  };
  const isTooMuch = (sizes: readonly Size[]): boolean =>
    maxMemoryBytes !== undefined && memoryOf(sizes, program) > maxMemoryBytes;

  let run = await traced(whole);
  // What every proof has besides its rows may be what is too much of one. Its words are not asked for twice: a stream is at its end.
  if ('trace' in run && isTooMuch(sizesOf(run, undefined)))
    run = await traced({ ...whole, cells: 0 }, run.words);
  const shardKeys = 'trace' in run ? undefined : await keys.shardKeys(transcript);
  const sizes = sizesOf(run, shardKeys);
  const memoryBytes = memoryOf(sizes, program);
  if (isTooMuch(sizes)) refuseMemory(memoryBytes);
  const oneProof =
    'trace' in run
      ? undefined
      : moreForOne(limited, {
          program,
          rowKinds: run.execution.rowKinds,
          touched: touchedBy(run.plan),
          maxMemoryBytes,
          least: shape,
        });
  return { run, shardKeys, limits, sizes, memoryBytes, oneProof };
}

/** Rows of touched cells that one proof would have. */
function touchedBy({ boundary, shards }: RunPlan): number {
  const refreshes = shards.reduce((sum, shard) => sum + shard.refreshes, 0);
  return boundaryRows({ boundary: { rows: boundary.rows, ends: true }, refresh: { rows: refreshes } });
}
