/** A registry whose owner announces what it will do. */
import assert from 'node:assert/strict';
import { type Hex, keccak256, toHex } from 'viem';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { abiCall, abiSelectorWord, abiWord } from '../../sdk/src/solidity/abi.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { DEFAULT_SHAPE, makeToy } from '../plonk/toy.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from './fixture.ts';
import { LIBRARIES, type Library } from './libraries.ts';

const DELAY = 2 * 86_400;

describe('a timelock', () => {
  let chain: TestChain;
  let made: {
    readonly generated: ReturnType<typeof generateVerifier>;
    readonly contract: Awaited<ReturnType<typeof compileVerifier>>;
  };
  before(async () => {
    chain = await connectChain();
    const generated = generateVerifier((await makeToy()).key.key);
    made = { generated, contract: await compileVerifier(generated) };
  });
  after(() => chain.close());

  const later = async (seconds: number): Promise<void> => {
    await chain.provider.request({ method: 'evm_increaseTime', params: [seconds] });
    await chain.provider.request({ method: 'evm_mine' });
  };

  for (const [library, open] of Object.entries(LIBRARIES)) {
    describe(`by ${library}`, () => {
      let actions: Library;
      let proposer: Hex;
      before(async () => {
        actions = await open(chain);
        proposer = actions.account;
      });
      const parameters = () => ({ network: 'test-net', ...made, cannotReturn: CANNOT_RETURN });

      it('is deployed first, and owns the registry', async () => {
        const timelock = { minDelay: DELAY, proposers: [proposer] };
        const { deployment } = await actions.deploy({ ...parameters(), timelock });
        assert.equal(deployment.timelock!.minDelay, DELAY);
        const { owner, guardian } = await actions.readRegistry({ registry: deployment.registry.address });
        assert.equal(owner.toLowerCase(), deployment.timelock!.address);
        assert.equal(guardian.toLowerCase(), proposer.toLowerCase());
        await actions.checkDeployment({ deployment, ...parameters() });
      });

      it('adds a verifier after its delay and not before, and the guardian stops it at once', async () => {
        const salt: Hex = library === 'viem' ? `0x${'21'.repeat(32)}` : `0x${'22'.repeat(32)}`;
        const timelock = { minDelay: DELAY, proposers: [proposer] };
        const { deployment } = await actions.deploy({ ...parameters(), timelock, salt });
        const registry = deployment.registry.address;
        await actions.checkTimelock({ deployment });
        const generated = generateVerifier((await makeToy({ ...DEFAULT_SHAPE, version: 'toy-2' })).key.key);
        const other = { generated, contract: await compileVerifier(generated), kind: 'small' as const };
        const more = { ...parameters(), ...other, deployment, salt };
        // Not by the account that deployed, which owns nothing.
        await assert.rejects(actions.deploy(more), /its registry belongs to 0x/);
        await assert.rejects(
          actions.addRoute({
            registry,
            verifier: deployment.verifiers[0]!.address,
            cannotReturn: CANNOT_RETURN,
          }),
          /only the owner of the registry/,
        );
        const first = await actions.proposeVerifier(more);
        assert.equal(first.outcome, 'scheduled');
        const { transactions } = await chain.client.getBlock();
        assert.deepEqual(transactions, [first.change.transactionHash]);
        const { timestamp } = await chain.client.getBlock();
        assert.equal(first.operation.readyAt, Number(timestamp) + DELAY);
        assert.equal(first.operation.state, 'waiting');
        const waiting = (): Promise<void> =>
          assert.rejects(actions.proposeVerifier(more), {
            code: 'TIMELOCK_WAITING',
            message: new RegExp(`operation ${first.operation.id} waits until 20`),
          });
        await waiting();
        await later(DELAY - 60);
        await waiting();
        assert.equal((await actions.readRegistry({ registry })).routes.length, 1);
        await later(60);
        const done = await actions.proposeVerifier(more);
        assert.ok(done.outcome === 'done');
        assert.equal(done.deployment.verifiers.length, 2);
        await actions.checkDeployment({ ...more, deployment: done.deployment, others: [parameters()] });
        assert.notEqual(done.change?.transactionHash, undefined);
        // What is there already is described, and not done again.
        const found = await actions.proposeVerifier(more);
        assert.ok(found.outcome === 'done' && found.change === undefined);
        assert.deepEqual(found.deployment.verifiers[1]!.address, done.deployment.verifiers[1]!.address);
        await assert.rejects(actions.proposeVerifier({ ...more, deployment: done.deployment }), {
          code: 'DEPLOYMENT_EXISTS',
        });
        // Another verifier of the key would be paid for in vain.
        const height = await chain.client.getBlockNumber();
        const elsewhere = { ...more, salt: `0x${'99'.repeat(32)}` } as const;
        await assert.rejects(
          actions.proposeVerifier(elsewhere),
          /the registry has 0x\w+ for key .* \(live\)/,
        );
        await assert.rejects(
          actions.proposeVerifier({ ...more, deployment: { ...deployment, chainId: 1 } }),
          { code: 'CHAIN_MISMATCH' },
        );
        assert.equal(await chain.client.getBlockNumber(), height, 'nothing was paid');
        // Who stops does not wait.
        await actions.stopRoute({ registry, verifyingKey: generated.digest });
        const { routes } = await actions.readRegistry({ registry });
        assert.deepEqual(
          routes.map(({ state }) => state),
          ['live', 'stopped'],
        );
      });

      it('forgets what is cancelled, and takes nothing from others', async () => {
        const salt: Hex = library === 'viem' ? `0x${'31'.repeat(32)}` : `0x${'32'.repeat(32)}`;
        const { deployment } = await actions.deploy({
          ...{ ...parameters(), salt },
          timelock: { minDelay: DELAY, proposers: [proposer] },
        });
        const timelock = deployment.timelock!.address;
        const to = deployment.registry.address;
        const call = {
          timelock,
          to,
          data: abiCall('freeze(bytes4)', abiSelectorWord(made.generated.selector)),
        };
        assert.equal((await actions.readOperation(call)).state, 'unset');
        const { operation } = await actions.actByTimelock(call);
        assert.deepEqual(await actions.readOperation(call), operation);
        await actions.cancelOperation({ timelock, id: operation.id });
        assert.equal((await actions.readOperation(call)).state, 'unset');
        await assert.rejects(actions.cancelOperation({ timelock, id: operation.id }), {
          code: 'CHAIN_REJECTED',
        });
        const stranger = await open({ ...chain, wallet: chain.other }, async (asked) =>
          asked.method === 'eth_accounts' || asked.method === 'eth_requestAccounts'
            ? [chain.other.account.address]
            : chain.provider.request(asked),
        );
        await assert.rejects(stranger.actByTimelock(call), /has not given this account the right/);
        // What would fail when its time has come is refused now.
        const unknown = { ...call, data: abiCall('freeze(bytes4)', abiSelectorWord('0x12345678')) };
        await assert.rejects(actions.actByTimelock(unknown), { code: 'PROOF_SELECTOR' });
        await actions.actByTimelock(call);
        await later(DELAY);
        // Anybody may carry out what has waited.
        assert.equal((await stranger.actByTimelock(call)).outcome, 'done');
        await assert.rejects(actions.actByTimelock(call), /was carried out before/);
        await assert.rejects(actions.readOperation({ ...call, timelock: to }), /is no timelock/);
      });

      it('is found out where it is not what the file says', async () => {
        const salt: Hex = library === 'viem' ? `0x${'41'.repeat(32)}` : `0x${'42'.repeat(32)}`;
        const setup = { minDelay: DELAY, proposers: [proposer] };
        const { deployment } = await actions.deploy({ ...parameters(), timelock: setup, salt });
        const roles = await actions.checkTimelock({ deployment });
        assert.deepEqual(
          roles.administrators.map((each) => each.toLowerCase()),
          [deployment.timelock!.address],
        );
        assert.deepEqual(roles.executors, [`0x${'00'.repeat(20)}`]);
        const check = (change: object, message: RegExp): Promise<void> =>
          assert.rejects(
            actions.checkTimelock({
              deployment: { ...deployment, timelock: { ...deployment.timelock!, ...change } },
            }),
            { code: 'DEPLOYMENT_MISMATCH', message },
          );
        await check({ minDelay: 2 * DELAY }, /does not follow from delay/);
        await check({ minDelay: 2 * DELAY, salt: undefined }, /waits 172800 s, not 345600/);
        await check({ proposers: [chain.other.account.address], salt: undefined }, /its proposers are/);
        await check({ address: deployment.registry.address }, /is not OpenZeppelin's/);
        // Neither by its address nor by its transaction is it said what initcode made it, which may have given roles without an event.
        await check({ salt: undefined }, /calls 0x4e59b44847b379578588920cA78FbF26c0B4956C/i);
        await check(
          { salt: undefined, transactionHash: undefined },
          /does not say how the timelock was made/,
        );
        await check({ constructorArguments: [] }, /other constructor arguments of the timelock/);
        const plain = await actions.deploy({ ...parameters(), timelock: setup, salt: null });
        await actions.checkTimelock({ deployment: plain.deployment });
        // A role that the timelock itself gave since, after its delay.
        const grant = abiCall(
          'grantRole(bytes32,address)',
          abiWord(keccak256(toHex('PROPOSER_ROLE'))),
          abiWord(chain.other.account.address),
        );
        const call = {
          timelock: deployment.timelock!.address,
          to: deployment.timelock!.address,
          data: grant,
        };
        await actions.actByTimelock(call);
        await later(DELAY);
        await actions.actByTimelock(call);
        await check({}, /its proposers are .*, .*, not/);
      });

      const own: Hex = library === 'viem' ? `0x${'51'.repeat(32)}` : `0x${'52'.repeat(32)}`;
      for (const [made, salt] of [
        ['by the factory', own],
        ['by a plain transaction', null],
      ] as const) {
        it(`made ${made}: what was given before the block that the file names is found all the same`, async () => {
          const setup = { minDelay: DELAY, proposers: [proposer] };
          const { deployment } = await actions.deploy({ ...parameters(), timelock: setup, salt });
          const { address: timelock, blockNumber } = deployment.timelock!;
          const other = chain.other.account.address;
          const role = (name: string): Hex => (name === '' ? `0x${'00'.repeat(32)}` : keccak256(toHex(name)));
          const call = (what: string, name: string, account: Hex): Hex =>
            abiCall(`${what}(bytes32,address)`, abiWord(role(name)), abiWord(account));
          // The timelock makes somebody its administrator, by an act that waits, and they a proposer of themselves.
          const grant = { timelock, to: timelock, data: call('grantRole', '', other) };
          await actions.actByTimelock(grant);
          await later(DELAY);
          await actions.actByTimelock(grant);
          const send = async (data: Hex): Promise<void> => {
            const hash = await chain.other.sendTransaction({ to: timelock, data });
            await chain.client.waitForTransactionReceipt({ hash });
          };
          await send(call('grantRole', 'PROPOSER_ROLE', other));
          // From here on the events are those of an honest timelock: everything else is taken and given anew.
          const late = Number(await chain.client.getBlockNumber()) + 1;
          for (const [name, account] of [
            ['', timelock],
            ['PROPOSER_ROLE', proposer],
            ['CANCELLER_ROLE', proposer],
            ['EXECUTOR_ROLE', `0x${'00'.repeat(20)}`],
          ] as const)
            for (const what of ['revokeRole', 'grantRole']) await send(call(what, name, account));
          const found = /its proposers are .*, .*, not/;
          for (const block of [late, late + 2, 10 ** 9, blockNumber!, undefined])
            await assert.rejects(
              actions.checkTimelock({
                deployment: { ...deployment, timelock: { ...deployment.timelock!, blockNumber: block } },
              }),
              { code: 'DEPLOYMENT_MISMATCH', message: found },
              `from block ${block}`,
            );
          const { administrators } = await actions.readTimelock({ timelock, fromBlock: BigInt(late) });
          assert.deepEqual(
            administrators.map((each) => each.toLowerCase()).sort(),
            [timelock, other.toLowerCase()].sort(),
          );
        });
      }

      it('is refused where it could do nothing, or too late', async () => {
        const deploy = (timelock: object, more: object = {}): Promise<unknown> =>
          actions.deploy({
            ...parameters(),
            timelock: { minDelay: DELAY, proposers: [proposer], ...timelock },
            ...more,
          });
        const before = await chain.client.getBlockNumber();
        for (const minDelay of [0, -1, 0.5, Number.NaN, 3e9])
          await assert.rejects(deploy({ minDelay }), / is no delay$/);
        await assert.rejects(deploy({ proposers: [] }), /nobody who may schedule/);
        const nobody = `0x${'00'.repeat(20)}`;
        await assert.rejects(deploy({ proposers: [proposer, nobody] }), /anybody could schedule/);
        await assert.rejects(deploy({ executors: [] }), /nobody who may carry out/);
        const many = Array.from({ length: 32 }, (_, i) => `0x${String(i + 1).padStart(40, '0')}`);
        await assert.rejects(deploy({ executors: many }), /proposers and executors are 33$/);
        await assert.rejects(deploy({}, { owner: proposer }), (error) =>
          isWattestError(error, 'INPUT_INVALID'),
        );
        assert.equal(await chain.client.getBlockNumber(), before, 'nothing was sent');
      });
    });
  }
});
