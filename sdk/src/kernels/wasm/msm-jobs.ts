/** Tasks whose chunks are jobs that need more working memory than a thread's scratch. */
import { atomic, block, br, brIf, call, i32, i64, loop, set } from './assembler.ts';
import type { KernelContext } from './kernel-context.ts';
import type { FunctionHandle } from './module-builder.ts';
import { ARGUMENTS, WORK } from './msm-layout.ts';

/**
 * Chunk j runs `job(table + j·bytes, work)` on a working memory that nobody else uses; there are as many of them as
 * threads, so one is always free.
 */
export function emitJobs({ module }: KernelContext, name: string, job: FunctionHandle, bytes: number): void {
  module.task(name, (fn, chunk, args) => {
    const work = fn.local();
    const lock = i32.add(work, WORK.LOCK);
    return [
      set(work, i32.load(args, 4 * ARGUMENTS.WORK)),
      block(
        loop(
          brIf(1, i64.eqz(atomic.compareExchange64(lock, i64.const(0n), i64.const(1n)))),
          set(work, i32.add(work, i32.load(args, 4 * ARGUMENTS.WORK_BYTES))),
          br(0),
        ),
      ),
      call(job, i32.add(i32.load(args, 4 * ARGUMENTS.TABLE), i32.mul(chunk, bytes)), work),
      atomic.store32(lock, 0),
    ];
  });
}
