/** Threads and event loop of the platform, Node or browser, behind one small interface. */
import { nodeProcess } from './node.ts';

interface Scope {
  readonly crossOriginIsolated?: boolean;
  readonly setImmediate?: (callback: () => void) => void;
}

const scope: Scope = globalThis as unknown as Scope;

/** How many threads can run at once. */
export function parallelism(): number {
  const node = nodeProcess();
  if (node) return node.getBuiltinModule('node:os').availableParallelism();
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether memory can be shared with other threads: always in Node, in pages that are cross-origin isolated. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  return nodeProcess() !== undefined || scope.crossOriginIsolated === true;
}

export interface Thread {
  /** Ends the thread at once, whatever it does. */
  terminate(): Promise<void>;
}

/**
 * Starts a thread that runs `body(data)`. The body travels as source text: it must not refer to anything outside
 * itself but globals (no file to be found by bundlers, but pages with a security policy must allow `worker-src blob:`). The
 * thread does not keep a Node process alive.
 */
export function spawnThread<T>(body: (data: T) => void, data: T, onError: (error: Error) => void): Thread {
  const node = nodeProcess();
  if (node) {
    const { Worker } = node.getBuiltinModule('node:worker_threads');
    const source = `(${body})(process.getBuiltinModule('node:worker_threads').workerData)`;
    const worker = new Worker(source, { eval: true, workerData: data, execArgv: [] });
    worker.on('error', onError);
    worker.unref();
    return {
      terminate: async () => {
        await worker.terminate();
      },
    };
  }
  const source = `self.onmessage = (event) => (${body})(event.data)`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  let worker: Worker | undefined;
  try {
    worker = new Worker(url);
    // A worker that may not start sends an event without a message.
    worker.onerror = ({ message }) => onError(new Error(message ?? 'the worker did not start'));
    worker.postMessage(data);
  } catch (error) {
    // Some browsers say so at once.
    onError(error as Error);
  }
  return {
    terminate: async () => {
      worker?.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** Resolves after the event loop has had a turn (timers, signals, rendering). */
export function nextTurn(): Promise<void> {
  const { setImmediate } = scope;
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** The first release of Node whose V8 makes fast code of the kernels. */
const FAST_MAJOR = 24;

let slownessTold = false;

/** Once in a process: what an older Node costs. Undefined elsewhere. */
export function slowNode(): string | undefined {
  const version = nodeProcess()?.versions.node;
  if (slownessTold || version === undefined || Number.parseInt(version, 10) >= FAST_MAJOR) return undefined;
  slownessTold = true;
  return (
    `Node ${version} proves more slowly than Node ${FAST_MAJOR}: its WebAssembly compiler makes slower code of 128-bit arithmetic and none of 256 bits ` +
    '(the same proof took 8 times the processor time on Node 20, twice on Node 22)'
  );
}

/**
 * Lets V8 fuse two 128-bit operations into one of 256 bits in modules compiled from now on, where this V8 is known
 * to do it well (Node 24 and later on x64). Returns whether it was asked to.
 */
export function enableWideSimd(): boolean {
  const node = nodeProcess();
  const major = Number.parseInt(node?.versions?.node ?? '0', 10);
  if (node === undefined || node.arch !== 'x64' || major < FAST_MAJOR || major > 26) return false;
  node.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-revectorize');
  return true;
}
