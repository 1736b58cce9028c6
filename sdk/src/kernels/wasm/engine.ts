/** The engine on WebAssembly: one memory, a pool of threads, kernels generated for this machine. */
import { parallelism } from '../../platform/threads.ts';
import type { Engine, EngineOptions } from '../contract.ts';
import type { KernelCore } from './core.ts';
import { fftOperations } from './fft-operations.ts';
import { compileKernels } from './kernels.ts';
import { KernelMemory } from './memory.ts';
import { pointOperations } from './point-operations.ts';
import { programOperations } from './program-operations.ts';
import { scanOperations } from './scan-operations.ts';
import { TaskPool } from './task-pool.ts';
import { vectorOperations } from './vector-operations.ts';

/** By default, and in any case. */
const MAX_THREADS = 8;
const MOST_THREADS = 64;

export interface WasmEngineOptions extends EngineOptions {
  /** Share memory with workers; without it there is one thread. */
  readonly shared: boolean;
  /** Elements handled at once: 4 where V8 fuses halves or registers abound, else 2. */
  readonly lanes: 2 | 4;
  /** Whether `f64x2.relaxed_madd` exists and fuses. */
  readonly fma: boolean;
}

export async function createWasmEngine(options: WasmEngineOptions): Promise<Engine> {
  const { shared, lanes, fma, signal } = options;
  const wanted = Math.floor(options.threads ?? Math.min(MAX_THREADS, parallelism()));
  const threads = shared ? Math.max(1, Math.min(MOST_THREADS, wanted || 1)) : 1;
  const memory = new KernelMemory(shared, options.maxMemoryBytes);
  const { module, constants, taskNames } = await compileKernels({
    shared,
    maxPages: memory.maxPages,
    lanes,
    fma,
  });
  constants.writeTo(memory.buffer);
  const pool = new TaskPool({ module, taskNames, memory, threads, signal });
  const core: KernelCore = { memory, pool };
  return {
    ...pointOperations(core),
    name: `wasm ${lanes} lanes${fma ? '' : ', no fma'}`,
    threads: pool.threads,
    times: () => pool.times(),
    memory: () => ({ used: memory.used, peak: memory.peak }),
    ...vectorOperations(core),
    ...fftOperations(core),
    ...programOperations(core),
    ...scanOperations(core),
    dispose: () => pool.dispose(),
  };
}
