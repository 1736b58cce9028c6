/** What a command is about to spend, shown before it does; where the coins are real somebody has to agree. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { type DeploymentPlan, planLimit } from '../chain/plan.ts';
import { mostWei, type TransactionCost } from '../chain/port.ts';
import { fail } from '../errors/index.ts';
import { DEVELOPMENT_CHAINS } from '../solidity/chains.ts';
import { formatCoins } from './chains.ts';
import { printTable, type TableValue } from './options.ts';
import { grouped } from './tables.ts';

export interface SpendingFlags {
  readonly network: string;
  readonly yes?: boolean;
}

export function withYesOption(command: Command): Command {
  return command.option('-y, --yes', 'do not ask before coins of a public chain are spent');
}

/**
 * Before anything costly is begun for what nobody will be there to agree to.
 * @param isOwn whether its coins are worth nothing
 * @throws CONFIRMATION_MISSING
 */
export function requireConfirmable(
  chainId: number,
  { network, yes }: SpendingFlags,
  isOwn: boolean = DEVELOPMENT_CHAINS.includes(chainId),
): void {
  if (yes === true || isOwn || process.stdin.isTTY) return;
  fail('CONFIRMATION_MISSING', `this spends coins of chain ${chainId}, and nobody is there to be asked`, {
    where: network,
    fix: 'Give --yes, and --max-fee with what a transaction may cost; or run it in a terminal',
  });
}

/**
 * Shows cost on standard error and asks there.
 * @throws CONFIRMATION_MISSING without a terminal, ABORTED for any other answer than yes
 */
export async function confirmSpending(
  chainId: number,
  rows: readonly (readonly [label: string, value: TableValue])[],
  flags: SpendingFlags,
): Promise<void> {
  printTable(rows, process.stderr);
  requireConfirmable(chainId, flags);
  if (flags.yes === true || DEVELOPMENT_CHAINS.includes(chainId)) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `Spend this on ${flags.network} (chain ${chainId})? (y/N) `;
    // An interrupt, or the end of the input, is no yes; and nobody would hear of it otherwise.
    const gone = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    terminal.once('SIGINT', () => terminal.close());
    const answer = await Promise.race([terminal.question(question), gone]);
    if (!/^y(es)?$/i.test(answer.trim())) declined(flags.network);
  } finally {
    terminal.close();
  }
}

/** What an action that sends asks before it signs. */
export function askingFee(
  chainId: number,
  flags: SpendingFlags,
): { readonly onFee: (cost: TransactionCost) => Promise<void> } {
  return {
    onFee: (cost) => confirmSpending(chainId, [['cost', formatCost(cost, chainId)]], flags),
  };
}

/** @throws ABORTED */
export function declined(where: string): never {
  fail('ABORTED', 'nothing was sent', {
    where,
    fix: 'Answer y, or give --yes where nobody is there to answer',
  });
}

/** `about 598,000 gas at 1.5 gwei: 0.0009 ETH at most` */
export function formatCost(cost: TransactionCost, chainId: number): string {
  const { gas, feePerGas } = cost;
  const fee = `${Number((Number(feePerGas) / 1e9).toPrecision(3))} gwei`;
  return `about ${grouped(Number(gas))} gas at ${fee}: ${formatCoins(mostWei(cost), chainId)} at most`;
}

/** Addresses and cost of a deployment. */
export function planRows(plan: DeploymentPlan): readonly (readonly [string, string])[] {
  const { steps, chainId, account, balance, gas } = plan;
  return [
    ...steps.map(({ what, address, stands, gas: own }): [string, string] => [
      what,
      [address, stands ? 'stands already' : `${grouped(Number(own))} gas`].filter(Boolean).join(', '),
    ]),
    ['cost', gas === 0n ? 'nothing is sent' : formatCost(plan, chainId)],
    ...(gas === 0n
      ? []
      : [['limit', `nothing is signed beyond ${formatCoins(planLimit(plan), chainId)}`] as const]),
    ['account', `${account}, which has ${formatCoins(balance, chainId)}`],
  ];
}
