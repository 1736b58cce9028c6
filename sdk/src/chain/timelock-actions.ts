/** What an owner does that is a timelock: schedule, wait, carry out; and who may. The exported functions of these names are described in {@link Actions}. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import {
  abiAddress,
  abiBytes,
  abiCall,
  abiTopic,
  abiTuple,
  abiWord,
  abiWords,
  isSameHex,
} from '../solidity/abi.ts';
import { word } from '../transcript/encode.ts';
import { change } from './actions.ts';
import type { RequestParameters } from './bounded.ts';
import type { ChangeResult, FeeParameters } from './calls.ts';
import { checkCreation, type Require } from './check-deployment.ts';
import type { Deployment } from './deployments.ts';
import { create2Address, FACTORY } from './factory.ts';
import { rejected, requireCode } from './identity.ts';
import type { ChainReader, ChainWriter, Log } from './port.ts';
import { returned } from './records.ts';
import { readState } from './registry.ts';
import { onChain } from './reverts.ts';
import { isTimelock, timelockArguments, timelockInitcode } from './timelock.ts';
import { inRanges } from './watch.ts';

export type CancelOperationParameters = { readonly timelock: Hex; readonly id: Hex } & FeeParameters;

export type ReadTimelockParameters = {
  readonly timelock: Hex;
  /** In which the timelock was made, or before; of a later one, which would hide what was given until then, all blocks are read. */
  readonly fromBlock?: bigint | undefined;
} & RequestParameters;

export type CheckTimelockParameters = { readonly deployment: Deployment } & RequestParameters;

/** What the timelock is to call. */
export interface TimelockCall {
  readonly timelock: Hex;
  readonly to: Hex;
  readonly data: Hex;
}

export interface TimelockOperation {
  readonly id: Hex;
  readonly state: 'unset' | 'waiting' | 'ready' | 'done';
  /** Seconds since 1970 from which on it can be carried out; undefined where it is not scheduled, or done. */
  readonly readyAt: number | undefined;
}

export type TimelockActParameters = TimelockCall & FeeParameters;

/** What came of it: `scheduled` now, or carried out and so `done`. */
export interface TimelockAct {
  readonly outcome: 'scheduled' | 'done';
  readonly operation: TimelockOperation;
  readonly change: ChangeResult;
}

export interface TimelockRoles {
  /** Seconds. */
  readonly minDelay: number;
  readonly proposers: readonly Hex[];
  readonly cancellers: readonly Hex[];
  /** The zero address: anybody. */
  readonly executors: readonly Hex[];
  /** Who may give and take roles at once; of a timelock that was deployed here itself alone, by an act that waits. */
  readonly administrators: readonly Hex[];
}

const STATES = ['unset', 'waiting', 'ready', 'done'] as const;
/** Seconds: beyond it there are no dates. */
const LAST_TIME = 8.64e12;
const NONE = word(0);

/** The id of an operation: no value, no predecessor, salt zero. */
export function operationId({ to, data }: Pick<TimelockCall, 'to' | 'data'>): Hex {
  return `0x${bytesToHex(keccak_256(abiTuple(abiWord(to), NONE, abiBytes(data), NONE, NONE)))}`;
}

export function readOperation(
  reader: ChainReader,
  { timelock, ...call }: TimelockCall & RequestParameters,
): Promise<TimelockOperation> {
  return operationOf(reader, timelock, operationId(call));
}

function operationOf(reader: ChainReader, timelock: Hex, id: Hex): Promise<TimelockOperation> {
  return onChain('timelock', async () => {
    await requireCode(reader, timelock, 'timelock');
    const [state, time] = await Promise.all(
      ['getOperationState(bytes32)', 'getTimestamp(bytes32)'].map(async (getter) =>
        Number(await wordOf(reader, timelock, abiCall(getter, abiWord(id)))),
      ),
    );
    const name = STATES[state!];
    if (name === undefined || time! > LAST_TIME)
      rejected('timelock', `the contract at ${timelock} is no timelock`);
    return { id, state: name, readyAt: name === 'waiting' || name === 'ready' ? time! : undefined };
  });
}

/** @throws CHAIN_REJECTED where nothing waits under the id */
export async function requireCancellable(
  reader: ChainReader,
  timelock: Hex,
  id: Hex,
): Promise<TimelockOperation> {
  const operation = await operationOf(reader, timelock, id);
  if (operation.readyAt === undefined) rejected('timelock', `nothing waits under ${id}`);
  return operation;
}

async function wordOf(reader: ChainReader, to: Hex, data: Hex): Promise<bigint> {
  return (await answerOf(reader, to, data)) ?? rejected('timelock', `the contract at ${to} is no timelock`);
}

