/** Which URLs an endpoint can have, looked at before anything is asked there. */
import { fail } from '../errors/index.ts';

/** Of what is asked by requests: all that the command, Hardhat and the plain clients of viem and ethers speak. */
const REQUESTS = ['http', 'https'];
/** Of clients that hold a connection. */
const SOCKETS = ['ws', 'wss'];

const begins = (schemes: readonly string[]): string => schemes.map((scheme) => `${scheme}://`).join(' or ');

/** For whoever names an endpoint. */
const ENDPOINT_FIX = `Give a URL that begins with ${begins(REQUESTS)}`;
/** For whoever makes the client. */
const CLIENT_FIX = `Give the client a URL that begins with ${begins(REQUESTS)}; one with ${begins(SOCKETS)} is for webSocket of viem and WebSocketProvider of ethers`;
export const SOCKET_FIX: string = `Give the client of WebSockets a URL that begins with ${begins(SOCKETS)}`;

const SCHEME = /^\s*([a-z][a-z\d+.-]*):(\/\/)?/i;

/**
 * @param where the network, or who asks: the URL itself may hold an access key
 * @throws ENDPOINT_INVALID for a URL that no request can be sent to
 */
export function requireEndpoint(url: string, where: string, fix: string = ENDPOINT_FIX): void {
  const [, scheme = '', slashes] = SCHEME.exec(url) ?? [];
  if (REQUESTS.includes(scheme.toLowerCase())) return;
  // Before a colon alone stands a host, or a name.
  const problem = slashes
    ? `the URL of the endpoint begins with ${scheme}://`
    : 'the URL of the endpoint does not say how it is reached';
  fail('ENDPOINT_INVALID', problem, { where, fix });
}

/** Of a client that somebody made; a page's may be relative to it. @throws as {@link requireEndpoint} */
export function requireClientEndpoint(url: string | undefined, library: 'viem' | 'ethers'): void {
  if (url !== undefined && SCHEME.test(url)) requireEndpoint(url, library, CLIENT_FIX);
}
