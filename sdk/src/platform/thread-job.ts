/** Work that holds up the thread it is on until it is done, such as a compiler's. */
import { nodeProcess } from './node.ts';

/**
 * `body(data)`: here, or with a signal on a thread of its own, which the signal ends whatever it does. The body travels as source text: it must not
 * refer to anything outside itself but globals, and import modules by their addresses. Data and result are copied. Where there are no threads of Node
 * it is done here, and the signal looked at before and after.
 * @throws what the body throws, and an error without a meaning of its own where it was aborted: see `signal.aborted`
 */
export async function runAbortable<T, R>(
  body: (data: T) => Promise<R>,
  data: T,
  signal?: AbortSignal,
): Promise<R> {
  signal?.throwIfAborted();
  const node = nodeProcess();
  if (signal === undefined || node === undefined) {
    const result = await body(data);
    signal?.throwIfAborted();
    return result;
  }
  const { Worker } = node.getBuiltinModule('node:worker_threads');
  const source = `{
    const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
    (${body})(workerData).then((result) => parentPort.postMessage(result));
  }`;
  const worker = new Worker(source, { eval: true, workerData: data, execArgv: [] });
  let stop: (() => void) | undefined;
  try {
    return await new Promise<R>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the thread ended with ${code}`)));
      stop = () => reject(new Error('the thread was ended', { cause: signal.reason }));
      signal.addEventListener('abort', stop, { once: true });
    });
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
