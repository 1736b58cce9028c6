/** The same actions for ethers v6. */
import { Contract, ContractFactory, type InterfaceAbi, type Provider, type Signer } from 'ethers';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/key.ts';
import type { CompiledContract } from '../../solidity/compile.ts';
import { statementHash } from '../../solidity/encode.ts';
import {
  type Attestation,
  type AttestationId,
  type AttestResult,
  type DeployResult,
  hashOf,
  type ProvenStatement,
  VERIFIER_ABI,
  verifyArguments,
} from '../calls.ts';
import { REGISTRY_ABI, REGISTRY_BYTECODE } from '../contracts.generated.ts';
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
 * Submits a proof to a registry and waits for the record. Gas is estimated first: a proof that the verifier refuses costs
 * nothing.
 * @throws PROOF_… with the verifier's reason, CHAIN_REJECTED, CHAIN_CALL_FAILED
 */
export async function attest(
  signer: Signer,
  parameters: ProvenStatement & { readonly registry: Hex },
): Promise<AttestResult> {
  const { registry, statement } = parameters;
  return onChain('attest', async () => {
    const contract = new Contract(registry, REGISTRY_ABI, signer);
    const method = contract.getFunction('attest');
    const args = verifyArguments(parameters);
    await method.staticCall(...args);
    const receipt = await (await method.send(...args)).wait();
    if (receipt?.status !== 1) failed('attest');
    return {
      transactionHash: receipt.hash as Hex,
      blockNumber: BigInt(receipt.blockNumber),
      gasUsed: receipt.gasUsed,
      statementHash: statementHash(statement),
      recorded: receipt.logs.some(({ address }) => address.toLowerCase() === registry.toLowerCase()),
    };
  });
}

/** The record of a statement; undefined where there is none. */
export async function readAttestation(
  runner: Provider | Signer,
  parameters: AttestationId & { readonly registry: Hex },
): Promise<Attestation | undefined> {
  const { registry, programId } = parameters;
  const hash = hashOf(parameters);
  return onChain('readAttestation', async () => {
    const read = new Contract(registry, REGISTRY_ABI, runner).getFunction('attestation');
    const { submitter, blockNumber } = (await read.staticCall(programId, hash)) as {
      submitter: Hex;
      blockNumber: bigint;
    };
    return blockNumber === 0n ? undefined : { programId, statementHash: hash, submitter, blockNumber };
  });
}

/**
 * Asks a deployed verifier by `eth_call`; returns if it accepts.
 * @throws PROOF_… with the verifier's reason, CHAIN_CALL_FAILED
 */
export async function verifyOnChain(
  runner: Provider | Signer,
  parameters: ProvenStatement & { readonly verifier: Hex },
): Promise<void> {
  await onChain('verifyOnChain', async () => {
    const contract = new Contract(parameters.verifier, VERIFIER_ABI, runner);
    await contract.getFunction('verify').staticCall(...verifyArguments(parameters));
  });
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
    fix: 'Look at the transaction; it may have run out of gas.',
  });
}
