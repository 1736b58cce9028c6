/** Events of a registry as they happen, and those of before, by blocks. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { type ErrorCode, WattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiWord, isSameHex } from '../solidity/abi.ts';
import type { RequestParameters } from './bounded.ts';
import { decodeEvent, EVENT_TOPICS, type RegistryEvent } from './events.ts';
import type { ChainReader, Log, LogFilter } from './port.ts';
import { notRegistry } from './registry.ts';
import { chainError, onChain } from './reverts.ts';
import { requireBlock, requireCount, sleep } from './wait.ts';

/** Which events; changes of routes, owner and guardian always come, since they change what records are worth, or who can. */
export interface EventFilter {
  readonly registry: Hex;
  /** Records of one program, and what a batch refused of it. */
  readonly programId?: Hex | undefined;
  /** Records of one submitter; events of what was refused name none, and do not come. */
  readonly submitter?: Hex | undefined;
}

export interface ReadEventsParameters extends EventFilter, RequestParameters {
  readonly fromBlock: bigint;
  /** Default: the newest. */
  readonly toBlock?: bigint | undefined;
  /** Most blocks of one request; default 2,000. Endpoints that allow less are asked for half as many until they answer. */
  readonly blockRange?: number | undefined;
}

export interface WatchParameters extends EventFilter, RequestParameters {
  /** First block; default: the next one. */
  readonly fromBlock?: bigint | undefined;
  readonly blockRange?: number | undefined;
  /** Blocks that must stand on each other, an event's own included, before it is told; default 1. */
  readonly confirmations?: number | undefined;
  /** Milliseconds between questions; default: the client's. */
  readonly pollingInterval?: number | undefined;
  /**
   * In the order of the chain, each once: also where this throws or rejects, which `onError` is told. The next events come when the promise that it may
   * return is fulfilled.
   */
  readonly onEvents: (events: readonly RegistryEvent[]) => unknown;
  /** Events that were told and that a reorganisation took back; otherwise as `onEvents`. */
  readonly onRemoved?: ((events: readonly RegistryEvent[]) => unknown) | undefined;
  /** What kept a question from being answered, which is asked again; WATCHER_FAILED: what a function above threw. The watch goes on; what this one throws is an uncaught exception. */
  readonly onError: (error: WattestError) => void;
}

const DEFAULT_RANGE = 2000;
/** Blocks whose hashes are remembered: reorganisations that go deeper begin anew. */
const MOST_MARKS = 256;

export function readEvents(
  reader: ChainReader,
  { toBlock, fromBlock, ...filter }: ReadEventsParameters,
): Promise<readonly RegistryEvent[]> {
  return onChain('readEvents', async () => {
    requireCount(filter.blockRange ?? DEFAULT_RANGE, 'blocks', 'readEvents');
    requireBlock(fromBlock, 'fromBlock', 'readEvents');
    requireBlock(toBlock, 'toBlock', 'readEvents');
    return eventsBetween(reader, filter, fromBlock, toBlock ?? (await reader.blockNumber()));
  });
}

function eventsBetween(
  reader: ChainReader,
  filter: EventFilter & { readonly blockRange?: number | undefined },
  fromBlock: bigint,
  toBlock: bigint,
): Promise<readonly RegistryEvent[]> {
  const { blockRange } = filter;
  return inRanges({ fromBlock, toBlock, blockRange }, (from, to) => eventsOf(reader, filter, from, to));
}

/** What is asked of many blocks, in as many requests as the endpoint wants. */
export async function inRanges<T>(
  {
    fromBlock,
    toBlock,
    blockRange = DEFAULT_RANGE,
  }: { readonly fromBlock: bigint; readonly toBlock: bigint; readonly blockRange?: number | undefined },
  ask: (from: bigint, to: bigint) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const events: T[] = [];
  let range = BigInt(blockRange);
  for (let from = fromBlock; from <= toBlock; ) {
    const to = from + range - 1n < toBlock ? from + range - 1n : toBlock;
    try {
      events.push(...(await ask(from, to)));
      from = to + 1n;
    } catch (error) {
      if (to === from || !mayBeTooMany(error)) throw error;
      range = (to - from + 1n) / 2n;
    }
  }
  return events;
}

/** Endpoints limit blocks or answers of a request, each in its own words; what says another reason is not about that. */
function mayBeTooMany(error: unknown): boolean {
  const others: readonly ErrorCode[] = ['ABORTED', 'CHAIN_UNREACHABLE', 'ENDPOINT_REFUSED', 'CHAIN_REJECTED'];
  return !others.includes(chainError(error, 'readEvents').code);
}

/** Of one request, or of one for each kind of filter. */
async function eventsOf(
  reader: ChainReader,
  { registry, programId, submitter }: EventFilter,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<readonly RegistryEvent[]> {
  const { Attested, Refused, ...others } = EVENT_TOPICS;
  const topics: LogFilter['topics'][] =
    programId === undefined && submitter === undefined
      ? [[Object.values(EVENT_TOPICS)]]
      : [
          [Attested, topicOf(programId), null, topicOf(submitter)],
          ...(submitter === undefined ? [[Refused, null, topicOf(programId)]] : []),
          [Object.values(others)],
        ];
  const answers = topics.map(async (each) => {
    const filter = { address: registry, fromBlock, toBlock, topics: each };
    return (await reader.logs(filter)).filter((log) => fits(log, filter));
  });
  return (await Promise.all(answers))
    .flat()
    .map(
      (log) => decodeEvent(log) ?? notRegistry(registry, 'readEvents', 'its events are none of a registry'),
    )
    .sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.index - b.index);
}

