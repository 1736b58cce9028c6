/** What can be done with one contract, over any client library. The exported names are those of {@link Actions}. */
import { fail } from '../errors/index.ts';
import { requireStatus } from '../machine/status.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiAddress, abiBytes, abiCall, abiTopic, abiWord, abiWords } from '../solidity/abi.ts';
import { encodeProofCall, encodeStatement, statementHash } from '../solidity/encode.ts';
import {
  type Attestation,
  type AttestParameters,
  type AttestResult,
  type DeployRegistryParameters,
  type DeployResult,
  type DeployVerifierParameters,
  type HasReturnedParameters,
  hashOf,
  type ReadAttestationParameters,
  type VerifierIdentity,
  type VerifyOnChainParameters,
  verifyArguments,
} from './calls.ts';
import { createContract, registryInitcode } from './create.ts';
import { registryIdentity, rejected, requireIdentity, requireKeyOf, verifierIdentity } from './identity.ts';
import type { CallOutcome, ChainReader, ChainWriter, Log } from './port.ts';
import { onChain } from './reverts.ts';

export function deployVerifier(
  writer: ChainWriter,
  { contract, maxFee }: DeployVerifierParameters,
): Promise<DeployResult> {
  return onChain('verifier', () => createContract(writer, contract.bytecode, { where: 'verifier', maxFee }));
}

export function deployRegistry(
  writer: ChainWriter,
  { verifier, maxFee }: DeployRegistryParameters,
): Promise<DeployResult> {
  return onChain('registry', () =>
    createContract(writer, registryInitcode(verifier), { where: 'registry', maxFee }),
  );
}

export function attest(writer: ChainWriter, parameters: AttestParameters): Promise<AttestResult> {
  const { registry, programId, statement, maxFee } = parameters;
  const where = 'attest';
  return onChain(where, async () => {
    const digest = statementHash(statement);
    const identity = await registryIdentity(writer, registry, where);
    await requireIdentity(writer, identity, registry, parameters, where);
    requireKeyOf(parameters, identity, registry, where);
    const data = encodeProofCall('attest', ...verifyArguments(parameters));
    const from = await writer.account();
    requireHash(returned(await writer.call({ to: registry, data, from })), digest, registry);
    const known = await recordOf(writer, registry, programId, digest, where);
    if (known !== undefined) {
      // The calldata alone of a transaction that changes nothing costs most of what a new record does.
      const { blockNumber } = known;
      return { transactionHash: undefined, blockNumber, gasUsed: 0n, statementHash: digest, recorded: false };
    }
    const hash = await writer.send({ to: registry, data, maxFee });
    const { succeeded, transactionHash, blockNumber, gasUsed, logs } = await writer.wait(hash);
    if (!succeeded) {
      fail('CHAIN_CALL_FAILED', `transaction ${transactionHash} failed though its simulation had not`, {
        where,
        fix: 'Look at the transaction; it may have run out of gas',
      });
    }
    const recorded = isRecorded(logs, registry, programId, digest);
    if (!recorded && (await recordOf(writer, registry, programId, digest, where)) === undefined) {
      notRegistry(registry, 'it took the proof and has no record of it');
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
    const identity = await registryIdentity(reader, registry, where);
    await requireIdentity(reader, identity, registry, parameters, where);
    return recordOf(reader, registry, programId, hashOf(parameters), where);
  });
}

export function hasReturned(reader: ChainReader, parameters: HasReturnedParameters): Promise<boolean> {
  const { registry, programId, statement } = parameters;
  const where = 'hasReturned';
  return onChain(where, async () => {
    const { publicInputs, publicOutputs } = encodeStatement({ ...statement, status: 0n });
    const identity = await registryIdentity(reader, registry, where);
    await requireIdentity(reader, identity, registry, parameters, where);
    const data = abiCall(
      'hasReturned(bytes32,bytes,bytes)',
      abiWord(programId),
      abiBytes(publicInputs),
      abiBytes(publicOutputs),
    );
    const [answer] = abiWords(returned(await reader.call({ to: registry, data })), 1) ?? [];
    if (answer === undefined || BigInt(answer) > 1n) {
      rejected(where, `the contract at ${registry} is no registry: its answer is neither yes nor no`);
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

async function recordOf(
  reader: ChainReader,
  registry: Hex,
  programId: Hex,
  hash: Hex,
  where: string,
): Promise<Attestation | undefined> {
  const data = abiCall('attestation(bytes32,bytes32)', abiWord(programId), abiWord(hash));
  const [by, at] = abiWords(returned(await reader.call({ to: registry, data })), 2) ?? [];
  const submitter = by === undefined ? undefined : abiAddress(by);
  if (submitter === undefined || at === undefined || BigInt(at) >= 1n << 64n) {
    rejected(where, `the contract at ${registry} is no registry: it answers with no record`);
  }
  const blockNumber = BigInt(at);
  if (blockNumber === 0n) return undefined;
  return { programId, statementHash: hash, submitter, blockNumber };
}

const ATTESTED = 'Attested(bytes32,bytes32,address,uint64)';

/** Whether a transaction's logs hold the registry's event of a new record of the statement with this hash. */
function isRecorded(logs: readonly Log[], registry: Hex, programId: Hex, hash: Hex): boolean {
  const expected = [abiTopic(ATTESTED), programId.toLowerCase(), hash];
  return logs.some(
    ({ address, topics }) =>
      address.toLowerCase() === registry.toLowerCase() && expected.every((topic, i) => topics[i] === topic),
  );
}

/** A registry's answer to `attest` must be the hash of the statement. */
function requireHash(answer: Hex, hash: Hex, registry: Hex): void {
  const [word] = abiWords(answer, 1) ?? [];
  if (word !== hash) notRegistry(registry, `it answers ${word ?? answer}, the statement's hash is ${hash}`);
}

function notRegistry(registry: Hex, problem: string): never {
  fail('CHAIN_REJECTED', `the contract at ${registry} is no registry: ${problem}`, {
    where: 'attest',
    fix: 'Check the address against the deployment file: wattest deploy --network NAME --check',
  });
}
