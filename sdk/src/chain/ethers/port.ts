/** The port over ethers v6. */
import {
  isError,
  type Provider,
  type Signer,
  type TransactionReceipt,
  type TransactionRequest,
} from 'ethers';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { type ChainReader, type ChainWriter, type ProposedFee, type Receipt, requireFee } from '../port.ts';
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
    chainId: async () => Number((await provider().getNetwork()).chainId),
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
      return found === null
        ? undefined
        : { to: (found.to ?? undefined) as Hex | undefined, input: found.data as Hex };
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
    wait: async (hash) => {
      const receipt = (await reader.receipt(hash)) ?? (await mined(signer.provider, hash));
      return (
        receipt ??
        fail('CHAIN_CALL_FAILED', `transaction ${hash} has no receipt`, {
          where: 'ethers',
          fix: 'Look at the transaction',
        })
      );
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

/** `wait` of a transaction sees that its sender replaced it, and throws the receipt of one that failed or that took its place. */
async function mined(provider: Provider | null, hash: string): Promise<Receipt | undefined> {
  const transaction = await provider?.getTransaction(hash);
  try {
    const receipt = await (transaction?.wait() ?? provider?.waitForTransaction(hash));
    return receipt === null || receipt === undefined ? undefined : receiptOf(receipt);
  } catch (error) {
    if (isError(error, 'CALL_EXCEPTION') || isError(error, 'TRANSACTION_REPLACED')) {
      const { receipt } = error as { readonly receipt?: TransactionReceipt | null };
      if (receipt !== null && receipt !== undefined) return receiptOf(receipt);
    }
    throw error;
  }
}

function receiptOf(receipt: TransactionReceipt): Receipt {
  const { hash, status, contractAddress, blockNumber, gasUsed, logs } = receipt;
  return {
    transactionHash: hash as Hex,
    succeeded: status === 1,
    contractAddress: (contractAddress ?? undefined) as Hex | undefined,
    blockNumber: BigInt(blockNumber),
    gasUsed,
    logs,
  };
}
