/** Events of a registry, as they are encoded. */
import type { Statement } from '../plonk/declare/declare.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiAddress, abiBytesAt, abiTopic, abiWords } from '../solidity/abi.ts';
import { statementHash, statementOf } from '../solidity/encode.ts';
import { REGISTRY_ABI } from './contracts.generated.ts';
import { selectorOf } from './identity.ts';
import type { Log } from './port.ts';

/** Where an event stands. */
export interface EventPlace {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  /** Its place among the logs of the block. */
  readonly index: number;
}

/** A new record, with what was proven. */
export interface AttestedEvent extends EventPlace {
  readonly type: 'attested';
  readonly programId: Hex;
  readonly statementHash: Hex;
  readonly submitter: Hex;
  /** First four bytes of the digest of the key. */
  readonly selector: Hex;
  readonly statement: Statement;
}

/** One of a batch that was refused, while others were recorded. */
export interface RefusedEvent extends EventPlace {
  readonly type: 'refused';
  readonly programId: Hex;
  readonly statementHash: Hex;
  /** Its place in the batch, from 0. */
  readonly position: bigint;
  /** Data of the error, as {@link VERIFIER_ERROR_ABI} and {@link REGISTRY_ABI} have it. */
  readonly reason: Hex;
}

/** A key that the registry takes proofs of from now on. */
export interface RouteAddedEvent extends EventPlace {
  readonly type: 'route-added';
  readonly selector: Hex;
  readonly vkDigest: Hex;
  readonly verifier: Hex;
  readonly cannotReturn: Hex;
}

/** A key that is retired: what is on record under it stays good. */
export interface RouteFrozenEvent extends EventPlace {
  readonly type: 'route-frozen';
  readonly selector: Hex;
}

/** A key that is broken: what is on record under it is worth nothing from now on, also what was recorded before. */
export interface RouteStoppedEvent extends EventPlace {
  readonly type: 'route-stopped';
  readonly selector: Hex;
  readonly by: Hex;
  /** By a proof, and not by owner or guardian. */
  readonly byProof: boolean;
}

/** Another account may stop routes; zero: nobody but the owner. */
export interface GuardianChangedEvent extends EventPlace {
  readonly type: 'guardian-changed';
  readonly before: Hex;
  readonly guardian: Hex;
}

/** The owner has named another one, who has to accept; zero: the one that was named is not meant any more. */
export interface OwnershipTransferStartedEvent extends EventPlace {
  readonly type: 'ownership-transfer-started';
  readonly previousOwner: Hex;
  readonly newOwner: Hex;
}

/** Another account adds routes, retires and stops them from now on; from zero: the registry was made. To zero: nobody ever again. */
export interface OwnershipTransferredEvent extends EventPlace {
  readonly type: 'ownership-transferred';
  readonly previousOwner: Hex;
  readonly newOwner: Hex;
}

/** What a registry emits: all of its events. */
export type RegistryEvent =
  | AttestedEvent
  | RefusedEvent
  | RouteAddedEvent
  | RouteFrozenEvent
  | RouteStoppedEvent
  | GuardianChangedEvent
  | OwnershipTransferStartedEvent
  | OwnershipTransferredEvent;

type AbiEvent = Extract<(typeof REGISTRY_ABI)[number], { readonly type: 'event' }>;

/** EIP-5267 has a contract declare it whose EIP-712 domain may change; that of a registry does not, and no code of it emits this. */
const NEVER_EMITTED = 'EIP712DomainChanged';

export type EventName = Exclude<AbiEvent['name'], typeof NEVER_EMITTED>;

/** What an argument of each type is read as. */
interface AbiValues {
  readonly address: Hex;
  readonly bool: boolean;
  readonly bytes: Hex;
  readonly bytes4: Hex;
  readonly bytes32: Hex;
  readonly uint64: bigint;
  readonly uint256: bigint;
}

/** Arguments of an event by their names in the ABI. */
type ArgumentsOf<N extends EventName> = {
  readonly [I in Extract<
    AbiEvent,
    { readonly name: N }
  >['inputs'][number] as I['name']]: AbiValues[I['type']];
};

type WithoutPlace<E> = E extends unknown ? Omit<E, keyof EventPlace> : never;

