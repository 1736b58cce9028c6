/** Workers of pages and of Node behind one interface. */
import { nodeProcess } from '../platform/node.ts';
import type { Reply, Request } from './messages.ts';

export interface ProverThread {
  post(request: Request): void;
  /** Ends it at once, whatever it does. */
  terminate(): void;
  /** Whether a Node process stays for it; nothing in a page. */
  hold(held: boolean): void;
}

export interface ThreadEvents {
  readonly onReply: (reply: Reply) => void;
  /** It did not start, or ended without being told to. @param why undefined where the platform does not say */
  readonly onLost: (why: string | undefined) => void;
}

/** Of bundlers that do not find the worker by themselves: starts one that imports `wattest/worker/host`. */
export type StartWorker = () => Worker;

export function startThread(start: StartWorker | undefined, events: ThreadEvents): ProverThread {
  if (nodeProcess() !== undefined && start === undefined) return startNodeThread(events);
  // In these words, which bundlers look for.
  const worker =
    start?.() ?? new Worker(new URL('./host.ts', import.meta.url), { type: 'module', name: 'wattest' });
  worker.onmessage = ({ data }: MessageEvent<Reply>) => events.onReply(data);
  // One that cannot be loaded sends an event without a message.
  worker.onerror = ({ message }) => events.onLost(message);
  worker.onmessageerror = () => events.onLost('its answer could not be read');
  return { post: (request) => worker.postMessage(request), terminate: () => worker.terminate(), hold() {} };
}

function startNodeThread({ onReply, onLost }: ThreadEvents): ProverThread {
  const { Worker } = nodeProcess()!.getBuiltinModule('node:worker_threads');
  // Beside this file, which is .js in the package.
  const worker = new Worker(new URL(import.meta.url.replace(/thread(?=\.[jt]s)/, 'host')), {
    name: 'wattest',
    execArgv: [],
  });
  let ended = false;
  const lost = (why: string): void => {
    if (!ended) onLost(why);
  };
  worker.on('message', onReply);
  worker.on('error', (error) => lost(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => lost(`it ended with code ${code}`));
  worker.unref();
  return {
    post: (request) => worker.postMessage(request),
    terminate: () => {
      ended = true;
      void worker.terminate();
    },
    hold: (held) => (held ? worker.ref() : worker.unref()),
  };
}
