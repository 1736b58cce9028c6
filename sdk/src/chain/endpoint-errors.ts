/** Why an endpoint or a wallet gave no answer, whichever client library says so. */
import { type ErrorCode, WattestError } from '../errors/index.ts';
import { CLIENT_FIX, SOCKET_FIX } from './endpoint.ts';

interface Reason {
  readonly code: ErrorCode;
  readonly problem: string;
  readonly fix: string;
}

const REACH = 'Start the node, or check the endpoint';

/** Codes that client libraries, wallets and the network give to it. */
const BY_CODE: Readonly<Record<string, Reason>> = {
  INSUFFICIENT_FUNDS: funds(),
  InsufficientFundsError: funds(),
  ACTION_REJECTED: rejected(),
  UserRejectedRequestError: rejected(),
  '4001': rejected(),
  ChainMismatchError: elsewhere(),
  TimeoutError: unreachable('it does not answer'),
  TIMEOUT: unreachable('it does not answer'),
  ECONNREFUSED: unreachable('nothing listens there'),
  ECONNRESET: unreachable('it closes the connection'),
  UND_ERR_SOCKET: unreachable('it closes the connection'),
  ENOTFOUND: unreachable('there is no such host'),
  EAI_AGAIN: unreachable('there is no such host'),
  ETIMEDOUT: unreachable('it does not answer'),
  UND_ERR_CONNECT_TIMEOUT: unreachable('it does not answer'),
};

function funds(): Reason {
  return {
    code: 'FUNDS_INSUFFICIENT',
    problem: 'the account has not the funds for gas and fee',
    fix: 'Send coins of this chain to the account, or use another account',
  };
}

function rejected(): Reason {
  return {
    code: 'WALLET_REFUSED',
    problem: 'the wallet refused to sign',
    fix: 'Try again, and confirm in the wallet',
  };
}

function elsewhere(): Reason {
  return {
    code: 'CHAIN_MISMATCH',
    problem: 'the client is on another chain than the one that is signed for',
    fix: 'Switch the wallet to this chain, or use the deployment of the other one',
  };
}

function unreachable(why: string): Reason {
  return { code: 'CHAIN_UNREACHABLE', problem: `the endpoint gives no answer: ${why}`, fix: REACH };
}

/** An HTTP status that is none of success. */
function ofStatus(status: number): Reason {
  if (status === 429 || status === ETHERS_THROTTLED) {
    return {
      code: 'ENDPOINT_REFUSED',
      problem: 'the endpoint has had too many requests (HTTP 429)',
      fix: 'Wait and try again, or use an endpoint of your own',
    };
  }
  if (status === 401 || status === 403) {
    return {
      code: 'ENDPOINT_REFUSED',
      problem: `the endpoint does not let this client in (HTTP ${status})`,
      fix: 'Check the access key in the URL of the endpoint',
    };
  }
  return {
    code: 'CHAIN_UNREACHABLE',
    problem: `the endpoint answers with HTTP ${status}: ${status >= 500 ? 'it is broken' : 'there is no JSON-RPC at this URL'}`,
    fix: REACH,
  };
}

/** What nodes say, which have no code for it. */
const BY_TEXT: readonly (readonly [RegExp, Reason])[] = [
  [/insufficient funds|(?:doesn't|does not) have enough funds|exceeds the balance of the account/i, funds()],
  [/too many requests|rate limit|exceeded .{0,40}(?:capacity|compute units)/i, ofStatus(429)],
  [/user (?:rejected|denied)/i, rejected()],
  [/network changed: /i, elsewhere()],
  [
    /is not valid json|invalid json|unexpected token|invalid response|missing response/i,
    unreachable('what it says is no JSON-RPC'),
  ],
  [
    // One of a page's, say, that is asked elsewhere: they repeat it.
    /failed to parse url|invalid url/i,
    { code: 'ENDPOINT_INVALID', problem: 'the URL of the endpoint is malformed', fix: CLIENT_FIX },
  ],
  [
    // Of a client of WebSockets, whose URL is not known before.
    /expected a ws: or wss: url|URL's scheme must be/i,
    {
      code: 'ENDPOINT_INVALID',
      problem: 'the URL of the endpoint is none of a WebSocket',
      fix: SOCKET_FIX,
    },
  ],
  [/fetch failed|failed to fetch|networkerror/i, unreachable('it cannot be reached')],
];

/** Undefined where the error says nothing of these. */
export function endpointError(error: unknown, where: string): WattestError | undefined {
  const reason = reasonOf(layersOf(error));
  return reason && new WattestError(reason.code, reason.problem, { where, fix: reason.fix, cause: error });
}

type Layer = Readonly<Record<string, unknown>>;

/** The error and what it was caused by: client libraries wrap those of the network, and each other's. */
function layersOf(error: unknown): readonly Layer[] {
  const layers = new Set<Layer>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || layers.has(value as Layer)) return;
    layers.add(value as Layer);
    for (const name of ['cause', 'error', 'info', 'data']) visit((value as Layer)[name]);
  };
  visit(error);
  return [...layers];
}

function reasonOf(layers: readonly Layer[]): Reason | undefined {
  for (const { code, name } of layers) {
    for (const key of [code, name]) {
      const known = typeof key === 'string' || typeof key === 'number' ? BY_CODE[String(key)] : undefined;
      if (known !== undefined) return known;
    }
  }
  const status = layers.map(statusOf).find((found) => found !== undefined);
  if (status !== undefined) return ofStatus(status);
  for (const { message, details, shortMessage } of layers) {
    const text = [message, details, shortMessage].filter((part) => typeof part === 'string').join(' ');
    const found = BY_TEXT.find(([pattern]) => pattern.test(text));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** What ethers makes of 429 when it has asked as often as it may. */
const ETHERS_THROTTLED = 599;

/** viem has a number, ethers a text: `401 Unauthorized`. */
function statusOf({ status, responseStatus }: Layer): number | undefined {
  const number = typeof responseStatus === 'string' ? Number.parseInt(responseStatus, 10) : status;
  return typeof number === 'number' && number >= 400 && number < 600 ? number : undefined;
}
