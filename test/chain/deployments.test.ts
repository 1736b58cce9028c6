import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployment, writeDeployment } from '../../sdk/src/chain/deployment-files.ts';
import { type Deployment, formatDeployment, parseDeployment } from '../../sdk/src/chain/deployments.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { checkDeployment, type DeployAllResult, deploy, deployVerifier } from '../../sdk/src/viem.ts';
import { DEFAULT_SHAPE, makeToy } from '../plonk/toy.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from './fixture.ts';
import { LIBRARIES } from './libraries.ts';

const OTHER_SALT = `0x${'5a'.repeat(32)}` as const;

describe('deployments', () => {
  let chain: TestChain;
  let generated: ReturnType<typeof generateVerifier>;
  let contract: Awaited<ReturnType<typeof compileVerifier>>;
  let deployed: DeployAllResult;
  let folder: string;

  before(async () => {
    chain = await connectChain();
    const toy = await makeToy();
    // With evaluators, whose addresses are immutables of the verifier.
    generated = generateVerifier(toy.key.key, { codeLimit: 1_100 });
    contract = await compileVerifier(generated);
    deployed = await deploy(chain.wallet, {
      network: 'test-net',
      generated,
      contract,
      cannotReturn: CANNOT_RETURN,
    });
    folder = mkdtempSync(join(tmpdir(), 'wattest-deployments-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await chain.close();
  });

  const mismatch = (change: (deployment: Deployment) => Deployment, text: RegExp): Promise<void> =>
    assert.rejects(
      checkDeployment(chain.client, {
        deployment: change(deployed.deployment),
        generated,
        contract,
        cannotReturn: CANNOT_RETURN,
      }),
      (error) => {
        assert.ok(isWattestError(error, 'DEPLOYMENT_MISMATCH'), String(error));
        assert.match(error.message, text);
        return true;
      },
    );

  it('are written whole, with the compiler inputs beside them, and read back', async () => {
    const path = await writeDeployment(folder, deployed.deployment, deployed.inputs);
    assert.deepEqual(readdirSync(folder).sort(), [
      'test-net.AttestationRegistry.input.json',
      'test-net.WattestVerifier.input.json',
      'test-net.json',
    ]);
    assert.deepEqual(await readDeployment(folder, 'test-net'), deployed.deployment);
    const text = readFileSync(path, 'utf8');
    await writeDeployment(folder, deployed.deployment, deployed.inputs);
    assert.equal(readFileSync(path, 'utf8'), text, 'the same bytes again');
    const input = JSON.parse(readFileSync(join(folder, 'test-net.WattestVerifier.input.json'), 'utf8')) as {
      sources: Record<string, { content: string }>;
    };
    assert.equal(input.sources['WattestVerifier.sol']!.content, generated.source);
  });

  for (const [library, open] of Object.entries(LIBRARIES)) {
    it(`agree with chain and generator, asked by ${library}`, async () => {
      const actions = await open(chain);
      const { deployment } = deployed;
      await actions.checkDeployment({ deployment, generated, contract, cannotReturn: CANNOT_RETURN });
      await actions.checkRegistry({ deployment });
      // And what the other library deploys is the same but for where and when.
      const other = await actions.deploy({
        network: 'test-net',
        generated,
        contract,
        cannotReturn: CANNOT_RETURN,
        salt: OTHER_SALT,
      });
      await checkDeployment(chain.client, {
        deployment: other.deployment,
        generated,
        contract,
        cannotReturn: CANNOT_RETURN,
      });
      assert.equal(other.deployment.registry.contract, deployment.registry.contract);
      assert.deepEqual(other.inputs, deployed.inputs);
      await assert.rejects(
        actions.checkRegistry({
          deployment: { ...deployment, registry: { ...other.deployment.registry } },
        }),
        { code: 'DEPLOYMENT_MISMATCH', message: /bound to the verifier/ },
      );
    });
  }

  it('are refused on another chain', () => mismatch((d) => ({ ...d, chainId: 1 }), /chain 31337/));
  it('are refused with another key', () =>
    mismatch(
      (d) => ({ ...d, verifiers: [{ ...d.verifiers[0]!, vkDigest: `0x${'ab'.repeat(32)}` }] }),
      /about key/,
    ));
  it('are refused with another code hash', () =>
    mismatch(
      (d) => ({ ...d, verifiers: [{ ...d.verifiers[0]!, codeHash: `0x${'ab'.repeat(32)}` }] }),
      /not that of the file/,
    ));
  it('are refused with the registry in place of the verifier', () =>
    mismatch(
      (d) => ({
        ...d,
        verifiers: [{ ...d.verifiers[0]!, ...d.registry, contract: d.verifiers[0]!.contract }],
      }),
      /not what the generator makes/,
    ));
  it("are refused where the registry is another verifier's", async () => {
    const other = await deploy(chain.wallet, {
      salt: OTHER_SALT,
      network: 'test-net',
      generated,
      contract,
      cannotReturn: CANNOT_RETURN,
    });
    await mismatch((d) => ({ ...d, registry: other.deployment.registry }), /bound to the verifier/);
  });

  it('are refused when the verifier is of another key', async () => {
    const toy = await makeToy({ ...DEFAULT_SHAPE, version: 'toy-2' });
    const other = await compileVerifier(generateVerifier(toy.key.key));
    const { address } = await deployVerifier(chain.wallet, { contract: other });
    const code = await chain.client.getCode({ address });
    const { codeHash } = await import('../../sdk/src/chain/deployments.ts');
    await mismatch(
      (d) => ({ ...d, verifiers: [{ ...d.verifiers[0]!, address, codeHash: codeHash(code!) }] }),
      /not what the generator makes/,
    );
  });

  it('are refused where the file names another program that cannot return', () =>
    mismatch(
      (d) => ({ ...d, verifiers: [{ ...d.verifiers[0]!, cannotReturn: `0x${'cb'.repeat(32)}` }] }),
      /program that cannot return/,
    ));

  it('of the version before are named', () => {
    const old = formatDeployment(deployed.deployment).replace('"formatVersion": 3', '"formatVersion": 2');
    assert.throws(
      () => parseDeployment(old, 'x.json'),
      (error) => isWattestError(error, 'DEPLOYMENT_VERSION') && /format 2 of/.test(error.message),
    );
  });

  it('without a verifier, with a kind twice, or of a kind that there is not, are damaged', () => {
    const { deployment } = deployed;
    const [direct] = deployment.verifiers;
    const [none, twice, swapped] = [
      [],
      [direct!, direct!],
      [{ ...direct!, kind: 'small' as const }, direct!],
    ].map((verifiers) => formatDeployment({ ...deployment, verifiers }));
    const other = formatDeployment(deployment).replace('"direct"', '"other"');
    for (const bad of [none!, twice!, swapped!, other])
      assert.throws(
        () => parseDeployment(bad, 'x.json'),
        (error) => isWattestError(error, 'DEPLOYMENT_INVALID'),
      );
  });

  it('a damaged file is named', async () => {
    const good = formatDeployment(deployed.deployment);
    for (const bad of [
      '',
      '{}',
      good.slice(0, -10),
      good.replace('wattest-deployment', 'other'),
      good.replace(/"chainId": \d+/, '"chainId": "x"'),
      good.replace(/"address": "0x../, '"address": "0x'),
      good.replace(/"blockNumber": \d+/, '"blockNumber": -1'),
      ...['x', '0x', '0x12', `0x${'AB'.repeat(20)}`].map((wrong) =>
        good.replace(/(?<="constructorArguments": \[\s*)"0x[^"]+"/, JSON.stringify(wrong)),
      ),
    ]) {
      assert.notEqual(bad, good);
      assert.throws(
        () => parseDeployment(bad, 'x.json'),
        (error) => isWattestError(error, 'DEPLOYMENT_INVALID'),
      );
    }
    writeFileSync(join(folder, 'other.json'), good);
    await assert.rejects(readDeployment(folder, 'other'), (error) =>
      isWattestError(error, 'DEPLOYMENT_INVALID'),
    );
    await assert.rejects(readDeployment(folder, 'none'), (error) => isWattestError(error, 'FILE_UNREADABLE'));
    await assert.rejects(readDeployment(folder, '../x'), (error) => isWattestError(error, 'USAGE'));
  });

  it('an unwritable folder leaves nothing behind', async () => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(writeDeployment(join(folder, 'file'), deployed.deployment), (error) =>
      isWattestError(error, 'FILE_UNWRITABLE'),
    );
  });
});