const unsigned =
  (bits: bigint) =>
  (word: Hex): bigint | undefined =>
    BigInt(word) < 1n << bits ? BigInt(word) : undefined;

/** Values of one word each; undefined for words that no contract writes for the type. */
const FROM_WORD: {
  readonly [T in Exclude<keyof AbiValues, 'bytes'>]: (word: Hex) => AbiValues[T] | undefined;
} = {
  address: abiAddress,
  bool: (word) => (BigInt(word) < 2n ? BigInt(word) === 1n : undefined),
  bytes4: (word) => (/^0x.{8}0{56}$/.test(word) ? selectorOf(word) : undefined),
  bytes32: (word) => word,
  uint64: unsigned(64n),
  uint256: unsigned(256n),
};

/** Events from their arguments; undefined for what no registry emits. */
const EVENTS: {
  readonly [N in EventName]: (given: ArgumentsOf<N>) => WithoutPlace<RegistryEvent> | undefined;
} = {
  Attested: ({ publicInputs, publicOutputs, status, ...named }) => {
    const statement = statementOf({ publicInputs, publicOutputs, status });
    // A registry records nothing but what has this hash.
    return statement !== undefined && statementHash(statement) === named.statementHash
      ? { type: 'attested', ...named, statement }
      : undefined;
  },
  // The index of an event is its place in the block.
  Refused: ({ index, ...named }) => ({ type: 'refused', ...named, position: index }),
  RouteAdded: (named) => ({ type: 'route-added', ...named }),
  RouteFrozen: (named) => ({ type: 'route-frozen', ...named }),
  RouteStopped: (named) => ({ type: 'route-stopped', ...named }),
  GuardianChanged: (named) => ({ type: 'guardian-changed', ...named }),
  OwnershipTransferStarted: (named) => ({ type: 'ownership-transfer-started', ...named }),
  OwnershipTransferred: (named) => ({ type: 'ownership-transferred', ...named }),
};

const ABI: readonly Exclude<AbiEvent, { readonly name: typeof NEVER_EMITTED }>[] = REGISTRY_ABI.filter(
  (entry) => entry.type === 'event',
).filter((event) => event.name !== NEVER_EMITTED);

/** First topics by the names of events. */
export const EVENT_TOPICS: Readonly<Record<EventName, Hex>> = Object.fromEntries(
  ABI.map(({ name, inputs }) => [name, abiTopic(`${name}(${inputs.map(({ type }) => type).join()})`)]),
) as Record<EventName, Hex>;

/** Nothing but an endpoint says what a topic is. */
const isWord = (topic: Hex): boolean => /^0x[\da-f]{64}$/.test(topic);

/** Indexed arguments stand in topics, a word each, the others in the data; undefined where one of them is not there. */
function argumentsOf(
  inputs: readonly { readonly name: string; readonly type: keyof AbiValues; readonly indexed: boolean }[],
  topics: readonly Hex[],
  data: Hex,
): Readonly<Record<string, unknown>> | undefined {
  const [indexed, others] = [inputs.filter((each) => each.indexed), inputs.filter((each) => !each.indexed)];
  const words = abiWords(data, others.length);
  if (words === undefined || topics.length !== indexed.length || !topics.every(isWord)) return undefined;
  const read = (type: keyof AbiValues, word: Hex, i: number): unknown =>
    type === 'bytes' ? abiBytesAt(data, i) : FROM_WORD[type](word);
  const values = [
    ...indexed.map(({ name, type }, i) => [name, read(type, topics[i]!, i)] as const),
    ...others.map(({ name, type }, i) => [name, read(type, words[i]!, i)] as const),
  ];
  return values.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(values);
}

/** Undefined for other events, and for what no registry emits. */
export function decodeEvent({ topics, data, ...log }: Log): RegistryEvent | undefined {
  const [first, ...rest] = topics.map((topic) => topic.toLowerCase() as Hex);
  const event = ABI.find(({ name }) => EVENT_TOPICS[name] === first);
  const given = event && argumentsOf(event.inputs, rest, data.toLowerCase() as Hex);
  if (event === undefined || given === undefined) return undefined;
  const { blockNumber, blockHash, transactionHash, index } = log;
  const told = (EVENTS[event.name] as (given: object) => WithoutPlace<RegistryEvent> | undefined)(given);
  return told && { ...told, blockNumber, blockHash, transactionHash, index };
}
