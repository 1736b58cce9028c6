/** Who does the jobs of a run: this process, one after the other, unless somebody else is given. */
import type { RunPlan } from '../../machine/execute/segments.ts';
import type {
  CommitJob,
  CommitResult,
  JobOptions,
  JoinJob,
  PartResult,
  ProveJob,
  ShardResult,
  WrapJob,
} from './jobs.ts';
import type { JoinOrder, OpenJoining } from './joining.ts';
import type { OpenRun } from './open.ts';
import type { RunOrder } from './order.ts';

/** Who does the jobs of one run. */
export interface JobEngine {
  /** How many jobs are asked for at once, at least 1; read before each. */
  readonly concurrency: number;
  commit(job: CommitJob, options: JobOptions): Promise<CommitResult>;
  prove(job: ProveJob, options: JobOptions): Promise<ShardResult>;
  /** Who did the last job of a shard, where there is more than one who could have. */
  workerOf?(shard: number): string | undefined;
  /** The run has ended, well or not: whatever is kept of it is forgotten. */
  dispose(): Promise<void>;
}

/** A run for an engine. */
export interface EngineRun {
  readonly wasm: Uint8Array;
  readonly order: RunOrder;
  readonly plan: RunPlan;
  /** Bodies and the closing shard. */
  readonly shards: number;
  /** For jobs that are done here. */
  readonly open: () => Promise<OpenRun>;
}

/** Called once for a run, and again under another seed where one is spoilt. */
export type OpenEngine = (run: EngineRun) => Promise<JobEngine>;

/** One job after the other in this process, shards in their order: the default. */
export const inThisProcess: OpenEngine = async ({ open }) => {
  const run = await open();
  return {
    concurrency: 1,
    commit: (job, options) => run.commit(job, options),
    prove: (job, options) => run.prove(job, options),
    dispose: () => run.dispose(),
  };
};

/** Who does the jobs that join one run. */
export interface JoinEngine {
  /** As of a {@link JobEngine}. */
  readonly concurrency: number;
  join(job: JoinJob, options: JobOptions): Promise<PartResult>;
  wrap(job: WrapJob, options: JobOptions): Promise<PartResult>;
  /** Who did the last job of a part, where there is more than one who could have; the wrap is behind all parts. */
  workerOf?(part: number): string | undefined;
  dispose(): Promise<void>;
}

/** The proofs of a run for an engine. */
export interface EngineJoining {
  readonly order: JoinOrder;
  /** For jobs that are done here. */
  readonly open: () => Promise<OpenJoining>;
}

export type OpenJoinEngine = (joining: EngineJoining) => Promise<JoinEngine>;

/** One part after the other in this process: the default. */
export const joinInThisProcess: OpenJoinEngine = async ({ open }) => {
  const joining = await open();
  return {
    concurrency: 1,
    join: (job, options) => joining.join(job, options),
    wrap: (job, options) => joining.wrap(job, options),
    dispose: async () => joining.dispose(),
  };
};
