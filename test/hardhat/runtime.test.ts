/** `hre.wattest` and its tasks in this process, on a program that takes no compiler: what is refused, and what helps. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import type { HardhatUserConfig } from 'hardhat/types/config';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { ROOT } from '../../scripts/lib/tools.ts';
import { readProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { addressArgument, confirm, kindArgument } from '../../sdk/src/hardhat/tasks/values.ts';
import plugin, { type Connection, type WattestUserConfig } from '../../sdk/src/hardhat.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { PROGRAM, TWICE } from './twice.ts';

const NOBODY = `0x${'99'.repeat(20)}` as const;

describe('hardhat: runtime and tasks', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const solc = createRequire(import.meta.url).resolve('solc/soljson.js');

  const configure = (wattest?: WattestUserConfig): HardhatUserConfig => ({
    plugins: [plugin],
    solidity: { compilers: [{ version: '0.8.37', path: solc }] },
    ...(wattest === undefined ? {} : { wattest }),
  });
  const environment = (wattest?: WattestUserConfig): Promise<HardhatRuntimeEnvironment> =>
    createHardhatRuntimeEnvironment(configure(wattest), {}, folder);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-hre-'));
    writeFileSync(at('twice.wasm'), await assembleWat(TWICE));
    writeFileSync(at('hardhat.config.ts'), '');
    writeFileSync(at('package.json'), '{"type":"module"}');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('binds, finds what is stale, and binds again', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const [bound] = await hre.wattest.bind();
    assert.equal(bound!.name, 'Twice');
    assert.match(readFileSync(at('generated/hardhat.d.ts'), 'utf8'), /Twice: typeof Twice;/);
    await hre.wattest.requireIds();
    for (const name of ['Twice.sol', 'Twice.ts', 'hardhat.d.ts']) {
      writeFileSync(at(`generated/${name}`), `${readFileSync(at(`generated/${name}`), 'utf8')}\n`);
      const stale = { code: 'BINDINGS_STALE', fix: /^Run `npx hardhat wattest bind`/ };
      await assert.rejects(hre.wattest.requireIds(), stale);
      await assert.rejects(hre.wattest.bind([], { check: true }), stale);
      await hre.wattest.bind();
      await hre.wattest.requireIds();
    }
  });

  it('reads the manifest of the configuration as strictly as the file', async () => {
    const unknown = { ...PROGRAM, outputs: [{ name: 'y', type: 'uint9' }] };
    const hre = await environment({ programs: { Twice: unknown } });
    await assert.rejects(hre.wattest.manifest(), {
      code: 'MANIFEST_INVALID',
      message: /hardhat\.config\.ts: wattest: programs\.Twice\.outputs\[0\]\.type is no type/,
    });
    await assert.rejects(environment({ manifest: 'a.json', programs: {} }), /stands beside programs/);
    await assert.rejects(environment({ out: {} }), /belongs into the manifest/);
    await assert.rejects(environment({ threads: 0 }), /is not a whole number above zero/);
    await assert.rejects(environment({ manifset: 'x' } as WattestUserConfig), /manifset[\s\S]*is unknown/);
    await assert.rejects((await environment()).wattest.manifest(), { code: 'FILE_UNREADABLE' });
  });

  it('refuses values before anything takes time', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    await assert.rejects(hre.wattest.prove('Twice', { inputs: { x: 2n ** 32n } }), { code: 'INPUT_INVALID' });
    await assert.rejects(hre.wattest.prove('Thrice', {}), { code: 'USAGE', fix: 'Give one of Twice' });
    assert.ok(!existsSync(at('cache/wattest/proofs')));
  });

  it('a simulated network has a deployment once one was made', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const connection: Connection = await hre.network.create();
    await assert.rejects(hre.wattest.deployment(connection), { code: 'NETWORK_UNKNOWN' });
    const deployed = await hre.wattest.deploy(connection);
    assert.deepEqual(await hre.wattest.deployment(connection), deployed);
    assert.deepEqual(await hre.wattest.deploy(connection), deployed, 'there is one already');

    const path = join(ROOT, 'test/fixtures/fibonacci.proof.json');
    const document = readProofDocument(readFileSync(path, 'utf8'), path);
    const missing = { name: 'AssertionError', message: /^no such run/ };
    await assert.rejects(hre.wattest.expectAttested(connection, document), missing);
    assert.equal(await hre.wattest.hasReturned(connection, document), false);
    const { record, recorded } = await hre.wattest.attest(connection, { document });
    assert.ok(recorded);
    assert.deepEqual(await hre.wattest.expectAttested(connection, document), record);
    assert.equal(await hre.wattest.hasReturned(connection, document), true);
    await assert.rejects(hre.wattest.expectAttested(connection, document, { submitter: NOBODY }), {
      name: 'AssertionError',
      actual: record.submitter,
    });
    assert.equal((await hre.wattest.attest(connection, document)).transactionHash, undefined, 'sent once');

    // Another connection is another chain.
    await assert.rejects(hre.wattest.deployment(await hre.network.create()), { code: 'NETWORK_UNKNOWN' });
  });

  it('pays from the account that is named, which must be one of the network', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const connection: Connection = await hre.network.create();
    await assert.rejects(hre.wattest.deploy(connection, { from: NOBODY }), {
      code: 'NETWORK_UNKNOWN',
      fix: /^Give it one in the configuration/,
    });
    const accounts = (await connection.provider.request({ method: 'eth_accounts' })) as `0x${string}`[];
    await hre.wattest.deploy(connection, { from: accounts[3]! });
    const nonce = { method: 'eth_getTransactionCount', params: [accounts[3], 'latest'] };
    // With what goes to the signer of the factory's transaction.
    assert.equal(await connection.provider.request(nonce), '0x3');
  });

  it('reads addresses and kinds of its tasks strictly', () => {
    assert.equal(addressArgument(NOBODY, '--from'), NOBODY);
    assert.equal(addressArgument(undefined, '--from'), undefined);
    assert.throws(() => addressArgument(NOBODY.slice(1), '--from'), {
      code: 'USAGE',
      fix: /^Copy the whole/,
    });
    assert.equal(kindArgument({ wrap: true, joined: false }), 'small');
    assert.throws(() => kindArgument({ wrap: true, joined: true }), { code: 'USAGE' });
  });

  it('asks before it sends to a chain that is not a development one', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const asked: string[] = [];
    let answer = 'n';
    hre.hooks.registerHandlers('userInterruptions', {
      requestInput: async (_context, _interruptor, description) => {
        asked.push(description);
        return answer;
      },
    });
    // The chain says its id; nothing is sent to it.
    const on = async (chainId: number): Promise<Connection> => {
      const { provider, ...rest } = await hre.network.create({ network: 'default', override: { chainId } });
      return { ...rest, provider, networkConfig: { ...rest.networkConfig, type: 'http' } } as Connection;
    };
    const question = { what: 'deploy', yes: false };
    await assert.rejects(confirm(hre, await on(1), question), { code: 'ABORTED', fix: /^Answer y/ });
    assert.match(asked[0]!, /About to deploy on default \(chain 1\)/);
    answer = 'y';
    await confirm(hre, await on(1), question);
    assert.equal(asked.length, 2);
    await confirm(hre, await on(1), { what: 'deploy', yes: true });
    await confirm(hre, await on(31337), question);
    assert.equal(asked.length, 2);
  });

  it('shows errors of its tasks as those of a plugin', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const task = hre.tasks.getTask(['wattest', 'prove']);
    await assert.rejects(task.run({ program: 'Thrice' }), {
      name: 'HardhatPluginError',
      message: /\[USAGE\] .*no such program\. Give one of Twice\.$/,
    });
    const proof = join(ROOT, 'test/fixtures/fibonacci.proof.json');
    await assert.rejects(hre.tasks.getTask(['wattest', 'attest']).run({ proof, confirmations: 0 }), {
      message: /\[USAGE\] --confirmations is less than 1\. Give 1 or more/,
    });
  });
});
