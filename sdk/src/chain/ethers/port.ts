/** The port over ethers v6. */
import type {
  Log as EthersLog,
  Provider,
  Signer,
  TransactionReceipt,
  TransactionRequest,
  TransactionResponse,
} from 'ethers';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import {
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

export function ethersReader(runner: ReadRunner): ChainReader {
  const provider = (): Provider =>
    runner.provider ??
    fail('CHAIN_CALL_FAILED', 'the signer has no provider', {
      where: 'ethers',
      fix: 'Connect it: signer.connect(provider)',
    });
  return {
    // Of every provider of ethers but what people write against its interface.
    pollingInterval: (runner.provider as { pollingInterval?: number } | null)?.pollingInterval ?? 4000,
    chainId: async () => Number((await provider().getNetwork()).chainId),
    blockNumber: async () => BigInt(await provider().getBlockNumber()),
    blockHash: async (number) => ((await provider().getBlock(number))?.hash ?? undefined) as Hex | undefined,
    transactionsOf: async (number) =>
      ((await provider().getBlock(number, true))?.prefetchedTransactions ?? []).map(transactionOf),
    transactionCount: (account) => provider().getTransactionCount(account),
    logs: async ({ address, topics, fromBlock, toBlock }) => {
      const places = topics.map((topic) =>
        topic === null || typeof topic === 'string' ? topic : [...topic],
      );
      return (await provider().getLogs({ address, topics: places, fromBlock, toBlock })).map(logOf);
    },
    code: async (address) => (await provider().getCode(address)) as Hex,
    call: async ({ to, data, from }) => {
      try {
        const request = { to, data, ...(from === undefined ? {} : { from }) };
        return { returned: (await provider().call(request)) as Hex };
      } catch (error) {
        if (isRevert(error)) return { reverted: error };
        throw error;
      }
    },
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
    send: async ({ to, data, maxFee }) => {
      const request = { ...(to === undefined ? {} : { to }), data };
      if (maxFee === undefined) return (await signer.sendTransaction(request)).hash as Hex;
      const { request: proposed, ...fee } = await priced(signer, request);
      requireFee(fee, maxFee);
      return (await signer.sendTransaction(proposed)).hash as Hex;
    },
    signTypedData: async ({ domain, types, message }) => {
      const members = Object.entries(types).map(([name, fields]) => [name, [...fields]]);
      return (await signer.signTypedData(domain, Object.fromEntries(members), message)) as Hex;
    },
  };
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
