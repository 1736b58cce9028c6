/** The port over ethers v6. */
import type {
  Log as EthersLog,
  JsonRpcProvider,
  Provider,
  Signer,
  TransactionReceipt,
  TransactionRequest,
  TransactionResponse,
} from 'ethers';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { requireClientEndpoint } from '../endpoint.ts';
import {
  type CallRequest,
  type ChainReader,
  type ChainWriter,
  type Log,
  type ProposedFee,
  type Receipt,
  requireFee,
  type Transaction,
} from '../port.ts';
import { isRevert } from '../reverts.ts';

/** A provider, or a signer that is connected to one. */
export type ReadRunner = Provider | Signer;

/** @throws ENDPOINT_INVALID */
export function ethersReader(runner: ReadRunner): ChainReader {
  // A provider of the network looks for its chain again and again otherwise.
  requireClientEndpoint(
    (runner.provider as Partial<JsonRpcProvider> | null)?._getConnection?.().url,
    'ethers',
  );
  const provider = (): Provider =>
    runner.provider ??
    fail('CHAIN_CALL_FAILED', 'the signer has no provider', {
      where: 'ethers',
      fix: 'Connect it: signer.connect(provider)',
    });
  /** What a provider's own methods may answer as they did a quarter of a second ago, before something was mined. */
  const fresh = async (
    method: string,
    parameters: readonly unknown[],
    otherwise: (asked: Provider) => Promise<string | number>,
  ): Promise<string | number> => {
    const asked: Provider & { send?: (method: string, parameters: readonly unknown[]) => Promise<string> } =
      provider();
    return asked.send === undefined ? otherwise(asked) : asked.send(method, parameters);
  };
  return {
    // Of every provider of ethers but what people write against its interface.
    pollingInterval: (runner.provider as { pollingInterval?: number } | null)?.pollingInterval ?? 4000,
    chainId: async () => Number((await provider().getNetwork()).chainId),
    blockNumber: async () => BigInt(await fresh('eth_blockNumber', [], (asked) => asked.getBlockNumber())),
    blockHash: async (number) => ((await provider().getBlock(number))?.hash ?? undefined) as Hex | undefined,
    transactionsOf: async (number) =>
      ((await provider().getBlock(number, true))?.prefetchedTransactions ?? []).map(transactionOf),
    transactionCount: async (account) =>
      Number(
        await fresh('eth_getTransactionCount', [account, 'latest'], (asked) =>
          asked.getTransactionCount(account),
        ),
      ),
    logs: async ({ address, topics, fromBlock, toBlock }) => {
      const places = topics.map((topic) =>
        topic === null || typeof topic === 'string' ? topic : [...topic],
      );
      return (await provider().getLogs({ address, topics: places, fromBlock, toBlock })).map(logOf);
    },
    code: (address) =>
      fresh('eth_getCode', [address, 'latest'], (asked) => asked.getCode(address)) as Promise<Hex>,
    call: async ({ to, data, from }) => {
      try {
        return { returned: (await provider().call(requestOf({ to, data, from }))) as Hex };
      } catch (error) {
        if (isRevert(error)) return { reverted: error };
        throw error;
      }
    },
    estimate: (request) => provider().estimateGas(requestOf(request)),
    feePerGas: async () => {
      const { maxFeePerGas, gasPrice } = await provider().getFeeData();
      return (
        maxFeePerGas ??
        gasPrice ??
        fail('CHAIN_CALL_FAILED', 'the node does not say what gas costs', {
          where: 'ethers',
          fix: 'Check the endpoint',
        })
      );
    },
    balance: (account) => provider().getBalance(account),
    transaction: async (hash) => {
      const found = await provider().getTransaction(hash);
      return found === null ? undefined : transactionOf(found);
    },
    receipt: async (hash) => {
      const found = await provider().getTransactionReceipt(hash);
      return found === null ? undefined : receiptOf(found);
    },
  };
}

export function ethersWriter(signer: Signer): ChainWriter {
  const reader = ethersReader(signer);
  return {
    ...reader,
    account: async () => (await signer.getAddress()) as Hex,
    send: async ({ to, data, value, chainId, maxFee, onFee }) => {
      const request = {
        ...requestOf({ to, data }),
        ...(value === undefined ? {} : { value }),
        ...(chainId === undefined ? {} : { chainId }),
      };
      if (maxFee === undefined && onFee === undefined)
        return (await signer.sendTransaction(request)).hash as Hex;
      const { request: proposed, ...fee } = await priced(signer, request);
      await requireFee(fee, { maxFee, onFee, value });
      return (await signer.sendTransaction(proposed)).hash as Hex;
    },
    sendSigned: async (transaction) => {
      const { provider } = signer;
      if (provider === null) throw new TypeError('the signer has no provider');
      return (await provider.broadcastTransaction(transaction)).hash as Hex;
    },
    signTypedData: async ({ domain, types, message }) => {
      const members = Object.entries(types).map(([name, fields]) => [name, [...fields]]);
      return (await signer.signTypedData(domain, Object.fromEntries(members), message)) as Hex;
    },
  };
}

function requestOf({
  to,
  data,
  from,
}: Partial<Record<keyof CallRequest, Hex | undefined>>): TransactionRequest {
  const given = { to, data, from };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** A transaction with gas limit and fees in it, which a signer of a node would otherwise leave to the node. */
async function priced(
  signer: Signer,
  bare: TransactionRequest,
): Promise<ProposedFee & { readonly request: TransactionRequest }> {
  const gas = await signer.estimateGas(bare);
  const fees = await signer.provider?.getFeeData();
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = fees ?? {};
  const of = maxFeePerGas === null ? { gasPrice } : { maxFeePerGas, maxPriorityFeePerGas };
  return { request: { ...bare, gasLimit: gas, ...of }, gas, feePerGas: maxFeePerGas ?? gasPrice };
}

function transactionOf({ hash, from, nonce, to, data }: TransactionResponse): Transaction {
  return {
    hash: hash as Hex,
    from: from as Hex,
    nonce,
    to: (to ?? undefined) as Hex | undefined,
    input: data as Hex,
  };
}

function logOf({ address, topics, data, blockNumber, blockHash, transactionHash, index }: EthersLog): Log {
  return {
    address,
    topics,
    data,
    blockNumber: BigInt(blockNumber),
    blockHash: blockHash as Hex,
    transactionHash: transactionHash as Hex,
    index,
  };
}

function receiptOf(receipt: TransactionReceipt): Receipt {
  const { hash, status, contractAddress, blockNumber, blockHash, gasUsed, logs } = receipt;
  return {
    transactionHash: hash as Hex,
    succeeded: status === 1,
    contractAddress: (contractAddress ?? undefined) as Hex | undefined,
    blockNumber: BigInt(blockNumber),
    blockHash: blockHash as Hex,
    gasUsed,
    logs: logs.map(logOf),
  };
}
