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
import { type ChainEvent, decodeEvent } from './events.ts';
import { proofSelector } from './identity.ts';
import type { ChainReader, ChainWriter, Receipt, SendRequest } from './port.ts';
import { type RecordId, recordOf, returned } from './records.ts';
import { notRegistry, routeOf } from './registry.ts';
import { chainError, onChain } from './reverts.ts';
import { failedThough, type Mined, requireCount, type WaitParameters, waitMined } from './wait.ts';

const WHERE = 'attest';

/** A proof that the registry would take, and what it would be recorded as. */
interface Ready {
  readonly id: RecordId & { readonly vkDigest: Hex; readonly selector: Hex };
  readonly proven: ProvenStatement;
}

export async function attest(writer: ChainWriter, parameters: AttestParameters): Promise<AttestResult> {
  return attestResult(await (await submit(writer, parameters)).wait(parameters));
}

export function submit(
  writer: ChainWriter,
  parameters: AttestParameters,
): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }> {
  return onChain(WHERE, async () => {
    const ready = await prepare(writer, parameters, parameters);
    const data = encodeProofCall('attest', ...verifyArguments(parameters));
    return submitOne(writer, ready, { to: parameters.registry, data, maxFee: parameters.maxFee });
  });
}

export function submitSigned(
  writer: ChainWriter,
  parameters: SubmitSignedParameters,
): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }> {
  return onChain(WHERE, async () => {
    const { signed, registry, maxFee } = parameters;
    await requireSignedFor(writer, parameters);
    const ready = await prepare(writer, parameters, parameters);
    const data = encodeAttestForCall(...verifyArguments(parameters), signed);
    return submitOne(writer, ready, { to: registry, data, maxFee });
  });
}

