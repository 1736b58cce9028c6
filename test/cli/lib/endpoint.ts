/** An endpoint between the command and a chain that lies or fails where a test says so. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params?: readonly unknown[];
}

export interface Endpoint {
  readonly url: string;
  /** Methods that were asked for, in order. */
  readonly methods: string[];
  close(): Promise<void>;
}

/** @param answer the result in place of the chain's, or undefined for the chain's own; what it throws is the error */
export async function endpoint(
  chain: string,
  answer: (call: Call) => unknown = () => undefined,
): Promise<Endpoint> {
  const methods: string[] = [];
  const one = async (call: Call): Promise<unknown> => {
    methods.push(call.method);
    const head = { jsonrpc: '2.0', id: call.id };
    try {
      const result = answer(call);
      if (result !== undefined) return { ...head, result };
    } catch (error) {
      return { ...head, error: { code: -32000, message: (error as Error).message } };
    }
    const headers = { 'content-type': 'application/json' };
    return (await fetch(chain, { method: 'POST', headers, body: JSON.stringify(call) })).json();
  };
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString()) as Call | Call[];
    const result = Array.isArray(body) ? await Promise.all(body.map(one)) : await one(body);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(result));
  };
  const server = createServer((request, response) => {
    reply(request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    methods,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
