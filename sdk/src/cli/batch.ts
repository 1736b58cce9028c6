/** Several proofs of `wattest attest`: in as few transactions as they fit, and what became of each. */
import { contractKind } from '../attest/session/contract-kinds.ts';
import type { BatchEntry } from '../chain/calls.ts';
import type { WalletClient } from '../chain/viem/port.ts';
import { fail, isWattestError, WattestError } from '../errors/index.ts';
import { describeStatus } from '../machine/status.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { statusJson, warnOfFailure } from './format.ts';
import { interruptible, printJson, printTable } from './options.ts';
import type { GivenProof } from './proofs.ts';
import { transactionText } from './routes.ts';
import { askingFee, type SpendingFlags } from './spending.ts';

/** The most that a transaction may take (EIP-7825). */
const MOST_GAS = 2 ** 24;
export const TRANSACTION_GAS = 21_000;
/** Of a proof without its words; what batches take is held to these by test/contracts/batches.test.ts. */
const PROOF_GAS = { direct: 600_000, small: 320_000, joined: 320_000 } as const;
/** Of a word of the statement without a byte of zero, which are the dearest: calldata, hashes, event, memory. */
const WORD_GAS = 420;

/** The most that a proof takes in a batch. */
export function gasOf({ document }: Pick<GivenProof, 'document'>): number {
  const { publicInputs, publicOutputs } = document.statement;
  return PROOF_GAS[contractKind(document)] + WORD_GAS * (publicInputs.length + publicOutputs.length);
}

/** In the order in which they were given, as many in each as surely fit. */
export function transactionsOf(proofs: readonly GivenProof[]): readonly (readonly GivenProof[])[] {
  const groups: GivenProof[][] = [];
  let room = 0;
  for (const proof of proofs) {
    const gas = gasOf(proof);
    if (gas > room) {
      groups.push([]);
      room = MOST_GAS - TRANSACTION_GAS;
    }
    groups.at(-1)!.push(proof);
    room -= gas;
  }
  return groups;
}

export interface BatchFlags extends SpendingFlags {
  readonly all?: boolean;
  readonly allowInsecure?: boolean;
  readonly maxFee: bigint;
  readonly confirmations: number;
  readonly json?: boolean;
}

interface SentBatch {
  readonly transactionHash: Hex | undefined;
  readonly gasUsed: bigint;
  readonly entries: readonly (GivenProof & { readonly entry: BatchEntry })[];
}

/** Submits them and reports; the exit code is 1 where one was refused. @throws USAGE where all were asked for and do not fit one transaction */
export async function attestSeveral(
  client: WalletClient,
  flags: BatchFlags,
  proofs: readonly GivenProof[],
  registry: Hex,
): Promise<void> {
  const groups = transactionsOf(proofs);
  if (flags.all === true && groups.length > 1) {
    fail('USAGE', `--all takes one transaction, and ${groups[0]!.length} of these proofs fit one`, {
      fix: 'Give fewer, or leave out --all',
    });
  }
  const { signal, release } = interruptible();
  const done: SentBatch[] = [];
  try {
    for (const group of groups) {
      const batch = await sendBatch(client, flags, { group, registry, signal });
      done.push(batch);
      if (flags.json !== true) report(batch);
    }
  } finally {
    release();
    // Of those before one that failed, too: they are on record.
    if (flags.json === true && done.length > 0) printJson(jsonOf(registry, done));
  }
  if (done.some(({ entries }) => entries.some(({ entry }) => entry.outcome === 'refused')))
    process.exitCode = 1;
}

async function sendBatch(
  client: WalletClient,
  flags: BatchFlags,
  given: { readonly group: readonly GivenProof[]; readonly registry: Hex; readonly signal: AbortSignal },
): Promise<SentBatch> {
  const { group, registry, signal } = given;
  const { all = false, allowInsecure, maxFee, confirmations } = flags;
  const { submitBatch } = await import('../chain/viem/actions.ts');
  const requests = group.map(({ document }) => document);
  try {
    const asking = askingFee(client.chain!.id, flags);
    const parameters = { registry, requests, requireAll: all, allowInsecure, maxFee, signal, ...asking };
    const sent = await submitBatch(client, parameters);
    if (sent.transactionHash !== undefined) process.stderr.write(`sent ${sent.transactionHash}\n`);
    const result = await sent.wait({ confirmations, signal });
    return { ...result, entries: group.map((proof, i) => ({ ...proof, entry: result.entries[i]! })) };
  } catch (error) {
    throw named(error, group);
  }
}

/** With the file in place of its number. */
function named(error: unknown, group: readonly GivenProof[]): unknown {
  if (!isWattestError(error)) return error;
  const [, number] = /requests\[(\d+)\]$/.exec(error.where ?? '') ?? [];
  const file = number === undefined ? undefined : group[Number(number)]?.file;
  if (file === undefined) return error;
  return new WattestError(error.code, messageOf(error), { where: file, fix: error.fix, cause: error });
}

/** Without the place in front. */
const messageOf = ({ message, where }: WattestError): string =>
  where !== undefined && message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message;

function report(batch: SentBatch): void {
  const { entries } = batch;
  for (const { file, document } of entries)
    warnOfFailure(describeStatus(document.statement.status), `${file}: the run`);
  printTable([
    ...entries.map(({ file, entry }): [string, string] =>
      entry.outcome === 'refused'
        ? ['refused', `${file}: [${entry.error.code}] ${messageOf(entry.error)}`]
        : [
            entry.outcome === 'recorded' ? 'attested' : 'stood before',
            `${file}: statement ${entry.statementHash}, block ${entry.record.blockNumber}, by ${entry.record.submitter}`,
          ],
    ),
    ['transaction', transactionText(batch)],
  ]);
}

function jsonOf(registry: Hex, batches: readonly SentBatch[]): unknown {
  return {
    registry,
    transactions: batches.flatMap(({ transactionHash, gasUsed }) =>
      transactionHash === undefined ? [] : [{ transactionHash, gasUsed }],
    ),
    proofs: batches.flatMap(({ transactionHash, entries }) =>
      entries.map(({ file, document, entry }) => ({
        file,
        outcome: entry.outcome,
        programId: document.programId,
        statementHash: entry.statementHash,
        ...(entry.outcome === 'recorded' ? { transactionHash } : {}),
        ...(entry.outcome === 'refused'
          ? { error: { code: entry.error.code, message: messageOf(entry.error) } }
          : entry.record),
        run: statusJson(describeStatus(document.statement.status)),
      })),
    ),
  };
}
