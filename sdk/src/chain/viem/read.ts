import {
  AbiDecodingDataSizeTooSmallError,
  BaseError,
  type Chain,
  type Client,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  ExecutionRevertedError,
  type Transport,
} from 'viem';
import { getCode, readContract } from 'viem/actions';
import { requireStatus } from '../../machine/status.ts';
import type { Hex } from '../../plonk/key.ts';
import {
  type Attestation,
  type HasReturnedParameters,
  hashOf,
  hasReturnedArguments,
  type ReadAttestationParameters,
  VERIFIER_ABI,
  type VerifierIdentity,
  type VerifyOnChainParameters,
  verifyArguments,
} from '../calls.ts';
import { REGISTRY_ABI } from '../contracts.generated.ts';
import {
  IDENTITY_ABI,
  type IdentityReader,
  registryKey,
  requireDigest,
  requireKeyOf,
  verifierIdentity,
} from '../identity.ts';
import { onChain } from '../reverts.ts';

/** Any viem client; an account is not needed. */
export type ReadClient = Client<Transport, Chain | undefined>;

/**
 * The record of a statement, however the run ended; undefined where there is none. What it is worth depends on the registry's
 * address alone. A record is no result: a run that trapped or exited with an error has one too. For results ask {@link hasReturned}.
 * @throws CHAIN_REJECTED where the address has no code or none of a registry, CHAIN_CALL_FAILED
 */
export async function readAttestation(
  client: ReadClient,
  parameters: ReadAttestationParameters,
): Promise<Attestation | undefined> {
  const { registry, programId, verifyingKey } = parameters;
  const hash = hashOf(parameters);
  return onChain('readAttestation', async () => {
    const digest = await registryKey(identityReader(client), registry, 'readAttestation');
    requireDigest(verifyingKey, digest, registry, 'readAttestation');
    const { submitter, blockNumber } = await readContract(client, {
      address: registry,
      abi: REGISTRY_ABI,
      functionName: 'attestation',
      args: [programId, hash],
    });
    return blockNumber === 0n ? undefined : { programId, statementHash: hash, submitter, blockNumber };
  });
}

/**
 * Whether a registry has on record that the program *returned* (status 0) with these inputs and outputs: all of them, nothing less and
 * nothing more. Never true of a run that trapped or exited with an error.
 * @throws CHAIN_REJECTED where the address has no code or none of a registry, CHAIN_CALL_FAILED
 */
export async function hasReturned(client: ReadClient, parameters: HasReturnedParameters): Promise<boolean> {
  const { registry, verifyingKey } = parameters;
  const args = hasReturnedArguments(parameters);
  return onChain('hasReturned', async () => {
    const digest = await registryKey(identityReader(client), registry, 'hasReturned');
    requireDigest(verifyingKey, digest, registry, 'hasReturned');
    return readContract(client, {
      address: registry,
      abi: REGISTRY_ABI,
      functionName: 'hasReturned',
      args,
    });
  });
}

/**
 * Asks a deployed verifier by `eth_call`; returns if it accepts and the run ended as expected. The contract must first name the
 * key that the proof is for.
 * @throws PROOF_… with the verifier's reason; PROOF_STATUS; CHAIN_REJECTED where the address has no code, none of a verifier, or one for
 *   another key; CHAIN_CALL_FAILED
 */
export async function verifyOnChain(client: ReadClient, parameters: VerifyOnChainParameters): Promise<void> {
  const { verifier, expect } = parameters;
  await onChain('verifyOnChain', async () => {
    const { vkDigest } = await verifierIdentity(identityReader(client), verifier, 'verifyOnChain');
    requireKeyOf(parameters, vkDigest, verifier, 'verifyOnChain');
    const args = verifyArguments(parameters);
    await readContract(client, {
      address: verifier,
      abi: VERIFIER_ABI,
      functionName: 'verify',
      args,
    });
    requireStatus(args[1].status, expect);
  });
}

/**
 * What a deployed verifier says of itself.
 * @throws CHAIN_REJECTED where the address has no code or none of a verifier, CHAIN_CALL_FAILED
 */
export async function readVerifier(
  client: ReadClient,
  { verifier }: { readonly verifier: Hex },
): Promise<VerifierIdentity> {
  return onChain('readVerifier', () => verifierIdentity(identityReader(client), verifier, 'readVerifier'));
}

const NO_ANSWER = [
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  ExecutionRevertedError,
  AbiDecodingDataSizeTooSmallError,
];

export function identityReader(client: ReadClient): IdentityReader {
  return {
    code: (address) => getCode(client, { address }),
    read: async (address, functionName) => {
      try {
        return await readContract(client, { address, abi: IDENTITY_ABI, functionName });
      } catch (error) {
        const unanswered = (cause: unknown): boolean => NO_ANSWER.some((type) => cause instanceof type);
        if (error instanceof BaseError && error.walk(unanswered) !== null) return undefined;
        throw error;
      }
    },
  };
}