async function answerOf(reader: ChainReader, to: Hex, data: Hex): Promise<bigint | undefined> {
  const outcome = await reader.call({ to, data });
  const [answer] = ('returned' in outcome ? abiWords(outcome.returned, 1) : undefined) ?? [];
  return answer === undefined ? undefined : BigInt(answer);
}

const MIN_DELAY = abiCall('getMinDelay()');

/** Whether acts of this owner wait: a timelock has a delay, and accounts and other contracts have none. */
export async function hasDelay(reader: ChainReader, owner: Hex): Promise<boolean> {
  return (await answerOf(reader, owner, MIN_DELAY)) !== undefined;
}

async function minDelayOf(reader: ChainReader, timelock: Hex): Promise<number> {
  return Number(await wordOf(reader, timelock, MIN_DELAY));
}

/** What a timelock is to be called with next, for a call of its own. */
export interface TimelockStep {
  readonly name: 'schedule' | 'execute';
  readonly data: Hex;
  /** Seconds that it will wait once it is scheduled, where it is that; the shortest wait that the timelock says it takes. */
  readonly delay: number | undefined;
  /** As it is now. */
  readonly operation: TimelockOperation;
}

/** @throws TIMELOCK_WAITING where it waits; CHAIN_REJECTED where it is done; what the call itself would be refused with */
export async function nextStep(reader: ChainReader, about: TimelockCall): Promise<TimelockStep> {
  const { timelock, to, data } = about;
  const operation = await readOperation(reader, about);
  const { id, state, readyAt } = operation;
  if (state === 'done') rejected('timelock', `operation ${id} was carried out before`);
  if (state === 'waiting') {
    fail('TIMELOCK_WAITING', `operation ${id} waits until ${timeText(readyAt!)} of the chain`, {
      where: `timelock ${timelock}`,
      fix: `Run this again then, or cancel it: wattest route cancel ${id}`,
    });
  }
  const call = [abiWord(to), NONE, abiBytes(data), NONE, NONE] as const;
  if (state === 'ready') {
    const execute = abiCall('execute(address,uint256,bytes,bytes32,bytes32)', ...call);
    return { name: 'execute', data: execute, delay: undefined, operation };
  }
  // What it would come to is asked for now, as the timelock, and not when it has waited.
  returned(await reader.call({ to, data, from: timelock }));
  const delay = await minDelayOf(reader, timelock);
  const schedule = abiCall('schedule(address,uint256,bytes,bytes32,bytes32,uint256)', ...call, word(delay));
  return { name: 'schedule', data: schedule, delay, operation };
}

export function actByTimelock(writer: ChainWriter, parameters: TimelockActParameters): Promise<TimelockAct> {
  const { timelock, maxFee } = parameters;
  return onChain('timelock', async () => {
    const { name, data, operation } = await nextStep(writer, parameters);
    const changed = await change(writer, timelock, { data, maxFee }, name);
    return name === 'execute'
      ? {
          outcome: 'done',
          operation: { id: operation.id, state: 'done', readyAt: undefined },
          change: changed,
        }
      : { outcome: 'scheduled', operation: await readOperation(writer, parameters), change: changed };
  });
}

/** Calldata of `cancel`. */
export function cancelCall(id: Hex): Hex {
  return abiCall('cancel(bytes32)', abiWord(id));
}

export function cancelOperation(
  writer: ChainWriter,
  { timelock, id, maxFee }: CancelOperationParameters,
): Promise<ChangeResult> {
  return change(writer, timelock, { data: cancelCall(id), maxFee }, 'cancel');
}

const roleOf = (name: string): Hex => `0x${bytesToHex(keccak_256(utf8ToBytes(name)))}`;
const ROLES = {
  proposers: roleOf('PROPOSER_ROLE'),
  cancellers: roleOf('CANCELLER_ROLE'),
  executors: roleOf('EXECUTOR_ROLE'),
  administrators: `0x${'00'.repeat(32)}`,
} as const;
const GRANTED = abiTopic('RoleGranted(bytes32,address,address)');
const REVOKED = abiTopic('RoleRevoked(bytes32,address,address)');

