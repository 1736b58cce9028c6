/**
 * The road to a testnet (docs/onchain.md), command by command: a chain with the id of Sepolia, a file in the form of a ceremony's, a key of it that is not insecure. What the file lacks of
 * a ceremony is people: its τ is hashed from a text here. `WATTEST_PTAU=FILE` takes a real one, of power 17 or more.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hre from 'hardhat';
import { createPublicClient, type Hex, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type Deployment, parseDeployment } from '../../sdk/src/chain/deployments.ts';
import { FACTORY, FACTORY_CODE } from '../../sdk/src/chain/factory.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { powersFor } from '../../sdk/src/machine/system.ts';
import { directoryStore } from '../../sdk/src/platform/node-storage.ts';
import { verifyingKeyFromJson } from '../../sdk/src/verify.ts';
import { moduleBytes } from '../../sdk/src/wasm/index.ts';
import { keepBasis, kernelPtau } from '../kzg/support.ts';
import { ROOT } from '../structure/sources.ts';
import { type Endpoint, endpoint } from './lib/endpoint.ts';
import { type ExplorerServer, explorersOf, openServer } from './lib/explorers.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

const SEPOLIA = 11_155_111;
/** The least that a key can have: its tables of 2^14 rows, and the file that is enough for them. */
const MAX_LOG = '14';
const POWER = 17;
const SEED = 'the road to a testnet';
/** Accounts of Hardhat's well-known mnemonic: who deploys and pays, and the guardian. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const GUARDIAN = privateKeyToAccount(
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
).address;
const ETHERSCAN_KEY = 'KEYOFETHERSCAN';

describe('command line, to a testnet', () => {
  let folder: string;
  let chain: Endpoint;
  let explorers: ExplorerServer;
  let environment: Readonly<Record<string, string>>;
  let ceremony: string;
  const closed: (() => unknown)[] = [];
  const at = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(at(name), 'utf8');
  const deployment = (): Deployment => parseDeployment(read('deployments/sepolia.json'), 'sepolia.json');
  const sent = (): number => chain.methods.filter((method) => method.startsWith('eth_send')).length;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-testnet-'));
    ceremony = process.env['WATTEST_PTAU'] ?? at('ceremony.ptau');
    if (process.env['WATTEST_PTAU'] === undefined) {
      const engine = await createEngine();
      writeFileSync(ceremony, await kernelPtau(engine, SEED, POWER));
      const size = powersFor(Number(MAX_LOG));
      await keepBasis(engine, directoryStore(at('cache')), { seed: SEED, size, t: 10, height: 2 ** 14 });
      await engine.dispose();
    }
    const server = await hre.network.createServer({ override: { chainId: SEPOLIA } }, '127.0.0.1', 0);
    const { address, port } = await server.listen();
    closed.push(() => server.close());
    chain = await endpoint(`http://${address}:${port}`);
    closed.push(() => chain.close());
    explorers = await openServer();
    closed.push(() => explorers.close());
    environment = {
      SEPOLIA_RPC_URL: chain.url,
      SEPOLIA_PRIVATE_KEY: KEY,
      WATTEST_CACHE_DIR: at('cache'),
    };
    const sum = moduleBytes({
      types: ['i32 i32 -> i32'],
      functions: [{ type: 0, code: [['local.get', 0], ['local.get', 1], 'i32.add'] }],
      exports: [['sum', 'func', 0]],
    });
    writeFileSync(at('sum.wasm'), sum);
  });
  after(async () => {
    for (const close of closed.reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const network = (): string[] => ['--network', 'sepolia', '--deployments', at('deployments')];
  /** Of the key, in every command alike. */
  const srs = (): string[] => ['--srs', ceremony, '--max-log', MAX_LOG];
  /** What ended well. */
  const ran: (readonly string[])[] = [];
  const keep = async (args: readonly string[], outcome: Promise<Outcome>): Promise<Outcome> => {
    if ((await outcome).code === 0) ran.push(args);
    return outcome;
  };
  const command = (...args: string[]): Promise<Outcome> => keep(args, wattest(args, environment));
  /** Somebody at a terminal, who answers so. */
  const answering = (answer: string, ...args: string[]): Promise<Outcome> =>
    keep(args, wattest(args, environment, `${answer}\n`, { terminal: true }));
  const done = ({ code, out, err }: Outcome): string => {
    assert.equal(code, 0, err);
    return out;
  };
  const refused = ({ code, err }: Outcome, error: string, text: RegExp, exit = 2): void => {
    assert.match(err, new RegExp(`\\[${error}\\]`));
    assert.match(err, text);
    assert.equal(code, exit, err);
  };

  it('srs check: a file whose hash nobody published is taken by the hash that is given', async () => {
    const hash = createHash('blake2b512').update(readFileSync(ceremony)).digest('hex');
    const check = ['srs', 'check', ceremony, '--max-log', MAX_LOG];
    const checked = done(await command(...check, '--blake2b', hash));
    assert.match(checked, /^checked +245,805 of them \(--max-log 14\)/m);
    if (process.env['WATTEST_PTAU'] === undefined)
      refused(await command(...check), 'HASH_MISMATCH', /--blake2b/, 1);
  });

  it('key and verifier: nothing is marked insecure', async () => {
    done(await command('key', '-o', at('key.json'), ...srs()));
    assert.equal(verifyingKeyFromJson(read('key.json'), 'key.json').insecure, false);
    const out = done(await command('verifier', '-o', at('Verifier.sol'), '--public-network', ...srs()));
    assert.match(out, /^SRS +ceremony$/m);
    assert.match(read('Verifier.sol'), /contract WattestVerifier/);
  });

  it('a development key is refused with the way to another, before anything is sent', async () => {
    for (const more of [['--create'], ['--publish-factory'], ['--dry-run', '--create']])
      refused(
        await command('deploy', ...network(), '--max-log', MAX_LOG, '--yes', ...more),
        'KEY_INSECURE',
        /Import a ceremony file \(\.ptau\) and make the key from it/,
      );
    refused(
      await command('verifier', '-o', at('No.sol'), '--public-network', '--max-log', MAX_LOG),
      'KEY_INSECURE',
      /Import a ceremony file \(\.ptau\) and make the key from it/,
    );
    assert.equal(sent(), 0);
  });

  it('deploy: shows addresses and cost, asks, and sends what it showed', async () => {
    const deploy = ['deploy', ...network(), ...srs(), '--timelock', '1d', '--guardian', GUARDIAN];
    refused(await command(...deploy, '--dry-run'), 'FACTORY_MISSING', /--publish-factory/);
    const shown = done(await command(...deploy, '--publish-factory', '--dry-run'));
    for (const what of ['factory', 'timelock', 'verifier', 'registry'])
      assert.match(shown, new RegExp(`^${what} +0x\\w{40}, [\\d,]+ gas$`, 'm'));
    assert.match(shown, /^cost +about [\d,]+ gas at [\d.]+ gwei: 0\.\d+ ETH at most$/m);
    refused(await command(...deploy, '--publish-factory'), 'CONFIRMATION_MISSING', /--yes/);
    refused(
      await answering('n', ...deploy, '--publish-factory'),
      'ABORTED',
      /Spend this on sepolia \(chain 11155111\)\?/,
      130,
    );
    assert.equal(sent(), 0);
    const { err, ...deployed } = await answering('y', ...deploy, '--publish-factory');
    const out = done({ err, ...deployed });
    assert.match(err, /^cost +about [\d,]+ gas .* ETH at most$/m);
    assert.match(out, /^network +sepolia, chain 11155111$/m);
    const { chainId, registry, timelock, verifiers } = deployment();
    assert.equal(chainId, SEPOLIA);
    for (const { address } of [registry, timelock!, verifiers[0]!])
      assert.match(shown, new RegExp(`^\\w+ +${address}, `, 'im'));
    const client = createPublicClient({ transport: http(chain.url) });
    assert.equal(await client.getCode({ address: FACTORY }), FACTORY_CODE);
    // What stands is neither paid nor asked for again.
    const count = sent();
    const again = await command(...deploy, '--replace', '--yes');
    done(again);
    assert.match(again.err, /^cost +nothing is sent$/m);
    assert.equal(sent(), count);
  });

  it('verify-source: both explorers come to the code that stands', async () => {
    const client = createPublicClient({ transport: http(chain.url) });
    const services = explorersOf({ client, chainId: SEPOLIA, deployment, key: ETHERSCAN_KEY });
    const [sourcify, etherscan] = [services.sourcify(), services.etherscan()];
    explorers.answer = (one) => (one.url.startsWith('/server') ? sourcify : etherscan)(one);
    const urls = ['--sourcify-url', `${explorers.url}/server`, '--etherscan-url', `${explorers.url}/v2/api`];
    environment = { ...environment, ETHERSCAN_API_KEY: ETHERSCAN_KEY };
    const out = done(await command('verify-source', ...network(), ...urls, '--pause', '1'));
    for (const service of ['sourcify', 'etherscan'])
      for (const name of ['WattestVerifier', 'AttestationRegistry', 'TimelockController'])
        assert.match(out, new RegExp(`^${name} +verified by ${service}, 0x`, 'm'));
  });

  it('deploy --check: the deployment is what the file and the key say, and of no other key', async () => {
    const out = done(await command('deploy', ...network(), ...srs(), '--check'));
    assert.match(out, /^owner +0x\w+, a timelock of 86400 s$/m);
    assert.match(out, new RegExp(`^guardian +${GUARDIAN}$`, 'm'));
    refused(
      await command('deploy', ...network(), '--max-log', MAX_LOG, '--check'),
      'DEPLOYMENT_MISMATCH',
      /key/,
      1,
    );
  });

  it('prove, attest, record', async () => {
    const prove = ['prove', at('sum.wasm'), '--invoke', 'sum', '--args', '2,3'];
    done(await command(...prove, '-o', at('proof.json'), ...srs()));
    assert.equal(JSON.parse(read('proof.json')).insecure, false);
    const verified = ['verify', at('proof.json'), '--program', at('sum.wasm'), '--invoke', 'sum'];
    assert.doesNotMatch(done(await command(...verified, ...srs())), /insecure/i);
    const attest = ['attest', at('proof.json'), ...network(), ...srs()];
    const count = sent();
    refused(await command(...attest), 'CONFIRMATION_MISSING', /--yes/);
    assert.equal(sent(), count);
    const { err, ...attested } = await command(...attest, '--yes');
    done({ err, ...attested });
    assert.match(err, /^cost +about [\d,]+ gas .* ETH at most$/m);
    assert.equal(sent(), count + 1);
    const shown = done(await command('record', at('proof.json'), ...network(), ...srs()));
    assert.match(shown, /^counts +yes$/m);
    assert.match(shown, new RegExp(privateKeyToAccount(KEY as Hex).address));
    done(await command(...attest, '--yes'));
    assert.equal(sent(), count + 1, 'what is on record is not paid for twice');
  });

  it('these were the commands of the document, with their options', () => {
    const text = readFileSync(join(ROOT, 'docs/onchain.md'), 'utf8');
    const [, block] = /^### To a testnet$[\s\S]*?```sh\n([\s\S]*?)```/m.exec(text)!;
    const lines = block!.split('\n').flatMap((line) => /^wattest ([^#]*?) *(?:#|$)/.exec(line)?.[1] ?? []);
    assert.equal(lines.length, 8);
    for (const line of lines) {
      const [name, ...words] = line.split(' ');
      // Downloads are those of `srs.test.ts`.
      if (words[0] === 'fetch') continue;
      const wanted = words.filter((word) => word.startsWith('-'));
      assert.ok(
        ran.some((args) => args[0] === name && wanted.every((word) => args.includes(word))),
        `nothing ran that is like: wattest ${line}`,
      );
    }
  });

  it('a proof under a development key is refused there', async () => {
    const prove = ['prove', at('sum.wasm'), '--invoke', 'sum', '--args', '2,3'];
    done(await command(...prove, '-o', at('development.json'), '--max-log', MAX_LOG));
    const count = sent();
    const attest = ['attest', at('development.json'), ...network(), '--yes'];
    for (const key of [srs(), ['--max-log', MAX_LOG], ['--trust-verifier']])
      refused(await command(...attest, ...key), 'PROOF_FOREIGN_KEY', /sepolia has 0x/);
    assert.equal(sent(), count);
  });
});
