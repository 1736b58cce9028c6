import { getChainId, getCode, readContract } from 'viem/actions';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/key.ts';
import type { CompiledContract } from '../../solidity/compile.ts';
import { GENERATOR_VERSION, type GeneratedVerifier } from '../../solidity/generate.ts';
import type { DeployResult } from '../calls.ts';
import {
  REGISTRY_ABI,
  REGISTRY_DEPLOYED_BYTECODE,
  REGISTRY_IMMUTABLES,
  REGISTRY_STANDARD_INPUT,
} from '../contracts.generated.ts';
import { codeHash, type DeployedContract, type Deployment, isCode } from '../deployments.ts';
import { onChain } from '../reverts.ts';
import { deployRegistry, deployVerifier, type WalletClient } from './deploy.ts';
import { type ReadClient, readVerifier } from './read.ts';

export interface DeployParameters {
  /** Name of the network: the name of the file. */
  readonly network: string;
  readonly generated: GeneratedVerifier;
  readonly contract: CompiledContract;
}

export interface DeployAllResult {
  readonly deployment: Deployment;
  readonly verifier: DeployResult;
  readonly registry: DeployResult;
  /** Standard JSON inputs by contract, for `writeDeployment`. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Deploys a verifier and a registry bound to it, and describes both.
 * @throws KEY_INSECURE for a development key on a public chain, CHAIN_CALL_FAILED
 */
export async function deploy(client: WalletClient, parameters: DeployParameters): Promise<DeployAllResult> {
  const { network, generated, contract } = parameters;
  const chainId = await onChain('deploy', () => getChainId(client));
  const verifier = await deployVerifier(client, { contract });
  const registry = await deployRegistry(client, { verifier: verifier.address });
  const entry = async (
    name: string,
    result: DeployResult,
    constructorArguments: readonly string[],
  ): Promise<DeployedContract> => ({
    contract: name,
    address: result.address.toLowerCase() as Hex,
    constructorArguments,
    codeHash: codeHash(await codeAt(client, result.address)),
    blockNumber: Number(result.blockNumber),
    transactionHash: result.transactionHash,
  });
  const deployment: Deployment = {
    network,
    chainId,
    verifier: {
      ...(await entry(generated.name, verifier, [])),
      vkDigest: generated.digest,
      selector: generated.selector,
      insecure: generated.insecure,
      generator: GENERATOR_VERSION,
    },
    registry: await entry('AttestationRegistry', registry, [verifier.address.toLowerCase()]),
  };
  return {
    deployment,
    verifier,
    registry,
    inputs: { [generated.name]: contract.standardInput, AttestationRegistry: REGISTRY_STANDARD_INPUT },
  };
}

export interface CheckDeploymentParameters {
  readonly deployment: Deployment;
  readonly generated: GeneratedVerifier;
  readonly contract: CompiledContract;
}

/**
 * Checks a deployment against its file and against the generator: chain, code hashes, the code itself but for immutables,
 * evaluators, the digest that the verifier computes, the verifier of the registry.
 * @throws DEPLOYMENT_MISMATCH with what differs, CHAIN_CALL_FAILED
 */
export async function checkDeployment(
  client: ReadClient,
  parameters: CheckDeploymentParameters,
): Promise<void> {
  const { deployment, generated, contract } = parameters;
  const { verifier, registry } = deployment;
  const where = `deployment on ${deployment.network}`;
  const require = (holds: boolean, problem: string): void => {
    if (!holds) {
      fail('DEPLOYMENT_MISMATCH', problem, {
        where,
        fix: 'Do not use it: deploy again, or use the version it was deployed with.',
      });
    }
  };
  await onChain(where, async () => {
    const chainId = await getChainId(client);
    require(chainId === deployment.chainId, `this is chain ${chainId}, the file says ${deployment.chainId}`);
    require(verifier.vkDigest === generated.digest, `the file is about key ${verifier.vkDigest}`);
    require(verifier.selector === generated.selector, `the file has selector ${verifier.selector}`);

    const verifierCode = await codeAt(client, verifier.address);
    require(codeHash(verifierCode) === verifier.codeHash, 'the code of the verifier is not that of the file');
    require(isCode(
      verifierCode,
      contract.deployedBytecode,
      contract.immutables,
    ), 'the code of the verifier is not what the generator makes');
    for (const [i, evaluator] of contract.evaluators.entries()) {
      const { start, length } = contract.immutables[i]![0]!;
      const address: Hex = `0x${verifierCode.slice(2 + 2 * (start + length - 20), 2 + 2 * (start + length))}`;
      require(isCode(
        await codeAt(client, address),
        evaluator.deployedBytecode,
        [],
      ), `the code of ${evaluator.name} is not what the generator makes`);
    }
    const { vkDigest, selector } = await readVerifier(client, { verifier: verifier.address });
    require(vkDigest === generated.digest, `the verifier computes the digest ${vkDigest}`);
    require(selector === generated.selector, `the verifier has the selector ${selector}`);

    const registryCode = await codeAt(client, registry.address);
    require(codeHash(registryCode) === registry.codeHash, 'the code of the registry is not that of the file');
    require(isCode(
      registryCode,
      REGISTRY_DEPLOYED_BYTECODE,
      REGISTRY_IMMUTABLES,
    ), 'the code of the registry is not that of this version');
    const bound = await readContract(client, {
      address: registry.address,
      abi: REGISTRY_ABI,
      functionName: 'VERIFIER',
    });
    require(bound.toLowerCase() === verifier.address, `the registry is bound to the verifier ${bound}`);
  });
}

async function codeAt(client: ReadClient, address: Hex): Promise<Hex> {
  const code = await getCode(client, { address });
  if (code === undefined || code === '0x') {
    fail('CHAIN_CALL_FAILED', `there is no contract at ${address}`, {
      fix: 'Check the network and the address.',
    });
  }
  return code;
}
