/**
 * Runs tasks in chunks on all threads. A job is a task (a function of the kernel module), its arguments and a
 * number of chunks; whoever is free takes the next chunk by compare-and-swap of one 64-bit ticket, which also holds
 * the number of the job, so that a late worker can never take a chunk of a job that it did not see. The calling
 * thread takes part; workers sleep in `memory.atomic.wait32` between jobs.
 */
import { WattestError } from '../../errors/index.ts';
import { nextTurn, spawnThread, type Thread } from '../../platform/threads.ts';
import {
  atomic,
  block,
  brIf,
  call,
  callIndirect,
  drop,
  i32,
  i64,
  loop,
  ret,
  set,
  tee,
  when,
  whileLoop,
} from './assembler.ts';
import { ARGUMENTS_BASE, ARGUMENTS_BYTES, CONTROL, SCRATCH_BYTES } from './layout.ts';
import type { KernelMemory } from './memory.ts';
import type { FunctionHandle, ModuleBuilder } from './module-builder.ts';

/** Polls of the ticket before a worker goes to sleep: some 20 µs, less than a wake-up costs. */
const SPINS = 5000;
/** The calling thread gives the event loop a turn this often, in ms. */
const TURN_MS = 20;

/**
 * Emits `step(scratch) → 1 if a chunk was run`, `drain(scratch)`, which runs chunks until there are none, and `rest(epoch) → 1`
 * when there may be a new job, 0 after `QUIT`.
 */
export function emitTaskPool(module: ModuleBuilder): void {
  const step: FunctionHandle = module.func('step', ['i32'], ['i32'], (fn, scratch) => {
    const ticket = fn.local('i64');
    const left = fn.local('i32');
    return [
      block(
        loop(
          set(ticket, atomic.load64(CONTROL.TICKET)),
          brIf(1, i32.eqz(tee(left, i32.wrap_i64(ticket)))),
          brIf(
            0,
            i64.ne(atomic.compareExchange64(CONTROL.TICKET, ticket, i64.sub(ticket, i64.const(1n))), ticket),
          ),
          // The job cannot end before this chunk has: its words stay.
          callIndirect(
            module.taskType,
            i32.load(0, CONTROL.TASK),
            i32.sub(i32.load(0, CONTROL.COUNT), left),
            ARGUMENTS_BASE,
            scratch,
          ),
          drop(atomic.add32(CONTROL.DONE, 1)),
          ret(1),
        ),
      ),
      i32.const(0),
    ];
  });
  module.func('drain', ['i32'], [], (_, scratch) => whileLoop(call(step, scratch), []));
  module.func('rest', ['i32'], ['i32'], (fn, epoch) => {
    const spins = fn.local('i32');
    return [
      when(atomic.load32(CONTROL.QUIT), ret(0)),
      set(spins, SPINS),
      loop(when(i32.wrap_i64(atomic.load64(CONTROL.TICKET)), ret(1)), brIf(0, tee(spins, i32.sub(spins, 1)))),
      drop(atomic.wait32(CONTROL.EPOCH, epoch, i64.const(-1n))),
      i32.const(1),
    ];
  });
}

interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly scratch: number;
  /** Addresses: of an f64 for the milliseconds spent in chunks, of words to set when the thread has started, and when it has trapped. */
  readonly busy: number;
  readonly started: number;
  readonly failed: number;
  readonly epoch: number;
}

/** The whole program of a worker; it travels as source text. */
function kernelThread({ module, memory, scratch, busy, started, failed, epoch }: ThreadData): void {
  const words = new Int32Array(memory.buffer);
  const times = new Float64Array(memory.buffer);
  Atomics.store(words, started / 4, 1);
  try {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const { drain, rest } = exports as Record<string, (argument: number) => number>;
    for (let seen = Atomics.load(words, epoch / 4); ; seen = Atomics.load(words, epoch / 4)) {
      const start = performance.now();
      drain!(scratch);
      times[busy / 8]! += performance.now() - start;
      if (rest!(seen) === 0) return;
    }
  } catch (error) {
    Atomics.store(words, failed / 4, 1);
    throw error;
  }
}

export interface TaskPoolOptions {
  readonly module: WebAssembly.Module;
  readonly taskNames: readonly string[];
  readonly memory: KernelMemory;
  readonly threads: number;
  readonly signal?: AbortSignal;
}

export class TaskPool {
  readonly threads: number;
  /** All functions of the module, to be called on this thread. */
  readonly exports: Readonly<Record<string, (...args: number[]) => number>>;
  /** This thread's scratch, for direct calls of `exports` while no job runs. */
  readonly scratch: number;
  readonly #tasks: ReadonlyMap<string, number>;
  readonly #memory: KernelMemory;
  readonly #workers: Thread[] = [];
  readonly #signal: AbortSignal | undefined;
  /** Address of an f64 a thread, this one's first: milliseconds in chunks. */
  readonly #busyTimes: number;
  #runningTime = 0;
  #job = 0;
  #last: Promise<void> = Promise.resolve();
  #ended: WattestError | undefined;
  #disposal: Promise<void> | undefined;

