/** The port over viem. */
import {
  type Account,
  type BaseError,
  BlockNotFoundError,
  type Chain,
  ChainMismatchError,
  type Client,
  numberToHex,
  type RpcLog,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  type Transport,
  type Log as ViemLog,
  type TransactionReceipt as ViemReceipt,
} from 'viem';
import {
  call,
  estimateFeesPerGas,
  estimateGas,
  getBalance,
  getBlock,
  getBlockNumber,
  getChainId,
  getCode,
  getTransaction,
  getTransactionCount,
  getTransactionReceipt,
  prepareTransactionRequest,
  sendRawTransaction,
  sendTransaction,
  signTypedData,
} from 'viem/actions';
import type { Hex } from '../../plonk/keys/key.ts';
import { requireClientEndpoint } from '../endpoint.ts';
import {
  type ChainReader,
  type ChainWriter,
  type Log,
  type LogFilter,
  type Receipt,
  requireFee,
  type Transaction,
} from '../port.ts';
import { isRevert } from '../reverts.ts';

/** Any viem client; an account is not needed. */
export type ReadClient = Client<Transport, Chain | undefined>;
/** A viem client with an account: `createWalletClient` or `createClient`, any transport. */
export type WalletClient = Client<Transport, Chain | undefined, Account>;

/** @throws ENDPOINT_INVALID */
export function viemReader(client: ReadClient): ChainReader {
  for (const url of urlsOf(client)) requireClientEndpoint(url, 'viem');
  // A contract that is no genuine one would otherwise have this machine ask any address on the network (ERC-3668).
  const onChainOnly: ReadClient = { ...client, ccipRead: false };
  return {
    pollingInterval: client.pollingInterval,
    chainId: () => getChainId(client),
    // A number that the client has kept would be one of before what was sent.
    blockNumber: () => getBlockNumber(client, { cacheTime: 0 }),
    blockHash: async (blockNumber) =>
      (await orUndefined(BlockNotFoundError, () => getBlock(client, { blockNumber })))?.hash ?? undefined,
    transactionsOf: async (blockNumber) => {
      const request = { blockNumber, includeTransactions: true } as const;
      const block = await orUndefined(BlockNotFoundError, () => getBlock(client, request));
      return (block?.transactions ?? []).map(transactionOf);
    },
    transactionCount: (address) => getTransactionCount(client, { address }),
    logs: (filter) => logsOf(client, filter),
    code: async (address) => (await getCode(client, { address })) ?? '0x',
    call: async ({ to, data, from }) => {
      try {
        const result = await call(onChainOnly, {
          ...(to === undefined ? {} : { to }),
          data,
          ...(from === undefined ? {} : { account: from }),
        });
        return { returned: result.data ?? '0x' };
      } catch (error) {
        if (isRevert(error)) return { reverted: error };
        throw error;
      }
    },
    estimate: ({ to, data, from }) =>
      // Of an account that is an address alone: a client's own would be prepared, and asked for its nonce.
      estimateGas(client, { to: to ?? null, data, ...(from === undefined ? {} : { account: from }) }),
    feePerGas: async () => {
      const { maxFeePerGas, gasPrice } = await estimateFeesPerGas(client);
      return maxFeePerGas ?? gasPrice!;
    },
    balance: (address) => getBalance(client, { address }),
    transaction: (hash) =>
      orUndefined(TransactionNotFoundError, async () =>
        transactionOf(await getTransaction(client, { hash })),
      ),
    receipt: (hash) =>
      orUndefined(TransactionReceiptNotFoundError, async () =>
        receiptOf(await getTransactionReceipt(client, { hash })),
      ),
  };
}

/** What is asked by HTTP: transports of other kinds keep their URLs to themselves. */
function urlsOf({ transport }: ReadClient): readonly (string | undefined)[] {
  const { url, transports = [] } = transport as {
    readonly url?: string;
    /** Of `fallback`. */
    readonly transports?: readonly { readonly value?: { readonly url?: string } | undefined }[];
  };
  return [url, ...transports.map(({ value }) => value?.url)];
}

