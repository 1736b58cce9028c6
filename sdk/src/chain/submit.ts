/** Proofs to a registry: one, several at once, or for somebody who signed. Reads before it sends. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiCall, abiWord, abiWords, isSameHex } from '../solidity/abi.ts';
import { encodeAttestForCall, encodeBatchCall, encodeProofCall, statementHash } from '../solidity/encode.ts';
import {
  type Attestation,
  type AttestParameters,
  type AttestResult,
  attestResult,
  type BatchEntry,
  type BatchResult,
  type ProvenStatement,
  type SignAttestationParameters,
  type SignedAttestation,
  type Submission,
  type SubmitBatchParameters,
  type SubmitResult,
  type SubmitSignedParameters,
  type TargetParameters,
  verifyArguments,
} from './calls.ts';
import { attestTypedData } from './eip712.ts';
import { decodeEvent, type RegistryEvent } from './events.ts';
import { proofSelector } from './identity.ts';
import { requireWaiting } from './parameters.ts';
import type { ChainReader, ChainWriter, Receipt, SendRequest } from './port.ts';
import { type RecordId, recordOf, returned } from './records.ts';
import { notRegistry, readRoutes, routeOf } from './registry.ts';
import { chainError, onChain } from './reverts.ts';
import { failedThough, type Mined, requireCount, type WaitParameters, waitMined } from './wait.ts';

/** A proof that the registry would take, and what it would be recorded as. */
interface Ready {
  readonly id: RecordId & { readonly vkDigest: Hex; readonly selector: Hex };
  readonly proven: ProvenStatement;
}

export async function attest(writer: ChainWriter, parameters: AttestParameters): Promise<AttestResult> {
  const { confirmations, timeout, signal } = parameters;
  const sent = await submitAs('attest', writer, parameters);
  return attestResult(await sent.wait({ confirmations, timeout, signal }));
}

export function submit(
  writer: ChainWriter,
  parameters: AttestParameters,
): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }> {
  return submitAs('submit', writer, parameters);
}

/** @param where the action that errors name, as for all below */
function submitAs(
  where: string,
  writer: ChainWriter,
  parameters: AttestParameters,
): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }> {
  return onChain(where, async () => {
    const ready = await prepare(writer, parameters, parameters, where);
    const data = encodeProofCall('attest', ...verifyArguments(parameters));
    const { registry: to, maxFee } = parameters;
    return submitOne(writer, ready, { to, data, maxFee }, where);
  });
}

export function submitSigned(
  writer: ChainWriter,
  parameters: SubmitSignedParameters,
): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }> {
  const where = 'submitSigned';
  return onChain(where, async () => {
    const { signed, registry, maxFee } = parameters;
    await requireSignedFor(writer, parameters, where);
    const ready = await prepare(writer, parameters, parameters, where);
    const data = encodeAttestForCall(...verifyArguments(parameters), signed);
    return submitOne(writer, ready, { to: registry, data, maxFee }, where);
  });
}

export function signAttestation(
  writer: ChainWriter,
  parameters: SignAttestationParameters,
): Promise<SignedAttestation> {
  const { registry, programId, statement, lifetime = 3600 } = parameters;
  const where = 'signAttestation';
  return onChain(where, async () => {
    requireCount(lifetime, 'seconds', where);
    const { id } = await prepare(writer, parameters, parameters, where);
    const [submitter, chainId] = [await writer.account(), await writer.chainId()];
    const deadline = BigInt(Math.floor(Date.now() / 1000) + lifetime);
    const about = { programId, statementHash: statementHash(statement), selector: id.selector };
    const nonce = await nonceOf(writer, registry, submitter, where);
    const message = { ...about, nonce, deadline };
    const signature = await writer.signTypedData(attestTypedData(registry, chainId, message));
    return { ...message, submitter, signature, registry, chainId };
  });
}

export function submitBatch(
  writer: ChainWriter,
  parameters: SubmitBatchParameters,
): Promise<Submission<BatchResult>> {
  const { registry, requests, requireAll = false, maxFee } = parameters;
  const where = 'submitBatch';
  return onChain(where, async () => {
    // An address that is none of a registry is nothing that one of the proofs could be refused for.
    await readRoutes(writer, registry, where);
    const found: (Ready | BatchEntry)[] = [];
    for (const [i, request] of requests.entries()) {
      const one = `${where}: requests[${i}]`;
      found.push(await prepareOne(writer, parameters, request, { requireAll, where: one }));
    }
    const sent = firstOfEach(found);
    if (sent.length === 0) {
      const entries = found as readonly BatchEntry[];
      return { transactionHash: undefined, wait: async () => ({ ...NOTHING_SENT, entries }) };
    }
    const data = encodeBatchCall(
      sent.map(({ proven }) => verifyArguments(proven)),
      requireAll,
    );
    const from = await writer.account();
    const { transactionHash, mined } = await sending(writer, { to: registry, data, maxFee }, from, where);
    return {
      transactionHash,
      wait: (waiting) =>
        onChain(where, async () => {
          requireWaiting(waiting);
          const { receipt, replaced } = await mined(waiting);
          const events = eventsOf(receipt, registry);
          const missing = (): never =>
            replaced ? takenBy(transactionHash, receipt.transactionHash, where) : unrecorded(registry, where);
          const entryOf = async (one: Ready): Promise<BatchEntry> =>
            entryOfEvents(events, one, where) ??
            alreadyRecorded(await recordOf(writer, registry, one.id, where)) ??
            missing();
          const entries = await Promise.all(found.map(async (one) => ('proven' in one ? entryOf(one) : one)));
          return {
            transactionHash: receipt.transactionHash,
            gasUsed: receipt.gasUsed,
            entries,
          };
        }),
    };
  });
}

