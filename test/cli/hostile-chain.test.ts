/** The command against endpoints that lie and deployment files that somebody replaced. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hre from 'hardhat';
import { createPublicClient, createWalletClient, type Hex, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { registryInitcode } from '../../sdk/src/chain/create.ts';
import { codeHash, type Deployment } from '../../sdk/src/chain/deployments.ts';
import { readProofDocument } from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { deployVerifier } from '../../sdk/src/viem.ts';
import { lyingRegistry, lyingVerifier } from '../chain/impostors.ts';
import { type Endpoint, endpoint } from './lib/endpoint.ts';
import { BIN, type Outcome, wattest } from './lib/wattest.ts';

/** The first account of Hardhat's well-known mnemonic. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const PROOF = join(import.meta.dirname, '../fixtures/fibonacci.proof.json');

describe('command line, a chain that lies', () => {
  let folder: string;
  let url: string;
  let close: () => Promise<void>;
  let through: Endpoint | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-hostile-'));
    const server = await hre.network.createServer(undefined, '127.0.0.1', 0);
    const { address, port } = await server.listen();
    url = `http://${address}:${port}`;
    close = () => server.close();
    // What is sent below is counted: the factory is there before.
    const wallet = createWalletClient({ transport: http(url), account: privateKeyToAccount(KEY) });
    await deployVerifier(wallet, {
      contract: { bytecode: '0x60015f5360015ff3' },
      salt: `0x${'f1'.repeat(32)}`,
    });
  });
  afterEach(async () => {
    await through?.close();
    through = undefined;
  });
  after(async () => {
    await close?.();
    rmSync(folder, { recursive: true, force: true });
  });

  const env = { LOCALHOST_PRIVATE_KEY: KEY, HOME_PRIVATE_KEY: KEY };
  const command = (name: string, at: string, ...more: string[]): Promise<Outcome> => {
    const network = more.includes('--network') ? [] : ['--network', 'localhost'];
    const place = ['--rpc-url', at, '--deployments', join(folder, 'deployments')];
    return wattest([name, ...network, ...place, ...more], env);
  };
  const refused = ({ code, err, out }: Outcome, error: string, exit = 2): void => {
    assert.match(err, new RegExp(`\\[${error}\\] .+\\n$`));
    assert.doesNotMatch(err, /\.\./, 'two full stops');
    assert.equal(code, exit, err);
    assert.equal(out, '');
  };
  const sends = (methods: readonly string[]): readonly string[] =>
    methods.filter((method) => method.startsWith('eth_send'));

  it('another chain than the name says gets no signature', async () => {
    through = await endpoint(url, ({ method }) => (method === 'eth_chainId' ? '0x1' : undefined));
    const mainnet = await command('deploy', through.url);
    refused(mainnet, 'CHAIN_MISMATCH');
    assert.match(mainnet.err, /chain 1, "localhost" is chain 31337 or 1337/);
    refused(await command('deploy', through.url, '--chain-id', '31337'), 'CHAIN_MISMATCH');
    refused(await command('deploy', through.url, '--network', 'sepolia'), 'CHAIN_MISMATCH');
    assert.deepEqual(sends(through.methods), []);
  });

  it('a network of an unknown name must be said to be a chain', async () => {
    const unknown = await command('deploy', url, '--network', 'home');
    refused(unknown, 'NETWORK_UNKNOWN');
    assert.match(unknown.err, /--chain-id/);
    assert.ok(!existsSync(join(folder, 'deployments/home.json')));
  });

  it('fees beyond the cap get no signature, by the default cap or a given one', async () => {
    const tip = `0x${(5n * 10n ** 15n).toString(16)}`;
    through = await endpoint(url, ({ method }) => (method === 'eth_maxPriorityFeePerGas' ? tip : undefined));
    const dear = await command('deploy', through.url);
    refused(dear, 'FEE_TOO_HIGH');
    assert.match(dear.err, /more than the 1 ether allowed/);
    assert.deepEqual(sends(through.methods), []);
    refused(await command('deploy', url, '--max-fee', '0.000001'), 'FEE_TOO_HIGH');
    for (const bad of ['-1', 'x', '1e3', '0x1', '1.'])
      refused(await command('deploy', url, '--max-fee', bad), 'USAGE');
  });

  it('a deployment that fails at its second transaction goes on with its first', async () => {
    let sent = 0;
    through = await endpoint(url, ({ method }) => {
      if (method.startsWith('eth_send') && ++sent === 2) throw new Error('insufficient funds');
      return undefined;
    });
    const stopped = await command('deploy', `${through.url}/ACCESSKEY`);
    refused(stopped, 'FUNDS_INSUFFICIENT');
    assert.doesNotMatch(stopped.err, /ACCESSKEY/);
    assert.match(stopped.err, /has not the funds.*run the command again/);
    const path = join(folder, 'deployments/localhost.unfinished.json');
    const { transactions } = JSON.parse(readFileSync(path, 'utf8')) as { transactions: { verifier: string } };
    const other = await command('deploy', url, '--max-log', '16');
    refused(other, 'DEPLOYMENT_EXISTS');
    const { code, err, out } = await command('deploy', url, '--json');
    assert.equal(code, 0, err);
    assert.match(err, /going on with the deployment/);
    const deployment = JSON.parse(out) as Deployment;
    assert.equal(deployment.verifiers[0]!.transactionHash, transactions.verifier);
    assert.ok(!existsSync(path), 'finished');
  });

  it('and one that replaces another, too', async () => {
    const path = join(folder, 'deployments/localhost.json');
    const first = readFileSync(path, 'utf8');
    let sent = 0;
    through = await endpoint(url, ({ method }) => {
      if (method.startsWith('eth_send') && ++sent === 2) throw new Error('nonce too low');
      return undefined;
    });
    const anew = ['--replace', '--salt', '1'];
    refused(await command('deploy', through.url, ...anew), 'CHAIN_CALL_FAILED');
    assert.equal(readFileSync(path, 'utf8'), first, 'the file is of contracts that stand');
    refused(await command('deploy', url), 'DEPLOYMENT_EXISTS');
    await through.close();
    through = await endpoint(url);
    const { code, err } = await command('deploy', through.url, ...anew);
    assert.equal(code, 0, err);
    assert.equal(sends(through.methods).length, 1);
    assert.notEqual(readFileSync(path, 'utf8'), first);
  });

  it('is checked on the chain of its file', async () => {
    const file = join(folder, 'deployments/home.json');
    writeFileSync(
      file,
      readFileSync(join(folder, 'deployments/localhost.json'), 'utf8').replace('localhost', 'home'),
    );
    assert.equal((await command('deploy', url, '--network', 'home', '--check')).code, 0);
    writeFileSync(file, '{}');
    refused(await command('deploy', url, '--network', 'home', '--check'), 'DEPLOYMENT_INVALID');
    rmSync(file);
    refused(await command('deploy', url, '--network', 'home', '--check'), 'FILE_UNREADABLE');
  });

  describe('and a deployment file that was replaced', () => {
    const file = (): string => join(folder, 'deployments/localhost.json');
    let honest: Deployment;
    /** A statement that is not true, with the key of an honest proof. */
    let lie: string;
    before(() => {
      honest = JSON.parse(readFileSync(file(), 'utf8')) as Deployment;
      const json = JSON.parse(readFileSync(PROOF, 'utf8'));
      json.statement.publicOutputs[0] = '666';
      lie = join(folder, 'lie.json');
      writeFileSync(lie, JSON.stringify(json));
    });
    const deploy = async (
      data: Hex,
    ): Promise<
      Pick<Deployment['registry'], 'address' | 'codeHash' | 'salt' | 'transactionHash' | 'blockNumber'>
    > => {
      const transport = http(url);
      const client = createPublicClient({ transport });
      const wallet = createWalletClient({ transport });
      const [account] = await wallet.getAddresses();
      const hash = await wallet.sendTransaction({ account: account!, chain: null, data });
      const { contractAddress, blockNumber } = await client.waitForTransactionReceipt({ hash });
      const code = (await client.getCode({ address: contractAddress! }))!;
      return {
        address: contractAddress!.toLowerCase() as Hex,
        codeHash: codeHash(code),
        // Whoever wrote the file does not say what would show that the address is another's.
        salt: undefined,
        blockNumber: Number(blockNumber),
        transactionHash: hash,
      };
    };
    const attest = (proof: string, change: Partial<Deployment>, ...more: string[]): Promise<Outcome> => {
      writeFileSync(file(), JSON.stringify({ ...honest, ...change }));
      return command('attest', url, proof, ...more);
    };

    it('is not believed that a registry is one', async () => {
      const { vkDigest, address } = honest.verifiers[0]!;
      const evil = await deploy(
        (await compileVerifier(lyingRegistry({ digest: vkDigest, verifier: address }))).bytecode,
      );
      const registry = { ...honest.registry, ...evil };
      for (const more of [[], ['--trust-verifier']]) {
        const outcome = await attest(lie, { registry }, ...more);
        refused(outcome, 'DEPLOYMENT_MISMATCH', 1);
        assert.match(outcome.err, /code of the registry is not that of this version/);
      }
    });

    it('is not believed that a verifier verifies, unless told so', async () => {
      const { vkDigest } = honest.verifiers[0]!;
      const yes = await deploy((await compileVerifier(lyingVerifier(vkDigest))).bytecode);
      const [owner, guardian, , id] = honest.registry.constructorArguments;
      const constructorArguments = [owner!, guardian!, yes.address, id!];
      const bound = await deploy(registryInitcode(constructorArguments));
      const replaced = {
        verifiers: [{ ...honest.verifiers[0]!, ...yes }],
        registry: { ...honest.registry, ...bound, constructorArguments },
      };
      const outcome = await attest(lie, replaced);
      refused(outcome, 'DEPLOYMENT_MISMATCH', 1);
      assert.match(outcome.err, /code of the verifier is not what the generator makes/);
      // What the check is for.
      assert.equal((await attest(lie, replaced, '--trust-verifier')).code, 0);
    });

    // There are no signals to send on Windows.
    const signals = process.platform === 'win32' ? it.skip : it;
    signals('an interrupt while it waits says what was sent, which is mined all the same', async () => {
      // The receipts of the deployment are asked for before anything is sent.
      let sent = false;
      through = await endpoint(url, ({ method }) => {
        sent ||= method.startsWith('eth_send');
        return sent && method === 'eth_getTransactionReceipt' ? null : undefined;
      });
      writeFileSync(file(), JSON.stringify(honest));
      const place = [
        '--network',
        'localhost',
        '--rpc-url',
        through.url,
        '--deployments',
        join(folder, 'deployments'),
      ];
      const child = spawn(process.execPath, [BIN, 'attest', PROOF, ...place, '--trust-verifier'], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let err = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        const before = err;
        err += text;
        // Once: the second interrupt ends a process at once.
        if (/^sent 0x/m.test(err) && !/^sent 0x/m.test(before)) child.kill('SIGINT');
      });
      const [code] = (await once(child, 'close')) as [number];
      const [, hash] = /^sent (0x[\da-f]{64})$/m.exec(err)!;
      assert.match(err, new RegExp(`\\[ABORTED\\] waiting was interrupted; transaction ${hash} was sent`));
      assert.equal(code, 130);
      const client = createPublicClient({ transport: http(url) });
      assert.equal((await client.getTransactionReceipt({ hash: hash as Hex })).status, 'success');
    });

    it('the genuine one takes a true statement and refuses the lie', async () => {
      refused(await attest(lie, {}), 'PROOF_IDENTITY', 1);
      const { code, out, err } = await attest(PROOF, {}, '--json');
      assert.equal(code, 0, err);
      assert.equal(
        JSON.parse(out).programId,
        readProofDocument(readFileSync(PROOF, 'utf8'), PROOF).programId,
      );
      assert.equal((await attest(PROOF, {}, '--trust-verifier')).code, 0);
    });
  });
});
