/** `hre.wattest` on a network that stays (a node on this machine), with all kinds of proofs, and what a test is told that does not find its record. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hardhatKeystore from '@nomicfoundation/hardhat-keystore';
import { configVariable } from 'hardhat/config';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import type { NetworkUserConfig } from 'hardhat/types/config';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { HardhatPlugin } from 'hardhat/types/plugins';
import { type Abi, createWalletClient, type Hex, http, publicActions } from 'viem';
import { privateKeyToAccount, privateKeyToAddress } from 'viem/accounts';
import { localhost } from 'viem/chains';
import { readKind } from '../../scripts/lib/fixtures.ts';
import { ROOT, SOLC_PATH } from '../../scripts/lib/tools.ts';
import { type ProofDocument, readProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { REGISTRY_ABI, REGISTRY_BYTECODE } from '../../sdk/src/chain/contracts.generated.ts';
import plugin, { type Connection } from '../../sdk/src/hardhat.ts';
import { isSameHex } from '../../sdk/src/solidity/abi.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { PROGRAM, TWICE } from './twice.ts';

/** The second account of every Hardhat node. */
const KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
const NOBODY = `0x${'99'.repeat(20)}` as const;

const fixture = (name: string): ProofDocument => {
  const path = join(ROOT, `test/fixtures/${name}.proof.json`);
  return readProofDocument(readFileSync(path, 'utf8'), path);
};

/** What goes to standard error meanwhile. */
async function errorOutput(work: () => Promise<unknown>): Promise<string> {
  const { write } = process.stderr;
  const parts: string[] = [];
  process.stderr.write = (text: string | Uint8Array): boolean => {
    parts.push(typeof text === 'string' ? text : Buffer.from(text).toString());
    return true;
  };
  try {
    await work();
  } finally {
    process.stderr.write = write;
  }
  return parts.join('');
}

