/** Endpoints and wallets that give no answer: why, by each client library, from servers that do as such ones do. */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FetchRequest, JsonRpcProvider } from 'ethers';
import { createClient, fallback, type Hex, http, type Transport, webSocket } from 'viem';
import type { ErrorCode, WattestError } from '../../sdk/src/errors/index.ts';
import * as ethers from '../../sdk/src/ethers.ts';
import * as viem from '../../sdk/src/viem.ts';
import { refused } from '../lib/verdict.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from './fixture.ts';
import { LIBRARIES } from './libraries.ts';

const ANY: Hex = `0x${'12'.repeat(20)}`;

/** Asks any question of the endpoint at a URL. */
const ASKS: Readonly<Record<string, (url: string, limits: object) => Promise<unknown>>> = {
  viem: (url, limits) => {
    const client = createClient({ transport: http(url, { retryCount: 0 }) });
    return viem.readVerifier(client, { verifier: ANY, ...limits });
  },
  ethers: async (url, limits) => {
    // ethers would ask ten times more after 429, and for ever where it does not know the chain.
    const request = new FetchRequest(url);
    request.setThrottleParams({ maxAttempts: 1 });
    const provider = new JsonRpcProvider(request, 31337, { staticNetwork: true });
    try {
      return await ethers.readVerifier(provider, { verifier: ANY, ...limits });
    } finally {
      provider.destroy();
    }
  },
};

interface Case {
  readonly answer: (response: ServerResponse) => void;
  readonly code: ErrorCode;
  readonly message: RegExp;
}
const status =
  (number: number, body = ''): Case['answer'] =>
  (response) => {
    response.writeHead(number, { 'content-type': 'text/html' }).end(body);
  };
const CASES: Readonly<Record<string, Case>> = {
  'wants a key': {
    answer: status(401),
    code: 'ENDPOINT_REFUSED',
    message: /does not let this client in \(HTTP 401\)/,
  },
  'forbids it': { answer: status(403), code: 'ENDPOINT_REFUSED', message: /HTTP 403/ },
  'has had enough': { answer: status(429), code: 'ENDPOINT_REFUSED', message: /too many requests/ },
  'is a page': { answer: status(200, '<html></html>'), code: 'CHAIN_UNREACHABLE', message: /no JSON-RPC/ },
  'is nowhere': { answer: status(404, 'not found'), code: 'CHAIN_UNREACHABLE', message: /HTTP 404/ },
  'is broken': { answer: status(502), code: 'CHAIN_UNREACHABLE', message: /HTTP 502/ },
  'hangs up': { answer: (response) => response.destroy(), code: 'CHAIN_UNREACHABLE', message: /no answer/ },
  'is silent': { answer: () => {}, code: 'CHAIN_UNREACHABLE', message: /has not answered for 0.2 s/ },
};

describe('endpoints that give no answer', () => {
  let url: string;
  let close: () => Promise<void>;
  let answer: Case['answer'] = () => {};
  let chain: TestChain;

  before(async () => {
    chain = await connectChain();
    const server = createServer((_, response) => answer(response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ACCESSKEY`;
    close = () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
  });
  after(async () => {
    await close();
    await chain.close();
  });

  for (const [library, ask] of Object.entries(ASKS)) {
    describe(`asked by ${library}`, () => {
      for (const [name, { answer: own, code, message }] of Object.entries(CASES)) {
        it(`one that ${name}`, async () => {
          answer = own;
          await assert.rejects(
            ask(url, { requestTimeout: name === 'is silent' ? 200 : 20_000 }),
            (error: Error) => {
              assert.equal((error as { code?: unknown }).code, code, String(error));
              assert.match(error.message, message);
              assert.doesNotMatch(error.message, /ACCESSKEY/);
              return true;
            },
          );
        });
      }

      it('none at all', () =>
        refused(
          ask('http://127.0.0.1:1', {}),
          'CHAIN_UNREACHABLE',
          /nothing listens there|cannot be reached/,
        ));

      it('none that can be asked by such a URL', async () => {
        for (const [other, message] of [
          ['ftp://ACCESSKEY.example', /begins with ftp:\/\/$/],
          ['ws://127.0.0.1/ACCESSKEY', /begins with ws:\/\/$/],
          ['localhost:8545', /does not say how it is reached$/],
          ['http://127.0.0.1:99999/ACCESSKEY', /is malformed$/],
          ['https://ACCESS KEY/', /is malformed$/],
        ] as const)
          await assert.rejects(ask(other, {}), (error: WattestError) => {
            assert.equal(error.code, 'ENDPOINT_INVALID', String(error));
            assert.match(error.message, message);
            assert.match(error.fix, /begins with http:\/\/ or https:\/\/; one with ws:\/\/ or wss:\/\//);
            assert.doesNotMatch(error.message, /ACCESS ?KEY/);
            return true;
          });
        answer = status(404);
        await refused(ask(url, {}), 'CHAIN_UNREACHABLE', /HTTP 404/);
      });

      it('a silent one is given up when the caller gives up', async () => {
        answer = () => {};
        const stop = new AbortController();
        const asking = ask(url, { signal: stop.signal });
        setTimeout(() => stop.abort(), 30);
        await refused(asking, 'ABORTED', /interrupted while the chain was asked/);
      });
    });
  }

  it('none that can be asked, among several of viem, or by a WebSocket', async () => {
    const asks = (transport: Transport): Promise<unknown> =>
      viem.readVerifier(createClient({ transport }), { verifier: ANY });
    await refused(asks(http('/ACCESSKEY', { retryCount: 0 })), 'ENDPOINT_INVALID', /is malformed$/);
    await refused(asks(fallback([http(url), http('ftp://x')])), 'ENDPOINT_INVALID', /begins with ftp/);
    await assert.rejects(asks(webSocket('ftp://x', { retryCount: 0 })), {
      code: 'ENDPOINT_INVALID',
      fix: /begins with ws:\/\/ or wss:\/\/$/,
    });
    const nobody = webSocket('ws://127.0.0.1:1', { retryCount: 0, reconnect: false });
    await assert.rejects(asks(nobody), ({ code }: WattestError) => code !== 'ENDPOINT_INVALID');
  });

  for (const [library, open] of Object.entries(LIBRARIES)) {
    describe(`sent to by ${library}`, () => {
      const deploy = async (request?: Parameters<typeof open>[1]): Promise<unknown> =>
        (await open(chain, request)).deployVerifier({ contract: { bytecode: '0x60006000f3' } });

      it('an account without coins', async () => {
        const account = chain.wallet.account.address;
        const before = await chain.client.getBalance({ address: account });
        const set = (balance: bigint): Promise<unknown> =>
          chain.provider.request({
            method: 'hardhat_setBalance',
            params: [account, `0x${balance.toString(16)}`],
          });
        await set(1n);
        try {
          await refused(deploy(), 'FUNDS_INSUFFICIENT', /has not the funds/);
        } finally {
          await set(before);
        }
      });

      it('a wallet whose owner says no', async () => {
        const asked = deploy((call) =>
          call.method === 'eth_sendTransaction'
            ? Promise.reject(Object.assign(new Error('User rejected the request.'), { code: 4001 }))
            : chain.provider.request(call),
        );
        await refused(asked, 'WALLET_REFUSED', /refused to sign/);
      });

      it('a contract that is none is still said to be none', async () => {
        const actions = await open(chain);
        const deploying = actions.deployRegistry({ verifier: ANY, cannotReturn: CANNOT_RETURN });
        await refused(deploying, 'CHAIN_REJECTED', /VerifierInvalid/);
      });
    });
  }
});
