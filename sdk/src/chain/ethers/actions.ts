/** The same actions for ethers v6. */
import { Contract, ContractFactory, type InterfaceAbi, isError, type Provider, type Signer } from 'ethers';
import { fail } from '../../errors/index.ts';
import { requireStatus } from '../../machine/status.ts';
import type { Hex } from '../../plonk/key.ts';
import type { CompiledContract } from '../../solidity/compile.ts';
import { statementHash } from '../../solidity/encode.ts';
import {
  type Attestation,
  type AttestResult,
  type DeployResult,
  type HasReturnedParameters,
  hashOf,
  hasReturnedArguments,
  isRecorded,
  type ProvenStatement,
  type ReadAttestationParameters,
  requireHash,
  requireRecord,
  VERIFIER_ABI,
  type VerifierIdentity,
  type VerifyOnChainParameters,
  verifyArguments,
} from '../calls.ts';
import { REGISTRY_ABI, REGISTRY_BYTECODE } from '../contracts.generated.ts';
import {
  IDENTITY_ABI,
  type IdentityReader,
  registryKey,
  requireDigest,
  requireKeyOf,
  verifierIdentity,
} from '../identity.ts';
import { onChain } from '../reverts.ts';

/**
 * Deploys a generated verifier.
 * @throws KEY_INSECURE for a development key on a public chain, CHAIN_CALL_FAILED
 */
export async function deployVerifier(
  signer: Signer,
  { contract }: { readonly contract: Pick<CompiledContract, 'abi' | 'bytecode'> },
): Promise<DeployResult> {
  return deploy(signer, 'verifier', contract.abi as unknown as InterfaceAbi, contract.bytecode, []);
}

/** @throws CHAIN_REJECTED if there is no verifier at the address, CHAIN_CALL_FAILED */
export async function deployRegistry(
  signer: Signer,
  { verifier }: { readonly verifier: Hex },
): Promise<DeployResult> {
  return deploy(signer, 'registry', REGISTRY_ABI, REGISTRY_BYTECODE, [verifier]);
}

/**
 * Submits a proof to a registry and waits for the record. The registry must first name the key that the proof is for, and the
 * call is simulated: a wrong address and a proof that the verifier refuses cost nothing. Any true statement is recorded, also that
 * a run trapped or exited with an error; whoever relies on a record asks {@link hasReturned}.
 * @throws PROOF_… with the verifier's reason; CHAIN_REJECTED where the address has no code, none of a registry, or one for
 *   another key; CHAIN_CALL_FAILED
 */
export async function attest(
  signer: Signer,
  parameters: ProvenStatement & { readonly registry: Hex },
): Promise<AttestResult> {
  const { registry, programId, statement } = parameters;
  const statementDigest = statementHash(statement);
  return onChain('attest', async () => {
    const digest = await registryKey(identityReader(signer), registry, 'attest');
    requireKeyOf(parameters, digest, registry, 'attest');
    const contract = new Contract(registry, REGISTRY_ABI, signer);
    const method = contract.getFunction('attest');
    const args = verifyArguments(parameters);
    requireHash(await method.staticCall(...args), statementDigest, registry);
    const receipt = await (await method.send(...args)).wait();
    if (receipt?.status !== 1) failed('attest');
    const recorded = isRecorded(receipt.logs, registry, programId, statementDigest);
    if (!recorded) requireRecord(await readAttestation(signer, parameters), registry);
    return {
      transactionHash: receipt.hash as Hex,
      blockNumber: BigInt(receipt.blockNumber),
      gasUsed: receipt.gasUsed,
      statementHash: statementDigest,
      recorded,
    };
  });
}

/**
 * The record of a statement, however the run ended; undefined where there is none. What it is worth depends on the registry's
 * address alone. A record is no result: a run that trapped or exited with an error has one too. For results ask {@link hasReturned}.
 * @throws CHAIN_REJECTED where the address has no code or none of a registry, CHAIN_CALL_FAILED
 */