const NOTHING_SENT = { transactionHash: undefined, gasUsed: 0n } as const;

/** What is on record already, or refused, is not sent. */
async function prepareOne(
  writer: ChainWriter,
  target: TargetParameters,
  request: ProvenStatement,
  { requireAll, where }: { readonly requireAll: boolean; readonly where: string },
): Promise<Ready | BatchEntry> {
  try {
    const ready = await prepare(writer, target, request, where);
    return alreadyRecorded(await recordOf(writer, target.registry, ready.id, where)) ?? ready;
  } catch (thrown) {
    const error = chainError(thrown, where);
    // What says nothing of this proof: the others would fail as well.
    const own =
      error.code.startsWith('PROOF_') ||
      ['CHAIN_REJECTED', 'KEY_STOPPED', 'KEY_INSECURE'].includes(error.code);
    if (requireAll || !own) throw error;
    return { outcome: 'refused', statementHash: statementHash(request.statement), error };
  }
}

/** One of each record: what is in a batch twice is sent once. */
function firstOfEach(found: readonly (Ready | BatchEntry)[]): readonly Ready[] {
  const first = new Map<string, Ready>();
  for (const one of found) {
    if (!('proven' in one)) continue;
    const name = `${one.id.selector} ${one.id.programId.toLowerCase()} ${one.id.hash}`;
    if (!first.has(name)) first.set(name, one);
  }
  return [...first.values()];
}

function alreadyRecorded(record: Attestation | undefined): BatchEntry | undefined {
  return record && { outcome: 'already-recorded', statementHash: record.statementHash, record };
}

/** Undefined where the transaction has neither a new record nor a refusal. */
function entryOfEvents(
  events: readonly RegistryEvent[],
  { id }: Ready,
  where: string,
): BatchEntry | undefined {
  const own = recordedBy(events, id);
  if (own !== undefined) return { outcome: 'recorded', statementHash: id.hash, record: own };
  const refusal = events.find(
    (event) =>
      event.type === 'refused' && event.statementHash === id.hash && isSameHex(event.programId, id.programId),
  );
  if (refusal?.type !== 'refused') return undefined;
  const error = chainError({ data: refusal.reason }, where);
  return { outcome: 'refused', statementHash: id.hash, error };
}

/** The registry has a live route for the proof, and takes it by a call that costs nothing. */
async function prepare(
  writer: ChainWriter,
  target: TargetParameters,
  proven: ProvenStatement,
  where: string,
): Promise<Ready> {
  const { registry } = target;
  const hash = statementHash(proven.statement);
  const expected = { ...target, verifyingKey: proven.verifyingKey };
  const { vkDigest, state, selector } = await routeOf(
    writer,
    registry,
    proofSelector(proven.proof),
    expected,
    where,
  );
  if (state === 'stopped') stopped(registry, vkDigest, where);
  const data = encodeProofCall('attest', ...verifyArguments(proven));
  const from = await writer.account();
  const [word] = abiWords(returned(await writer.call({ to: registry, data, from })), 1) ?? [];
  if (word !== hash)
    notRegistry(registry, where, `it answers ${word ?? 'nothing'}, the statement's hash is ${hash}`);
  return { id: { vkDigest, selector, programId: proven.programId, hash }, proven };
}

async function submitOne(
  writer: ChainWriter,
  { id }: Ready,
  request: SendRequest & { readonly to: Hex },
  where: string,
): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }> {
  const { to: registry } = request;
  const statementHash = id.hash;
  const already = await recordOf(writer, registry, id, where);
  if (already !== undefined) {
    // The calldata alone of a transaction that changes nothing costs most of what a new record does.
    const result: SubmitResult = {
      ...NOTHING_SENT,
      outcome: 'already-recorded',
      statementHash,
      record: already,
    };
    return { transactionHash: undefined, statementHash, wait: async () => result };
  }
  const from = await writer.account();
  const { transactionHash, mined } = await sending(writer, request, from, where);
  return {
    transactionHash,
    statementHash,
    wait: (waiting) =>
      onChain(where, async () => {
        requireWaiting(waiting);
        const { receipt, replaced } = await mined(waiting, () => recordOf(writer, registry, id, where));
        const { gasUsed } = receipt;
        const common = { transactionHash: receipt.transactionHash, gasUsed, statementHash };
        const own = recordedBy(eventsOf(receipt, registry), id);
        if (own !== undefined) return { ...common, outcome: 'recorded', record: own };
        const record = await recordOf(writer, registry, id, where);
        if (record !== undefined) return { ...common, outcome: 'already-recorded', record };
        if (replaced) takenBy(transactionHash, receipt.transactionHash, where);
        return unrecorded(registry, where);
      }),
  };
}

