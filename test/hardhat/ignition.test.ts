/** The module for Hardhat Ignition, deployed with it, and what comes of the deployment. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hardhatIgnitionViem from '@nomicfoundation/hardhat-ignition-viem';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { readKind } from '../../scripts/lib/fixtures.ts';
import { ROOT, SOLC_PATH } from '../../scripts/lib/tools.ts';
import { readProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { REGISTRY_ABI, REGISTRY_BYTECODE } from '../../sdk/src/chain/contracts.generated.ts';
import { wattestModule } from '../../sdk/src/hardhat/ignition.ts';
import plugin, { type AdoptedRoles, type Connection } from '../../sdk/src/hardhat.ts';
import type { Hex } from '../../sdk/src/plonk/keys/key.ts';

const NOBODY = `0x${'99'.repeat(20)}` as const;
const GAS = JSON.parse(readFileSync(join(ROOT, 'test/contracts/gas.json'), 'utf8')) as {
  readonly attest: number;
};

describe('hardhat: Ignition', () => {
  let folder: string;
  let hre: HardhatRuntimeEnvironment;
  const path = join(ROOT, 'test/fixtures/fibonacci.proof.json');
  const document = readProofDocument(readFileSync(path, 'utf8'), path);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-ignition-'));
    writeFileSync(join(folder, 'hardhat.config.ts'), '');
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    hre = await createHardhatRuntimeEnvironment(
      {
        plugins: [plugin, hardhatIgnitionViem],
        solidity: { compilers: [{ version: '0.8.37', path: SOLC_PATH }] },
      },
      {},
      folder,
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('deploys verifier and registry, which then take a proof for the gas that they always do', async () => {
    const connection = await hre.network.create();
    const { registry, verifier } = await connection.ignition.deploy(await wattestModule(hre), {
      parameters: { Wattest: { guardian: NOBODY } },
    });
    const [owner] = await connection.viem.getWalletClients();
    assert.equal((await registry.read.owner()).toLowerCase(), owner!.account.address);
    assert.equal((await registry.read.guardian()).toLowerCase(), NOBODY);
    const { verifyingKey } = document;
    const [at] = await registry.read.lookup([verifyingKey.slice(0, 10) as `0x${string}`]);
    assert.equal(at.toLowerCase(), verifier.address.toLowerCase());

    await assert.rejects(hre.wattest.attest(connection, document), { code: 'NETWORK_UNKNOWN' });
    const onRoles = (roles: AdoptedRoles): never => {
      assert.equal(roles.owner.toLowerCase(), owner!.account.address);
      assert.equal(roles.guardian.toLowerCase(), NOBODY);
      throw new Error('of somebody else');
    };
    const theirs = hre.wattest.adopt(connection, { registry: registry.address, onRoles });
    await assert.rejects(theirs, /of somebody else/);
    await assert.rejects(hre.wattest.deployment(connection), { code: 'NETWORK_UNKNOWN' });
    const adopted = await hre.wattest.adopt(connection, { registry: registry.address });
    assert.deepEqual(await hre.wattest.deploy(connection), adopted);
    const { record, gasUsed } = await hre.wattest.attest(connection, document);
    assert.deepEqual(await hre.wattest.expectAttested(connection, document), record);
    // Hardhat's accounts have other addresses, whose zero bytes cost less.
    assert.ok(Math.abs(Number(gasUsed) - GAS.attest) < 100, `${gasUsed} gas, ${GAS.attest} elsewhere`);
  });

  it('adds routes to the verifiers of other kinds of proofs', async () => {
    const connection = await hre.network.create();
    const module = await wattestModule(hre, { kinds: ['direct', 'small'] });
    const { registry } = await connection.ignition.deploy(module);
    const adopted = await hre.wattest.adopt(connection, { registry: registry.address });
    assert.deepEqual(
      adopted.verifiers.map(({ kind }) => kind),
      ['direct', 'small'],
    );
    for (const proof of [document, await readKind('small')]) {
      await hre.wattest.attest(connection, proof);
      await hre.wattest.expectAttested(connection, proof);
    }
  });

  it('is not adopted where it is not what the keys make, or cannot be checked', async () => {
    const connection = await hre.network.create();
    const module = await wattestModule(hre);
    const { registry, verifier } = await connection.ignition.deploy(module);
    const { networkName, networkConfig } = connection;
    const adopt = (address: Hex, { provider }: Pick<Connection, 'provider'> = connection): Promise<unknown> =>
      hre.wattest.adopt({ networkName, networkConfig, provider } as Connection, { registry: address });
    await assert.rejects(adopt(verifier.address), { code: 'CHAIN_REJECTED' });

    const [wallet] = await connection.viem.getWalletClients();
    const client = await connection.viem.getPublicClient();
    const { address } = wallet!.account;
    const args = [address, address, `0x${'00'.repeat(20)}`, `0x${'11'.repeat(32)}`] as const;
    const hash = await wallet!.deployContract({ abi: REGISTRY_ABI, bytecode: REGISTRY_BYTECODE, args });
    const { contractAddress } = await client.getTransactionReceipt({ hash });
    await assert.rejects(adopt(contractAddress!), { code: 'DEPLOYMENT_MISMATCH', fix: /^Deploy with the/ });

    const forgetful: Connection['provider'] = Object.create(connection.provider, {
      request: {
        value: async (given: { readonly method: string; readonly params?: readonly unknown[] }) => {
          if (given.method === 'eth_getCode' && given.params?.[1] !== 'latest')
            throw Object.assign(new Error('missing trie node'), { code: -32000 });
          return connection.provider.request(given as never);
        },
      },
    });
    await assert.rejects(adopt(registry.address, { provider: forgetful }), {
      code: 'CHAIN_CALL_FAILED',
      fix: /^Adopt a deployment soon/,
    });
    assert.ok(await adopt(registry.address));
    assert.ok(!existsSync(join(folder, 'deployments')), 'a simulated network leaves no file');

    const other = await hre.network.create();
    const strategyConfig = { salt: `0x${'22'.repeat(32)}` };
    const made = await other.ignition.deploy(module, { strategy: 'create2', strategyConfig });
    await assert.rejects(hre.wattest.adopt(other, { registry: made.registry.address }), {
      code: 'DEPLOYMENT_MISMATCH',
      fix: /strategy `basic`/,
    });
    await assert.rejects(wattestModule(hre, { kinds: [] }), {
      code: 'INPUT_INVALID',
      fix: /^Leave `kinds` out/,
    });
  });
});
