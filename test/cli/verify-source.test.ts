/** `wattest verify-source` against servers that do what Sourcify and Etherscan do (`lib/explorers.ts`). */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import solc from 'solc';
import { writeDeployment } from '../../sdk/src/chain/deployment-files.ts';
import type { Deployment } from '../../sdk/src/chain/deployments.ts';
import { readInput, type SourceOf, submitSource } from '../../sdk/src/cli/explorers.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { SOLC_LONG_VERSION } from '../../sdk/src/solidity/settings.ts';
import { deploy } from '../../sdk/src/viem.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from '../chain/fixture.ts';
import { makeToy } from '../plonk/toy.ts';
import { type ExplorerServer, type Explorers, explorersOf, openServer } from './lib/explorers.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

const KEY = 'SECRETKEYOFETHERSCAN';

describe('command line, verify-source', () => {
  let chain: TestChain;
  let folder: string;
  let deployment: Deployment;
  let server: ExplorerServer;
  let url: string;

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
    server = await openServer();
    ({ url } = server);
  });
  beforeEach(() => {
    server.asked = [];
  });
  after(async () => {
    server.close();
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

  const services = (): Explorers =>
    explorersOf({ client: chain.client, chainId: 31337, deployment: () => deployment, key: KEY });

  const verifierSource = (): SourceOf => {
    const path = join(folder, 'net.WattestVerifier.input.json');
    const source = readInput(readFileSync(path, 'utf8'), path);
    return { chainId: 31337, contract: deployment.verifiers[0]!, ...source };
  };

  it('names the compiler as explorers do', () => {
    assert.ok(solc.version().startsWith(`${SOLC_LONG_VERSION}.`));
  });

  it('gives verifier, registry and timelock to both, whose compilers come to the deployed code', async () => {
    const servers = [services().sourcify(), services().etherscan()] as const;
    server.answer = (one) => servers[one.url.startsWith('/server') ? 0 : 1]!(one);
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
    assert.doesNotMatch(`${out}${err}${server.asked.map((one) => one.url).join()}`, new RegExp(KEY));
    const again = await command(['--to', 'sourcify']);
    assert.match(again.out, /^AttestationRegistry +already verified by sourcify, 0x/m);
  });

  it('says why a service refuses', async () => {
    const path = join(folder, 'net.WattestVerifier.input.json');
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, good.replace('"runs":1000000', '"runs":1'));
    server.answer = services().sourcify();
    const changed = await command(['--to', 'sourcify']);
    assert.match(
      changed.err,
      /\[SOURCE_REFUSED\] sourcify: The onchain and recompiled bytecodes do not match/,
    );
    assert.equal(changed.code, 1);
    writeFileSync(path, good);
    server.answer = services().etherscan();
    const foreign = await command(['--to', 'etherscan'], 'OTHERSECRET');
    assert.match(foreign.err, /\[SOURCE_REFUSED\] etherscan: Invalid API Key/);
    assert.doesNotMatch(foreign.err, /OTHERSECRET/);
  });

  it('keeps the key to itself: a reason that repeats it, another host that it is sent on to', async () => {
    server.answer = () => [200, { status: '0', result: `Invalid API key ${KEY}` }];
    const { err } = await command(['--to', 'etherscan'], KEY);
    assert.match(err, /\[SOURCE_REFUSED\] etherscan: Invalid API key …/);
    assert.ok(!err.includes(KEY));
    server.asked = [];
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
    assert.deepEqual(server.asked, []);
    assert.equal(visits, 1, 'it stays so: it is not asked again');
  });

  it('tries again what may be over soon', async () => {
    const honest = services().sourcify();
    let count = 0;
    server.answer = (one) => (++count % 2 === 1 ? [count % 4 === 1 ? 429 : 503, {}] : honest(one));
    assert.equal((await command(['--to', 'sourcify'])).code, 0);
    server.answer = () => [500, {}];
    server.asked = [];
    const { code, err } = await command(['--to', 'sourcify']);
    assert.match(err, /\[EXPLORER_UNREACHABLE\] sourcify: it answers with HTTP 500/);
    assert.equal(code, 2);
    assert.equal(server.asked.length, 5);
  });

  it('is interrupted at once', async () => {
    const stop = new AbortController();
    server.answer = () => {
      stop.abort();
      return [429, {}];
    };
    const service = { name: 'sourcify', url: `${url}/server`, pause: 600_000, signal: stop.signal } as const;
    await assert.rejects(submitSource(service, verifierSource()), { code: 'ABORTED' });
  });

  it('an answer that never comes, has no end or is no object is given up', async () => {
    const gaveUp = (message: RegExp, more: object = {}): Promise<void> =>
      assert.rejects(
        submitSource(
          {
            ...{ name: 'sourcify', url: `${url}/server`, pause: 1 },
            ...{ signal: new AbortController().signal, ...more },
          },
          verifierSource(),
        ),
        { code: 'EXPLORER_UNREACHABLE', message },
      );
    server.answer = () => () => {};
    await gaveUp(/has not answered for 0\.02 s/, { requestTimeout: 20 });
    // Its head comes, and never its end.
    server.answer = () => (response) => void response.writeHead(202).write('{');
    await gaveUp(/has not answered for 0\.02 s/, { requestTimeout: 20 });
    assert.equal(server.asked.length, 10);
    let written = 0;
    server.answer = () => (response) => {
      response.writeHead(202);
      const more = (): void => {
        while (!response.destroyed) {
          written += 2 ** 16;
          if (!response.write(' '.repeat(2 ** 16))) break;
        }
      };
      response.on('drain', more);
      more();
    };
    await gaveUp(/its answer is larger than any of its kind/);
    assert.ok(written >= 5 * 2 ** 20, 'it was read until it was too much');
    for (const json of [null, [], 'x', 7]) {
      server.answer = () => [200, json];
      await gaveUp(/something else than JSON/);
    }
  });

  it('a damaged input is refused before anything is sent', async () => {
    const path = join(folder, 'net.AttestationRegistry.input.json');
    const good = readFileSync(path, 'utf8');
    const { settings: _, ...rest } = JSON.parse(good);
    const selection = { outputSelection: { 'x.sol': {} } };
    for (const [text, problem] of [
      [good.slice(0, -100), 'not JSON'],
      ['[]', 'the whole is not an object'],
      [JSON.stringify(rest), 'settings is missing'],
      [JSON.stringify({ ...rest, settings: { outputSelection: {} } }), 'does not name one file'],
      [JSON.stringify({ ...rest, settings: selection }), 'sources.x.sol is missing'],
    ]) {
      writeFileSync(path, text!);
      const { code, err, out } = await command(['--to', 'sourcify']);
      assert.match(err, /^wattest: \[DEPLOYMENT_INVALID\] .*net\.AttestationRegistry\.input\.json: /);
      assert.ok(err.includes(problem!), err);
      assert.deepEqual([code, out], [2, '']);
    }
    assert.deepEqual(server.asked, []);
    writeFileSync(path, good);
  });

  it('wants a key for Etherscan, and a chain that others see', async () => {
    server.answer = services().sourcify();
    assert.match((await command(['--to', 'etherscan'])).err, /\[USAGE\].*ETHERSCAN_API_KEY/);
    const own = await wattest(['verify-source', '--network', 'net', '--deployments', folder], {});
    assert.match(own.err, /\[USAGE\].*--sourcify-url/);
    assert.equal((await command(['--to', 'sourcify'])).code, 0);
  });
});
