/** Errors in the words of people: what happened, and what to do. */
import { BaseError, ContractFunctionRevertedError, UserRejectedRequestError } from 'viem';
import { type ErrorCode, isWattestError } from 'wattest/worker';

export interface Explanation {
  readonly title: string;
  readonly advice: string | undefined;
  /** For a search in the documents. */
  readonly code: string | undefined;
  /** Somebody wanted it so: nothing is wrong. */
  readonly wanted: boolean;
}

const TITLES: Partial<Record<ErrorCode, string>> = {
  ABORTED: 'Stopped. Nothing was proven.',
  WALLET_REFUSED: 'You declined in the wallet. Nothing was sent.',
  RUN_TRAPPED:
    'The program refused these inputs: one of its own checks failed, so there is nothing to prove.',
  CHAIN_MISMATCH: 'The wallet is on another chain.',
  CHAIN_UNREACHABLE: 'The chain cannot be reached.',
  FUNDS_INSUFFICIENT: 'The account has not enough ether for this transaction.',
  PROVER_LOST: 'The prover ended unexpectedly.',
  OUT_OF_MEMORY: 'The browser gave the prover too little memory.',
  KERNEL_UNSUPPORTED: 'This browser cannot prove: it lacks WebAssembly SIMD.',
};

const WANTED: readonly string[] = ['ABORTED', 'WALLET_REFUSED'];

/** @param reverts what a contract's errors mean, by their names */
export function explain(error: unknown, reverts: Readonly<Record<string, string>> = {}): Explanation {
  if (isWattestError(error)) {
    const { code, message, fix } = error;
    return {
      title: TITLES[code] ?? sentence(message),
      advice: WANTED.includes(code) || fix === '' ? undefined : sentence(fix),
      code,
      wanted: WANTED.includes(code),
    };
  }
  if (isRejection(error)) {
    return { title: TITLES.WALLET_REFUSED!, advice: undefined, code: undefined, wanted: true };
  }
  if (error instanceof BaseError) {
    const revert = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
    const name = revert instanceof ContractFunctionRevertedError ? revert.data?.errorName : undefined;
    const title = (name === undefined ? undefined : reverts[name]) ?? sentence(error.shortMessage);
    return { title, advice: undefined, code: name, wanted: false };
  }
  // Wallets also throw objects that are no errors.
  const message = (error as { readonly message?: unknown } | null)?.message;
  const title =
    typeof message === 'string' && message !== '' ? sentence(message) : 'It failed without a reason.';
  return { title, advice: undefined, code: undefined, wanted: false };
}

/** EIP-1193: 4001. */
function isRejection(error: unknown): boolean {
  if (error instanceof BaseError)
    return error.walk((cause) => cause instanceof UserRejectedRequestError) !== null;
  return (error as { readonly code?: unknown } | null)?.code === 4001;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
