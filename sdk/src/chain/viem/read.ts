import type { Chain, Client, Transport } from 'viem';
import { readContract } from 'viem/actions';
import type { Hex } from '../../plonk/key.ts';
import {
  type Attestation,
  type AttestationId,
  hashOf,
  type ProvenStatement,
  VERIFIER_ABI,
  verifyArguments,
} from '../calls.ts';
import { REGISTRY_ABI } from '../contracts.generated.ts';
import { onChain } from '../reverts.ts';

/** Any viem client; an account is not needed. */
export type ReadClient = Client<Transport, Chain | undefined>;

export type ReadAttestationParameters = AttestationId & { readonly registry: Hex };

/** The record of a statement; undefined where there is none. */
export async function readAttestation(
  client: ReadClient,
  parameters: ReadAttestationParameters,
): Promise<Attestation | undefined> {
  const { registry, programId } = parameters;
  const hash = hashOf(parameters);
  return onChain('readAttestation', async () => {
    const { submitter, blockNumber } = await readContract(client, {
      address: registry,
      abi: REGISTRY_ABI,
      functionName: 'attestation',
      args: [programId, hash],
    });
    return blockNumber === 0n ? undefined : { programId, statementHash: hash, submitter, blockNumber };
  });
}

export interface VerifyOnChainParameters extends ProvenStatement {
  readonly verifier: Hex;
}

/**
 * Asks a deployed verifier by `eth_call`; returns if it accepts.
 * @throws PROOF_… with the verifier's reason, CHAIN_CALL_FAILED
 */
export async function verifyOnChain(client: ReadClient, parameters: VerifyOnChainParameters): Promise<void> {
  await onChain('verifyOnChain', () =>
    readContract(client, {
      address: parameters.verifier,
      abi: VERIFIER_ABI,
      functionName: 'verify',
      args: verifyArguments(parameters),
    }),
  );
}

export interface VerifierIdentity {
  readonly vkDigest: Hex;
  readonly selector: Hex;
  readonly insecure: boolean;
}

/** What a deployed verifier says of itself. */
export async function readVerifier(
  client: ReadClient,
  { verifier }: { readonly verifier: Hex },
): Promise<VerifierIdentity> {
  const read = <N extends 'VK_DIGEST' | 'SELECTOR' | 'INSECURE_SRS'>(functionName: N) =>
    readContract(client, { address: verifier, abi: VERIFIER_ABI, functionName });
  return onChain('readVerifier', async () => ({
    vkDigest: (await read('VK_DIGEST')) as Hex,
    selector: (await read('SELECTOR')) as Hex,
    insecure: (await read('INSECURE_SRS')) as boolean,
  }));
}
