/** `wattest deploy`: where contracts come to stand, what it costs, and who is asked. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import hre from 'hardhat';
import type { Deployment } from '../../sdk/src/chain/deployments.ts';
import { formatCoins } from '../../sdk/src/cli/chains.ts';
import { confirmSpending, formatCost } from '../../sdk/src/cli/spending.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { type Endpoint, endpoint } from './lib/endpoint.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

/** The first account of Hardhat's well-known mnemonic. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const SEPOLIA = 11_155_111;

const sends = (methods: readonly string[]): readonly string[] =>
  methods.filter((method) => method.startsWith('eth_send'));

describe('command line, deploy', () => {
  let folder: string;
  let through: Endpoint;
  let publicChain: Endpoint;
  const closed: (() => Promise<void>)[] = [];

  async function serve(chainId: number): Promise<Endpoint> {
    const server = await hre.network.createServer({ override: { chainId } }, '127.0.0.1', 0);
    const { address, port } = await server.listen();
    const spied = await endpoint(`http://${address}:${port}`);
    closed.push(
      () => spied.close(),
      () => server.close(),
    );
    return spied;
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-deploy-'));
    through = await serve(31337);
    publicChain = await serve(SEPOLIA);
  });
  after(async () => {
    for (const close of closed) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const deploy = (name: string, ...more: string[]): Promise<Outcome> =>
    wattest(
      [
        ...['deploy', '--network', 'localhost', '--rpc-url', through.url],
        ...['--deployments', join(folder, name), ...more],
      ],
      { LOCALHOST_PRIVATE_KEY: KEY },
    );
  const usage = async (...more: string[]): Promise<string> => {
    const { code, err } = await deploy('usage', ...more);
    assert.match(err, /\[USAGE\]/);
    assert.equal(code, 2);
    return err;
  };

  it('shows addresses and cost before anything is sent, and deploys to these addresses', async () => {
    const dry = await deploy('first', '--dry-run', '--json');
    assert.equal(dry.code, 0, dry.err);
    assert.deepEqual(sends(through.methods), []);
    assert.ok(!existsSync(join(folder, 'first/localhost.json')));
    const plan = JSON.parse(dry.out) as { steps: { what: string; address: string }[]; most: string };
    assert.match((await deploy('first', '--dry-run')).out, /^registry +0x\w+, 3,3\d\d,\d\d\d gas$/m);
    const { code, err, out } = await deploy('first', '--json');
    assert.equal(code, 0, err);
    const { registry, verifiers } = JSON.parse(out) as Deployment;
    const planned = (name: string): string =>
      plan.steps.find(({ what }) => what === name)!.address.toLowerCase();
    assert.equal(planned('registry'), registry.address);
    assert.equal(planned('verifier'), verifiers[0]!.address);
    assert.match(err, /^cost +about 8,\d\d\d,\d\d\d gas at [\d.]+ gwei: 0\.0\d+ ETH at most$/m);
    assert.match(err, /^account +0x\w+, which has 10000 ETH$/m);
    assert.equal((await deploy('first', '--check')).code, 0);
  });

  it('finds again what stands, without a file and without a payment', async () => {
    const file = (name: string): Deployment =>
      JSON.parse(readFileSync(join(folder, name, 'localhost.json'), 'utf8')) as Deployment;
    const before = sends(through.methods).length;
    const { code, err, out } = await deploy('second');
    assert.equal(code, 0, err);
    assert.match(err, /registry +0x\w+, stands already/);
    assert.match(err, /cost +nothing is sent/);
    for (const name of ['verifier', 'registry'])
      assert.match(out, new RegExp(`^${name} .*\\(stood before\\)$`, 'm'));
    assert.equal(sends(through.methods).length, before);
    assert.equal(file('second').registry.address, file('first').registry.address);
    assert.equal((await deploy('second', '--check')).code, 0);
    // With its file nothing is looked for: that has to be overwritten by name, and another salt deploys anew.
    const refused = await deploy('second');
    assert.match(refused.err, /\[DEPLOYMENT_EXISTS\] .*its WattestVerifier still stands at 0x\w{40}/);
    assert.equal(refused.code, 2);
    assert.equal(sends(through.methods).length, before);
    assert.equal((await deploy('second', '--replace', '--salt', '7')).code, 0);
    assert.notEqual(file('second').registry.address, file('first').registry.address);
    assert.equal((await deploy('second', '--check')).code, 0);
  });

  it('by plain transactions, where that is wanted', async () => {
    const { code, err, out } = await deploy('plain', '--create', '--json');
    assert.equal(code, 0, err);
    assert.equal((JSON.parse(out) as Deployment).registry.salt, undefined);
    assert.equal((await deploy('plain', '--check')).code, 0);
  });

  it('refuses options that say two things, or nothing', async () => {
    await usage('--create', '--salt', '1');
    for (const salt of ['-1', 'x', '0x', `0x1${'0'.repeat(64)}`]) await usage('--salt', salt);
    for (const delay of ['0', '1w', 'x', '-1']) await usage('--timelock', delay);
    await usage('--timelock', '1d', '--owner', `0x${'11'.repeat(20)}`);
    assert.match(await usage('--proposer', `0x${'11'.repeat(20)}`), /--timelock 2d/);
  });

  it('puts a timelock in front of the registry: what it adds waits, what the guardian stops does not', async () => {
    const name = 'locked';
    const at = [
      ...['--network', 'localhost', '--rpc-url', through.url],
      ...['--deployments', join(folder, name)],
    ];
    const command = (...args: string[]): Promise<Outcome> =>
      wattest([...args, ...at], { LOCALHOST_PRIVATE_KEY: KEY });
    const done = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await command(...args);
      assert.equal(code, 0, err);
      return out;
    };
    const later = async (seconds: number): Promise<void> => {
      for (const [method, params] of [
        ['evm_increaseTime', [seconds]],
        ['evm_mine', []],
      ]) {
        const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
        await fetch(through.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      }
    };
    const out = await done('deploy', '--timelock', '2d');
    assert.match(out, /^timelock +0x\w+, 172800 s, the owner$/m);
    assert.match(await done('deploy', '--check'), /^owner +0x\w+, a timelock of 172800 s$/m);
    assert.match(await done('route', 'list'), /^executors +anybody$/m);
    // The account that deployed owns nothing, and hears what leads there.
    const refused = await command('deploy', '--wrap');
    assert.match(refused.err, /\[CHAIN_REJECTED\].*wattest route add/);
    const scheduled = JSON.parse(await done('route', 'add', '--wrap', '--json')) as {
      readonly operation: string;
      readonly deployed: string;
      readonly transactionHash: string;
    };
    assert.match(scheduled.deployed, /^0x[\da-f]{64}$/);
    assert.match(scheduled.transactionHash, /^0x[\da-f]{64}$/);
    assert.notEqual(scheduled.deployed, scheduled.transactionHash);
    const early = await command('route', 'add', '--wrap');
    assert.match(early.err, /\[TIMELOCK_WAITING\].*waits until 20\d\d-/);
    assert.equal(early.code, 1);
    // Somebody disagrees, and then not.
    const transaction = /^transaction +0x[\da-f]{64} \([\d,]+ gas\)$/m;
    const cancelled = await done('route', 'cancel', scheduled.operation);
    assert.match(cancelled, /^cancelled +0x/);
    assert.match(cancelled, transaction);
    assert.match(await done('route', 'add', '--wrap'), transaction);
    await later(2 * 86_400);
    const added = await done('route', 'add', '--wrap');
    assert.match(added, /^added +the verifier of small proofs/);
    assert.match(added, transaction);
    const again = await command('route', 'add', '--wrap');
    assert.match(again.err, /\[DEPLOYMENT_EXISTS\].*a verifier of small proofs/);
    assert.match(await done('deploy', '--check'), / live +key[\s\S]* live +key/);
    await done('stop', 'small', '--for-good');
    assert.match(await done('route', 'list'), / live +key[\s\S]* stopped +key/);
    const meant = await command('route', 'freeze', 'direct');
    assert.match(meant.err, /\[USAGE\].*no more proofs under key 0x\w+, for good.*--for-good/);
    const freeze = ['route', 'freeze', 'direct', '--for-good'] as const;
    const waits = await done(...freeze);
    assert.match(waits, /^scheduled +freeze key 0x/);
    assert.match(waits, transaction);
    await later(2 * 86_400);
    const frozen = await done(...freeze);
    assert.match(frozen, /^frozen +key 0x/);
    assert.match(frozen, transaction);
    for (const args of [['add', 'direct'], ['freeze'], ['x'], ['list', 'x']])
      assert.match((await command('route', ...args)).err, /\[USAGE\]/);
  });

  describe('on a public chain', () => {
    const away = (...more: string[]): Promise<Outcome> =>
      wattest(
        [
          ...['deploy', '--network', 'sepolia', '--rpc-url', publicChain.url],
          ...['--deployments', join(folder, 'public'), ...more],
        ],
        { SEPOLIA_PRIVATE_KEY: KEY },
      );

    it('nobody who could be asked is an error before anything is made or sent', async () => {
      const { code, err } = await away();
      assert.match(err, /\[CONFIRMATION_MISSING\] sepolia: this spends coins of chain 11155111/);
      assert.equal(code, 2);
      // Somebody said yes: now the key is made, and refused.
      assert.match((await away('--yes', '--create')).err, /\[KEY_INSECURE\]/);
      assert.deepEqual(sends(publicChain.methods), []);
    });

    it('asks in a terminal', async () => {
      const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
      const write = process.stderr.write;
      const ask = async (answer: string, yes = false): Promise<string> => {
        let shown = '';
        const input = Object.assign(new PassThrough(), { isTTY: true });
        input.end(`${answer}\n`);
        Object.defineProperty(process, 'stdin', { configurable: true, value: input });
        process.stderr.write = ((text: string) => {
          shown += text;
          return true;
        }) as typeof write;
        try {
          await confirmSpending(SEPOLIA, [['cost', '1 ETH']], { network: 'sepolia', yes });
          return shown;
        } finally {
          process.stderr.write = write;
          Object.defineProperty(process, 'stdin', stdin);
        }
      };
      for (const answer of ['y', ' YES '])
        assert.match(
          await ask(answer),
          /cost {2}1 ETH\nSpend this on sepolia \(chain 11155111\)\? \(y\/N\) /,
        );
      assert.equal(await ask('n', true), 'cost  1 ETH\n');
      for (const answer of ['', 'n', 'yep', 'no'])
        await assert.rejects(ask(answer), (error) => isWattestError(error, 'ABORTED'));
    });
  });

  it('says costs in the coin of the chain, and never less than they are', () => {
    const cost = { gas: 598_000n, feePerGas: 1_500_000_000n, value: 0n };
    assert.equal(formatCost(cost, 1), 'about 598,000 gas at 1.5 gwei: 0.000897 ETH at most');
    assert.equal(
      formatCost({ ...cost, value: 10n ** 16n }, 137),
      'about 598,000 gas at 1.5 gwei: 0.010897 POL at most',
    );
    assert.equal(formatCoins(1n, 1), '0.000000000000000001 ETH');
    assert.equal(formatCoins(10n ** 12n + 1n, 100), '0.000002 xDAI');
    assert.equal(formatCoins(0n, 1), '0 ETH');
  });
});
