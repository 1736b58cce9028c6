import { simulateContract, waitForTransactionReceipt, writeContract } from 'viem/actions';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/key.ts';
import { statementHash } from '../../solidity/encode.ts';
import {
  type AttestResult,
  isRecorded,
  type ProvenStatement,
  requireHash,
  requireRecord,
  verifyArguments,
} from '../calls.ts';
import { REGISTRY_ABI } from '../contracts.generated.ts';
import { registryKey, requireKeyOf } from '../identity.ts';
import { onChain } from '../reverts.ts';
import type { WalletClient } from './deploy.ts';
import { identityReader, readAttestation } from './read.ts';

export interface AttestParameters extends ProvenStatement {
  readonly registry: Hex;
}

/**
 * Submits a proof to a registry and waits for the record. The registry must first name the key that the proof is for, and the
 * call is simulated: a wrong address and a proof that the verifier refuses cost nothing. Any true statement is recorded, also that
 * a run trapped or exited with an error; whoever relies on a record asks `hasReturned`.
 * @throws PROOF_… with the verifier's reason; CHAIN_REJECTED where the address has no code, none of a registry, or one for
 *   another key; CHAIN_CALL_FAILED
 */
export async function attest(client: WalletClient, parameters: AttestParameters): Promise<AttestResult> {
  const { registry, programId, statement } = parameters;
  const statementDigest = statementHash(statement);
  return onChain('attest', async () => {
    const digest = await registryKey(identityReader(client), registry, 'attest');
    requireKeyOf(parameters, digest, registry, 'attest');
    const call = {
      address: registry,
      abi: REGISTRY_ABI,
      functionName: 'attest',
      args: verifyArguments(parameters),
    } as const;
    const { result } = await simulateContract(client, { ...call, account: client.account });
    requireHash(result, statementDigest, registry);
    const hash = await writeContract(client, { ...call, chain: client.chain ?? null });
    const { status, blockNumber, gasUsed, logs } = await waitForTransactionReceipt(client, { hash });
    if (status !== 'success') {
      fail('CHAIN_CALL_FAILED', `transaction ${hash} failed though its simulation had not`, {
        where: 'attest',
        fix: 'Look at the transaction; it may have run out of gas',
      });
    }
    const recorded = isRecorded(logs, registry, programId, statementDigest);
    if (!recorded) requireRecord(await readAttestation(client, parameters), registry);
    return { transactionHash: hash, blockNumber, gasUsed, statementHash: statementDigest, recorded };
  });
}