export function viemWriter(client: WalletClient): ChainWriter {
  return {
    ...viemReader(client),
    account: async () => client.account.address,
    send: async ({ to, data, value, chainId, maxFee, onFee }) => {
      // Of a client that names its chain, viem signs for no other.
      const chain = client.chain ?? (chainId === undefined ? undefined : chainOf(chainId));
      // No bytes are left out: Hardhat's provider, where it signs, makes one of them, of which the gas says nothing.
      const bytes = data === '0x' ? undefined : data;
      const request = { account: client.account, chain: chain ?? null, to, data: bytes, value };
      if (maxFee === undefined && onFee === undefined) return sendTransaction(client, request);
      const prepared = await prepareTransactionRequest(client, { ...request, chain });
      const feePerGas = prepared.maxFeePerGas ?? prepared.gasPrice;
      await requireFee({ gas: prepared.gas, feePerGas }, { maxFee, onFee, value });
      return sendTransaction(client, { ...prepared, chain: chain ?? null } as Parameters<
        typeof sendTransaction
      >[1]);
    },
    sendSigned: (serializedTransaction) => sendRawTransaction(client, { serializedTransaction }),
    signTypedData: async (data) => {
      const { chain } = client;
      // As of transactions: an endpoint does not say for which chain is signed.
      if (chain !== undefined && chain.id !== data.domain.chainId)
        throw new ChainMismatchError({ chain, currentChainId: data.domain.chainId });
      const request = { account: client.account, ...data };
      return signTypedData(client, request as Parameters<typeof signTypedData>[1]);
    },
  };
}

/** As much of a chain as viem compares. */
function chainOf(id: number): Chain {
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 };
  return { id, name: `chain ${id}`, nativeCurrency, rpcUrls: { default: { http: [] } } };
}

/** viem's own action takes events of an ABI, and no topics. */
async function logsOf(
  client: ReadClient,
  { address, topics, fromBlock, toBlock }: LogFilter,
): Promise<readonly Log[]> {
  const filter = {
    address,
    topics: topics.map((topic) => (topic === null || typeof topic === 'string' ? topic : [...topic])),
    fromBlock: numberToHex(fromBlock),
    toBlock: numberToHex(toBlock),
  };
  const logs: readonly RpcLog[] = await client.request({ method: 'eth_getLogs', params: [filter] });
  return logs.map((log) =>
    logOf({ ...log, blockNumber: BigInt(log.blockNumber!), logIndex: Number(log.logIndex) }),
  );
}

/** Of a block that is mined, so that it says in which. */
function logOf({
  address,
  topics,
  data,
  ...place
}: Pick<
  ViemLog,
  'address' | 'topics' | 'data' | 'blockNumber' | 'blockHash' | 'transactionHash' | 'logIndex'
>): Log {
  const { blockNumber, blockHash, transactionHash, logIndex } = place;
  return {
    address,
    topics,
    data,
    blockNumber: blockNumber!,
    blockHash: blockHash!,
    transactionHash: transactionHash!,
    index: logIndex!,
  };
}

function transactionOf({
  hash,
  from,
  nonce,
  to,
  input,
}: {
  readonly hash: Hex;
  readonly from: Hex;
  readonly nonce: number;
  readonly to: Hex | null;
  readonly input: Hex;
}): Transaction {
  return { hash, from, nonce, to: to ?? undefined, input };
}

function receiptOf(receipt: ViemReceipt): Receipt {
  const { transactionHash, status, contractAddress, blockNumber, blockHash, gasUsed, logs } = receipt;
  return {
    transactionHash,
    succeeded: status === 'success',
    contractAddress: contractAddress ?? undefined,
    blockNumber,
    blockHash,
    gasUsed,
    logs: logs.map(logOf),
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
