/** Events of a registry, as they are encoded. */
import type { Statement } from '../plonk/declare/declare.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiAddress, abiBytesAt, abiTopic, abiWords } from '../solidity/abi.ts';
import { statementHash, statementOf } from '../solidity/encode.ts';
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

/** One of a batch that was refused, and the data of the error. */
export interface RefusedEvent extends EventPlace {
  readonly type: 'refused';
  readonly programId: Hex;
  readonly statementHash: Hex;
  readonly position: bigint;
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

export type ChainEvent =
  | AttestedEvent
  | RefusedEvent
  | RouteAddedEvent
  | RouteFrozenEvent
  | RouteStoppedEvent;

/** Topics and words of an event; `undefined` for one that is not encoded so. */
type Decoder = (topics: readonly Hex[], data: Hex, place: EventPlace) => ChainEvent | undefined;

const DECODERS: Readonly<Record<ChainEvent['type'], readonly [signature: string, decode: Decoder]>> = {
  attested: [
    'Attested(bytes32,bytes32,address,bytes4,uint64,bytes,bytes)',
    ([programId, hash, by], data, place) => {
      const [selector, status] = abiWords(data, 4) ?? [];
      const statement = statementOf(abiBytesAt(data, 2), abiBytesAt(data, 3), status);
      const submitter = by && abiAddress(by);
      // A registry records nothing but what has this hash.
      if (statement === undefined || submitter === undefined || statementHash(statement) !== hash)
        return undefined;
      return {
        type: 'attested',
        programId: programId!,
        statementHash: hash,
        submitter,
        selector: selectorOf(selector!),
        statement,
        ...place,
      };
    },
  ],
  refused: [
    'Refused(uint256,bytes32,bytes32,bytes)',
    ([position, programId, hash], data, place) => {
      const reason = abiBytesAt(data, 0);
      if (hash === undefined || reason === undefined) return undefined;
      return {
        type: 'refused',
        position: BigInt(position!),
        programId: programId!,
        statementHash: hash,
        reason,
        ...place,
      };
    },
  ],
  'route-added': [
    'RouteAdded(bytes4,bytes32,address,bytes32)',
    ([selector, vkDigest, at], data, place) => {
      const [cannotReturn] = abiWords(data, 1) ?? [];
      const verifier = at && abiAddress(at);
      if (cannotReturn === undefined || verifier === undefined) return undefined;
      return {
        type: 'route-added',
        selector: selectorOf(selector!),
        vkDigest: vkDigest!,
        verifier,
        cannotReturn,
        ...place,
      };
    },
  ],
  'route-frozen': [
    'RouteFrozen(bytes4)',
    ([selector], _, place) => selector && { type: 'route-frozen', selector: selectorOf(selector), ...place },
  ],
  'route-stopped': [
    'RouteStopped(bytes4,address,bool)',
    ([selector, account], data, place) => {
      const [byProof] = abiWords(data, 1) ?? [];
      const by = account && abiAddress(account);
      if (by === undefined || byProof === undefined) return undefined;
      return {
        type: 'route-stopped',
        selector: selectorOf(selector!),
        by,
        byProof: BigInt(byProof) === 1n,
        ...place,
      };
    },
  ],
};

/** First topics by the kind of event. */
export const EVENT_TOPICS: Readonly<Record<ChainEvent['type'], Hex>> = Object.fromEntries(
  Object.entries(DECODERS).map(([type, [signature]]) => [type, abiTopic(signature)]),
) as Record<ChainEvent['type'], Hex>;

const BY_TOPIC: ReadonlyMap<string, Decoder> = new Map(
  Object.values(DECODERS).map(([signature, decode]) => [abiTopic(signature), decode]),
);

/** Undefined for other events, and for what no registry emits. */
export function decodeEvent({ topics, data, ...log }: Log): ChainEvent | undefined {
  const [first, ...rest] = topics.map((topic) => topic.toLowerCase() as Hex);
  const { blockNumber, blockHash, transactionHash, index } = log;
  const place = { blockNumber, blockHash, transactionHash, index };
  return first === undefined ? undefined : BY_TOPIC.get(first)?.(rest, data.toLowerCase() as Hex, place);
}