/** Sends what was simulated. A transaction that fails all the same is an error, unless `unless` finds what it was for. */
async function sending(
  writer: ChainWriter,
  request: SendRequest & { readonly to: Hex },
  from: Hex,
  where: string,
): Promise<{
  readonly transactionHash: Hex;
  readonly mined: (waiting?: WaitParameters, unless?: () => Promise<unknown>) => Promise<Mined>;
}> {
  returned(await writer.call({ to: request.to, data: request.data, from }));
  const transactionHash = await writer.send(request);
  // While the node has it: one that is replaced is forgotten. So before anybody hears of it who could replace it.
  const known = await writer.transaction(transactionHash).catch(() => undefined);
  return {
    transactionHash,
    mined: async (waiting, unless) => {
      const mined = await waitMined(writer, transactionHash, { ...waiting, known });
      if (mined.receipt.succeeded || mined.replaced || (await unless?.()) !== undefined) return mined;
      return failedThough(mined.receipt.transactionHash, where);
    },
  };
}

function eventsOf({ logs }: Receipt, registry: Hex): readonly RegistryEvent[] {
  return logs
    .filter(({ address }) => isSameHex(address, registry))
    .map((log) => decodeEvent(log))
    .filter((event) => event !== undefined);
}

/** The new record of a transaction's events. */
function recordedBy(
  events: readonly RegistryEvent[],
  { programId, hash, selector }: Ready['id'],
): Attestation | undefined {
  for (const event of events) {
    if (event.type !== 'attested' || event.statementHash !== hash || event.selector !== selector) continue;
    if (!isSameHex(event.programId, programId)) continue;
    const { submitter, blockNumber } = event;
    return { programId, statementHash: hash, submitter, blockNumber, selector, stopped: false };
  }
  return undefined;
}

async function nonceOf(reader: ChainReader, registry: Hex, account: Hex, where: string): Promise<bigint> {
  const data = abiCall('nonces(address)', abiWord(account));
  const [word] = abiWords(returned(await reader.call({ to: registry, data })), 1) ?? [];
  return word === undefined ? notRegistry(registry, where, 'it counts no signatures') : BigInt(word);
}

/** Before anything is asked of the chain about the proof: what the signature says it is for. */
async function requireSignedFor(
  reader: ChainReader,
  { signed, registry, programId, statement, proof }: SubmitSignedParameters,
  where: string,
): Promise<void> {
  const expected: readonly (readonly [what: string, signed: string | number, given: string | number])[] = [
    ['registry', signed.registry.toLowerCase(), registry.toLowerCase()],
    ['chain', signed.chainId, await reader.chainId()],
    ['program', signed.programId.toLowerCase(), programId.toLowerCase()],
    ['statement', signed.statementHash.toLowerCase(), statementHash(statement)],
    ['key', signed.selector.toLowerCase(), proofSelector(proof)],
  ];
  const other = expected.find(([, one, given]) => one !== given);
  if (other !== undefined) {
    const [what, one, given] = other;
    fail('SIGNATURE_FOREIGN', `it was signed for ${what} ${one}, and this is ${given}`, {
      where: 'signature',
      fix: 'Submit the proof that it was signed for, to the registry that it was signed for, or have this one signed',
    });
  }
  const nonce = await nonceOf(reader, registry, signed.submitter, where);
  if (nonce === signed.nonce) return;
  fail(
    'SIGNATURE_FOREIGN',
    `it has nonce ${signed.nonce}, and ${signed.submitter} is at ${nonce}: a signature is used once`,
    {
      where: 'signature',
      fix: 'Look whether the statement is on record, or have it signed anew',
    },
  );
}

function stopped(registry: Hex, vkDigest: Hex, where: string): never {
  fail('KEY_STOPPED', `the registry at ${registry} has stopped key ${vkDigest}`, {
    where,
    fix: 'Prove under a key that is in use; what was recorded under this one is worth nothing',
  });
}

function unrecorded(registry: Hex, where: string): never {
  notRegistry(registry, where, 'it took the proof and has no record of it');
}

function takenBy(hash: Hex, other: Hex, where: string): never {
  fail('TRANSACTION_REPLACED', `transaction ${hash} was replaced by ${other}, which records nothing`, {
    where,
    fix: 'Try again, if the proof is still to be recorded',
  });
}
