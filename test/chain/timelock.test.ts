/** A registry whose owner announces what it will do. */
import assert from 'node:assert/strict';
import type { Hex } from 'viem';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { makeToy } from '../plonk/toy.ts';
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

      it('is refused where it could do nothing, or too late', async () => {
        const deploy = (timelock: object, more: object = {}): Promise<unknown> =>
          actions.deploy({
            ...parameters(),
            timelock: { minDelay: DELAY, proposers: [proposer], ...timelock },
            ...more,
          });
        const before = await chain.client.getBlockNumber();
        for (const minDelay of [0, -1, 0.5, Number.NaN, 3e9])
          await assert.rejects(deploy({ minDelay }), /\[?.*is no delay/);
        await assert.rejects(deploy({ proposers: [] }), /nobody who may schedule/);
        const nobody = `0x${'00'.repeat(20)}`;
        await assert.rejects(deploy({ proposers: [nobody] }), /proposers and executors are none/);
        await assert.rejects(deploy({ executors: [] }), /proposers and executors are none/);
        await assert.rejects(deploy({}, { owner: proposer }), (error) =>
          isWattestError(error, 'INPUT_INVALID'),
        );
        assert.equal(await chain.client.getBlockNumber(), before, 'nothing was sent');
      });
    });
  }
});
