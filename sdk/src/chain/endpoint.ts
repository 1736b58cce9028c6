/** Which URLs an endpoint can have, looked at before anything is asked there. */
import { fail } from '../errors/index.ts';

/** Of what is asked by requests: all that the command, Hardhat and the plain clients of viem and ethers speak. */
const REQUESTS = ['http', 'https'];
/** Of clients that hold a connection. */
const SOCKETS = ['ws', 'wss'];

const begins = (schemes: readonly string[]): string => schemes.map((scheme) => `${scheme}://`).join(' or ');

/** For whoever names an endpoint. */
const ENDPOINT_FIX = `Give a whole URL that begins with ${begins(REQUESTS)}`;
/** For whoever makes the client. */
export const CLIENT_FIX: string = `Give the client a whole URL that begins with ${begins(REQUESTS)}; one with ${begins(SOCKETS)} is for webSocket of viem and WebSocketProvider of ethers`;
export const SOCKET_FIX: string = `Give the client of WebSockets a URL that begins with ${begins(SOCKETS)}`;

const SCHEME = /^\s*([a-z][a-z\d+.-]*):(\/\/)?/i;

/**
 * @param where the network, or who asks: the URL itself may hold an access key
 * @throws ENDPOINT_INVALID for a URL that no request can be sent to
 */
export function requireEndpoint(url: string, where: string, fix: string = ENDPOINT_FIX): void {
  const [, scheme = '', slashes] = SCHEME.exec(url) ?? [];
  const isKnown = REQUESTS.includes(scheme.toLowerCase());
  // Client libraries repeat what they cannot read, with the key in it.
  if (isKnown && isReadable(url)) return;
  // Before a colon alone stands a host, or a name.
  const begun = slashes ? `begins with ${scheme}://` : 'does not say how it is reached';
  fail('ENDPOINT_INVALID', `the URL of the endpoint ${isKnown ? 'is malformed' : begun}`, { where, fix });
}

function isReadable(url: string): boolean {
  try {
    return new URL(url).host !== '';
  } catch {
    return false;
  }
}

/** Of a client that somebody made; a page's may be relative to it. @throws as {@link requireEndpoint} */
export function requireClientEndpoint(url: string | undefined, library: 'viem' | 'ethers'): void {
  if (url !== undefined && SCHEME.test(url)) requireEndpoint(url, library, CLIENT_FIX);
}
