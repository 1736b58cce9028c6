/** Contracts at the same addresses on every chain. */
import assert from 'node:assert/strict';
import { getContractAddress, type Hex, parseTransaction, recoverTransactionAddress } from 'viem';
import {
  create2Address,
  DEFAULT_SALT,
  FACTORY,
  FACTORY_CODE,
  FACTORY_COST,
  FACTORY_SIGNER,
  FACTORY_TRANSACTION,
} from '../../sdk/src/chain/factory.ts';
import { type DeploymentPlan, planCost, REGISTRY_GAS, ROUTE_GAS } from '../../sdk/src/chain/plan.ts';
import type { TransactionCost } from '../../sdk/src/chain/port.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { DEFAULT_SHAPE, makeToy } from '../plonk/toy.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from './fixture.ts';
import { LIBRARIES, type Library } from './libraries.ts';

type Made = {
  readonly generated: ReturnType<typeof generateVerifier>;
  readonly contract: Awaited<ReturnType<typeof compileVerifier>>;
};

/** About: within a twentieth. */
function about(planned: bigint, taken: bigint): void {
  assert.ok(planned * 20n > taken * 19n && planned * 20n < taken * 21n, `${planned} planned, ${taken} taken`);
}

describe('the factory for CREATE2', () => {
  let made: Made;
  const chains: TestChain[] = [];
  const connect = async (id?: number): Promise<TestChain> => {
    const chain = await connectChain(id);
    chains.push(chain);
    return chain;
  };
  before(async () => {
    // With an evaluator, which the constructor deploys itself.
    const generated = generateVerifier((await makeToy()).key.key, { codeLimit: 1_100 });
    made = { generated, contract: await compileVerifier(generated) };
  });
  afterEach(async () => {
    for (const chain of chains.splice(0)) await chain.close();
  });
  const parameters = () => ({ network: 'test-net', ...made, cannotReturn: CANNOT_RETURN });

  it('is the one that is known everywhere, by a transaction whose signer nobody is', async () => {
    const parsed = parseTransaction(FACTORY_TRANSACTION);
    const signer = await recoverTransactionAddress({ serializedTransaction: FACTORY_TRANSACTION as never });
    assert.equal(signer, FACTORY_SIGNER);
    assert.equal(getContractAddress({ from: signer, nonce: 0n }), FACTORY);
    assert.equal(parsed.gas! * parsed.gasPrice!, FACTORY_COST);
    assert.equal(parsed.chainId, undefined);
  });

  it('gives the addresses of EIP-1014', () => {
    for (const [salt, initcode] of [
      [DEFAULT_SALT, '0x00'],
      [`0x${'cafebabe'.padStart(64, '0')}`, '0xdeadbeef'],
    ] as [Hex, Hex][])
      assert.equal(
        create2Address(salt, initcode),
        getContractAddress({ opcode: 'CREATE2', from: FACTORY, salt, bytecode: initcode }),
      );
  });

  for (const [library, open] of Object.entries(LIBRARIES)) {
    describe(`by ${library}`, () => {
      let actions: Library;
      let chain: TestChain;
      const nonceOn = ({ client }: TestChain): Promise<number> =>
        client.getTransactionCount({ address: actions.account });
      const nonce = (): Promise<number> => nonceOn(chain);
      beforeEach(async () => {
        chain = await connect();
        actions = await open(chain);
      });

      it('is published on a development chain, and what stands at an address is not paid for again', async () => {
        let plan: DeploymentPlan | undefined;
        const onPlan = (all: DeploymentPlan): void => {
          plan = all;
        };
        const { deployment, verifier, registry } = await actions.deploy({ ...parameters(), onPlan });
        assert.equal(await chain.client.getCode({ address: FACTORY }), FACTORY_CODE);
        const { steps } = plan!;
        assert.deepEqual(
          steps.map(({ what, stands, address }) => [what, stands, address]),
          [
            ['factory', false, FACTORY],
            ['verifier', false, verifier.address],
            ['registry', false, registry.address],
          ],
        );
        about(steps[1]!.gas, verifier.gasUsed);
        assert.equal(steps[2]!.gas, REGISTRY_GAS);
        about(steps[2]!.gas, registry.gasUsed);
        assert.equal(planCost(plan!), plan!.gas * plan!.feePerGas + FACTORY_COST);
        await actions.checkDeployment({ deployment, ...parameters() });

        const before = await nonce();
        const again = await actions.deploy({ ...parameters(), onPlan });
        assert.equal(await nonce(), before, 'nothing is sent');
        assert.equal(plan!.gas, 0n);
        assert.deepEqual(
          plan!.steps.map(({ stands }) => stands),
          [true, true],
        );
        // What the chain can still say: its events, of the registry.
        const [own] = deployment.verifiers;
        const unknown = { transactionHash: undefined, blockNumber: undefined };
        assert.deepEqual(again.deployment, { ...deployment, verifiers: [{ ...own, ...unknown }] });
        await actions.checkDeployment({ deployment: again.deployment, ...parameters() });
      });

      it('gives other addresses for another salt, and none of its own where none is wanted', async () => {
        const salt: Hex = `0x${'05'.padStart(64, '0')}`;
        const first = await actions.deploy(parameters());
        const second = await actions.deploy({ ...parameters(), salt });
        const plain = await actions.deploy({ ...parameters(), salt: null });
        const all = [first, second, plain].map(({ registry }) => registry.address);
        assert.equal(new Set(all).size, 3);
        assert.equal(second.deployment.registry.salt, salt);
        assert.equal(plain.deployment.registry.salt, undefined);
        for (const { deployment } of [first, second, plain])
          await actions.checkDeployment({ deployment, ...parameters() });
        // A salt that is not the one it was made with, or none, is found out.
        const { deployment } = first;
        const registry = { ...deployment.registry, salt };
        await assert.rejects(actions.checkRegistry({ deployment: { ...deployment, registry } }), {
          code: 'DEPLOYMENT_MISMATCH',
          message: /does not follow from the initcode of the registry/,
        });
        const hashless = { ...deployment.registry, salt: undefined, transactionHash: undefined };
        await assert.rejects(actions.checkRegistry({ deployment: { ...deployment, registry: hashless } }), {
          code: 'DEPLOYMENT_MISMATCH',
          message: /does not say how/,
        });
      });

      it('adds a verifier at what it was planned to cost', async () => {
        const { deployment } = await actions.deploy(parameters());
        const generated = generateVerifier((await makeToy({ ...DEFAULT_SHAPE, version: 'toy-2' })).key.key);
        const other = { generated, contract: await compileVerifier(generated), kind: 'small' as const };
        const before = await nonce();
        const plan = await actions.planDeployment({ ...parameters(), ...other, deployment });
        assert.equal(await nonce(), before, 'nothing is sent');
        const { registry, verifier } = await actions.deploy({ ...parameters(), ...other, deployment });
        assert.deepEqual(
          plan.steps.map(({ what }) => what),
          ['verifier', 'route'],
        );
        about(plan.steps[0]!.gas, verifier.gasUsed);
        const last = await chain.client.getBlock({ includeTransactions: true });
        assert.equal(last.transactions[0]!.to, registry.address.toLowerCase());
        assert.equal(plan.steps[1]!.gas, ROUTE_GAS);
        about(ROUTE_GAS, last.gasUsed);
      });

      it('is asked of a public chain, and published there where that is wanted', async () => {
        const far = await connect(5);
        const there = await open(far);
        const contract = { bytecode: '0x6001600055' } as const;
        const salt = DEFAULT_SALT;
        const refused = { code: 'FACTORY_MISSING', message: /chain 5 has no factory/ };
        await assert.rejects(there.deployVerifier({ contract, salt }), refused);
        assert.equal(await far.client.getBlockNumber(), 0n, 'nothing was sent');
        // Initcode that leaves no code leaves nothing to find.
        const nothing = there.deployVerifier({ contract, salt, publishFactory: true });
        await assert.rejects(nothing, { code: 'CHAIN_CALL_FAILED', message: /made no contract at/ });
        assert.equal(await far.client.getCode({ address: FACTORY }), FACTORY_CODE);
        const { address } = await there.deployVerifier({
          contract: { bytecode: '0x60015f5360015ff3' },
          salt,
        });
        assert.equal(await far.client.getCode({ address }), '0x01');
        await there.deployVerifier({ contract, salt: null });
      });

      it('is not paid for where its transaction was mined and failed', async () => {
        const far = await connect(5);
        const there = await open(far);
        const set = (code: Hex): Promise<unknown> =>
          far.provider.request({ method: 'hardhat_setCode', params: [FACTORY, code] });
        // A contract cannot be made where one stands.
        await set('0x00');
        const failed = {
          code: 'FACTORY_MISSING',
          message: /was mined on chain 5 and failed/,
          fix: /^Deploy by plain transactions \(--create/,
        };
        const publish = (): Promise<unknown> => there.deploy({ ...parameters(), publishFactory: true });
        await assert.rejects(
          there.deployVerifier({
            ...{ contract: { bytecode: '0x60015f5360015ff3' }, salt: DEFAULT_SALT, publishFactory: true },
          }),
          failed,
        );
        assert.equal(await far.client.getTransactionCount({ address: FACTORY_SIGNER }), 1);
        await set('0x');
        // So is the way that is advised.
        await there.deployVerifier({ contract: { bytecode: '0x60015f5360015ff3' }, salt: null });
        const [count, block] = [await nonceOn(far), await far.client.getBlockNumber()];
        await assert.rejects(publish(), failed);
        await assert.rejects(
          there.deployVerifier({
            ...{ contract: { bytecode: '0x60015f5360015ff3' }, salt: DEFAULT_SALT, publishFactory: true },
          }),
          failed,
        );
        assert.deepEqual([await nonceOn(far), await far.client.getBlockNumber()], [count, block]);
      });

      it('is not published by a transaction that the chain does not take', async () => {
        const strict = await open(chain, (call) =>
          call.method === 'eth_sendRawTransaction'
            ? Promise.reject(new Error('only replay-protected (EIP-155) transactions allowed over RPC'))
            : chain.provider.request(call),
        );
        await assert.rejects(strict.deploy(parameters()), {
          code: 'FACTORY_MISSING',
          message: /does not take the transaction/,
        });
        await strict.deploy({ ...parameters(), salt: null });
      });

      it('its price counts where a transaction may cost only so much, and is told before it is signed', async () => {
        const contract = { bytecode: '0x60015f5360015ff3' } as const;
        const given = { contract, salt: DEFAULT_SALT };
        const [before, told]: [number, bigint[]] = [await nonce(), []];
        const onFee = ({ value }: TransactionCost): void => void told.push(value);
        await assert.rejects(actions.deployVerifier({ ...given, maxFee: FACTORY_COST - 1n, onFee }), {
          code: 'FEE_TOO_HIGH',
          message: /with 0\.01 ether sent along may cost 0\.01\d+ ether, more than the 0\.009+ ether allowed/,
        });
        assert.deepEqual([await nonce(), told], [before, []]);
        await actions.deployVerifier({ ...given, maxFee: 2n * FACTORY_COST, onFee });
        assert.deepEqual(told, [FACTORY_COST, 0n]);
      });

      it('says the reason of a constructor that reverts, which the factory keeps to itself', async () => {
        const far = await connect(5);
        const there = await open(far);
        await assert.rejects(there.deploy({ ...parameters(), publishFactory: true }), {
          code: 'KEY_INSECURE',
        });
      });

      it('asks before a transaction is signed', async () => {
        const seen: bigint[] = [];
        const before = await nonce();
        const refusal = new Error('too dear for me');
        const contract = { bytecode: '0x60015f5360015ff3' } as const;
        const onFee = ({ gas, feePerGas }: { gas: bigint; feePerGas: bigint }): void => {
          seen.push(gas * feePerGas);
          throw refusal;
        };
        await assert.rejects(actions.deployVerifier({ contract, onFee }));
        assert.equal(await nonce(), before);
        assert.equal(seen.length, 1);
        assert.ok(seen[0]! > (50_000n * 10n ** 9n) / 100n);
      });

      it('nothing is signed beyond twice of what was planned, whatever the endpoint says afterwards', async () => {
        // With the factory.
        await actions.deployVerifier({ contract: { bytecode: '0x60015f5360015ff3' }, salt: DEFAULT_SALT });
        const before = await nonce();
        let planned: DeploymentPlan | undefined;
        const onPlan = (plan: DeploymentPlan): void => {
          planned = plan;
        };
        const through = (lie: (method: string) => unknown): Promise<Library> =>
          open(chain, async (call) => lie(call.method) ?? (await chain.provider.request(call)));
        const tooHigh = { code: 'FEE_TOO_HIGH', message: /more than twice what was planned/ } as const;
        // Cheap as long as somebody looks at it.
        const dearer = await through((method) =>
          planned !== undefined && method === 'eth_estimateGas' ? '0x5f5e100' : undefined,
        );
        await assert.rejects(dearer.deploy({ ...parameters(), onPlan }), tooHigh);
        assert.ok(planCost(planned!) > 0n, 'it was planned at a price');
        // All of it stands, so that nobody has to be asked.
        planned = undefined;
        const standing = await through((method) =>
          planned === undefined && method === 'eth_getCode' ? '0x01' : undefined,
        );
        await assert.rejects(standing.deploy({ ...parameters(), onPlan }), tooHigh);
        assert.equal(planned!.gas, 0n);
        assert.equal(await nonce(), before, 'nothing is sent');
        // And whoever asks to look at each transaction is asked all the same.
        let seen = 0;
        await actions.deploy({ ...parameters(), onPlan, onFee: () => void ++seen });
        assert.equal(seen, (await nonce()) - before);
      });

      it('takes no question to an archive: the check asks for no transaction', async () => {
        const { deployment } = await actions.deploy(parameters());
        const forgetful = await open(chain, (call) =>
          /^eth_getTransaction(ByHash|Receipt)$/.test(call.method)
            ? Promise.resolve(null)
            : chain.provider.request(call),
        );
        await forgetful.checkDeployment({ deployment, ...parameters() });
      });
    });
  }

  it('gives equal addresses on chains with other ids, to accounts that name the same owner', async () => {
    const roles = { owner: `0x${'0e'.repeat(20)}`, guardian: `0x${'0f'.repeat(20)}` } as const;
    const [one, two] = [await connect(31337), await connect(1337)];
    const first = await (await LIBRARIES['viem']!(one)).deploy({ ...parameters(), ...roles });
    const swapped = { ...two, wallet: two.other } as TestChain;
    const second = await (await LIBRARIES['viem']!(swapped)).deploy({ ...parameters(), ...roles });
    assert.equal(first.registry.address, second.registry.address);
    assert.equal(first.verifier.address, second.verifier.address);
    // The code differs: each registry has signatures of its own chain.
    assert.notEqual(first.deployment.registry.codeHash, second.deployment.registry.codeHash);
  });
});
