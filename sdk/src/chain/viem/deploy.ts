import type { Account, Chain, Client, Transport } from 'viem';
import { deployContract, waitForTransactionReceipt } from 'viem/actions';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/key.ts';
import type { CompiledContract } from '../../solidity/compile.ts';
import type { DeployResult } from '../calls.ts';
import { REGISTRY_ABI, REGISTRY_BYTECODE } from '../contracts.generated.ts';
import { onChain } from '../reverts.ts';

/** A viem client with an account: `createWalletClient` or `createClient`, any transport. */
export type WalletClient = Client<Transport, Chain | undefined, Account>;

export interface DeployVerifierParameters {
  /** What `compileVerifier` returned. */
  readonly contract: Pick<CompiledContract, 'abi' | 'bytecode'>;
}

/**
 * Deploys a generated verifier (with the evaluators that it may have, in the same transaction).
 * @throws KEY_INSECURE for a development key on a public chain, CHAIN_CALL_FAILED
 */
export async function deployVerifier(
  client: WalletClient,
  { contract }: DeployVerifierParameters,
): Promise<DeployResult> {
  return deploy(client, 'verifier', contract.abi, contract.bytecode, []);
}

export interface DeployRegistryParameters {
  /** Address of the verifier that the registry is bound to for good. */
  readonly verifier: Hex;
}

/** @throws CHAIN_REJECTED if there is no verifier at the address, CHAIN_CALL_FAILED */
export async function deployRegistry(
  client: WalletClient,
  { verifier }: DeployRegistryParameters,
): Promise<DeployResult> {
  return deploy(client, 'registry', REGISTRY_ABI, REGISTRY_BYTECODE, [verifier]);
}

function deploy(
  client: WalletClient,
  where: string,
  abi: readonly unknown[],
  bytecode: Hex,
  args: readonly unknown[],
): Promise<DeployResult> {
  return onChain(where, async () => {
    const hash = await deployContract(client, { abi, bytecode, args, chain: client.chain ?? null });
    const receipt = await waitForTransactionReceipt(client, { hash });
    const { contractAddress, status } = receipt;
    if (status !== 'success' || contractAddress === null || contractAddress === undefined) {
      fail('CHAIN_CALL_FAILED', `the deployment failed in transaction ${hash}`, {
        where,
        fix: 'Look at the transaction; it may have run out of gas',
      });
    }
    return {
      address: contractAddress,
      transactionHash: hash,
      blockNumber: receipt.blockNumber,
      gasUsed: receipt.gasUsed,
    };
  });
}
