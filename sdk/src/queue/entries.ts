/** A run's entries in the vault. */
import { deserialize, serialize } from 'node:v8';
import type { RunPlan } from '../machine/execute/segments.ts';
import { type JobMessage, jobName } from './messages.ts';

/** The order, as `encodeOrder` writes it. */
export const ORDER = 'order';
/** The .wasm file. */
export const MODULE = 'module';
/** What all joins of a run have in common, as `encodeJoinOrder` writes it. */
export const JOINS = 'joins';
/** The plan, so that workers need not execute the run to have it ({@link encodePlan}). */
export const PLAN = 'plan';
/** What all bodies look up together. */
export const TOTAL = 'uses';

type Job = Pick<JobMessage, 'kind' | 'shard' | 'again'>;

/** What a body looks up. */
export const usesName = (job: Job): string => `uses.${jobName(job)}`;
/** What a join or wrap is of, one after the other. */
export const belowName = (job: Job, place: number): string => `below.${jobName(job)}.${place}`;
/** The result of a job, small, written last; what there is of it besides stands by then. */
export const resultName = (job: Job): string => `result.${jobName(job)}`;

/** As V8 writes values: numbers, words, typed arrays and a map. */
export const encodePlan = (plan: RunPlan): Uint8Array => new Uint8Array(serialize(plan));

/** `undefined` where this Node cannot read it: then the plan is made anew. Who opens the run compares it with the order's digest. */
export function decodePlan(bytes: Uint8Array): RunPlan | undefined {
  try {
    return deserialize(bytes) as RunPlan;
  } catch {
    return undefined;
  }
}
