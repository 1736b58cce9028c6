/**
 * wattest/queue: runs of several proofs on many machines, over BullMQ on Redis or Valkey (Node only). `bullmq` and `ioredis` are optional peers, and
 * `prom-client` of workers with metrics.
 */
export {
  openQueue,
  openWorker,
  type ProverQueue,
  type ProverQueueOptions,
  type QueueOptions,
  type QueueWorker,
  type WorkerOptions,
} from './queue/open.ts';
export type { JobStore } from './queue/store/store.ts';
export type { JobReport } from './queue/worker.ts';
