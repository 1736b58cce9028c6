/**
 * What an action needs of a chain. viem and ethers each answer it once (`viem/port.ts`, `ethers/port.ts`); every action and every
 * check is written once, over this, and encodes and decodes its calls itself.
 */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';

/** How an `eth_call` ended. An endpoint that does not answer is neither: it throws. */
export type CallOutcome = { readonly returned: Hex } | { readonly reverted: unknown };

export interface CallRequest {
  /** Undefined to run `data` as initcode: what is returned is the code that it would leave. */
  readonly to?: Hex;
  readonly data: Hex;
  readonly from?: Hex;
}

export interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  /** Its place in the block. */
  readonly index: number;
}

/** A transaction as it was signed. */
export interface Transaction {
  readonly hash: Hex;
  readonly from: Hex;
  readonly nonce: number;
  /** Undefined where it creates a contract. */
  readonly to: Hex | undefined;
  readonly input: Hex;
}

export interface Receipt {
  readonly transactionHash: Hex;
  readonly succeeded: boolean;
  /** Of the contract that it created. */
  readonly contractAddress: Hex | undefined;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly gasUsed: bigint;
  readonly logs: readonly Log[];
}

/** Both ends included. */
export interface LogFilter {
  readonly address: Hex;
  /** By place; null: whatever stands there. */
  readonly topics: readonly (Hex | readonly Hex[] | null)[];
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

export interface ChainReader {
  /** Milliseconds between questions to a chain that has nothing new. */
  readonly pollingInterval: number;
  chainId(): Promise<number>;
  /** Of the newest block. */
  blockNumber(): Promise<bigint>;
  /** Undefined where the chain has no such block. */
  blockHash(number: bigint): Promise<Hex | undefined>;
  /** Of a block, in order; none where the chain does not have it. */
  transactionsOf(number: bigint): Promise<readonly Transaction[]>;
  /** Transactions of an account that are mined: the nonce of its next one. */
  transactionCount(account: Hex): Promise<number>;
  logs(filter: LogFilter): Promise<readonly Log[]>;
  /** `0x` where there is none. */
  code(address: Hex): Promise<Hex>;
  call(request: CallRequest): Promise<CallOutcome>;
  /** Gas of a transaction, with what the node adds for safety. Throws what it would revert with. */
  estimate(request: CallRequest): Promise<bigint>;
  /** Most that a unit of gas would cost now, in wei, as a client library would offer. @throws CHAIN_CALL_FAILED */
  feePerGas(): Promise<bigint>;
  /** Wei of an account. */
  balance(account: Hex): Promise<bigint>;
  /** Undefined where the chain does not know it. */
  transaction(hash: Hex): Promise<Transaction | undefined>;
  /** Undefined where it is not mined, or not known. */
  receipt(hash: Hex): Promise<Receipt | undefined>;
}

export interface SendRequest {
  /** Undefined to create a contract. */
  readonly to?: Hex;
  readonly data: Hex;
  /** Wei that go with it. */
  readonly value?: bigint;
  /** The chain that it is for, where the caller knows: what is signed names it, whatever chain a wallet has changed to since. */
  readonly chainId?: number | undefined;
  /** Most that the transaction may cost, in wei: gas limit × fee per gas, and `value`. */
  readonly maxFee?: bigint | undefined;
  /** Called before it is signed; what it throws keeps it from being signed. */
  readonly onFee?: ((cost: TransactionCost) => void | Promise<void>) | undefined;
}

/** What a transaction may cost at most: the gas limit times the fee that are about to be signed, and what goes with it. */
export interface TransactionCost {
  readonly gas: bigint;
  /** In wei. */
  readonly feePerGas: bigint;
  /** Wei that go with it: to whoever publishes the factory. */
  readonly value: bigint;
}

/** Most wei of a transaction, or of several. */
export function mostWei({ gas, feePerGas, value }: TransactionCost): bigint {
  return gas * feePerGas + value;
}

/** What a signature of EIP-712 is about; the type of the domain follows from its members. */
export interface TypedData {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: Hex;
  };
  readonly primaryType: string;
  readonly types: Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>;
  readonly message: Readonly<Record<string, unknown>>;
}

export interface ChainWriter extends ChainReader {
  /** The account that signs. */
  account(): Promise<Hex>;
  signTypedData(data: TypedData): Promise<Hex>;
  /**
   * Signs and sends. Nothing is signed whose gas limit times fee per gas, as the node proposes them, is above `maxFee`.
   * @returns the hash, as soon as the node has taken it
   * @throws FEE_TOO_HIGH
   */
  send(request: SendRequest): Promise<Hex>;
  /** Sends what somebody else has signed. */
  sendSigned(transaction: Hex): Promise<Hex>;
}

/** Names, of a transaction that is about to be signed. Undefined: the node did not say. */
export interface ProposedFee {
  readonly gas: bigint | null | undefined;
  readonly feePerGas: bigint | null | undefined;
}

/**
 * Refuses to sign away more than the caller allows, and lets the caller look at it.
 * @throws FEE_TOO_HIGH; what `onFee` throws
 */
export async function requireFee(
  { gas, feePerGas }: ProposedFee,
  { maxFee, onFee, value = 0n }: Pick<SendRequest, 'maxFee' | 'onFee' | 'value'>,
): Promise<void> {
  const cost =
    typeof gas === 'bigint' && typeof feePerGas === 'bigint' ? { gas, feePerGas, value } : undefined;
  if (cost !== undefined && (maxFee === undefined || mostWei(cost) <= maxFee)) return onFee?.(cost);
  const sent = value === 0n ? '' : ` with ${formatEther(value)} sent along`;
  const problem = cost
    ? `${gas} gas at ${feePerGas} wei${sent} may cost ${formatEther(mostWei(cost))}, more than the ${formatEther(maxFee!)} allowed`
    : 'the node does not say what the transaction may cost';
  fail('FEE_TOO_HIGH', problem, {
    fix: 'Do not trust this endpoint, wait until gas is cheaper, or allow more with --max-fee (maxFee in the SDK)',
  });
}

const WEI_DIGITS = 18;

/** Wei in whole coins of the chain: `0.25 ether`. */
export function formatEther(wei: bigint, coin = 'ether'): string {
  const digits = String(wei).padStart(WEI_DIGITS + 1, '0');
  const fraction = digits.slice(-WEI_DIGITS).replace(/0+$/, '');
  return `${digits.slice(0, -WEI_DIGITS)}${fraction === '' ? '' : `.${fraction}`} ${coin}`;
}
