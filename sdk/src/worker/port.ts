/** Of a worker, in a page or in Node: the port to whoever started it. Apart from `thread.ts`, so that the worker's file does not hold itself. */
import { nodeProcess } from '../platform/node.ts';
import type { Reply, Request } from './messages.ts';

export function callerPort(): {
  listen(listener: (request: Request) => void): void;
  post(reply: Reply): void;
} {
  const parent = nodeProcess()?.getBuiltinModule('node:worker_threads').parentPort;
  if (parent)
    return {
      listen: (listener) => parent.on('message', listener),
      post: (reply) => parent.postMessage(reply),
    };
  const scope = globalThis as unknown as Pick<Worker, 'onmessage' | 'postMessage'>;
  return {
    listen: (listener) => {
      scope.onmessage = ({ data }: MessageEvent<Request>) => listener(data);
    },
    post: (reply) => scope.postMessage(reply),
  };
}