export function readTimelock(
  reader: ChainReader,
  { timelock, fromBlock = 0n }: ReadTimelockParameters,
): Promise<TimelockRoles> {
  return onChain('timelock', async () => {
    await requireCode(reader, timelock, 'timelock');
    const minDelay = await minDelayOf(reader, timelock);
    const toBlock = await reader.blockNumber();
    const since = await roleLogs(reader, timelock, fromBlock, toBlock);
    const isAll = fromBlock === 0n || (await hasConstruction(reader, timelock, since));
    const logs = isAll ? since : await roleLogs(reader, timelock, 0n, toBlock);
    const holders = (role: Hex): readonly Hex[] => {
      const held = new Map<Hex, boolean>();
      for (const log of logs) {
        const [topic, of, account] = log.topics as readonly Hex[];
        if (of === undefined || !isSameHex(of, role)) continue;
        held.set(abiAddress(account!)!, topic === GRANTED);
      }
      return [...held].filter(([, has]) => has).map(([account]) => account);
    };
    return {
      minDelay,
      proposers: holders(ROLES.proposers),
      cancellers: holders(ROLES.cancellers),
      executors: holders(ROLES.executors),
      administrators: holders(ROLES.administrators),
    };
  });
}

async function roleLogs(
  reader: ChainReader,
  address: Hex,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<readonly Log[]> {
  const topics = [[GRANTED, REVOKED]] as const;
  const logs = await inRanges({ fromBlock, toBlock }, (from, to) =>
    reader.logs({ address, topics, fromBlock: from, toBlock: to }),
  );
  return logs.filter((log) => isSameHex(log.address, address));
}

/**
 * Whether what the constructor gave is among it: the timelock's right over itself, by the factory, which calls no contract that stands, or in the transaction that created the timelock.
 * Whoever is given that right later can take it from the timelock and give it back, so the event by itself says nothing.
 */
async function hasConstruction(reader: ChainReader, timelock: Hex, logs: readonly Log[]): Promise<boolean> {
  const own = logs.find(
    ({ topics: [topic, role, account] }) =>
      topic === GRANTED && role === ROLES.administrators && isAddress(account, timelock),
  );
  if (own === undefined) return false;
  if (isAddress(own.topics[3], FACTORY)) return true;
  const made = (await reader.receipt(own.transactionHash))?.contractAddress;
  return made !== undefined && isSameHex(made, timelock);
}

const isAddress = (topic: string | undefined, address: Hex): boolean =>
  topic !== undefined && isSameHex(topic, `0x${bytesToHex(abiWord(address))}`);

export function checkTimelock(
  reader: ChainReader,
  { deployment }: CheckTimelockParameters,
): Promise<TimelockRoles> {
  const { timelock, registry, network } = deployment;
  const where = `timelock on ${network}`;
  const mismatch = (problem: string): never =>
    fail('DEPLOYMENT_MISMATCH', problem, {
      where,
      fix: 'Look at what it has done (its events), and write down in the file what is meant',
    });
  return onChain(where, async () => {
    if (timelock === undefined) return mismatch('the file names none');
    const { address, salt, blockNumber } = timelock;
    if (!isTimelock(await reader.code(address)))
      mismatch(`the code at ${address} is not OpenZeppelin's, as this version has it`);
    if (salt !== undefined && !isSameHex(create2Address(salt, timelockInitcode(timelock)), address))
      mismatch(`${address} does not follow from delay, proposers and executors of the file`);
    const { owner } = await readState(reader, registry.address, where);
    if (!isSameHex(owner, address)) mismatch(`the registry belongs to ${owner}`);
    const fromBlock = BigInt(blockNumber ?? 0);
    const roles = await readTimelock(reader, { timelock: address, fromBlock });
    if (roles.minDelay < timelock.minDelay)
      mismatch(`it waits ${roles.minDelay} s, not ${timelock.minDelay}`);
    const same = (name: string, found: readonly Hex[], expected: readonly Hex[]): void => {
      const [a, b] = [found, expected].map((list) =>
        list
          .map((each) => each.toLowerCase())
          .sort()
          .join(),
      );
      if (a !== b) mismatch(`its ${name} are ${found.join(', ') || 'none'}, not ${expected.join(', ')}`);
    };
    same('proposers', roles.proposers, timelock.proposers);
    same('cancellers', roles.cancellers, timelock.proposers);
    same('executors', roles.executors, timelock.executors);
    same('administrators', roles.administrators, [address]);
    // Other initcode may have given roles without an event.
    const require: Require = (holds, problem) => {
      if (!holds) mismatch(problem);
    };
    const constructorArguments = timelockArguments(timelock);
    const expected = { initcode: timelockInitcode(timelock), constructorArguments };
    await checkCreation(reader, require, 'timelock', timelock, expected);
    return roles;
  });
}

/** `2026-12-01 09:35:00 UTC` */
export function timeText(seconds: number): string {
  return new Date(1000 * seconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}
