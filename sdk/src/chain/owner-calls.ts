/** What an owner of a registry sends by itself: a multisig, or who proposes to a timelock. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import { routeCall, stateCall } from './actions.ts';
import type { RequestParameters } from './bounded.ts';
import { rejected } from './identity.ts';
import type { ChainReader } from './port.ts';
import { returned } from './records.ts';
import { readState } from './registry.ts';
import { onChain } from './reverts.ts';
import {
  cancelCall,
  hasDelay,
  nextStep,
  requireCancellable,
  type TimelockOperation,
} from './timelock-actions.ts';

/** What the owner is to do; `cancelOperation`: take back what its timelock has scheduled. */
export type OwnerAct =
  | { readonly act: 'addRoute'; readonly verifier: Hex; readonly cannotReturn: Hex }
  | { readonly act: 'freezeRoute' | 'stopRoute'; readonly verifyingKey: Hex }
  | { readonly act: 'cancelOperation'; readonly id: Hex };

const ACTS: Readonly<Record<OwnerAct['act'], true>> = {
  addRoute: true,
  freezeRoute: true,
  stopRoute: true,
  cancelOperation: true,
};

export type PrepareOwnerCallParameters = {
  readonly registry: Hex;
  /** Whom the registry is known to belong to: where an endpoint names another owner, no call of that one is made. Default: what the endpoint says is believed. */
  readonly owner?: Hex | undefined;
} & OwnerAct &
  RequestParameters;

/** A call for another account to send. */
export interface OwnerCall {
  readonly to: Hex;
  /** Wei; zero. */
  readonly value: bigint;
  readonly data: Hex;
  /** As what it is sent: by one of `accounts`, or by who has this role of the timelock that is called. */
  readonly as: 'owner' | 'guardian' | 'proposer' | 'executor' | 'canceller';
  readonly accounts: readonly Hex[];
  /** Seconds that it waits once its timelock has scheduled it, by this call; undefined of any other call. */
  readonly delay: number | undefined;
  /** What the timelock schedules, carries out or cancels by it; undefined of a call of the registry. */
  readonly operation: TimelockOperation | undefined;
}

export function prepareOwnerCall(
  reader: ChainReader,
  parameters: PrepareOwnerCallParameters,
): Promise<OwnerCall> {
  const { registry, act } = parameters;
  return onChain(act, async () => {
    if (!Object.hasOwn(ACTS, act))
      fail('INPUT_INVALID', `there is no act ${JSON.stringify(act)} of an owner`, {
        where: 'prepareOwnerCall',
        fix: `Give one of ${Object.keys(ACTS).join(', ')}`,
      });
    const { owner, guardian } = await readState(reader, registry, act);
    const isOwned = BigInt(owner) !== 0n;
    const guards = act === 'stopRoute' && BigInt(guardian) !== 0n;
    // Otherwise the owner is not called, or one of two who may send it.
    if (isOwned && !guards) requireOwner(owner, parameters.owner, act);
    const isLocked = isOwned && (await hasDelay(reader, owner));
    if (parameters.act === 'cancelOperation') {
      if (!isLocked) rejected(act, `the registry belongs to ${owner}, which is no timelock`);
      const operation = await requireCancellable(reader, owner, parameters.id);
      return {
        to: owner,
        value: 0n,
        data: cancelCall(parameters.id),
        as: 'canceller',
        accounts: [],
        delay: undefined,
        operation,
      };
    }
    const data =
      parameters.act === 'addRoute'
        ? routeCall(parameters)
        : await stateCall(reader, parameters, parameters.act === 'stopRoute' ? 'stop' : 'freeze');
    if (!isOwned && !guards) rejected(act, 'the registry belongs to nobody: its owner gave it up');
    // A guardian does not wait.
    if (isLocked && !guards) {
      const next = await nextStep(reader, { timelock: owner, to: registry, data });
      const { name, data: step, delay, operation } = next;
      const as = name === 'schedule' ? 'proposer' : 'executor';
      return { to: owner, value: 0n, data: step, as, accounts: [], delay, operation };
    }
    const accounts = [
      ...(guards ? [guardian] : []),
      ...(isLocked || !isOwned || (guards && owner === guardian) ? [] : [owner]),
    ];
    // As the account that will send it, which is told now what it would be refused with.
    returned(await reader.call({ to: registry, data, from: accounts[0]! }));
    return {
      to: registry,
      value: 0n,
      data,
      as: guards ? 'guardian' : 'owner',
      accounts,
      delay: undefined,
      operation: undefined,
    };
  });
}

/**
 * The address that is called may be one that the endpoint alone says.
 * @param known undefined: nothing else says so
 * @throws DEPLOYMENT_MISMATCH
 */
export function requireOwner(said: Hex, known: Hex | undefined, where: string): void {
  if (known === undefined || isSameHex(said, known)) return;
  const problem = `the endpoint says that the registry belongs to ${said}, and it is known to belong to ${checksumAddress(known)}`;
  fail('DEPLOYMENT_MISMATCH', problem, {
    where,
    fix: 'Ask another endpoint; if the registry was handed over, name its owner: --owner ADDRESS (owner in the SDK)',
  });
}
