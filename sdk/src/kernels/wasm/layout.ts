/** Fixed places in the kernel memory; everything above `HEAP` is the allocator's. Offsets in bytes. */

export const PAGE_BYTES = 65536;

/** Control words of the task pool, each group on a cache line of its own. */
export const CONTROL = {
  /** i64: low half the number of chunks not yet taken, high half the number of the job. */
  TICKET: 64,
  /** i32: counts jobs; sleeping workers wait for it to change. */
  EPOCH: 128,
  /** i32: chunks finished. */
  DONE: 192,
  /** i32: table entry of the task, number of chunks. */
  TASK: 256,
  COUNT: 260,
  /** i32: non-zero ends workers; non-zero after a worker trapped. */
  QUIT: 264,
  FAILED: 268,
} as const;

export const CONSTANTS_BASE = 1024;
export const CONSTANTS_BYTES: number = 32768 - CONSTANTS_BASE;

/** Arguments of the running task: 32-bit words. */
export const ARGUMENTS_BASE = 32768;
export const ARGUMENTS_BYTES = 32768;

export const HEAP_BASE: number = PAGE_BYTES;

/** Private to each thread while it runs a chunk. */
export const SCRATCH_BYTES: number = 512 * 1024;
