/** What can be done with one contract, over any client library. The exported names are those of {@link Actions}. */
import { fail } from '../errors/index.ts';
import { requireStatus } from '../machine/status.ts';
import type { Hex } from '../plonk/keys/key.ts';
import {
  abiAddress,
  abiBytes,
  abiCall,
  abiSelectorWord,
  abiTopic,
  abiWord,
  abiWords,
} from '../solidity/abi.ts';
import { encodeProofCall, encodeStatement, encodeStopCall, statementHash } from '../solidity/encode.ts';
import {
  type AddRouteParameters,
  type Attestation,
  type AttestParameters,
  type AttestResult,
  type ChangeResult,
  type DeployRegistryParameters,
  type DeployResult,
  type DeployVerifierParameters,
  type HasReturnedParameters,
  hashOf,
  type ReadAttestationParameters,
  type RegistryState,
  type StopByProofParameters,
  type StopRouteParameters,
  type VerifierIdentity,
  type VerifyOnChainParameters,
  verifyArguments,
} from './calls.ts';
import { createContract, registryArguments, registryInitcode } from './create.ts';
import {
  proofSelector,
  rejected,
  requireCode,
  requireIdentity,
  requireKeyOf,
  selectorOf,
  verifierIdentity,
} from './identity.ts';
import type { CallOutcome, ChainReader, ChainWriter, Log, Receipt, SendRequest } from './port.ts';
import { notRegistry, readState, requireRegistry, routeOf, standingRoute } from './registry.ts';
import { onChain } from './reverts.ts';

export function deployVerifier(
  writer: ChainWriter,
  { contract, maxFee }: DeployVerifierParameters,
): Promise<DeployResult> {
  return onChain('verifier', () => createContract(writer, contract.bytecode, { where: 'verifier', maxFee }));
}

export function deployRegistry(
  writer: ChainWriter,
  { maxFee, ...parameters }: DeployRegistryParameters,
): Promise<DeployResult> {
  return onChain('registry', async () => {
    const initcode = registryInitcode(await registryArguments(writer, parameters));
    return createContract(writer, initcode, { where: 'registry', maxFee });
  });
}

export function addRoute(writer: ChainWriter, parameters: AddRouteParameters): Promise<ChangeResult> {
  const { registry, verifier, cannotReturn, maxFee } = parameters;
  const data = abiCall('addRoute(address,bytes32)', abiWord(verifier), abiWord(cannotReturn));
  return change(writer, registry, { data, maxFee }, 'addRoute');
}

export function stopRoute(writer: ChainWriter, parameters: StopRouteParameters): Promise<ChangeResult> {
  return changeRoute(writer, parameters, 'stop');
}

export function freezeRoute(writer: ChainWriter, parameters: StopRouteParameters): Promise<ChangeResult> {
  return changeRoute(writer, parameters, 'freeze');
}

export function stopByProof(writer: ChainWriter, parameters: StopByProofParameters): Promise<ChangeResult> {
  const { registry, programKey, statement, proof, maxFee } = parameters;
  return onChain('stopByProof', async () => {
    const selector = proofSelector(proof);
    const { cannotReturn } = await standingRoute(writer, registry, { selector }, 'stopByProof');
    const [, encoded, bytes] = verifyArguments({ programId: cannotReturn, programKey, statement, proof });
    return change(writer, registry, { data: encodeStopCall(encoded, bytes), maxFee }, 'stopByProof');
  });
}

function changeRoute(
  writer: ChainWriter,
  { registry, verifyingKey, maxFee }: StopRouteParameters,
  name: 'stop' | 'freeze',
): Promise<ChangeResult> {
  return onChain(name, async () => {
    const digest = verifyingKey.toLowerCase() as Hex;
    const selector = selectorOf(digest);
    await standingRoute(writer, registry, { selector, verifyingKey: digest }, name);
    const data = abiCall(`${name}(bytes4)`, abiSelectorWord(selector));
    return change(writer, registry, { data, maxFee }, name);
  });
}

