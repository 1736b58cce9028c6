/**
 * Servers that speak the documented APIs of Sourcify and Etherscan, version 2 each: no network is reached from tests. They compile what they are given, and compare it with the
 * code on the chain and with the address, as the services do.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import solc from 'solc';
import type { Hex, PublicClient } from 'viem';
import { type Deployment, isCode } from '../../../sdk/src/chain/deployments.ts';
import { create2Address } from '../../../sdk/src/chain/factory.ts';
import { abiDigits } from '../../../sdk/src/solidity/abi.ts';
import { immutablesOf } from '../../../sdk/src/solidity/compile.ts';
import { SOLC_LONG_VERSION } from '../../../sdk/src/solidity/settings.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}
/** Or whatever is done with the connection in place of an answer. */
export type Reply = readonly [status: number, json: unknown] | ((response: ServerResponse) => void);
export type Answer = (asked: Asked) => Reply | Promise<Reply>;

export interface ExplorerServer {
  readonly url: string;
  /** What it was asked, in order. */
  asked: Asked[];
  /** What it answers. */
  answer: Answer;
  close(): void;
}

export async function openServer(): Promise<ExplorerServer> {
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const one = { method: request.method!, url: request.url!, body };
      opened.asked.push(one);
      const reply = await opened.answer(one);
      if (typeof reply === 'function') return reply(response);
      response.writeHead(reply[0], { 'content-type': 'application/json' }).end(JSON.stringify(reply[1]));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const opened: ExplorerServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer: () => [404, {}],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return opened;
}

export interface Explorers {
  /** Takes, is asked twice, and knows what it has verified. Under `/server`. */
  sourcify(): Answer;
  /** A form, then a GUID that is asked for. At `/v2/api`. */
  etherscan(): Answer;
}

export function explorersOf({
  client,
  chainId,
  deployment,
  key,
}: {
  readonly client: Pick<PublicClient, 'getCode'>;
  readonly chainId: number;
  readonly deployment: () => Deployment;
  /** The only one that Etherscan takes. */
  readonly key: string;
}): Explorers {
  /** Whether the source is that of what stands at the address, to the byte. */
  async function matches(address: Hex, identifier: string, input: unknown, given?: string): Promise<boolean> {
    const { verifiers, registry, timelock } = deployment();
    const { contracts } = compiledOf(JSON.stringify(input));
    const at = identifier.lastIndexOf(':');
    const { evm } = contracts[identifier.slice(0, at)][identifier.slice(at + 1)];
    const own = [...verifiers, registry, timelock!].find((each) => each.address === address.toLowerCase())!;
    const code = (await client.getCode({ address }))!;
    const { object, immutableReferences } = evm.deployedBytecode;
    const initcode: Hex = `0x${evm.bytecode.object}${given ?? abiDigits(own.constructorArguments)}`;
    return (
      isCode(code, `0x${object}`, immutablesOf(immutableReferences)) &&
      create2Address(own.salt!, initcode).toLowerCase() === own.address
    );
  }

  function sourcify(): Answer {
    const jobs: { done: boolean; match: boolean; address: string }[] = [];
    return async ({ method, url: path, body }) => {
      const [, id, address] = /^\/server\/v2\/verify\/(\d+)\/(0x\w{40})$/.exec(path) ?? [];
      if (method === 'POST') {
        assert.equal(id, String(chainId));
        if (jobs.some((job) => job.address === address && job.match))
          return [409, { customCode: 'already_verified', message: 'already verified', errorId: 'x' }];
        const { stdJsonInput, compilerVersion, contractIdentifier } = JSON.parse(body);
        assert.equal(compilerVersion, SOLC_LONG_VERSION);
        const match = await matches(address as Hex, contractIdentifier, stdJsonInput);
        return [202, { verificationId: String(jobs.push({ done: false, match, address: address! }) - 1) }];
      }
      const job = jobs[Number(/^\/server\/v2\/verify\/(\d+)$/.exec(path)![1])]!;
      if (!job.done) {
        job.done = true;
        return [200, { isJobCompleted: false, contract: { match: null } }];
      }
      const contract = { match: job.match ? 'match' : null };
      const error = { customCode: 'no_match', message: 'The onchain and recompiled bytecodes do not match.' };
      return [200, { isJobCompleted: true, contract, ...(job.match ? {} : { error }) }];
    };
  }

  function etherscan(): Answer {
    const jobs: { done: boolean; match: boolean }[] = [];
    return async ({ url: path, body }) => {
      assert.equal(path, `/v2/api?chainid=${chainId}`);
      const form = new URLSearchParams(body);
      assert.equal(form.get('module'), 'contract');
      if (form.get('apikey') !== key)
        return [200, { status: '0', message: 'NOTOK', result: 'Invalid API Key' }];
      if (form.get('action') === 'verifysourcecode') {
        assert.equal(form.get('compilerversion'), `v${SOLC_LONG_VERSION}`);
        assert.equal(form.get('codeformat'), 'solidity-standard-json-input');
        const match = await matches(
          form.get('contractaddress') as Hex,
          form.get('contractname')!,
          JSON.parse(form.get('sourceCode')!),
          form.get('constructorArguements')!,
        );
        return [200, { status: '1', message: 'OK', result: `guid${jobs.push({ done: false, match }) - 1}` }];
      }
      const job = jobs[Number(form.get('guid')!.slice(4))]!;
      if (!job.done) {
        job.done = true;
        return [200, { status: '0', message: 'NOTOK', result: 'Pending in queue' }];
      }
      return job.match
        ? [200, { status: '1', message: 'OK', result: 'Pass - Verified' }]
        : [200, { status: '0', message: 'NOTOK', result: 'Fail - Unable to verify' }];
    };
  }
  return { sourcify, etherscan };
}

/** Once each: the registry takes a minute. */
const compiled = new Map<string, ReturnType<typeof JSON.parse>>();

function compiledOf(text: string): ReturnType<typeof JSON.parse> {
  if (!compiled.has(text)) compiled.set(text, JSON.parse(solc.compile(text)));
  return compiled.get(text);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