/** Some endpoints leave out what they do not understand of a filter, and another contract's events look like those of a registry. */
function fits(log: Log, { address, topics, fromBlock, toBlock }: LogFilter): boolean {
  const isOneOf = (topic: string | undefined, wanted: LogFilter['topics'][number]): boolean =>
    wanted === null || [wanted].flat().some((one) => topic !== undefined && isSameHex(one, topic));
  return (
    isSameHex(log.address, address) &&
    log.blockNumber >= fromBlock &&
    log.blockNumber <= toBlock &&
    topics.every((wanted, i) => isOneOf(log.topics[i], wanted))
  );
}

const topicOf = (word: Hex | undefined): Hex | null =>
  word === undefined ? null : `0x${bytesToHex(abiWord(word))}`;

interface Mark {
  readonly number: bigint;
  readonly hash: Hex;
}

/** Asks until it is stopped. @returns stops it; nothing is told afterwards @throws INPUT_INVALID */
export function watchAttestations(
  reader: ChainReader,
  { onEvents, onRemoved, onError, ...parameters }: WatchParameters,
): () => void {
  const { confirmations = 1, pollingInterval = reader.pollingInterval } = parameters;
  requireCount(confirmations, 'confirmations', 'watchAttestations');
  requireCount(parameters.blockRange ?? DEFAULT_RANGE, 'blocks', 'watchAttestations');
  requireBlock(parameters.fromBlock, 'fromBlock', 'watchAttestations');
  const stop = new AbortController();
  const signal =
    parameters.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, parameters.signal]);
  const first = parameters.fromBlock;
  /** Blocks up to which events were told. */
  let marks: Mark[] = [];
  /** Those of blocks that can be taken back. */
  let told: RegistryEvent[] = [];
  let next = first;
  /** Where to begin anew if no mark is left. */
  let floor = first;

  const report = (error: WattestError): void => {
    if (signal.aborted) return;
    try {
      onError(error);
    } catch (thrown) {
      // Nobody is left to be told: for the host to show, as what an event listener throws.
      queueMicrotask(() => {
        throw thrown;
      });
    }
  };

  /** What the user's function throws ends nothing: neither this round, which has moved on, nor the watch. */
  const tell = async (
    hear: (events: readonly RegistryEvent[]) => unknown,
    events: readonly RegistryEvent[],
  ): Promise<void> => {
    if (events.length === 0 || signal.aborted) return;
    try {
      await hear(events);
    } catch (cause) {
      report(watcherFailed(cause, events));
    }
  };

  /** The last mark that the chain still has; what was told of blocks behind it is taken back. */
  const goBack = async (): Promise<void> => {
    let dropped = false;
    for (let last = marks.at(-1); last !== undefined; last = marks.at(-1)) {
      if ((await reader.blockHash(last.number)) === last.hash) break;
      marks.pop();
      dropped = true;
    }
    if (!dropped) return;
    const last = marks.at(-1);
    next = last === undefined ? floor! : last.number + 1n;
    const removed = told.filter(({ blockNumber }) => blockNumber >= next!);
    told = told.filter(({ blockNumber }) => blockNumber < next!);
    if (onRemoved !== undefined) await tell(onRemoved, removed);
  };

  const poll = async (): Promise<readonly RegistryEvent[]> => {
    const head = await reader.blockNumber();
    next ??= head + 1n;
    floor ??= next;
    await goBack();
    const to = head - BigInt(confirmations - 1);
    if (to < next) return [];
    const hash = await reader.blockHash(to);
    const events = await eventsBetween(reader, parameters, next, to);
    // A chain that changed meanwhile is asked again: also where it changed before the first look at its end, below what was told.
    const last = marks.at(-1);
    if (hash === undefined || (await reader.blockHash(to)) !== hash) return [];
    if (last !== undefined && (await reader.blockHash(last.number)) !== last.hash) return [];
    next = to + 1n;
    marks = [...marks, { number: to, hash }];
    if (marks.length > MOST_MARKS) floor = marks.shift()!.number + 1n;
    told = [...told.filter(({ blockNumber }) => blockNumber >= floor!), ...events];
    return events;
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const events = await onChain('watchAttestations', poll).catch((error: WattestError) => {
        report(error);
        return [];
      });
      await tell(onEvents, events);
      await sleep(pollingInterval, signal);
    }
  };
  void run();
  return () => stop.abort();
}

function watcherFailed(cause: unknown, events: readonly RegistryEvent[]): WattestError {
  const [first, last] = [events[0]!, events.at(-1)!];
  const blocks =
    first.blockNumber === last.blockNumber
      ? `block ${first.blockNumber}`
      : `blocks ${first.blockNumber} to ${last.blockNumber}`;
  return new WattestError(
    'WATCHER_FAILED',
    `the function that events of ${blocks} were told threw: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      where: 'watchAttestations',
      fix: 'Mend it, and read those events again (readEvents): they are not told twice',
      cause,
    },
  );
}
