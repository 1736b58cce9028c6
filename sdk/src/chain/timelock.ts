/** A registry's owner whose every act is announced: OpenZeppelin's TimelockController, without an administrator. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiDigits, abiWord, isSameHex } from '../solidity/abi.ts';
import { word } from '../transcript/encode.ts';
import { isCode } from './deployments.ts';
import { TIMELOCK_BYTECODE, TIMELOCK_DEPLOYED_BYTECODE } from './timelock.generated.ts';

export { TIMELOCK_STANDARD_INPUT } from './timelock.generated.ts';

/** Who may do what, and how long it waits. */
export interface TimelockSetup {
  /** Seconds from when an act is scheduled to when it can be carried out. */
  readonly minDelay: number;
  /** Who may schedule, and cancel what is scheduled. */
  readonly proposers: readonly Hex[];
  /** Who may carry out what has waited; default: anybody, which is the zero address. */
  readonly executors?: readonly Hex[] | undefined;
}

export const ANYBODY: Hex = `0x${'00'.repeat(20)}`;

/** OpenZeppelin's guide calls anything up to a few weeks a delay; a longer one is a mistyped one. */
const MOST_DELAY = 365 * 86_400;
const MOST_MEMBERS = 32;

/** @throws INPUT_INVALID for a delay that is none, for nobody or anybody who could schedule, nobody who could carry out, too many of them */
export function requireTimelock({ minDelay, proposers, executors = [ANYBODY] }: TimelockSetup): void {
  const invalid = (problem: string, fix: string): never =>
    fail('INPUT_INVALID', problem, { where: 'timelock', fix });
  if (!Number.isSafeInteger(minDelay) || minDelay < 1 || minDelay > MOST_DELAY)
    invalid(`${minDelay} is no delay`, 'Give whole seconds, a year at most');
  if (proposers.length === 0)
    invalid('there is nobody who may schedule', 'Name a proposer: --proposer ADDRESS');
  if (proposers.some((each) => isSameHex(each, ANYBODY)))
    invalid('anybody could schedule', 'Give addresses of accounts or contracts');
  if (executors.length === 0)
    invalid('there is nobody who may carry out', 'Name an executor, or leave them out: anybody, then');
  const members = proposers.length + executors.length;
  if (members > MOST_MEMBERS)
    invalid(
      `its proposers and executors are ${members}`,
      `Name ${MOST_MEMBERS} at most, or a contract that stands for many`,
    );
}

/** The words of its constructor arguments: delay, proposers, executors, no administrator. */
export function timelockArguments({
  minDelay,
  proposers,
  executors = [ANYBODY],
}: TimelockSetup): readonly Hex[] {
  const list = (members: readonly Hex[]): Uint8Array[] => [word(members.length), ...members.map(abiWord)];
  const words = [
    word(minDelay),
    word(32 * 4),
    word(32 * (5 + proposers.length)),
    word(0),
    ...list(proposers),
    ...list(executors),
  ];
  return words.map((one): Hex => `0x${bytesToHex(one)}`);
}

export function timelockInitcode(setup: TimelockSetup): Hex {
  return `${TIMELOCK_BYTECODE}${abiDigits(timelockArguments(setup))}`;
}

/** Whether code is that of a timelock: it has no immutables. */
export function isTimelock(code: Hex): boolean {
  return isCode(code, TIMELOCK_DEPLOYED_BYTECODE, []);
}
