import type { Hex, PublicClient, TransactionReceipt } from 'viem';

/**
 * Waits for a transaction of a wallet, which may send it again at a higher fee.
 * @throws where another one took its place (it was cancelled in the wallet), whose success says nothing, or where it failed
 */
export async function mined(client: PublicClient, hash: Hex): Promise<TransactionReceipt> {
  let replaced = false;
  const receipt = await client.waitForTransactionReceipt({
    hash,
    onReplaced: ({ reason }) => {
      replaced = reason !== 'repriced';
    },
  });
  if (replaced) throw new Error('The transaction was cancelled or replaced in the wallet');
  if (receipt.status !== 'success') throw new Error('The transaction failed in its block');
  return receipt;
}