/** Simulates a call, sends it and waits. */
function change(
  writer: ChainWriter,
  to: Hex,
  { data, maxFee }: { readonly data: Hex; readonly maxFee?: bigint | undefined },
  where: string,
): Promise<ChangeResult> {
  return onChain(where, async () => {
    await requireCode(writer, to, where);
    returned(await writer.call({ to, data, from: await writer.account() }));
    const receipt = await sendCall(writer, { to, data, maxFee }, where);
    const { transactionHash, blockNumber, gasUsed } = receipt;
    return { transactionHash, blockNumber, gasUsed };
  });
}

/** @throws CHAIN_CALL_FAILED for a transaction that fails though its simulation had not */
async function sendCall(writer: ChainWriter, request: SendRequest, where: string): Promise<Receipt> {
  const receipt = await writer.wait(await writer.send(request));
  if (receipt.succeeded) return receipt;
  fail('CHAIN_CALL_FAILED', `transaction ${receipt.transactionHash} failed though its simulation had not`, {
    where,
    fix: 'Look at the transaction; it may have run out of gas',
  });
}

export function attest(writer: ChainWriter, parameters: AttestParameters): Promise<AttestResult> {
  const { registry, programId, statement, maxFee } = parameters;
  const where = 'attest';
  return onChain(where, async () => {
    const digest = statementHash(statement);
    const { vkDigest, state, selector } = await routeOf(
      writer,
      registry,
      proofSelector(parameters.proof),
      parameters,
      where,
    );
    if (state === 'stopped') stopped(where, registry, vkDigest);
    const record = (): Promise<Attestation | undefined> =>
      recordOf(writer, registry, { vkDigest, programId, hash: digest }, where);
    const data = encodeProofCall('attest', ...verifyArguments(parameters));
    const from = await writer.account();
    requireHash(returned(await writer.call({ to: registry, data, from })), digest, registry, where);
    const known = await record();
    if (known !== undefined) {
      // The calldata alone of a transaction that changes nothing costs most of what a new record does.
      const { blockNumber } = known;
      return { transactionHash: undefined, blockNumber, gasUsed: 0n, statementHash: digest, recorded: false };
    }
    const receipt = await sendCall(writer, { to: registry, data, maxFee }, where);
    const { transactionHash, blockNumber, gasUsed, logs } = receipt;
    const recorded = isRecorded(logs, registry, { programId, hash: digest, selector });
    if (!recorded && (await record()) === undefined) {
      notRegistry(registry, where, 'it took the proof and has no record of it');
    }
    return { transactionHash, blockNumber, gasUsed, statementHash: digest, recorded };
  });
}

export function readAttestation(
  reader: ChainReader,
  parameters: ReadAttestationParameters,
): Promise<Attestation | undefined> {
  const { registry, programId } = parameters;
  const where = 'readAttestation';
  return onChain(where, async () => {
    await requireRegistry(reader, registry, parameters, where);
    const id = { vkDigest: parameters.verifyingKey, programId, hash: hashOf(parameters) };
    return recordOf(reader, registry, id, where);
  });
}

export function hasReturned(reader: ChainReader, parameters: HasReturnedParameters): Promise<boolean> {
  const { registry, programId, statement } = parameters;
  const where = 'hasReturned';
  return onChain(where, async () => {
    const { publicInputs, publicOutputs } = encodeStatement({ ...statement, status: 0n });
    await requireRegistry(reader, registry, parameters, where);
    const question = [abiWord(programId), abiBytes(publicInputs), abiBytes(publicOutputs)];
    const { verifyingKey } = parameters;
    const data =
      verifyingKey === undefined
        ? abiCall('hasReturned(bytes32,bytes,bytes)', ...question)
        : abiCall('hasReturnedUnder(bytes32,bytes32,bytes,bytes)', abiWord(verifyingKey), ...question);
    const [answer] = abiWords(returned(await reader.call({ to: registry, data })), 1) ?? [];
    if (answer === undefined || BigInt(answer) > 1n) {
      notRegistry(registry, where, 'its answer is neither yes nor no');
    }
    return BigInt(answer) === 1n;
  });
}

