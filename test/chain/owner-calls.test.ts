/** What an owner that is another account has to send: the calls that it is given do what they say, and what it would be refused with is said before. */
import assert from 'node:assert/strict';
import { getAddress, type Hex, parseAbi, toFunctionSelector } from 'viem';
import type { OwnerCall } from '../../sdk/src/chain/owner-calls.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { DEFAULT_SHAPE, makeToy } from '../plonk/toy.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from './fixture.ts';
import { plant } from './impostors.ts';
import { LIBRARIES, type Library } from './libraries.ts';
import { SAFE } from './safe.ts';

const DELAY = 2 * 86_400;
const NOBODY: Hex = `0x${'00'.repeat(20)}`;

async function makeKind(version?: string) {
  const shape = version === undefined ? undefined : { ...DEFAULT_SHAPE, version };
  const generated = generateVerifier((await makeToy(shape)).key.key);
  return { generated, contract: await compileVerifier(generated) };
}

describe('calls for an owner to send', () => {
  let chain: TestChain;
  let safe: Hex;
  let guardian: Hex;
  let first: Awaited<ReturnType<typeof makeKind>>;
  let second: Awaited<ReturnType<typeof makeKind>>;
  before(async () => {
    chain = await connectChain();
    const compiled = await compileVerifier({ name: 'Safe', source: SAFE });
    safe = getAddress((await plant(chain, compiled.bytecode)).address);
    guardian = getAddress(chain.other.account.address);
    [first, second] = [await makeKind(), await makeKind('toy-2')];
  });
  after(() => chain.close());

  const sendAsSafe = async ({ to, value, data }: Pick<OwnerCall, 'to' | 'value' | 'data'>): Promise<void> => {
    const abi = parseAbi(['function execute(address,uint256,bytes) payable']);
    const args = [to, value, data] as const;
    await chain.wallet.writeContract({ address: safe, abi, functionName: 'execute', args });
  };
  const later = async (seconds: number): Promise<void> => {
    await chain.provider.request({ method: 'evm_increaseTime', params: [seconds] });
    await chain.provider.request({ method: 'evm_mine' });
  };

  for (const [number, [library, open]] of Object.entries(LIBRARIES).entries()) {
    describe(`by ${library}`, () => {
      let actions: Library;
      before(async () => {
        actions = await open(chain);
      });
      const salt = (n: number): Hex => `0x${(16 * (number + 1) + n).toString(16).padStart(64, '0')}`;
      const common = { network: 'test-net', cannotReturn: CANNOT_RETURN } as const;
      const statesOf = async (registry: Hex): Promise<readonly string[]> =>
        (await actions.readRegistry({ registry })).routes.map(({ state }) => state);

      it('a multisig adds, retires and stops', async () => {
        const made = { ...common, ...first };
        const { deployment } = await actions.deploy({ ...made, owner: safe, guardian, salt: salt(1) });
        const registry = deployment.registry.address;
        const more = { ...common, ...second, kind: 'small', deployment, salt: salt(1) } as const;
        const before = await chain.client.getBlockNumber();
        await assert.rejects(actions.proposeVerifier(more), {
          code: 'CHAIN_REJECTED',
          message: /belongs to 0x\w+, which is no timelock/,
          fix: /wattest route add --calldata/,
        });
        assert.equal(await chain.client.getBlockNumber(), before, 'nothing was paid');

        const handed = { ...more, prepareOnly: true, owner: guardian };
        await assert.rejects(actions.proposeVerifier(handed), { code: 'DEPLOYMENT_MISMATCH' });
        assert.equal(await chain.client.getBlockNumber(), before, 'nothing was paid');
        const prepared = await actions.proposeVerifier({ ...more, prepareOnly: true });
        assert.ok(prepared.outcome === 'prepared');
        const { to, value, as, accounts, operation } = prepared.call;
        assert.deepEqual([to, value, as, accounts, operation], [registry, 0n, 'owner', [safe], undefined]);
        assert.deepEqual(await statesOf(registry), ['live'], 'the owner has not sent it');
        await sendAsSafe(prepared.call);
        assert.deepEqual(await statesOf(registry), ['live', 'live']);
        const done = await actions.proposeVerifier(more);
        assert.ok(done.outcome === 'done' && done.change === undefined);
        await actions.checkDeployment({ ...more, deployment: done.deployment, others: [made] });
        await assert.rejects(
          actions.proposeVerifier({ ...more, deployment: done.deployment, prepareOnly: true }),
          {
            code: 'DEPLOYMENT_EXISTS',
          },
        );

        const verifyingKey = first.generated.digest;
        const freeze = { registry, act: 'freezeRoute', verifyingKey } as const;
        await assert.rejects(actions.prepareOwnerCall({ ...freeze, owner: guardian }), {
          code: 'DEPLOYMENT_MISMATCH',
          message: new RegExp(`belongs to ${safe}, and it is known to belong to ${guardian}$`),
        });
        await sendAsSafe(await actions.prepareOwnerCall({ ...freeze, owner: safe }));
        assert.deepEqual(await statesOf(registry), ['frozen', 'live']);
        await assert.rejects(actions.prepareOwnerCall(freeze), { code: 'KEY_STOPPED' });
        const stop = await actions.prepareOwnerCall({ registry, act: 'stopRoute', verifyingKey });
        assert.deepEqual([stop.as, stop.accounts], ['guardian', [guardian, safe]]);
        await sendAsSafe(stop);
        assert.deepEqual(await statesOf(registry), ['stopped', 'live']);

        const verifier = deployment.verifiers[0]!.address;
        const again = { registry, act: 'addRoute', verifier, cannotReturn: CANNOT_RETURN } as const;
        await assert.rejects(actions.prepareOwnerCall(again), /RouteExists/);
        const unknown = { ...freeze, verifyingKey: `0x${'12'.repeat(32)}` } as const;
        await assert.rejects(actions.prepareOwnerCall(unknown), /has no verifier for key/);
        const cancel = { registry, act: 'cancelOperation', id: verifyingKey } as const;
        await assert.rejects(actions.prepareOwnerCall(cancel), /is no timelock/);
        await assert.rejects(actions.prepareOwnerCall({ ...freeze, registry: safe }), {
          code: 'CHAIN_REJECTED',
        });
        // What JavaScript may say.
        const unheard = { ...freeze, act: 'stop' as 'stopRoute' };
        await assert.rejects(actions.prepareOwnerCall(unheard), {
          code: 'INPUT_INVALID',
          message: /there is no act "stop"/,
          fix: 'Give one of addRoute, freezeRoute, stopRoute, cancelOperation',
        });

        // The zero address, asked as the sender, passes for the owner of a registry that has none.
        const renounce = { ...stop, data: toFunctionSelector('renounceOwnership()') };
        await sendAsSafe(renounce);
        const small = { registry, verifyingKey: second.generated.digest } as const;
        await assert.rejects(actions.prepareOwnerCall({ ...small, act: 'freezeRoute' }), {
          code: 'CHAIN_REJECTED',
          message: /belongs to nobody/,
        });
        const left = await actions.prepareOwnerCall({ ...small, act: 'stopRoute' });
        assert.deepEqual([left.as, left.accounts], ['guardian', [guardian]]);
      });

      it('a multisig that proposes schedules, cancels, and anybody carries out', async () => {
        const timelock = { minDelay: DELAY, proposers: [safe] };
        const made = { ...common, ...first };
        const { deployment } = await actions.deploy({ ...made, timelock, guardian, salt: salt(2) });
        const registry = deployment.registry.address;
        const lock = getAddress(deployment.timelock!.address);
        const verifyingKey = first.generated.digest;
        const freeze = { registry, act: 'freezeRoute', verifyingKey } as const;
        const schedule = await actions.prepareOwnerCall(freeze);
        assert.deepEqual([schedule.to, schedule.as, schedule.accounts], [lock, 'proposer', []]);
        assert.equal(schedule.delay, DELAY);
        const { id, state } = schedule.operation!;
        assert.equal(state, 'unset');
        await sendAsSafe(schedule);
        await assert.rejects(actions.prepareOwnerCall(freeze), { code: 'TIMELOCK_WAITING' });
        const cancel = { registry, act: 'cancelOperation', id } as const;
        const taken = await actions.prepareOwnerCall(cancel);
        assert.deepEqual([taken.to, taken.as, taken.operation?.state], [lock, 'canceller', 'waiting']);
        await sendAsSafe(taken);
        await assert.rejects(actions.prepareOwnerCall(cancel), /nothing waits under/);

        await sendAsSafe(await actions.prepareOwnerCall(freeze));
        await later(DELAY);
        const { to, data, as, delay } = await actions.prepareOwnerCall(freeze);
        assert.deepEqual([as, delay], ['executor', undefined]);
        await chain.wallet.sendTransaction({ to, data });
        assert.deepEqual(await statesOf(registry), ['frozen']);
        await assert.rejects(actions.prepareOwnerCall(freeze), /was carried out before/);
        const stop = await actions.prepareOwnerCall({ registry, act: 'stopRoute', verifyingKey });
        assert.deepEqual([stop.to, stop.as, stop.accounts], [registry, 'guardian', [guardian]]);
        await chain.other.sendTransaction({ to: stop.to, data: stop.data });
        assert.deepEqual(await statesOf(registry), ['stopped']);
        // What would be refused when its time has come is refused before it is scheduled.
        const unknown = { registry, act: 'addRoute', verifier: safe, cannotReturn: CANNOT_RETURN } as const;
        await assert.rejects(actions.prepareOwnerCall(unknown), /VerifierInvalid/);
      });

      it('a stop waits where there is no guardian', async () => {
        const timelock = { minDelay: DELAY, proposers: [safe] };
        const roles = { timelock, guardian: NOBODY, salt: salt(3) };
        const { deployment } = await actions.deploy({ ...common, ...first, ...roles });
        const registry = deployment.registry.address;
        const stop = { registry, act: 'stopRoute', verifyingKey: first.generated.digest } as const;
        await sendAsSafe(await actions.prepareOwnerCall(stop));
        await later(DELAY);
        const { to, data } = await actions.prepareOwnerCall(stop);
        await chain.wallet.sendTransaction({ to, data });
        assert.deepEqual(await statesOf(registry), ['stopped']);
      });
    });
  }
});
