/** `--calldata`: what an owner that is another account, a contract here, has to send; and that it does what was asked. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hre from 'hardhat';
import {
  createWalletClient,
  encodeFunctionData,
  getAddress,
  type Hex,
  http,
  parseAbi,
  publicActions,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hardhat } from 'viem/chains';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { SAFE } from '../chain/safe.ts';
import { endpoint } from './lib/endpoint.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

/** Accounts of Hardhat's well-known mnemonic: who deploys and pays, and the guardian. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const GUARDIAN = privateKeyToAccount(
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
).address;

interface Call {
  readonly to: Hex;
  readonly value: string;
  readonly data: Hex;
  readonly as: string;
  readonly accounts: readonly Hex[];
  readonly operation?: { readonly id: Hex };
}

describe('command line, calls for an owner to send', () => {
  let folder: string;
  let url: string;
  let close: () => Promise<void>;
  let safe: Hex;
  const account = privateKeyToAccount(KEY);
  const wallet = () =>
    createWalletClient({ account, chain: hardhat, transport: http(url) }).extend(publicActions);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-calldata-'));
    const server = await hre.network.createServer(undefined, '127.0.0.1', 0);
    const { address, port } = await server.listen();
    url = `http://${address}:${port}`;
    close = () => server.close();
    const { bytecode } = await compileVerifier({ name: 'Safe', source: SAFE });
    const hash = await wallet().deployContract({ abi: [], bytecode });
    safe = getAddress((await wallet().waitForTransactionReceipt({ hash })).contractAddress!);
  });
  after(async () => {
    await close?.();
    rmSync(folder, { recursive: true, force: true });
  });

  const command = (name: string, ...args: string[]): Promise<Outcome> =>
    wattest([...args, '--network', 'localhost', '--rpc-url', url, '--deployments', join(folder, name)], {
      LOCALHOST_PRIVATE_KEY: KEY,
    });
  const done = async (name: string, ...args: string[]): Promise<string> => {
    const { code, out, err } = await command(name, ...args);
    assert.equal(code, 0, err);
    return out;
  };
  const callOf = async (name: string, ...args: string[]): Promise<Call> =>
    JSON.parse(await done(name, ...args, '--calldata', '--json')) as Call;
  const sendAsSafe = async ({ to, value, data }: Pick<Call, 'to' | 'value' | 'data'>): Promise<void> => {
    const abi = parseAbi(['function execute(address,uint256,bytes) payable']);
    const args = [to, BigInt(value), data] as const;
    const hash = await wallet().writeContract({ address: safe, abi, functionName: 'execute', args });
    await wallet().waitForTransactionReceipt({ hash });
  };

  it('an account that is not the owner hears of it, and the owner does what is printed', async () => {
    const name = 'owned';
    await done(name, 'deploy', '--owner', safe, '--guardian', GUARDIAN);
    const foreign = await command(name, 'freeze', 'direct', '--for-good');
    assert.match(foreign.err, /OwnableUnauthorizedAccount.*Use the account that may, .*--calldata/s);
    const add = ['route', 'add', '--wrap'];
    assert.match((await command(name, ...add)).err, /\[CHAIN_REJECTED\].*no timelock.*route add --calldata/s);

    const added = await callOf(name, ...add);
    assert.deepEqual([added.as, added.accounts, added.value], ['owner', [safe], '0']);
    assert.doesNotMatch(await done(name, 'record'), / live[\s\S]* live/, 'it is the owner that sends it');
    await sendAsSafe(added);
    assert.match(await done(name, ...add), /^added +the verifier of small proofs/m);
    assert.match(await done(name, 'deploy', '--check'), / live +key[\s\S]* live +key/);

    const before = await wallet().getBlockNumber();
    const shown = await done(name, 'freeze', 'direct', '--calldata');
    assert.match(
      shown,
      new RegExp(
        `^freezes +key 0x\\w{64}\nregistry +0x\\w{40}\nsent by +owner ${safe}\nto +0x\\w{40}\nvalue +0\ncalldata +0x\\w{72}\n$`,
      ),
    );
    assert.equal(await wallet().getBlockNumber(), before);
    await sendAsSafe(await callOf(name, 'freeze', 'direct'));
    assert.match(await done(name, 'record'), / frozen +key/);
    const twice = await command(name, 'freeze', 'direct', '--calldata');
    assert.match(twice.err, /\[KEY_STOPPED\]/);
    assert.deepEqual([twice.code, twice.out], [1, '']);
    assert.match(
      await done(name, 'stop', 'small', '--calldata'),
      new RegExp(`^stops +key 0x\\w{64}\nregistry[^]*^sent by +guardian ${GUARDIAN} or owner ${safe}$`, 'm'),
    );
    await sendAsSafe(await callOf(name, 'stop', 'small'));
    assert.match(await done(name, 'record'), / stopped +key/);
    assert.match((await command(name, 'stop', '--proof', 'x', '--calldata')).err, /\[USAGE\]/);
    assert.match((await command(name, 'route', 'list', '--calldata')).err, /\[USAGE\]/);
  });

  it('a proposer of a timelock schedules, and takes back', async () => {
    const name = 'locked';
    await done(name, 'deploy', '--timelock', '2d', '--proposer', safe, '--guardian', GUARDIAN);
    const freeze = ['route', 'freeze', 'direct'];
    const foreign = await command(name, ...freeze, '--for-good');
    assert.match(foreign.err, /AccessControlUnauthorizedAccount.*Use the account that may, .*--calldata/s);
    assert.match(
      await done(name, ...freeze, '--calldata'),
      /^freezes +key 0x\w{64}\nregistry +0x\w{40}\nsent by +any proposer of the timelock 0x\w{40} \(wattest route list\)[\s\S]*^delay +172800 s\noperation +0x\w{64}, unset$/m,
    );
    const call = await callOf(name, ...freeze);
    await sendAsSafe(call);
    assert.match((await command(name, ...freeze, '--calldata')).err, /\[TIMELOCK_WAITING\]/);
    const { id } = call.operation!;
    assert.match(
      await done(name, 'route', 'cancel', id, '--calldata'),
      /^cancels +0x\w{64}\nregistry[\s\S]*^operation +0x\w{64}, waiting \(its time: 20.* UTC\)$/m,
    );
    await sendAsSafe(await callOf(name, 'route', 'cancel', id));
    // It can be scheduled again.
    await sendAsSafe(await callOf(name, ...freeze));
    assert.match((await command(name, 'route', 'cancel', '0x12', '--calldata')).err, /64 digits/);
  });

  it('a call is for the owner that the deployment names, or that is named, and no other', async () => {
    const name = 'handed';
    await done(name, 'deploy', '--guardian', GUARDIAN, '--salt', '9');
    const { registry } = JSON.parse(readFileSync(join(folder, name, 'localhost.json'), 'utf8')) as {
      readonly registry: { readonly address: Hex };
    };
    const abi = parseAbi(['function transferOwnership(address)', 'function acceptOwnership()']);
    const hash = await wallet().writeContract({
      address: registry.address,
      abi,
      functionName: 'transferOwnership',
      args: [safe],
    });
    await wallet().waitForTransactionReceipt({ hash });
    const data = encodeFunctionData({ abi, functionName: 'acceptOwnership' });
    await sendAsSafe({ to: registry.address, value: '0', data });

    const before = await wallet().getBlockNumber();
    const freeze = ['freeze', 'direct'];
    for (const args of [freeze, ['route', ...freeze], ['route', 'add', '--wrap']]) {
      const { err, out, code } = await command(name, ...args, '--calldata');
      const said = `belongs to ${safe}, and it is known to belong to ${account.address}. Ask another endpoint; .*--owner ADDRESS`;
      assert.match(err, new RegExp(`\\[DEPLOYMENT_MISMATCH\\] .*${said}`));
      assert.deepEqual([code, out], [1, '']);
    }
    assert.equal(await wallet().getBlockNumber(), before, 'nothing was deployed for it');
    assert.match((await command(name, ...freeze, '--owner', safe)).err, /\[USAGE\].*Give --calldata too/);
    // A guardian stops at once, whoever the owner is.
    assert.equal((await callOf(name, 'stop', 'direct')).as, 'guardian');
    await sendAsSafe(await callOf(name, ...freeze, '--owner', safe));
    assert.match(await done(name, 'record'), / frozen +key/);
    await sendAsSafe(await callOf(name, 'route', 'add', '--wrap', '--owner', safe));
    assert.match(await done(name, 'route', 'add', '--wrap'), /^added +the verifier of small proofs/m);

    const liar = await endpoint(url, ({ method, params }) =>
      method === 'eth_call' && JSON.stringify(params).includes('"0x8da5cb5b"')
        ? `0x${registry.address.slice(2).padStart(64, '0')}`
        : undefined,
    );
    try {
      const at = ['--network', 'localhost', '--rpc-url', liar.url, '--deployments', join(folder, name)];
      const { err, out } = await wattest(['route', ...freeze, '--calldata', '--owner', safe, ...at]);
      assert.match(err, /\[DEPLOYMENT_MISMATCH\]/);
      assert.equal(out, '');
    } finally {
      await liar.close();
    }
  });
});
