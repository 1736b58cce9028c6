/**
 * `wattest verify-source` against servers that speak the documented APIs of Sourcify and Etherscan, version 2 each: no network is reached from here. They compile what they are given,
 * and compare it with the code on the chain and with the address, as the services do.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import solc from 'solc';
import type { Hex } from 'viem';
import { writeDeployment } from '../../sdk/src/chain/deployment-files.ts';
import { type Deployment, isCode } from '../../sdk/src/chain/deployments.ts';
import { create2Address } from '../../sdk/src/chain/factory.ts';
import { encodedArguments, submitSource } from '../../sdk/src/cli/explorers.ts';
import { compileVerifier, immutablesOf } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { SOLC_LONG_VERSION } from '../../sdk/src/solidity/settings.ts';
import { deploy } from '../../sdk/src/viem.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from '../chain/fixture.ts';
import { makeToy } from '../plonk/toy.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

const KEY = 'SECRETKEYOFETHERSCAN';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}
type Reply = readonly [status: number, json: unknown];

describe('command line, verify-source', () => {
  let chain: TestChain;
  let folder: string;
  let deployment: Deployment;
  let url: string;
  let close: () => void;
  /** What the server answers. */
  let answer: (asked: Asked) => Reply | Promise<Reply>;
  let asked: Asked[] = [];

  before(async () => {
    chain = await connectChain();
    folder = mkdtempSync(join(tmpdir(), 'wattest-sources-'));
    const generated = generateVerifier((await makeToy()).key.key);
    const result = await deploy(chain.wallet, {
      ...{
        network: 'net',
        generated,
        contract: await compileVerifier(generated),
        cannotReturn: CANNOT_RETURN,
      },
      timelock: { minDelay: 60, proposers: [chain.wallet.account.address, chain.other.account.address] },
    });
    ({ deployment } = result);
    await writeDeployment(folder, deployment, result.inputs);
    const server = createServer((request, response) => {
      void bodyOf(request).then(async (body) => {
        const one = { method: request.method!, url: request.url!, body };
        asked.push(one);
        const [status, json] = await answer(one);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => {
      server.close();
      server.closeAllConnections();
    };
  });
  beforeEach(() => {
    asked = [];
  });
  after(async () => {
    close();
    rmSync(folder, { recursive: true, force: true });
    await chain.close();
  });

  const command = (more: readonly string[] = [], key = ''): Promise<Outcome> =>
    wattest(
      [
        ...['verify-source', '--network', 'net', '--deployments', folder, '--pause', '1'],
        ...['--sourcify-url', `${url}/server/`, '--etherscan-url', `${url}/v2/api`, ...more],
      ],
      { ETHERSCAN_API_KEY: key },
    );

  /** Once each: the registry takes a minute. */
  const compiled = new Map<string, ReturnType<typeof JSON.parse>>();

  /** Whether the source is that of what stands at the address, to the byte. */
  async function matches(address: Hex, identifier: string, input: unknown, given?: string): Promise<boolean> {
    const text = JSON.stringify(input);
    if (!compiled.has(text)) compiled.set(text, JSON.parse(solc.compile(text)));
    const { contracts } = compiled.get(text)!;
    const at = identifier.lastIndexOf(':');
    const { evm } = contracts[identifier.slice(0, at)][identifier.slice(at + 1)];
    const own = [...deployment.verifiers, deployment.registry, deployment.timelock!].find(
      (each) => each.address === address.toLowerCase(),
    )!;
    const code = (await chain.client.getCode({ address }))!;
    const { object, immutableReferences } = evm.deployedBytecode;
    const initcode: Hex = `0x${evm.bytecode.object}${given ?? encodedArguments(own)}`;
    return (
      isCode(code, `0x${object}`, immutablesOf(immutableReferences)) &&
      create2Address(own.salt!, initcode).toLowerCase() === own.address
    );
  }

  /** Sourcify: takes, is asked twice, and knows what it has verified. */
  function sourcify(): (one: Asked) => Promise<Reply> {
    const jobs: { done: boolean; match: boolean; address: string }[] = [];
    return async ({ method, url: path, body }) => {
      const [, chainId, address] = /^\/server\/v2\/verify\/(\d+)\/(0x\w{40})$/.exec(path) ?? [];
      if (method === 'POST') {
        assert.equal(chainId, '31337');
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

  /** Etherscan: a form, then a GUID that is asked for. */
  function etherscan(): (one: Asked) => Promise<Reply> {
    const jobs: { done: boolean; match: boolean }[] = [];
    return async ({ url: path, body }) => {
      assert.equal(path, '/v2/api?chainid=31337');
      const form = new URLSearchParams(body);
      assert.equal(form.get('module'), 'contract');
      if (form.get('apikey') !== KEY)
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

  it('names the compiler as explorers do', () => {
    assert.ok(solc.version().startsWith(`${SOLC_LONG_VERSION}.`));
  });

  it('gives verifier, registry and timelock to both, whose compilers come to the deployed code', async () => {
    const servers = [sourcify(), etherscan()] as const;
    answer = (one) => servers[one.url.startsWith('/server') ? 0 : 1]!(one);
    const { code, out, err } = await command(['--json'], KEY);
    assert.equal(code, 0, err);
    const { results } = JSON.parse(out) as {
      results: { contract: string; service: string; outcome: string }[];
    };
    assert.deepEqual(
      results.map(({ contract, service, outcome }) => `${service} ${contract} ${outcome}`),
      ['sourcify', 'etherscan'].flatMap((service) =>
        ['WattestVerifier', 'AttestationRegistry', 'TimelockController'].map(
          (name) => `${service} ${name} verified`,
        ),
      ),
    );
    assert.doesNotMatch(`${out}${err}${asked.map((one) => one.url).join()}`, new RegExp(KEY));
    const again = await command(['--to', 'sourcify']);
    assert.match(again.out, /^AttestationRegistry +already verified by sourcify, 0x/m);
  });

  it('says why a service refuses', async () => {
    const path = join(folder, 'net.WattestVerifier.input.json');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, good.replace('"runs":1000000', '"runs":1'));
    answer = sourcify();
    const changed = await command(['--to', 'sourcify']);
    assert.match(
      changed.err,
      /\[SOURCE_REFUSED\] sourcify: The onchain and recompiled bytecodes do not match/,
    );
    assert.equal(changed.code, 1);
    writeFileSync(path, good);
    answer = etherscan();
    const foreign = await command(['--to', 'etherscan'], 'OTHERSECRET');
    assert.match(foreign.err, /\[SOURCE_REFUSED\] etherscan: Invalid API Key/);
    assert.doesNotMatch(foreign.err, /OTHERSECRET/);
  });

  it('keeps the key to itself: a reason that repeats it, another host that it is sent on to', async () => {
    answer = () => [200, { status: '0', result: `Invalid API key ${KEY}` }];
    const { err } = await command(['--to', 'etherscan'], KEY);
    assert.match(err, /\[SOURCE_REFUSED\] etherscan: Invalid API key …/);
    assert.ok(!err.includes(KEY));
    asked = [];
    let visits = 0;
    const elsewhere = createServer((_, response) => {
      visits++;
      response.writeHead(307, { location: `${url}/v2/api` }).end();
    });
    await new Promise<void>((resolve) => {
      elsewhere.listen(0, '127.0.0.1', resolve);
    });
    const { port } = elsewhere.address() as AddressInfo;
    const outcome = await wattest(
      [
        ...['verify-source', '--network', 'net', '--deployments', folder, '--pause', '1'],
        ...['--to', 'etherscan', '--etherscan-url', `http://127.0.0.1:${port}`],
      ],
      { ETHERSCAN_API_KEY: KEY },
    );
    elsewhere.close();
    elsewhere.closeAllConnections();
    assert.match(
      outcome.err,
      /\[EXPLORER_UNREACHABLE\] etherscan: it sends on.*HTTP 307[\s\S]*--etherscan-url/,
    );
    assert.deepEqual(asked, []);
    assert.equal(visits, 1, 'it stays so: it is not asked again');
  });

  it('tries again what may be over soon', async () => {
    const honest = sourcify();
    let count = 0;
    answer = (one) => (++count % 2 === 1 ? [count % 4 === 1 ? 429 : 503, {}] : honest(one));
    assert.equal((await command(['--to', 'sourcify'])).code, 0);
    answer = () => [500, {}];
    asked = [];
    const { code, err } = await command(['--to', 'sourcify']);
    assert.match(err, /\[EXPLORER_UNREACHABLE\] sourcify: it answers with HTTP 500/);
    assert.equal(code, 2);
    assert.equal(asked.length, 5);
  });

  it('is interrupted at once', async () => {
    const stop = new AbortController();
    answer = () => {
      stop.abort();
      return [429, {}];
    };
    const input = readFileSync(join(folder, 'net.WattestVerifier.input.json'), 'utf8');
    const service = { name: 'sourcify', url: `${url}/server`, pause: 600_000, signal: stop.signal } as const;
    await assert.rejects(
      submitSource(service, { chainId: 31337, contract: deployment.verifiers[0]!, input }),
      { code: 'ABORTED' },
    );
  });

  it('wants a key for Etherscan, and a chain that others see', async () => {
    answer = sourcify();
    assert.match((await command(['--to', 'etherscan'])).err, /\[USAGE\].*ETHERSCAN_API_KEY/);
    const own = await wattest(['verify-source', '--network', 'net', '--deployments', folder], {});
    assert.match(own.err, /\[USAGE\].*--sourcify-url/);
    assert.equal((await command(['--to', 'sourcify'])).code, 0);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