export function verifyOnChain(reader: ChainReader, parameters: VerifyOnChainParameters): Promise<void> {
  const { verifier, expect } = parameters;
  const where = 'verifyOnChain';
  return onChain(where, async () => {
    const identity = await verifierIdentity(reader, verifier, where);
    await requireIdentity(reader, identity, verifier, parameters, where);
    requireKeyOf(parameters, identity, verifier, where);
    const args = verifyArguments(parameters);
    const answer = returned(await reader.call({ to: verifier, data: encodeProofCall('verify', ...args) }));
    if (answer !== '0x') rejected(where, `the contract at ${verifier} is no verifier: it answers ${answer}`);
    requireStatus(args[1].status, expect);
  });
}

export function readVerifier(
  reader: ChainReader,
  { verifier }: { readonly verifier: Hex },
): Promise<VerifierIdentity> {
  return onChain('readVerifier', () => verifierIdentity(reader, verifier, 'readVerifier'));
}

/** What a call returned; what it reverted with is thrown. */
function returned(outcome: CallOutcome): Hex {
  if ('reverted' in outcome) throw outcome.reverted;
  return outcome.returned;
}

export function readRegistry(
  reader: ChainReader,
  { registry }: { readonly registry: Hex },
): Promise<RegistryState> {
  return onChain('readRegistry', () => readState(reader, registry, 'readRegistry'));
}

interface RecordId {
  /** Undefined: whatever the key. */
  readonly vkDigest: Hex | undefined;
  readonly programId: Hex;
  readonly hash: Hex;
}

async function recordOf(
  reader: ChainReader,
  registry: Hex,
  { vkDigest, programId, hash }: RecordId,
  where: string,
): Promise<Attestation | undefined> {
  const id = [abiWord(programId), abiWord(hash)];
  const data =
    vkDigest === undefined
      ? abiCall('anyAttestation(bytes32,bytes32)', ...id)
      : abiCall('attestation(bytes32,bytes32,bytes32)', abiWord(vkDigest), ...id);
  const [by, at, key, flag] = abiWords(returned(await reader.call({ to: registry, data })), 4) ?? [];
  const submitter = by === undefined ? undefined : abiAddress(by);
  if (submitter === undefined || BigInt(at!) >= 1n << 64n || BigInt(flag!) > 1n)
    notRegistry(registry, where, 'it answers with no record');
  const blockNumber = BigInt(at!);
  if (blockNumber === 0n) return undefined;
  const selector = selectorOf(key!);
  return { programId, statementHash: hash, submitter, blockNumber, selector, stopped: BigInt(flag!) === 1n };
}

const ATTESTED = 'Attested(bytes32,bytes32,address,bytes4,uint64,bytes,bytes)';

/** Whether a transaction's logs hold the registry's event of a new record of the statement with this hash under this key. */
function isRecorded(
  logs: readonly Log[],
  registry: Hex,
  { programId, hash, selector }: { readonly programId: Hex; readonly hash: Hex; readonly selector: Hex },
): boolean {
  const expected = [abiTopic(ATTESTED), programId.toLowerCase(), hash];
  return logs.some(
    ({ address, topics, data }) =>
      address.toLowerCase() === registry.toLowerCase() &&
      expected.every((topic, i) => topics[i] === topic) &&
      selectorOf(data as Hex) === selector,
  );
}

function stopped(where: string, registry: Hex, vkDigest: Hex): never {
  fail('KEY_STOPPED', `the registry at ${registry} has stopped key ${vkDigest}`, {
    where,
    fix: 'Prove under a key that is in use; what was recorded under this one is worth nothing',
  });
}

/** A registry's answer to `attest` must be the hash of the statement. */
function requireHash(answer: Hex, hash: Hex, registry: Hex, where: string): void {
  const [word] = abiWords(answer, 1) ?? [];
  if (word !== hash)
    notRegistry(registry, where, `it answers ${word ?? answer}, the statement's hash is ${hash}`);
}
