/** What can be done with one contract, over any client library. The exported names are those of {@link Actions}. */
import { requireStatus } from '../machine/status.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiBytes, abiCall, abiSelectorWord, abiWord, abiWords } from '../solidity/abi.ts';
import { encodeProofCall, encodeStatement, encodeStopCall } from '../solidity/encode.ts';
import {
  type AddRouteParameters,
  type Attestation,
  type ChangeResult,
  type DeployRegistryParameters,
  type DeployResult,
  type DeployVerifierParameters,
  type HasReturnedParameters,
  hashOf,
  type ReadAttestationParameters,
  type RecordOfKey,
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
import type { ChainReader, ChainWriter } from './port.ts';
import { recordOf, returned } from './records.ts';
import { notRegistry, readState, requireRegistry, standingRoute } from './registry.ts';
import { onChain } from './reverts.ts';
import { failedThough, waitMined } from './wait.ts';

export function deployVerifier(
  writer: ChainWriter,
  { contract, ...parameters }: DeployVerifierParameters,
): Promise<DeployResult> {
  const options = { ...parameters, where: 'verifier' };
  return onChain('verifier', () => createContract(writer, contract.bytecode, options));
}

export function deployRegistry(
  writer: ChainWriter,
  parameters: DeployRegistryParameters,
): Promise<DeployResult> {
  return onChain('registry', async () => {
    const { maxFee, salt, publishFactory } = parameters;
    const initcode = registryInitcode(await registryArguments(writer, parameters));
    return createContract(writer, initcode, { where: 'registry', maxFee, salt, publishFactory });
  });
}

export function addRoute(writer: ChainWriter, parameters: AddRouteParameters): Promise<ChangeResult> {
  const { registry, maxFee } = parameters;
  return change(writer, registry, { data: routeCall(parameters), maxFee }, 'addRoute');
}

/** Calldata of `addRoute`. */
export function routeCall({
  verifier,
  cannotReturn,
}: Pick<AddRouteParameters, 'verifier' | 'cannotReturn'>): Hex {
  return abiCall('addRoute(address,bytes32)', abiWord(verifier), abiWord(cannotReturn));
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
    const verifyingKey = parameters.verifyingKey?.toLowerCase() as Hex | undefined;
    const key = { selector, verifyingKey };
    const { cannotReturn } = await standingRoute(writer, registry, key, 'stopByProof');
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
    const data = await stateCall(writer, { registry, verifyingKey }, name);
    return change(writer, registry, { data, maxFee }, name);
  });
}

/** Calldata that retires or stops a key. @throws CHAIN_REJECTED where the registry has no such key */
export async function stateCall(
  reader: ChainReader,
  { registry, verifyingKey }: Pick<StopRouteParameters, 'registry' | 'verifyingKey'>,
  name: 'stop' | 'freeze',
): Promise<Hex> {
  const digest = verifyingKey.toLowerCase() as Hex;
  const selector = selectorOf(digest);
  await standingRoute(reader, registry, { selector, verifyingKey: digest }, name);
  return abiCall(`${name}(bytes4)`, abiSelectorWord(selector));
}

/** Simulates a call, sends it and waits. */
export function change(
  writer: ChainWriter,
  to: Hex,
  { data, maxFee }: { readonly data: Hex; readonly maxFee?: bigint | undefined },
  where: string,
): Promise<ChangeResult> {
  return onChain(where, async () => {
    await requireCode(writer, to, where);
    returned(await writer.call({ to, data, from: await writer.account() }));
    const { receipt } = await waitMined(writer, await writer.send({ to, data, maxFee }));
    if (!receipt.succeeded) failedThough(receipt.transactionHash, where);
    const { transactionHash, blockNumber, gasUsed } = receipt;
    return { transactionHash, blockNumber, gasUsed };
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

export function readRecords(
  reader: ChainReader,
  parameters: ReadAttestationParameters,
): Promise<readonly RecordOfKey[]> {
  const { registry, programId } = parameters;
  const where = 'readRecords';
  return onChain(where, async () => {
    const routes = await requireRegistry(reader, registry, parameters, where);
    const hash = hashOf(parameters);
    const found = await Promise.all(
      routes.map(async ({ selector, state, verifier, vkDigest, cannotReturn }) => {
        const record = await recordOf(reader, registry, { vkDigest, programId, hash }, where);
        const route = { selector, state, verifier, vkDigest, cannotReturn };
        return record === undefined ? [] : [{ route, record }];
      }),
    );
    return found.flat();
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

export function readRegistry(
  reader: ChainReader,
  { registry }: { readonly registry: Hex },
): Promise<RegistryState> {
  return onChain('readRegistry', () => readState(reader, registry, 'readRegistry'));
}