export function signAttestation(
  writer: ChainWriter,
  parameters: SignAttestationParameters,
): Promise<SignedAttestation> {
  const { registry, programId, statement, lifetime = 3600 } = parameters;
  return onChain('signAttestation', async () => {
    requireCount(lifetime, 'seconds', 'signAttestation');
    const { id } = await prepare(writer, parameters, parameters);
    const [submitter, chainId] = [await writer.account(), await writer.chainId()];
    const deadline = BigInt(Math.floor(Date.now() / 1000) + lifetime);
    const about = { programId, statementHash: statementHash(statement), selector: id.selector };
    const nonce = await nonceOf(writer, registry, submitter);
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
  return onChain('attestBatch', async () => {
    const found: (Ready | BatchEntry)[] = [];
    for (const request of requests) {
      const ready = await prepareOne(writer, parameters, request, requireAll);
      found.push(ready);
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
    const { transactionHash, mined } = await sending(writer, { to: registry, data, maxFee }, from);
    return {
      transactionHash,
      wait: (waiting) =>
        onChain('attestBatch', async () => {
          const { receipt, replaced } = await mined(waiting);
          const events = eventsOf(receipt, registry);
          const missing = (): never =>
            replaced ? takenBy(transactionHash, receipt.transactionHash) : unrecorded(registry);
          const entries = await Promise.all(
            found.map(async (one) =>
              'proven' in one ? ((await entryOf(writer, registry, one, events)) ?? missing()) : one,
            ),
          );
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
  requireAll: boolean,
): Promise<Ready | BatchEntry> {
  try {
    const ready = await prepare(writer, target, request);
    const record = await recordOf(writer, target.registry, ready.id, WHERE);
    return record === undefined
      ? ready
      : { outcome: 'already-recorded', statementHash: ready.id.hash, record };
  } catch (thrown) {
    const error = chainError(thrown, WHERE);
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

/** Undefined where there is neither a record nor a refusal. */
async function entryOf(
  reader: ChainReader,
  registry: Hex,
  { id }: Ready,
  events: readonly ChainEvent[],
): Promise<BatchEntry | undefined> {
  const own = recordedBy(events, id);
  if (own !== undefined) return { outcome: 'recorded', statementHash: id.hash, record: own };
  const refusal = events.find(
    (event) =>
      event.type === 'refused' && event.statementHash === id.hash && isSameHex(event.programId, id.programId),
  );
  if (refusal?.type === 'refused') {
    const error = chainError({ data: refusal.reason }, WHERE);
    return { outcome: 'refused', statementHash: id.hash, error };
  }
  const record = await recordOf(reader, registry, id, WHERE);
  return record && { outcome: 'already-recorded', statementHash: id.hash, record };
}

/** The registry has a live route for the proof, and takes it by a call that costs nothing. */
async function prepare(
  writer: ChainWriter,
  target: TargetParameters,
  proven: ProvenStatement,
): Promise<Ready> {
  const { registry } = target;
  const hash = statementHash(proven.statement);
  const expected = { ...target, verifyingKey: proven.verifyingKey };
  const { vkDigest, state, selector } = await routeOf(
    writer,
    registry,
    proofSelector(proven.proof),
    expected,
    WHERE,
  );
  if (state === 'stopped') stopped(registry, vkDigest);
  const data = encodeProofCall('attest', ...verifyArguments(proven));
  const from = await writer.account();
  const [word] = abiWords(returned(await writer.call({ to: registry, data, from })), 1) ?? [];
  if (word !== hash)
    notRegistry(registry, WHERE, `it answers ${word ?? 'nothing'}, the statement's hash is ${hash}`);
  return { id: { vkDigest, selector, programId: proven.programId, hash }, proven };
}

async function submitOne(
  writer: ChainWriter,
  { id }: Ready,
  request: SendRequest & { readonly to: Hex },
): Promise<Submission<SubmitResult> & { readonly statementHash: Hex }> {
  const { to: registry } = request;
  const statementHash = id.hash;
  const already = await recordOf(writer, registry, id, WHERE);
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
  const { transactionHash, mined } = await sending(writer, request, from);
  return {
    transactionHash,
    statementHash,
    wait: (waiting) =>
      onChain(WHERE, async () => {
        const { receipt, replaced } = await mined(waiting, () => recordOf(writer, registry, id, WHERE));
        const { gasUsed } = receipt;
        const common = { transactionHash: receipt.transactionHash, gasUsed, statementHash };
        const own = recordedBy(eventsOf(receipt, registry), id);
        if (own !== undefined) return { ...common, outcome: 'recorded', record: own };
        const record = await recordOf(writer, registry, id, WHERE);
        if (record !== undefined) return { ...common, outcome: 'already-recorded', record };
        if (replaced) takenBy(transactionHash, receipt.transactionHash);
        return unrecorded(registry);
      }),
  };
}

/** Sends what was simulated. A transaction that fails all the same is an error, unless `unless` finds what it was for. */
async function sending(
  writer: ChainWriter,
  request: SendRequest & { readonly to: Hex },
  from: Hex,
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
      return failedThough(mined.receipt.transactionHash, WHERE);
    },
  };
}

function eventsOf({ logs }: Receipt, registry: Hex): readonly ChainEvent[] {
  return logs
    .filter(({ address }) => isSameHex(address, registry))
    .map((log) => decodeEvent(log))
    .filter((event) => event !== undefined);
}

/** The new record of a transaction's events. */
function recordedBy(
  events: readonly ChainEvent[],
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

async function nonceOf(reader: ChainReader, registry: Hex, account: Hex): Promise<bigint> {
  const data = abiCall('nonces(address)', abiWord(account));
  const [word] = abiWords(returned(await reader.call({ to: registry, data })), 1) ?? [];
  return word === undefined ? notRegistry(registry, WHERE, 'it counts no signatures') : BigInt(word);
}

/** Before anything is asked of the chain about the proof: what the signature says it is for. */
async function requireSignedFor(
  reader: ChainReader,
  { signed, registry, programId, statement, proof }: SubmitSignedParameters,
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
  const nonce = await nonceOf(reader, registry, signed.submitter);
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

function stopped(registry: Hex, vkDigest: Hex): never {
  fail('KEY_STOPPED', `the registry at ${registry} has stopped key ${vkDigest}`, {
    where: WHERE,
    fix: 'Prove under a key that is in use; what was recorded under this one is worth nothing',
  });
}

function unrecorded(registry: Hex): never {
  notRegistry(registry, WHERE, 'it took the proof and has no record of it');
}

function takenBy(hash: Hex, other: Hex): never {
  fail('TRANSACTION_REPLACED', `transaction ${hash} was replaced by ${other}, which records nothing`, {
    where: WHERE,
    fix: 'Try again, if the proof is still to be recorded',
  });
}