describe('hardhat: networks', () => {
  let folder: string;
  let node: { readonly url: string; close(): Promise<void> };
  let key: string | undefined;

  const environment = (
    global: { readonly network?: string } = {},
    others: readonly HardhatPlugin[] = [],
  ): Promise<HardhatRuntimeEnvironment> => {
    const lasting: NetworkUserConfig = { type: 'http', url: configVariable('LASTING_URL') };
    const networks = { lasting, keyed: { ...lasting, accounts: [configVariable('LASTING_KEY')] } };
    return createHardhatRuntimeEnvironment(
      {
        plugins: [plugin, ...others],
        solidity: { compilers: [{ version: '0.8.37', path: SOLC_PATH }] },
        networks,
        wattest: { programs: { Twice: PROGRAM } },
      },
      global,
      folder,
    );
  };
  const sent = async (connection: Connection, account: string): Promise<number> =>
    Number(
      await connection.provider.request({ method: 'eth_getTransactionCount', params: [account, 'latest'] }),
    );

  const startNode = async (): Promise<typeof node> => {
    const server = await (await environment()).network.createServer('default', '127.0.0.1', 0);
    const { address, port } = await server.listen();
    return { url: `http://${address}:${port}`, close: () => server.close() };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-networks-'));
    writeFileSync(join(folder, 'twice.wasm'), await assembleWat(TWICE));
    writeFileSync(join(folder, 'hardhat.config.ts'), '');
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    node = await startNode();
    key = process.env.LASTING_KEY;
    process.env.LASTING_URL = node.url;
    process.env.LASTING_KEY = KEY;
  });
  after(async () => {
    await node?.close();
    delete process.env.LASTING_URL;
    if (key === undefined) delete process.env.LASTING_KEY;
    else process.env.LASTING_KEY = key;
    rmSync(folder, { recursive: true, force: true });
  });

  it('a deployment is a file, which the next process finds, checks and does not pay for again', async () => {
    const document = fixture('fibonacci');
    const first = await environment();
    const one: Connection = await first.network.create('lasting');
    const [account] = (await one.provider.request({ method: 'eth_accounts' })) as [string];
    const deployed = await first.wattest.deploy(one);
    assert.ok(existsSync(join(folder, 'deployments/lasting.json')));
    const { record, transactionHash } = await first.wattest.attest(one, document, { confirmations: 1 });
    assert.match(transactionHash!, /^0x/);
    const paid = await sent(one, account);

    const second = await environment();
    const two: Connection = await second.network.create('lasting');
    assert.deepEqual(await second.wattest.deploy(two), deployed);
    assert.deepEqual(await second.wattest.expectAttested(two, document), record);
    assert.equal((await second.wattest.attest(two, document)).transactionHash, undefined);
    assert.equal(await sent(two, account), paid);

    // Overwrites the file, and finds again what follows from the same key and roles.
    const { registry, verifiers } = await second.wattest.deploy(two, { replace: true });
    assert.equal(registry.address, deployed.registry.address);
    assert.equal(verifiers[0]!.address, deployed.verifiers[0]!.address);
    assert.equal(await sent(two, account), paid);

    const roles = second.wattest.deploy(two, { guardian: NOBODY });
    await assert.rejects(roles, {
      code: 'DEPLOYMENT_EXISTS',
      message: /its guardian is/,
      fix: /Leave out `guardian`/,
    });
    // Whoever changed the file does not have it believed.
    const path = join(folder, 'deployments/lasting.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"cannotReturn": "0x../, '"cannotReturn": "0x00'));
    await assert.rejects(second.wattest.deploy(two), { code: 'DEPLOYMENT_MISMATCH' });
    writeFileSync(path, text);
  });

  it('goes on with a registry that something else deployed, and forgets none without being told', async () => {
    const hre = await environment();
    const connection: Connection = await hre.network.create('lasting');
    const known = await hre.wattest.deployment(connection);
    const { contract, cannotReturn } = await hre.wattest.verifier();
    const account = privateKeyToAccount(KEY);
    const chain = { ...localhost, id: known.chainId };
    const client = createWalletClient({ account, chain, transport: http(node.url) }).extend(publicActions);
    const create = async (abi: Abi, bytecode: Hex, args: readonly unknown[] = []): Promise<Hex> => {
      const hash = await client.deployContract({ abi, bytecode, args } as never);
      return (await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })).contractAddress!;
    };
    const verifier = await create([], contract.bytecode);
    const roles = [account.address, account.address];
    const registry = await create(REGISTRY_ABI, REGISTRY_BYTECODE, [...roles, verifier, cannotReturn]);

    await assert.rejects(hre.wattest.adopt(connection, { registry }), {
      code: 'DEPLOYMENT_EXISTS',
      fix: /^Go on/,
    });
    assert.deepEqual(await hre.wattest.deploy(connection), known);
    const adopted = await hre.wattest.adopt(connection, { registry, replace: true });
    assert.ok(isSameHex(adopted.registry.address, registry));
    assert.deepEqual(await hre.wattest.deploy(connection), adopted);
    await hre.wattest.attest(connection, fixture('fibonacci'));
  });

  it('its tasks show addresses and cost before they send, and deploy anew with another salt', async () => {
    const hre = await environment({ network: 'lasting' });
    const known = await hre.wattest.deployment(await hre.network.create());
    const run = (...[name, given]: [string, Record<string, unknown>]): Promise<string> =>
      errorOutput(() => hre.tasks.getTask(['wattest', name]).run(given));
    const shown = await run('deploy', { replace: true, salt: '5' });
    const { registry, verifiers } = await hre.wattest.deployment(await hre.network.create());
    assert.ok(!isSameHex(registry.address, known.registry.address));
    assert.match(shown, new RegExp(`^registry +${registry.address}, [\\d,]+ gas$`, 'im'));
    assert.match(shown, new RegExp(`^verifier +${verifiers[0]!.address}, [\\d,]+ gas$`, 'im'));
    assert.match(shown, /^cost +about [\d,]+ gas at .* gwei: [\d.]+ ETH at most$/m);
    assert.match(shown, /^limit +nothing is signed beyond/m);
    const proof = join(ROOT, 'test/fixtures/fibonacci.proof.json');
    assert.match(await run('attest', { proof }), /^cost +about [\d,]+ gas at .*\nsent 0x/m);
    // Found again: nothing is left to pay.
    assert.match(await run('deploy', { replace: true, salt: '5' }), /^cost +nothing is sent$/m);
  });

  it('signs with a key from a configuration variable', async () => {
    const hre = await environment();
    const connection: Connection = await hre.network.create('keyed');
    const account = privateKeyToAddress(KEY);
    const before = await sent(connection, account);
    await hre.wattest.deploy(connection);
    assert.ok((await sent(connection, account)) > before);
    const heard: string[] = [];
    const settings = { onSent: (hash: string): void => void heard.push(hash) };
    const { record, transactionHash } = await hre.wattest.attest(connection, fixture('sha256'), settings);
    assert.equal(record.submitter, account);
    assert.deepEqual(heard, [transactionHash]);
  });

  it('pays with such a key for the factory of a chain that has none', async () => {
    const fresh = await startNode();
    process.env.LASTING_URL = fresh.url;
    try {
      const hre = await environment();
      const { chainId } = await hre.wattest.deploy(await hre.network.create('keyed'), { replace: true });
      assert.equal(chainId, 31337);
    } finally {
      process.env.LASTING_URL = node.url;
      await fresh.close();
    }
  });

  it("signs with a key from Hardhat's keystore, where it lies encrypted", async () => {
    const hre = await environment({}, [hardhatKeystore]);
    const file = join(folder, 'keystore.json');
    // Not the one of whoever runs the tests.
    Object.assign(hre.config.keystore, {
      filePath: file,
      devFilePath: join(folder, 'dev.json'),
      devPasswordFilePath: join(folder, 'dev'),
    });
    hre.hooks.registerHandlers('userInterruptions', {
      requestSecretInput: async (_context, _interruptor, description) =>
        /password/i.test(description) ? 'long enough' : KEY,
    });
    // The environment comes first, and a keystore is not opened where nobody is: CI.
    const { LASTING_KEY, CI } = process.env;
    delete process.env.LASTING_KEY;
    delete process.env.CI;
    try {
      await hre.tasks.getTask(['keystore', 'set']).run({ key: 'LASTING_KEY', dev: false, force: false });
      const connection: Connection = await hre.network.create('keyed');
      const accounts = await connection.provider.request({ method: 'eth_accounts' });
      assert.deepEqual(accounts, [privateKeyToAddress(KEY).toLowerCase()]);
      const { record } = await hre.wattest.attest(connection, fixture('wordcount'));
      assert.equal(record.submitter, privateKeyToAddress(KEY));
    } finally {
      process.env.LASTING_KEY = LASTING_KEY;
      if (CI !== undefined) process.env.CI = CI;
    }
    assert.ok(!readFileSync(file, 'utf8').includes(KEY.slice(2)));
  });

  it('small proofs and those of joined runs go to the same registry, by verifiers of their own', async () => {
    const hre = await environment();
    const connection: Connection = await hre.network.create();
    const { registry } = await hre.wattest.deploy(connection);
    for (const kind of ['small', 'joined'] as const) {
      const document = await readKind(kind);
      await assert.rejects(hre.wattest.attest(connection, document), { code: 'PROOF_FOREIGN_KEY' });
      const added = await hre.wattest.deploy(connection, { kind });
      assert.equal(added.registry.address, registry.address);
      const { record } = await hre.wattest.attest(connection, document);
      assert.deepEqual(await hre.wattest.expectAttested(connection, document), record);
    }
    assert.equal((await hre.wattest.deployment(connection)).verifiers.length, 3);
  });

  it('proves a small proof, keeps it, and says what is on record instead of another run', async () => {
    const hre = await environment();
    await hre.wattest.bind();
    const connection: Connection = await hre.network.create();
    await hre.wattest.deploy(connection, { kind: 'small' });
    const proof = await hre.wattest.prove('Twice', { inputs: { x: 21n } }, { wrap: true });
    assert.equal(proof.document.kind, 'wrap');
    assert.deepEqual([proof.outputs, proof.cached], [{ y: 42n }, false]);
    assert.equal((await hre.wattest.prove('Twice', { inputs: { x: 21n } }, { wrap: true })).cached, true);

    const expected = { name: 'AssertionError', message: /nothing is on record$/ };
    await assert.rejects(hre.wattest.expectAttested(connection, proof), expected);
    const { record } = await hre.wattest.attest(connection, proof);
    assert.deepEqual(await hre.wattest.expectAttested(connection, proof, record), record);

    const statement = { ...proof.document.statement, publicInputs: [7n] };
    const other = { ...proof, document: { ...proof.document, statement } };
    await assert.rejects(hre.wattest.expectAttested(connection, other), {
      name: 'AssertionError',
      message:
        /^no such run of Twice \(0x.*\) is on record\n {2}inputs\.x 7, outputs\.y 42, returned\non record of it:\n {2}inputs\.x 21, outputs\.y 42, returned$/,
      actual: ['inputs.x 21', 'outputs.y 42', 'returned'],
    });
    await assert.rejects(hre.wattest.expectAttested(connection, fixture('fibonacci')), {
      message: new RegExp(`nothing is on record of this program, but of ${proof.programId}$`),
    });
    await assert.rejects(hre.wattest.expectAttested(connection, proof, { submitter: NOBODY }), {
      message: `${record.submitter} submitted it, not ${NOBODY}`,
    });
  });
});
