/** Deploys a verifier and a registry bound to it, and describes both. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import type { CompiledContract } from '../solidity/compile.ts';
import { GENERATOR_VERSION, type GeneratedVerifier } from '../solidity/generate.ts';
import type { DeployResult, FeeParameters, SentTransactions } from './calls.ts';
import { REGISTRY_STANDARD_INPUT } from './contracts.generated.ts';
import { createContract, registryInitcode } from './create.ts';
import { codeHash, type DeployedContract, type Deployment } from './deployments.ts';
import type { ChainWriter } from './port.ts';
import { onChain } from './reverts.ts';

export interface DeployParameters extends FeeParameters {
  /** Name of the network: the name of the file. */
  readonly network: string;
  readonly generated: GeneratedVerifier;
  readonly contract: CompiledContract;
  /**
   * What an attempt before this one sent. A transaction that the chain knows and that creates what this deployment would create is waited
   * for and taken; any other is sent anew.
   */
  readonly sent?: SentTransactions;
  /** Called as soon as a transaction is sent, with all that were: what a later attempt needs to go on where this one stops. */
  readonly onSent?: (sent: SentTransactions) => void | Promise<void>;
}

export interface DeployAllResult {
  readonly deployment: Deployment;
  readonly verifier: DeployResult;
  readonly registry: DeployResult;
  /** Standard JSON inputs by contract, for `writeDeployment`. */
  readonly inputs: Readonly<Record<string, string>>;
}

export function deploy(writer: ChainWriter, parameters: DeployParameters): Promise<DeployAllResult> {
  const { network, generated, contract, maxFee, sent: earlier = {}, onSent } = parameters;
  let sent = earlier;
  const create = (name: keyof SentTransactions, initcode: Hex): Promise<DeployResult> =>
    onChain(name, () =>
      createContract(writer, initcode, {
        where: name,
        maxFee,
        sent: earlier[name],
        onSent: async (hash) => {
          sent = { ...sent, [name]: hash };
          await onSent?.(sent);
        },
      }),
    );
  return onChain('deploy', async () => {
    const chainId = await writer.chainId();
    const verifier = await create('verifier', contract.bytecode);
    const registry = await create('registry', registryInitcode(verifier.address));
    return {
      deployment: {
        network,
        chainId,
        verifier: {
          ...(await describe(writer, generated.name, verifier, [])),
          vkDigest: generated.digest,
          selector: generated.selector,
          insecure: generated.insecure,
          generator: GENERATOR_VERSION,
        },
        registry: await describe(writer, 'AttestationRegistry', registry, [verifier.address.toLowerCase()]),
      },
      verifier,
      registry,
      inputs: { [generated.name]: contract.standardInput, AttestationRegistry: REGISTRY_STANDARD_INPUT },
    };
  });
}

async function describe(
  writer: ChainWriter,
  contract: string,
  { address, blockNumber, transactionHash }: DeployResult,
  constructorArguments: readonly string[],
): Promise<DeployedContract> {
  const code = await writer.code(address);
  if (code === '0x') {
    fail(
      'CHAIN_CALL_FAILED',
      `there is no contract at ${address}, where transaction ${transactionHash} made one`,
      {
        where: 'deploy',
        fix: 'Try again when the node has caught up: what was sent is not sent again',
      },
    );
  }
  return {
    contract,
    address: address.toLowerCase() as Hex,
    constructorArguments,
    codeHash: codeHash(code),
    blockNumber: Number(blockNumber),
    transactionHash,
  };
}
