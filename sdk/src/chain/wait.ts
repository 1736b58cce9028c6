/** Waiting for a transaction: once, over what both client libraries answer, so that it can be bounded and interrupted. */
import { fail, isWattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { isSameHex } from '../solidity/abi.ts';
import { boundedReader } from './bounded.ts';
import type { ChainReader, Receipt, Transaction } from './port.ts';

export interface WaitParameters {
  /** Blocks that must stand on each other, the transaction's own included; default 1. */
  readonly confirmations?: number | undefined;
  /** Milliseconds until TRANSACTION_PENDING; default ten minutes. */
  readonly timeout?: number | undefined;
  /** Gives up waiting; what was sent stands all the same. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT = 600_000;
/** Milliseconds until the second question: a development chain mines at once. */
const FIRST_PAUSE = 50;
/** Blocks that are searched for the transaction that took the place of another. */
const MOST_BLOCKS_BACK = 256n;

export interface Mined {
  readonly receipt: Receipt;
  /** Its sender replaced the transaction by the one of the receipt. */
  readonly replaced: boolean;
}

/**
 * Waits until a transaction is mined and stands under as many blocks as are asked for. A block that a reorganisation takes out does not count: then
 * it is waited for again.
 * @throws INPUT_INVALID; TRANSACTION_PENDING, CHAIN_REORGANISED where the time is up; TRANSACTION_REPLACED where another one took its place that cannot be found;
 *   CHAIN_CALL_FAILED for an endpoint that answers about another transaction; ABORTED
 */
export async function waitMined(
  reader: ChainReader,
  hash: Hex,
  parameters: WaitParameters & { readonly known?: Transaction | undefined } = {},
): Promise<Mined> {
  try {
    return await waiting(boundedReader(reader, { signal: parameters.signal }), hash, parameters);
  } catch (error) {
    // Interrupted while the endpoint was asked, which does not know what for.
    if (isWattestError(error, 'ABORTED')) interrupted(hash);
    throw error;
  }
}

async function waiting(
  reader: ChainReader,
  hash: Hex,
  {
    confirmations = 1,
    timeout = DEFAULT_TIMEOUT,
    signal,
    known: seenBefore,
    replaced = false,
  }: WaitParameters & { readonly known?: Transaction | undefined; readonly replaced?: boolean },
): Promise<Mined> {
  requireCount(confirmations, 'confirmations', 'wait');
  const until = Date.now() + timeout;
  let known = seenBefore;
  let seen: Receipt | undefined;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, reader.pollingInterval)) {
    if (signal?.aborted === true) interrupted(hash);
    const receipt = await reader.receipt(hash);
    requireAbout(hash, receipt?.transactionHash);
    let other: Hex | undefined;
    if (receipt !== undefined) {
      if (await isDeep(reader, receipt, confirmations)) return { receipt, replaced };
      seen = receipt;
    } else {
      known ??= await reader.transaction(hash);
      requireAbout(hash, known?.hash);
      other = known === undefined ? undefined : await replacement(reader, known);
    }
    // By itself it is not replaced: it may have been mined between the two questions.
    const isTaken = other !== undefined && !isSameHex(other, hash);
    // Whoever looks once hears of the other; an endpoint that names one after the other is given up.
    if (Date.now() >= until && (replaced || !isTaken)) late(hash, { seen, receipt, known, timeout });
    if (!isTaken || replaced) await sleep(Math.min(pause, Math.max(until - Date.now(), 1)), signal);
    if (isTaken)
      return waiting(reader, other!, { confirmations, timeout: until - Date.now(), signal, replaced: true });
  }
}

/** An endpoint that mixes up its answers would have a transaction taken for mined, or for failed, that is not. */
function requireAbout(hash: Hex, answered: Hex | undefined): void {
  if (answered === undefined || isSameHex(hash, answered)) return;
  fail('CHAIN_CALL_FAILED', `asked about transaction ${hash}, the endpoint answers about ${answered}`, {
    where: 'wait',
    fix: 'Check the endpoint',
  });
}

