import { simulateContract, waitForTransactionReceipt, writeContract } from 'viem/actions';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/key.ts';
import { statementHash } from '../../solidity/encode.ts';
import { type AttestResult, type ProvenStatement, verifyArguments } from '../calls.ts';
import { REGISTRY_ABI } from '../contracts.generated.ts';
import { onChain } from '../reverts.ts';
import type { WalletClient } from './deploy.ts';

export interface AttestParameters extends ProvenStatement {
  readonly registry: Hex;
}

/**
 * Submits a proof to a registry and waits for the record. The call is simulated first: a proof that the verifier refuses
 * costs nothing.
 * @throws PROOF_… with the verifier's reason, CHAIN_REJECTED, CHAIN_CALL_FAILED
 */
export async function attest(client: WalletClient, parameters: AttestParameters): Promise<AttestResult> {
  const { registry, statement } = parameters;
  return onChain('attest', async () => {
    const call = {
      address: registry,
      abi: REGISTRY_ABI,
      functionName: 'attest',
      args: verifyArguments(parameters),
    } as const;
    await simulateContract(client, { ...call, account: client.account });
    const hash = await writeContract(client, { ...call, chain: client.chain ?? null });
    const { status, blockNumber, gasUsed, logs } = await waitForTransactionReceipt(client, { hash });
    if (status !== 'success') {
      fail('CHAIN_CALL_FAILED', `transaction ${hash} failed though its simulation had not`, {
        where: 'attest',
        fix: 'Look at the transaction; it may have run out of gas.',
      });
    }
    return {
      transactionHash: hash,
      blockNumber,
      gasUsed,
      statementHash: statementHash(statement),
      recorded: logs.some(({ address }) => address.toLowerCase() === registry.toLowerCase()),
    };
  });
}
