/** The port over viem. */
import {
  type Account,
  type BaseError,
  type Chain,
  type Client,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  type Transport,
} from 'viem';
import {
  call,
  getChainId,
  getCode,
  getTransaction,
  getTransactionReceipt,
  prepareTransactionRequest,
  sendTransaction,
  waitForTransactionReceipt,
} from 'viem/actions';
import { type ChainReader, type ChainWriter, type Receipt, requireFee } from '../port.ts';
import { isRevert } from '../reverts.ts';

/** Any viem client; an account is not needed. */
export type ReadClient = Client<Transport, Chain | undefined>;
/** A viem client with an account: `createWalletClient` or `createClient`, any transport. */
export type WalletClient = Client<Transport, Chain | undefined, Account>;

export function viemReader(client: ReadClient): ChainReader {
  // A contract that is no genuine one would otherwise have this machine ask any address on the network (ERC-3668).
  const onChainOnly: ReadClient = { ...client, ccipRead: false };
  return {
    chainId: () => getChainId(client),
    code: async (address) => (await getCode(client, { address })) ?? '0x',
    call: async ({ to, data, from }) => {
      try {
        const result = await call(onChainOnly, {
          to,
          data,
          ...(from === undefined ? {} : { account: from }),
        });
        return { returned: result.data ?? '0x' };
      } catch (error) {
        if (isRevert(error)) return { reverted: error };
        throw error;
      }
    },
    transaction: (hash) =>
      orUndefined(TransactionNotFoundError, async () => {
        const { to, input } = await getTransaction(client, { hash });
        return { to: to ?? undefined, input };
      }),
    receipt: (hash) =>
      orUndefined(TransactionReceiptNotFoundError, async () =>
        receiptOf(await getTransactionReceipt(client, { hash })),
      ),
  };
}

export function viemWriter(client: WalletClient): ChainWriter {
  return {
    ...viemReader(client),
    account: async () => client.account.address,
    send: async ({ to, data, maxFee }) => {
      // Of a client that names its chain, viem signs for no other.
      const request = { account: client.account, chain: client.chain ?? null, to, data };
      if (maxFee === undefined) return sendTransaction(client, request);
      const prepared = await prepareTransactionRequest(client, { ...request, chain: client.chain });
      requireFee({ gas: prepared.gas, feePerGas: prepared.maxFeePerGas ?? prepared.gasPrice }, maxFee);
      return sendTransaction(client, { ...prepared, chain: client.chain ?? null } as Parameters<
        typeof sendTransaction
      >[1]);
    },
    wait: async (hash) => receiptOf(await waitForTransactionReceipt(client, { hash })),
  };
}

function receiptOf(receipt: TransactionReceipt): Receipt {
  const { transactionHash, status, contractAddress, blockNumber, gasUsed, logs } = receipt;
  return {
    transactionHash,
    succeeded: status === 'success',
    contractAddress: contractAddress ?? undefined,
    blockNumber,
    gasUsed,
    logs,
  };
}

async function orUndefined<T>(
  missing: abstract new (...args: never) => BaseError,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof missing) return undefined;
    throw error;
  }
}
