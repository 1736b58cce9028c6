/** Deployments that stop half-way: what was paid for is found again. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex } from 'viem';
import type { SentTransactions } from '../../sdk/src/chain/calls.ts';
import {
  readUnfinished,
  removeUnfinished,
  unfinishedPath,
  writeUnfinished,
} from '../../sdk/src/chain/deployment-files.ts';
import { formatUnfinished, parseUnfinished } from '../../sdk/src/chain/deployments.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { makeToy } from '../plonk/toy.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from './fixture.ts';
import { LIBRARIES, type Library } from './libraries.ts';

describe('a deployment that stops half-way', () => {
  let chain: TestChain;
  let generated: ReturnType<typeof generateVerifier>;
  let contract: Awaited<ReturnType<typeof compileVerifier>>;

  before(async () => {
    chain = await connectChain();
    generated = generateVerifier((await makeToy()).key.key);
    contract = await compileVerifier(generated);
  });
  after(() => chain.close());

  let salts = 0;
  for (const [library, open] of Object.entries(LIBRARIES)) {
    for (const how of ['the factory', 'plain transactions'] as const)
      describe(`by ${library} and ${how}`, () => {
        let honest: Library;
        let salt: Hex | null = null;
        const elsewhere = (): void => {
          salt = how === 'the factory' ? `0x${(++salts).toString(16).padStart(64, '0')}` : null;
        };
        before(async () => {
          honest = await open(chain);
          // With the factory that it publishes: transactions are counted below.
          await honest.deployVerifier({ contract, salt: `0x${'ff'.repeat(32)}` });
        });
        beforeEach(elsewhere);
        const nonce = (): Promise<number> => chain.client.getTransactionCount({ address: honest.account });
        /** An endpoint that fails at the call of this method with this number. */
        const failing = (method: string, at: number, message: string): Promise<Library> => {
          let calls = 0;
          return open(chain, async (call) => {
            if (call.method === method && ++calls === at)
              throw Object.assign(new Error(message), { code: -32000 });
            return chain.provider.request(call);
          });
        };
        const deploy = (actions: Library, sent: SentTransactions, onSent: (all: SentTransactions) => void) =>
          actions.deploy({
            salt,
            network: 'test-net',
            generated,
            contract,
            cannotReturn: CANNOT_RETURN,
            sent,
            onSent,
          });

        it('at its second transaction goes on with the verifier of the first', async () => {
          const before = await nonce();
          let sent: SentTransactions = {};
          const note = (all: SentTransactions): void => {
            sent = all;
          };
          const poor = await failing('eth_sendTransaction', 2, 'insufficient funds.');
          await assert.rejects(deploy(poor, sent, note), (error: Error) => {
            assert.equal((error as { code?: unknown }).code, 'FUNDS_INSUFFICIENT');
            assert.match(error.message, /has not the funds/);
            assert.doesNotMatch(error.message, /\.\.|\.$/);
            return true;
          });
          assert.deepEqual(Object.keys(sent), ['verifier']);
          assert.equal(await nonce(), before + 1);

          const { deployment } = await deploy(honest, sent, note);
          assert.equal(await nonce(), before + 2, 'one transaction more, not two');
          assert.equal(deployment.verifiers[0]!.transactionHash, sent.verifier);
          assert.equal(deployment.registry.transactionHash, sent.registry);
          await honest.checkDeployment({ deployment, generated, contract, cannotReturn: CANNOT_RETURN });
        });

        it('while it waits for a receipt goes on with what was sent', async () => {
          const before = await nonce();
          let sent: SentTransactions = {};
          const note = (all: SentTransactions): void => {
            sent = all;
          };
          const mute = await open(chain, (call) =>
            call.method === 'eth_getTransactionReceipt'
              ? Promise.reject(new Error('gone'))
              : chain.provider.request(call),
          );
          await assert.rejects(deploy(mute, sent, note), { code: 'CHAIN_CALL_FAILED' });
          assert.deepEqual(Object.keys(sent), ['verifier']);
          const { deployment } = await deploy(honest, sent, note);
          assert.equal(await nonce(), before + 2);
          const whole = await deploy(honest, sent, () => assert.fail('nothing is left to send'));
          assert.deepEqual(whole.deployment, deployment);
        });

        it('and left transactions that are gone, failed or made something else sends anew', async () => {
          const other = await chain.wallet.sendTransaction({ data: '0x00' });
          const call = await chain.wallet.sendTransaction({ to: chain.wallet.account.address });
          await chain.client.waitForTransactionReceipt({ hash: call });
          for (const verifier of [`0x${'ab'.repeat(32)}`, other, call] as Hex[]) {
            elsewhere();
            const before = await nonce();
            const { deployment } = await deploy(honest, { verifier, registry: verifier }, () => {});
            assert.equal(await nonce(), before + 2);
            await honest.checkDeployment({ deployment, generated, contract, cannotReturn: CANNOT_RETURN });
          }
        });

        it('may not cost more than allowed', async () => {
          const before = await nonce();
          const parameters = {
            salt,
            network: 'test-net',
            generated,
            contract,
            cannotReturn: CANNOT_RETURN,
            maxFee: 1n,
          };
          const message = /gas at \d+ wei may cost 0\.\d+ ether, more than the 0\.0{17}1 ether allowed/;
          await assert.rejects(honest.deploy(parameters), { code: 'FEE_TOO_HIGH', message });
          assert.equal(await nonce(), before);
          await honest.deploy({ ...parameters, maxFee: 10n ** 18n });
        });
      });
  }

  it('has a file of its own, strictly read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-unfinished-'));
    try {
      const sent = { verifier: `0x${'12'.repeat(32)}` } as const;
      const unfinished = { network: 'net', chainId: 5, vkDigest: `0x${'34'.repeat(32)}`, sent } as const;
      assert.equal(await readUnfinished(folder, 'net'), undefined);
      await writeUnfinished(folder, unfinished);
      assert.deepEqual(readdirSync(folder), ['net.unfinished.json']);
      assert.deepEqual(await readUnfinished(folder, 'net'), unfinished);
      const good = formatUnfinished(unfinished);
      for (const bad of [
        '',
        '[]',
        good.replace('unfinished', 'x'),
        good.replace('0x12', '0x'),
        good.replace('5', '-5'),
      ])
        assert.throws(() => parseUnfinished(bad, 'x'), { code: 'DEPLOYMENT_INVALID' });
      writeFileSync(unfinishedPath(folder, 'other'), good);
      await assert.rejects(readUnfinished(folder, 'other'), { code: 'DEPLOYMENT_INVALID' });
      await removeUnfinished(folder, 'net');
      assert.equal(await readUnfinished(folder, 'net'), undefined);
      // One that is there and cannot be read, or not removed, is no missing one, and no fault of ours.
      symlinkSync(unfinishedPath(folder, 'loop'), unfinishedPath(folder, 'loop'));
      await assert.rejects(readUnfinished(folder, 'loop'), { code: 'FILE_UNREADABLE' });
      mkdirSync(unfinishedPath(folder, 'folder'));
      await assert.rejects(removeUnfinished(folder, 'folder'), { code: 'FILE_UNWRITABLE' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
