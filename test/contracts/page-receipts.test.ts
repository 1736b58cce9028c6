/** The example page does not take another transaction for the one that it sent. */
import assert from 'node:assert/strict';
import { parseGwei } from 'viem';
import { mined } from '../../examples/page/src/mined.ts';
import { connectChain, type TestChain } from '../chain/fixture.ts';

describe('the example page', () => {
  let chain: TestChain;
  before(async () => {
    chain = await connectChain();
    await chain.provider.request({ method: 'evm_setAutomine', params: [false] });
  });
  after(() => chain.close());

  it('says that a transaction was cancelled in the wallet, and takes one that was sped up', async () => {
    const { client, wallet, other } = chain;
    const account = wallet.account;
    const to = other.account.address;
    for (const [isCancelled, replacement] of [
      [true, { to: account.address, value: 0n }],
      [false, { to, value: 1n }],
    ] as const) {
      const nonce = await client.getTransactionCount({ address: account.address });
      const fees = (gwei: string) => ({
        maxFeePerGas: parseGwei(gwei),
        maxPriorityFeePerGas: parseGwei('1'),
      });
      const hash = await wallet.sendTransaction({ to, value: 1n, nonce, ...fees('10') });
      const outcome = mined(client, hash).then(
        (receipt) => receipt.transactionHash,
        (error: unknown) => error,
      );
      // It is known before it is replaced.
      await client.getTransaction({ hash });
      const second = await wallet.sendTransaction({
        ...replacement,
        nonce,
        maxFeePerGas: parseGwei('30'),
        maxPriorityFeePerGas: parseGwei('3'),
      });
      await chain.provider.request({ method: 'evm_mine' });
      const came = await outcome;
      if (isCancelled) assert.match(String(came), /cancelled or replaced in the wallet/);
      else assert.equal(came, second);
    }
  });
});
