/** `hre.wattest` and its tasks in this process, on a program that takes no compiler: what is refused, and what helps. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import type { HardhatUserConfig } from 'hardhat/types/config';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { ROOT, SOLC_PATH } from '../../scripts/lib/tools.ts';
import { readProofDocument } from '../../sdk/src/attest/proof/document.ts';
import type { DeploymentPlan } from '../../sdk/src/chain/plan.ts';
import type { TransactionCost } from '../../sdk/src/chain/port.ts';
import {
  addressArgument,
  confirm,
  kindArgument,
  type PlaceArguments,
  placeArguments,
} from '../../sdk/src/hardhat/tasks/values.ts';
import plugin, { type Connection, type WattestUserConfig } from '../../sdk/src/hardhat.ts';
import { isSameHex } from '../../sdk/src/solidity/abi.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { PROGRAM, TWICE } from './twice.ts';

const NOBODY = `0x${'99'.repeat(20)}` as const;
const PATH = join(ROOT, 'test/fixtures/fibonacci.proof.json');
const FIBONACCI = readProofDocument(readFileSync(PATH, 'utf8'), PATH);

describe('hardhat: runtime and tasks', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);

  const configure = (wattest?: WattestUserConfig): HardhatUserConfig => ({
    plugins: [plugin],
    solidity: { compilers: [{ version: '0.8.37', path: SOLC_PATH }] },
    ...(wattest === undefined ? {} : { wattest }),
  });
  const environment = (wattest?: WattestUserConfig): Promise<HardhatRuntimeEnvironment> =>
    createHardhatRuntimeEnvironment(configure(wattest), {}, folder);
  /** A simulated chain as one that stays, of any id. */
  const lasting = async (hre: HardhatRuntimeEnvironment, chainId: number): Promise<Connection> => {
    const { provider, ...rest } = await hre.network.create({ network: 'default', override: { chainId } });
    return { ...rest, provider, networkConfig: { ...rest.networkConfig, type: 'http' } } as Connection;
  };
  /** A connection whose provider answers otherwise where `answer` does. */
  const answering = ({ provider, ...rest }: Connection, answer: (method: string) => unknown): Connection => {
    const request = async (call: { readonly method: string }): Promise<unknown> =>
      answer(call.method) ?? provider.request(call as never);
    return { ...rest, provider: Object.create(provider, { request: { value: request } }) } as Connection;
  };

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

    const document = FIBONACCI;
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
    // Of its own accounts a node may say nothing.
    const stays = await lasting(hre, 31337);
    const remote = { ...stays.networkConfig, accounts: 'remote' };
    const silent = answering({ ...stays, networkConfig: remote } as Connection, (method) => {
      if (method === 'eth_accounts') throw Object.assign(new Error('no such method'), { code: -32601 });
    });
    await assert.rejects(hre.wattest.deploy(silent), {
      code: 'NETWORK_UNKNOWN',
      message: /the network has no account$/,
    });
    const accounts = (await connection.provider.request({ method: 'eth_accounts' })) as `0x${string}`[];
    await hre.wattest.deploy(connection, { from: accounts[3]! });
    const nonce = { method: 'eth_getTransactionCount', params: [accounts[3], 'latest'] };
    // With what goes to the signer of the factory's transaction.
    assert.equal(await connection.provider.request(nonce), '0x3');
  });

  it('with `replace` leaves nothing of a simulated chain, unless a salt is given', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const connection: Connection = await hre.network.create();
    const first = await hre.wattest.deploy(connection);
    await hre.wattest.attest(connection, FIBONACCI);
    const second = await hre.wattest.deploy(connection, { replace: true });
    assert.notEqual(second.registry.address, first.registry.address);
    assert.equal(await hre.wattest.hasReturned(connection, FIBONACCI), false);
    assert.deepEqual(await hre.wattest.deploy(connection), second);
    const salt = `0x${'07'.padStart(64, '0')}` as const;
    const other = { code: 'DEPLOYMENT_EXISTS', fix: /^Leave out `salt`/ };
    await assert.rejects(hre.wattest.deploy(connection, { salt }), other);
    const third = await hre.wattest.deploy(connection, { salt, replace: true });
    assert.equal(third.registry.salt, salt);
    await assert.rejects(hre.wattest.deploy(connection, { salt: null }), other);
    assert.deepEqual(await hre.wattest.deploy(connection, { salt }), third);
    const again = await hre.wattest.deploy(connection, { salt: first.registry.salt, replace: true });
    assert.equal(again.registry.address, first.registry.address);
    assert.ok(await hre.wattest.hasReturned(connection, FIBONACCI));
  });

  it('deploys a timelock as the owner, and is not content with another one', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const connection: Connection = await hre.network.create();
    const timelock = { minDelay: 3600 };
    const deployed = await hre.wattest.deploy(connection, { timelock });
    assert.equal(deployed.timelock!.minDelay, 3600);
    const owner = { to: deployed.registry.address, data: '0x8da5cb5b' };
    const answer = await connection.provider.request({ method: 'eth_call', params: [owner, 'latest'] });
    assert.equal(`0x${(answer as string).slice(26)}`, deployed.timelock!.address);
    assert.deepEqual(await hre.wattest.deploy(connection, { timelock }), deployed);
    const other = { code: 'DEPLOYMENT_EXISTS', message: /its timelock is/, fix: /^Leave out `timelock`/ };
    const { wattest } = hre;
    await assert.rejects(wattest.deploy(connection, { timelock: { minDelay: 60 } }), other);
    await assert.rejects(
      wattest.deploy(connection, { timelock: { ...timelock, proposers: [NOBODY] } }),
      other,
    );
    await wattest.deploy(connection, { replace: true });
    await assert.rejects(wattest.deploy(connection, { timelock }), other);
    await assert.rejects(wattest.deploy(connection, { timelock, owner: NOBODY, replace: true }), {
      code: 'INPUT_INVALID',
    });
  });

  it('takes what helps on a public chain without the factory', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const connection = await lasting(hre, 1);
    await assert.rejects(hre.wattest.deploy(connection), {
      code: 'FACTORY_MISSING',
      fix: /`publishFactory`.*\(`salt: null`\)/,
    });
    // The next thing that is wrong: a development key, which a public chain does not take.
    const insecure = { code: 'KEY_INSECURE' };
    await assert.rejects(hre.wattest.deploy(connection, { publishFactory: true }), insecure);
    await assert.rejects(hre.wattest.deploy(connection, { salt: null }), insecure);
    assert.equal(await connection.provider.request({ method: 'eth_blockNumber' }), '0x0', 'nothing was sent');
  });

  it('signs no more than twice what was planned, also where nobody looks at the plan', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    let dear = false;
    const greedy = answering(await lasting(hre, 31337), (method) => {
      if (method !== 'eth_maxPriorityFeePerGas') return undefined;
      if (dear) return '0x174876e800';
      dear = true;
      return '0x3b9aca00';
    });
    await assert.rejects(hre.wattest.deploy(greedy), {
      code: 'FEE_TOO_HIGH',
      message: /more than twice what was planned/,
    });
    assert.ok(!existsSync(at('deployments/default.json')));
  });

  it('hears what a deployment and an attestation cost, and can refuse', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const connection: Connection = await hre.network.create();
    const dear = new Error('too dear');
    const refused = { message: /too dear$/ };
    const plans: DeploymentPlan[] = [];
    const refusing = (plan: DeploymentPlan): never => {
      plans.push(plan);
      throw dear;
    };
    await assert.rejects(hre.wattest.deploy(connection, { onPlan: refusing }), refused);
    assert.deepEqual(
      plans[0]!.steps.map(({ what }) => what),
      ['factory', 'verifier', 'registry'],
    );
    const { registry } = await hre.wattest.deploy(connection);
    assert.ok(isSameHex(registry.address, plans[0]!.steps[2]!.address!), 'as it was planned');
    const onFee = ({ gas, feePerGas }: TransactionCost): never => {
      assert.ok(gas > 500_000n && feePerGas > 0n);
      throw dear;
    };
    await assert.rejects(hre.wattest.attest(connection, FIBONACCI, { onFee }), refused);
    assert.equal(await hre.wattest.hasReturned(connection, FIBONACCI), false);
  });

  it('says which blocks it looked at for what is on record instead', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const connection: Connection = await hre.network.create();
    await hre.wattest.deploy(connection);
    const other = { ...FIBONACCI, statement: { ...FIBONACCI.statement, publicInputs: [7n] } };
    const says = (message: RegExp, on = connection): Promise<void> =>
      assert.rejects(hre.wattest.expectAttested(on, other), { name: 'AssertionError', message });
    await says(/\nnothing is on record$/);
    await hre.wattest.attest(connection, FIBONACCI);
    await says(/\non record of it:\n/);
    await connection.provider.request({ method: 'hardhat_mine', params: ['0x2711'] });
    const newest = Number(await connection.provider.request({ method: 'eth_blockNumber' }));
    await says(new RegExp(`\\nnothing is on record since block ${newest - 10_000}$`));

    const stays = await lasting(hre, 31337);
    await hre.wattest.deploy(stays, { replace: true });
    const silent = answering(stays, (method) => {
      if (method === 'eth_getLogs') throw Object.assign(new Error('no logs here'), { code: -32000 });
    });
    await says(/\nthe endpoint does not say what is on record instead$/, silent);
    rmSync(at('deployments'), { recursive: true });
  });

  it('reads where contracts come to stand, and whose they are, as the command does', () => {
    const none = { create: false, publishFactory: false };
    const place = placeArguments({ ...none, salt: '7', timelock: '2d', proposer: `${NOBODY},${NOBODY}` });
    assert.equal(place.salt, `0x${'7'.padStart(64, '0')}`);
    assert.equal(place.timelock!.minDelay, 172_800);
    assert.equal(place.timelock!.proposers!.length, 2);
    assert.equal(placeArguments(none).salt, undefined);
    assert.equal(placeArguments({ ...none, create: true }).salt, null);
    const usage = (given: Partial<PlaceArguments>, fix: RegExp): void =>
      assert.throws(() => placeArguments({ ...none, ...given }), { code: 'USAGE', fix });
    usage({ salt: 'x' }, /describes it \(--help\)$/);
    usage({ timelock: 'soon' }, /describes it \(--help\)$/);
    usage({ timelock: '2d', executor: '0x1' }, /^Copy the whole/);
    usage({ proposer: NOBODY }, /^Give its delay/);
    usage({ timelock: '2d', owner: NOBODY }, /^Give one of them/);
    usage({ create: true, salt: '1' }, /^Give one of them/);
    usage({ create: true, publishFactory: true }, /^Give one of them/);
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
    const on = (chainId: number): Promise<Connection> => lasting(hre, chainId);
    const question = { what: 'deploy', rows: [], yes: false };
    const { isTTY } = process.stdin;
    try {
      process.stdin.isTTY = true;
      await assert.rejects(confirm(hre, await on(1), question), { code: 'ABORTED', fix: /^Answer y/ });
      assert.match(asked[0]!, /About to deploy on default \(chain 1\)/);
      answer = 'y';
      await confirm(hre, await on(1), question);
      assert.equal(asked.length, 2);
      process.stdin.isTTY = false;
      await assert.rejects(confirm(hre, await on(1), question), { code: 'CONFIRMATION_MISSING' });
      await confirm(hre, await on(1), { ...question, yes: true });
      await confirm(hre, await on(31337), question);
      assert.equal(asked.length, 2);
    } finally {
      process.stdin.isTTY = isTTY;
    }
  });

  it('shows errors of its tasks as those of a plugin', async () => {
    const hre = await environment({ programs: { Twice: PROGRAM } });
    const task = hre.tasks.getTask(['wattest', 'prove']);
    await assert.rejects(task.run({ program: 'Thrice' }), {
      name: 'HardhatPluginError',
      message: /\[USAGE\] .*no such program\. Give one of Twice\.$/,
    });
    await assert.rejects(hre.tasks.getTask(['wattest', 'attest']).run({ proof: PATH, confirmations: 0 }), {
      message: /\[USAGE\] --confirmations is less than 1\. Give 1 or more/,
    });
  });
});
