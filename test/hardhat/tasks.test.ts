/** Tasks over what the command does: routes of a timelock, sources to explorers, what Ignition deployed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import hardhatIgnitionViem from '@nomicfoundation/hardhat-ignition-viem';
import { configVariable } from 'hardhat/config';
import { HardhatPluginError } from 'hardhat/plugins';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { ROOT } from '../../scripts/lib/tools.ts';
import { readProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { wattestModule } from '../../sdk/src/hardhat/ignition.ts';
import type { Connection, WattestUserConfig } from '../../sdk/src/hardhat.ts';
import { isSameHex } from '../../sdk/src/solidity/abi.ts';
import { wattest } from '../cli/lib/wattest.ts';
import { type LastingProject, lastingProject } from './lasting.ts';

describe('hardhat: tasks over the command', () => {
  let project: LastingProject;
  let hre: HardhatRuntimeEnvironment;

  before(async () => {
    project = await lastingProject(31337, [hardhatIgnitionViem]);
    hre = await project.environment();
  });
  after(() => project?.close());

  const run = (task: string, given: Record<string, unknown> = {}): Promise<string> =>
    project.run(hre, task, given);
  const refuses = (message: RegExp, task: string, given: Record<string, unknown> = {}): Promise<void> =>
    assert.rejects(run(task, given), (error) => {
      assert.ok(error instanceof HardhatPluginError, String(error));
      assert.match(error.message, message);
      return true;
    });

  it('a timelock adds a route after its delay, takes back what waits, and retires a key for good', async () => {
    await refuses(/\[FILE_UNREADABLE\].*\(npx hardhat wattest deploy --network NAME\)/, 'route', {
      action: 'list',
    });
    await run('deploy', { timelock: '1h' });
    assert.match(await run('route', { action: 'list' }), /^delay +3600 s$[\s\S]*^executors +anybody$/m);
    await refuses(/\[USAGE\] there is no `route remove`/, 'route', { action: 'remove' });
    await refuses(/\[USAGE\] ID: .*help of the task/, 'route', { action: 'cancel', what: '0x12' });
    await refuses(/\[INPUT_INVALID\].*npx wattest record --network lasting lists/, 'route', {
      action: 'freeze',
      what: 'small',
    });

    const add = { action: 'add', wrap: true };
    assert.match(
      await run('route', { action: 'freeze', what: 'direct', calldata: true }),
      /^sent by +any proposer of the timelock 0x\w{40}[\s\S]*^calldata +0x01d5062a\w+$/m,
    );
    const begun = await run('route', add);
    assert.match(begun, /^cost +about [\d,]+ gas[\s\S]*^scheduled +add the verifier of small proofs/m);
    const [, id] = /^operation +(0x[\da-f]{64})$/m.exec(begun)!;
    await refuses(/\[TIMELOCK_WAITING\].*npx hardhat wattest route cancel 0x/, 'route', add);
    assert.match(await run('route', { action: 'cancel', what: id }), /^cancelled +0x/m);
    await run('route', add);
    const connection: Connection = await hre.network.create();
    const pass = async (): Promise<void> => {
      await connection.provider.request({ method: 'evm_increaseTime', params: [3601] });
      await connection.provider.request({ method: 'evm_mine', params: [] });
    };
    await pass();
    assert.match(await run('route', add), /^added +the verifier of small proofs/m);
    const { verifiers } = await hre.wattest.deployment(connection);
    assert.deepEqual(
      verifiers.map(({ kind }) => kind),
      ['direct', 'small'],
    );

    const freeze = { action: 'freeze', what: 'direct' };
    await refuses(/\[USAGE\].*Give --for-good if that is meant/, 'route', freeze);
    assert.match(await run('route', { ...freeze, forGood: true }), /^scheduled +freeze key 0x/m);
    await pass();
    assert.match(await run('route', { ...freeze, forGood: true }), /^frozen +key 0x/m);
    assert.match(await run('deploy', { check: true }), /^0x[\da-f]{8} frozen +key 0x/m);
  });

  it('asks without an account what it only asks', async () => {
    const bare = await project.environment({}, { accounts: [] });
    const connection: Connection = await bare.network.create();
    assert.deepEqual(await connection.provider.request({ method: 'eth_accounts' }), []);
    const ask = (task: string, given: Record<string, unknown>): Promise<string> =>
      project.run(bare, task, given);
    assert.match(await ask('deploy', { check: true }), /^guardian +0x/m);
    assert.match(await ask('route', { action: 'list' }), /^delay +3600 s$/m);
    const calldata = { action: 'freeze', what: 'small', calldata: true };
    assert.match(await ask('route', calldata), /^calldata +0x01d5062a\w+$/m);
    const path = join(ROOT, 'test/fixtures/fibonacci.proof.json');
    const document = readProofDocument(readFileSync(path, 'utf8'), path);
    assert.equal(await bare.wattest.hasReturned(connection, document), false);
    await assert.rejects(bare.wattest.expectAttested(connection, document), { name: 'AssertionError' });
    for (const [task, given] of [
      ['route', { action: 'add', wrap: true, calldata: true }],
      ['route', { action: 'freeze', what: 'small', forGood: true }],
      ['attest', { proof: path }],
      ['deploy', {}],
    ] as const)
      await assert.rejects(ask(task, given), {
        message: /\[NETWORK_UNKNOWN\].*the network has no account\./,
      });
  });

  it('asks nothing at a URL that no request can be sent to', async () => {
    for (const scheme of ['ftp', 'ws']) {
      const url = project.url.replace('http', scheme);
      const other = await project.environment({}, { url });
      for (const [task, given] of [
        ['deploy', { check: true }],
        ['deploy', { replace: true }],
        ['route', { action: 'list' }],
        ['adopt', {}],
        ['verify-source', {}],
        ['attest', { proof: join(ROOT, 'test/fixtures/fibonacci.proof.json') }],
      ] as const)
        await assert.rejects(project.run(other, task, given), {
          message: new RegExp(
            `\\[ENDPOINT_INVALID\\] lasting: .* begins with ${scheme}://\\. Give a whole URL that begins with http:// or https://\\.$`,
          ),
        });
    }
  });

  it('binding names every file that it writes', async () => {
    const types = join(project.folder, 'generated/hardhat.d.ts');
    const bound = await run('bind');
    for (const each of ['Twice.ts', 'Twice.sol', 'hardhat.d.ts'])
      assert.ok(bound.includes(join(project.folder, 'generated', each)), bound);
    assert.ok(existsSync(types));
    assert.match(
      await run('bind', { check: true }),
      /^types of +hre\.wattest\nup to date +\S+hardhat\.d\.ts$/m,
    );
  });

  it('what the command has besides works beside it, on the same deployment files', async () => {
    const on = ['--network', 'lasting', '--deployments', join(project.folder, 'deployments')];
    const { code, out, err } = await wattest(['record', ...on], { LASTING_RPC_URL: project.url });
    assert.equal(code, 0, err);
    const { verifiers } = await hre.wattest.deployment(await hre.network.create());
    for (const { selector } of verifiers) assert.ok(out.includes(selector), out);
  });

  it('gives sources to explorers', async () => {
    await refuses(/\[USAGE\] chain 31337.*--sourcify-url/, 'verify-source');
    await refuses(/\[USAGE\] --to: .*help of the task/, 'verify-source', { to: 'elsewhere' });
    await refuses(/\[USAGE\] --pause: .*not a time/, 'verify-source', { pause: 'soon' });
    const asked: string[] = [];
    const server: Server = createServer((request, response) => {
      request.resume().on('end', () => {
        asked.push(`${request.method} ${request.url}`);
        // As Sourcify says it of what it has.
        response.writeHead(409, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const sourcifyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const shown = await run('verify-source', { to: 'sourcify', sourcifyUrl, pause: '1s' });
      assert.match(shown, /^AttestationRegistry +already verified by sourcify/m);
      assert.equal(asked.length, 4, 'two verifiers, registry and timelock');
      assert.ok(asked.every((each) => each.startsWith('POST /v2/verify/31337/0x')));
    } finally {
      server.close();
    }
  });

  it("takes Etherscan's key from the configuration when it is needed, else from the environment, and shows it nowhere", async () => {
    const KEY = 'SECRETKEYOFETHERSCAN';
    const bodies: string[] = [];
    const server: Server = createServer((request, response) => {
      text(request).then((body) => {
        bodies.push(body);
        // One that verifies at once, and repeats what it was told.
        response.end(JSON.stringify({ status: body.includes('apikey=') ? '1' : '0', result: KEY }));
      }, assert.fail);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const to = { to: 'etherscan', etherscanUrl: url, pause: '1ms' };
    const own = await project.environment({ etherscanApiKey: configVariable('EXPLORER_KEY') });
    let [asked, known]: [number, string | undefined] = [0, undefined];
    own.hooks.registerHandlers('configurationVariables', {
      fetchValue: async (context, variable, next) => {
        asked++;
        return known ?? next(context, variable);
      },
    });
    const { ETHERSCAN_API_KEY } = process.env;
    delete process.env.ETHERSCAN_API_KEY;
    try {
      await assert.rejects(project.run(own, 'verify-source', to), /"?EXPLORER_KEY"?/);
      await assert.rejects(
        project.run(own, 'verify-source', { to: 'sourcify', sourcifyUrl: url, pause: '1ms' }),
        /\[SOURCE_REFUSED\]/,
      );
      assert.equal(asked, 1, 'not for another service');
      bodies.length = 0;
      known = KEY;
      const shown = await project.run(own, 'verify-source', to);
      assert.match(shown, /^AttestationRegistry +verified by etherscan/m);
      assert.equal(asked, 2, 'once for all contracts');
      assert.ok(bodies.length === 8 && bodies.every((body) => body.includes(`apikey=${KEY}`)), 'two each');
      assert.ok(!shown.includes(KEY));

      await refuses(/\[USAGE\].*Set ETHERSCAN_API_KEY/, 'verify-source', to);
      process.env.ETHERSCAN_API_KEY = KEY;
      assert.match(await run('verify-source', to), /^AttestationRegistry +verified by etherscan/m);
      await assert.rejects(
        project.environment({ etherscanApiKey: 5 } as unknown as WattestUserConfig),
        /etherscanApiKey[\s\S]*neither a text nor/,
      );
    } finally {
      if (ETHERSCAN_API_KEY === undefined) delete process.env.ETHERSCAN_API_KEY;
      else process.env.ETHERSCAN_API_KEY = ETHERSCAN_API_KEY;
      server.close();
    }
  });

  it('goes on with what Ignition deployed, found where Ignition wrote it down', async () => {
    await refuses(/\[DEPLOYMENT_INVALID\].*has deployed nothing.*ignition deploy` first/, 'adopt');
    const connection = await hre.network.create();
    const { registry } = await connection.ignition.deploy(await wattestModule(hre), {
      deploymentId: 'chain-31337',
    });
    await refuses(/\[DEPLOYMENT_EXISTS\].*or overwrite the file with --replace/, 'adopt');
    assert.match(
      await run('adopt', { replace: true }),
      /^owner +0x\w{40}\nguardian +0x\w{40}\nverifiers +0x\w{40} of direct proofs$/m,
    );
    const adopted = await hre.wattest.deployment(connection);
    assert.ok(isSameHex(adopted.registry.address, registry.address));
    rmSync(join(project.folder, 'deployments'), { recursive: true });
    const bare = await project.environment({}, { accounts: [] });
    await project.run(bare, 'adopt', { registry: registry.address });
    assert.ok(existsSync(join(project.folder, 'deployments/lasting.json')));
    await refuses(/\[USAGE\] REGISTRY: /, 'adopt', { registry: '0x12' });

    const written = join(project.folder, 'ignition/deployments/chain-31337/deployed_addresses.json');
    for (const [content, problem] of [
      ['{', 'not JSON'],
      ['null', 'is not an object'],
      ['{}', 'Wattest#AttestationRegistry is missing'],
      ['{"Wattest#AttestationRegistry": "0x12"}', 'Wattest#AttestationRegistry is not an address'],
    ] as const) {
      writeFileSync(written, content);
      await refuses(new RegExp(`\\[DEPLOYMENT_INVALID\\].*${problem}.*name the registry`), 'adopt');
    }
    writeFileSync(written, ' '.repeat(2 ** 20 + 1));
    await refuses(/\[FILE_UNREADABLE\].*name the registry/, 'adopt');
  });
});