  constructor({ module, taskNames, memory, threads, signal }: TaskPoolOptions) {
    this.#memory = memory;
    this.#tasks = new Map(taskNames.map((name, i) => [name, i]));
    this.#signal = signal;
    this.threads = memory.shared ? threads : 1;
    const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } });
    this.exports = instance.exports as unknown as typeof this.exports;
    this.scratch = memory.allocate(SCRATCH_BYTES);
    // All memory before the first thread: running out of it must not leave threads behind.
    const scratches = Array.from({ length: this.threads - 1 }, () => memory.allocate(SCRATCH_BYTES));
    this.#busyTimes = memory.allocateZeroed(8 * this.threads);
    const startedWords = memory.allocateZeroed(4 * this.threads);
    const { FAILED: failed, EPOCH: epoch } = CONTROL;
    for (const [i, scratch] of scratches.entries()) {
      const [busy, started] = [this.#busyTimes + 8 * (i + 1), startedWords + 4 * i];
      const data = { module, memory: memory.memory, scratch, busy, started, failed, epoch };
      const onError = (error: Error): void => {
        // A thread that may not start (a page's security policy) takes no chunks: the others do its work.
        if (Atomics.load(new Int32Array(memory.buffer), started / 4) !== 0) this.#fail(error);
      };
      this.#workers.push(spawnThread(kernelThread, data, onError));
    }
  }

  /** Milliseconds so far: with a job at work, and in its chunks, of all threads together. */
  times(): { readonly running: number; readonly busy: number } {
    const { f64 } = this.#memory;
    const first = this.#busyTimes / 8;
    return {
      running: this.#runningTime,
      busy: f64.subarray(first, first + this.threads).reduce((sum, time) => sum + time, 0),
    };
  }

  /**
   * Runs chunks `0 … chunks − 1` of a task and resolves when all are done. `args` are 32-bit words, at the task's second
   * parameter. Jobs run one after another.
   */
  async run(task: string, args: readonly number[], chunks: number): Promise<void> {
    const entry = this.#tasks.get(task);
    if (entry === undefined) throw new RangeError(`no task ${task}`);
    if (4 * args.length > ARGUMENTS_BYTES) throw new RangeError(`${args.length} arguments for ${task}`);
    const before = this.#last;
    const job = before.then(() => this.#run(entry, args, chunks));
    this.#last = job.catch(() => {});
    await job;
  }

  async #run(entry: number, args: readonly number[], chunks: number): Promise<void> {
    this.#check();
    if (chunks <= 0) return;
    const words = new Int32Array(this.#memory.buffer, 0, (ARGUMENTS_BASE + ARGUMENTS_BYTES) / 4);
    for (let i = 0; i < args.length; i++) words[ARGUMENTS_BASE / 4 + i] = args[i];
    words[CONTROL.TASK / 4] = entry;
    words[CONTROL.COUNT / 4] = chunks;
    Atomics.store(words, CONTROL.DONE / 4, 0);
    this.#job = (this.#job + 1) & 0x7fffffff;
    const tickets = new BigInt64Array(this.#memory.buffer, 0, CONTROL.TICKET / 8 + 1);
    Atomics.store(tickets, CONTROL.TICKET / 8, (BigInt(this.#job) << 32n) + BigInt(chunks));
    if (chunks > 1 && this.threads > 1) {
      Atomics.store(words, CONTROL.EPOCH / 4, this.#job);
      Atomics.notify(words, CONTROL.EPOCH / 4);
    }
    const start = performance.now();
    let turn = start;
    const worked = (now: number): void => {
      this.#memory.f64[this.#busyTimes / 8] += now - turn;
    };
    for (let more = true; more; ) {
      more = this.#step();
      const now = performance.now();
      if (more && now - turn < TURN_MS) continue;
      worked(now);
      if (more) {
        await nextTurn();
        this.#check();
      }
      turn = performance.now();
    }
    while (Atomics.load(words, CONTROL.DONE / 4) < chunks) {
      if (Atomics.load(words, CONTROL.FAILED / 4) !== 0) this.#fail(new Error('a kernel thread trapped'));
      if (performance.now() - turn < 0.1) continue;
      await nextTurn();
      this.#check();
    }
    this.#runningTime += performance.now() - start;
  }

  /** Runs a chunk if there is one. A trap ends the engine: other threads may be in the middle of the job. */
  #step(): boolean {
    try {
      return this.exports['step'](this.scratch) === 1;
    } catch (error) {
      throw this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #check(): void {
    if (this.#signal?.aborted) this.#end(aborted('interrupted'));
    if (this.#ended !== undefined) throw this.#ended;
  }

  #fail(cause: Error): WattestError {
    const error = new WattestError('INTERNAL', `a kernel thread failed: ${cause.message}`, {
      fix: 'Report it; a single thread (threads: 1) may work meanwhile',
      cause,
    });
    this.#end(error);
    return error;
  }

  /** No chunk is given out any more; chunks being run end by themselves or with their thread. */
  #end(reason: WattestError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    const tickets = new BigInt64Array(this.#memory.buffer, 0, CONTROL.TICKET / 8 + 1);
    Atomics.store(tickets, CONTROL.TICKET / 8, 0n);
  }

  /** Ends all threads; pending jobs reject with `ABORTED`. Resolves when the threads are gone, whoever asks. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    this.#end(aborted('interrupted: the engine was disposed'));
    const words = new Int32Array(this.#memory.buffer, 0, ARGUMENTS_BASE / 4);
    Atomics.store(words, CONTROL.QUIT / 4, 1);
    Atomics.add(words, CONTROL.EPOCH / 4, 1);
    Atomics.notify(words, CONTROL.EPOCH / 4);
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }
}

function aborted(what: string): WattestError {
  return new WattestError('ABORTED', what, { fix: 'Start again' });
}