/** @throws INPUT_INVALID for what is no number of things, of `what`: with 0 or less blocks a search would never end */
export function requireCount(count: number, what: string, where: string): void {
  if (Number.isSafeInteger(count) && count >= 1) return;
  fail('INPUT_INVALID', `${count} is no number of ${what}`, {
    where,
    fix: 'Give a whole number of at least 1',
  });
}

/** What is no block would begin or end nowhere: of `'latest'` there would be no events, and no word of it. */
export function requireBlock(block: bigint | undefined, what: string, where: string): void {
  if (block === undefined || (typeof block === 'bigint' && block >= 0n)) return;
  fail('INPUT_INVALID', `${what} is no number of a block`, {
    where,
    fix: 'Give a bigint from 0n on',
  });
}

/** A receipt with `confirmations - 1` blocks above it: above its own block, and not above one that has taken the place of it since the receipt was asked for. */
async function isDeep(
  reader: ChainReader,
  { blockNumber, blockHash }: Receipt,
  confirmations: number,
): Promise<boolean> {
  if (confirmations === 1) return true;
  const above = (await reader.blockNumber()) - blockNumber + 1n;
  return above >= BigInt(confirmations) && (await reader.blockHash(blockNumber)) === blockHash;
}

/**
 * The mined transaction with the nonce of one that has no receipt; undefined while there is none.
 * @throws TRANSACTION_REPLACED where there is one that is not found
 */
async function replacement(
  reader: ChainReader,
  { hash, from, nonce }: Transaction,
): Promise<Hex | undefined> {
  if ((await reader.transactionCount(from)) <= nonce) return undefined;
  const head = await reader.blockNumber();
  for (let number = head; number >= 0n && number > head - MOST_BLOCKS_BACK; number--) {
    const own = (await reader.transactionsOf(number)).filter((each) => isSameHex(each.from, from));
    const found = own.find((each) => each.nonce === nonce);
    if (found !== undefined) return found.hash;
    if (own.some((each) => each.nonce < nonce)) break;
  }
  fail('TRANSACTION_REPLACED', `another transaction of ${from} took the place of ${hash}`, {
    where: 'wait',
    fix: 'Look at the account in its wallet or at an explorer, and try again: what is on record is not paid for twice',
  });
}

function late(
  hash: Hex,
  {
    seen,
    receipt,
    known,
    timeout,
  }: {
    readonly seen: Receipt | undefined;
    readonly receipt: Receipt | undefined;
    readonly known: Transaction | undefined;
    readonly timeout: number;
  },
): never {
  const seconds = `${Math.round(timeout / 1000)} s`;
  const fix = 'Wait longer, or look it up: it may still be mined; what is on record is not paid for twice';
  if (seen !== undefined && receipt === undefined) {
    fail(
      'CHAIN_REORGANISED',
      `transaction ${hash} was in block ${seen.blockNumber}, which the chain has dropped, and has not come back after ${seconds}`,
      { where: 'wait', fix },
    );
  }
  const state =
    receipt !== undefined
      ? `is in block ${receipt.blockNumber} and has not the confirmations asked for`
      : known === undefined
        ? 'is not known to the node'
        : 'is not mined';
  fail('TRANSACTION_PENDING', `transaction ${hash} was sent and ${state} after ${seconds}`, {
    where: 'wait',
    fix,
  });
}

/** @throws CHAIN_CALL_FAILED for a transaction that failed though its simulation had not */
export function failedThough(hash: Hex, where: string): never {
  fail('CHAIN_CALL_FAILED', `transaction ${hash} failed though its simulation had not`, {
    where,
    fix: 'Look at the transaction; it may have run out of gas',
  });
}

function interrupted(hash: Hex): never {
  fail('ABORTED', `waiting was interrupted; transaction ${hash} was sent and may still be mined`, {
    fix: 'Look it up, or try again: what is on record is not paid for twice',
  });
}

/** Returns early where the signal aborts. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted === true) done();
  });
}
