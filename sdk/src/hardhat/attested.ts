/** What a test asks of the registry, and what is on record instead. */
import { AssertionError } from 'node:assert';
import type { ProofDocument } from '../attest/proof/document.ts';
import type { Attestation } from '../chain/calls.ts';
import type { Deployment } from '../chain/deployments.ts';
import type { AttestedEvent } from '../chain/events.ts';
import { readAttestation, readEvents } from '../chain/viem/actions.ts';
import type { ReadClient } from '../chain/viem/port.ts';
import { typedRows, typedStatement } from '../cli/typed.ts';
import { describeStatus, predicateOf } from '../machine/status.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import { isSameHex } from '../solidity/abi.ts';
import type { TypedInterface } from '../typed/program.ts';

/** Blocks that are looked through for what else is on record: a few requests, also on public networks. */
const BLOCKS_BACK = 10_000n;
/** Records that a message names. */
const MOST_SHOWN = 3;

export interface AttestedExpected {
  readonly document: ProofDocument;
  readonly deployment: Deployment;
  readonly submitter: string | undefined;
  /** Shows words as values. */
  readonly typed: TypedInterface | undefined;
}

/** See `WattestRuntime.expectAttested`. @throws AssertionError */
export async function requireAttested(client: ReadClient, expected: AttestedExpected): Promise<Attestation> {
  const { document, deployment, submitter } = expected;
  const { programId, statement } = document;
  const registry = deployment.registry.address;
  const record = await readAttestation(client, { registry, programId, statement });
  if (record === undefined) return refuseMissing(client, expected);
  if (record.stopped)
    throw new AssertionError({
      message: `the run is on record under a key that is stopped (${record.selector})`,
    });
  const ending = describeStatus(statement.status);
  if (ending.kind !== 'returned')
    throw new AssertionError({ message: `a run is on record that ${predicateOf(ending)}` });
  if (submitter !== undefined && !isSameHex(submitter, record.submitter)) {
    throw new AssertionError({
      message: `${record.submitter} submitted it, not ${submitter}`,
      actual: record.submitter,
      expected: submitter,
      operator: 'equal',
    });
  }
  return record;
}

async function refuseMissing(
  client: ReadClient,
  { document, deployment, typed }: AttestedExpected,
): Promise<never> {
  const { programId, statement } = document;
  const name = typed === undefined ? programId : `${typed.name} (${programId})`;
  const { events, since, unseen } = await recent(client, deployment);
  const own = events.filter((event) => isSameHex(event.programId, programId));
  const expected = await linesOf(statement, typed);
  const shown = await Promise.all(own.slice(-MOST_SHOWN).map((event) => linesOf(event.statement, typed)));
  const more = own.length - shown.length;
  const instead = unseen
    ? ['the endpoint does not say what is on record instead']
    : own.length > 0
      ? [`on record of it${since}${more > 0 ? `, the last of ${own.length}` : ''}:`, ...shown.map(joined)]
      : events.length > 0
        ? [
            `nothing is on record of this program${since}, but of ${[...new Set(events.map((event) => event.programId))].slice(-MOST_SHOWN).join(', ')}`,
          ]
        : [`nothing is on record${since}`];
  throw new AssertionError({
    message: [`no such run of ${name} is on record`, joined(expected), ...instead].join('\n'),
    ...(shown.length === 0 ? {} : { actual: shown.at(-1), expected }),
  });
}

const joined = (lines: readonly string[]): string => `  ${lines.join(', ')}`;

interface Recent {
  readonly events: readonly AttestedEvent[];
  /** What a message says of the blocks that were left aside; empty where none were. */
  readonly since: string;
  /** The endpoint did not say: a message is no reason to fail otherwise. */
  readonly unseen: boolean;
}

async function recent(client: ReadClient, { registry }: Deployment): Promise<Recent> {
  try {
    const { getBlockNumber } = await import('viem/actions');
    const newest = await getBlockNumber(client, { cacheTime: 0 });
    const first = BigInt(registry.blockNumber ?? 0);
    const fromBlock = newest - first > BLOCKS_BACK ? newest - BLOCKS_BACK : first;
    const events = await readEvents(client, { registry: registry.address, fromBlock, toBlock: newest });
    return {
      events: events.filter((event) => event.type === 'attested'),
      since: fromBlock === first ? '' : ` since block ${fromBlock}`,
      unseen: false,
    };
  } catch {
    return { events: [], since: '', unseen: true };
  }
}

/** A statement as values, or as words where they are none. */
async function linesOf(statement: Statement, typed: TypedInterface | undefined): Promise<readonly string[]> {
  const ending = describeStatus(statement.status).text;
  const values =
    typed === undefined ? undefined : await typedStatement(typed, statement).catch(() => undefined);
  if (values === undefined) {
    const list = (words: readonly bigint[]): string => `[${words.join(', ')}]`;
    return [
      `public inputs ${list(statement.publicInputs)}`,
      `public outputs ${list(statement.publicOutputs)}`,
      ending,
    ];
  }
  const rows = [...typedRows(values.inputs, 'inputs'), ...typedRows(values.outputs ?? {}, 'outputs')];
  return [...rows.map(([label, text]) => `${label} ${text}`), ending];
}