export async function readAttestation(
  runner: Provider | Signer,
  parameters: ReadAttestationParameters,
): Promise<Attestation | undefined> {
  const { registry, programId, verifyingKey } = parameters;
  const hash = hashOf(parameters);
  return onChain('readAttestation', async () => {
    const digest = await registryKey(identityReader(runner), registry, 'readAttestation');
    requireDigest(verifyingKey, digest, registry, 'readAttestation');
    const read = new Contract(registry, REGISTRY_ABI, runner).getFunction('attestation');
    const { submitter, blockNumber } = (await read.staticCall(programId, hash)) as {
      submitter: Hex;
      blockNumber: bigint;
    };
    return blockNumber === 0n ? undefined : { programId, statementHash: hash, submitter, blockNumber };
  });
}

/**
 * Whether a registry has on record that the program *returned* (status 0) with these inputs and outputs: all of them, nothing less and
 * nothing more. Never true of a run that trapped or exited with an error.
 * @throws CHAIN_REJECTED where the address has no code or none of a registry, CHAIN_CALL_FAILED
 */
export async function hasReturned(
  runner: Provider | Signer,
  parameters: HasReturnedParameters,
): Promise<boolean> {
  const { registry, verifyingKey } = parameters;
  const args = hasReturnedArguments(parameters);
  return onChain('hasReturned', async () => {
    const digest = await registryKey(identityReader(runner), registry, 'hasReturned');
    requireDigest(verifyingKey, digest, registry, 'hasReturned');
    const read = new Contract(registry, REGISTRY_ABI, runner).getFunction('hasReturned');
    return (await read.staticCall(...args)) as boolean;
  });
}

/**
 * Asks a deployed verifier by `eth_call`; returns if it accepts and the run ended as expected. The contract must first name the
 * key that the proof is for.
 * @throws PROOF_… with the verifier's reason; PROOF_STATUS; CHAIN_REJECTED where the address has no code, none of a verifier, or one for
 *   another key; CHAIN_CALL_FAILED
 */
export async function verifyOnChain(
  runner: Provider | Signer,
  parameters: VerifyOnChainParameters,
): Promise<void> {
  const { verifier, expect } = parameters;
  await onChain('verifyOnChain', async () => {
    const { vkDigest } = await verifierIdentity(identityReader(runner), verifier, 'verifyOnChain');
    requireKeyOf(parameters, vkDigest, verifier, 'verifyOnChain');
    const args = verifyArguments(parameters);
    const contract = new Contract(verifier, VERIFIER_ABI, runner);
    await contract.getFunction('verify').staticCall(...args);
    requireStatus(args[1].status, expect);
  });
}

/**
 * What a deployed verifier says of itself.
 * @throws CHAIN_REJECTED where the address has no code or none of a verifier, CHAIN_CALL_FAILED
 */
export async function readVerifier(
  runner: Provider | Signer,
  { verifier }: { readonly verifier: Hex },
): Promise<VerifierIdentity> {
  return onChain('readVerifier', () => verifierIdentity(identityReader(runner), verifier, 'readVerifier'));
}

function identityReader(runner: Provider | Signer): IdentityReader {
  const at = (address: Hex): Contract => new Contract(address, IDENTITY_ABI, runner);
  return {
    code: (address) => at(address).getDeployedCode(),
    read: async (address, getter) => {
      try {
        return (await at(address).getFunction(getter).staticCall()) as Hex;
      } catch (error) {
        if (isError(error, 'BAD_DATA') || isRevert(error)) return undefined;
        throw error;
      }
    },
  };
}

/** ethers names every failed `eth_call` CALL_EXCEPTION, also where the endpoint did not answer. */
function isRevert(error: unknown): boolean {
  if (!isError(error, 'CALL_EXCEPTION')) return false;
  const cause = (error.info as { error?: { message?: unknown } } | undefined)?.error?.message;
  return error.data !== null || /revert/i.test(String(cause));
}

function deploy(
  signer: Signer,
  where: string,
  abi: InterfaceAbi,
  bytecode: Hex,
  args: readonly unknown[],
): Promise<DeployResult> {
  return onChain(where, async () => {
    const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args);
    const receipt = await contract.deploymentTransaction()?.wait();
    if (receipt?.status !== 1 || receipt.contractAddress === null) failed(where);
    return {
      address: receipt.contractAddress as Hex,
      transactionHash: receipt.hash as Hex,
      blockNumber: BigInt(receipt.blockNumber),
      gasUsed: receipt.gasUsed,
    };
  });
}

function failed(where: string): never {
  fail('CHAIN_CALL_FAILED', 'the transaction failed', {
    where,
    fix: 'Look at the transaction; it may have run out of gas',
  });
}
