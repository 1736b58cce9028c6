import { getContractAddress, TransactionNotFoundError, TransactionReceiptNotFoundError } from 'viem';
import { getChainId, getCode, getTransaction, getTransactionReceipt } from 'viem/actions';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/key.ts';
import type { CompiledContract } from '../../solidity/compile.ts';
import { GENERATOR_VERSION, type GeneratedVerifier } from '../../solidity/generate.ts';
import type { DeployResult } from '../calls.ts';
import {
  REGISTRY_BYTECODE,
  REGISTRY_DEPLOYED_BYTECODE,
  REGISTRY_IMMUTABLES,
  REGISTRY_STANDARD_INPUT,
} from '../contracts.generated.ts';
import {
  addressWord,
  codeHash,
  type DeployedContract,
  type Deployment,
  immutableValues,
  isCode,
} from '../deployments.ts';
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
 * Checks a deployment against its file and against the generator: chain, code hashes, the code itself with the value of every
 * immutable wherever it is used, evaluators, the digest that the verifier computes, and the transactions that created the
 * contracts: their initcode, which alone could have written to the storage before the first call.
 * @throws DEPLOYMENT_MISMATCH with what differs or cannot be checked, CHAIN_CALL_FAILED
 */
export async function checkDeployment(
  client: ReadClient,
  parameters: CheckDeploymentParameters,
): Promise<void> {
  const { deployment, generated, contract } = parameters;
  const { verifier, registry } = deployment;
  const where = `deployment on ${deployment.network}`;
  const require: Require = (holds, problem) => {
    if (!holds) {
      fail('DEPLOYMENT_MISMATCH', problem, {
        where,
        fix: 'Do not use it: deploy again, or use the version it was deployed with',
      });
    }
  };
  await onChain(where, async () => {
    const chainId = await getChainId(client);
    require(chainId === deployment.chainId, `this is chain ${chainId}, the file says ${deployment.chainId}`);
    require(verifier.vkDigest === generated.digest, `the file is about key ${verifier.vkDigest}`);
    require(verifier.selector === generated.selector, `the file has selector ${verifier.selector}`);
    require(verifier.insecure === generated.insecure, 'the file is wrong about whether the SRS is insecure');

    // An evaluator's address follows from that of the contract which created it; its nonce begins at 1 (EIP-161).
    const evaluators = contract.evaluators.map((_, i) =>
      getContractAddress({ from: verifier.address, nonce: BigInt(i + 1) }),
    );
    await checkCode(client, require, 'verifier', verifier, {
      deployedBytecode: contract.deployedBytecode,
      immutables: contract.immutables,
      values: evaluators.map((address, i) => ({
        word: addressWord(address),
        problem: (value) => `the verifier calls ${shortWord(value)} as evaluator ${i + 1}, not ${address}`,
      })),
      source: 'what the generator makes',
    });
    for (const [i, { name, deployedBytecode }] of contract.evaluators.entries()) {
      const code = (await getCode(client, { address: evaluators[i]! })) ?? '0x';
      require(isCode(code, deployedBytecode, []), `the code of ${name} is not what the generator makes`);
    }
    await checkCreation(client, require, 'verifier', verifier, contract.bytecode, []);
    const { vkDigest, selector } = await readVerifier(client, { verifier: verifier.address });
    require(vkDigest === generated.digest, `the verifier computes the digest ${vkDigest}`);
    require(selector === generated.selector, `the verifier has the selector ${selector}`);

    await checkCode(client, require, 'registry', registry, {
      deployedBytecode: REGISTRY_DEPLOYED_BYTECODE,
      immutables: REGISTRY_IMMUTABLES,
      values: [
        {
          word: addressWord(verifier.address),
          problem: (value) => `the registry is bound to the verifier ${shortWord(value)}`,
        },
        { word: generated.digest, problem: (value) => `the registry is about key ${value}` },
      ],
      source: 'that of this version',
    });
    const bound = [verifier.address.toLowerCase() as Hex];
    await checkCreation(client, require, 'registry', registry, REGISTRY_BYTECODE, bound);
  });
}

type Require = (holds: boolean, problem: string) => void;

interface ExpectedCode {
  readonly deployedBytecode: Hex;
  readonly immutables: CompiledContract['immutables'];
  /** Of each immutable, in order of declaration. */
  readonly values: readonly { readonly word: Hex; readonly problem: (value: Hex) => string }[];
  /** What the code must be, for the message. */
  readonly source: string;
}

async function checkCode(
  client: ReadClient,
  require: Require,
  name: string,
  { address, codeHash: hash }: DeployedContract,
  { deployedBytecode, immutables, values, source }: ExpectedCode,
): Promise<void> {
  const code = (await getCode(client, { address })) ?? '0x';
  require(code !== '0x', `there is no contract at ${address}`);
  require(codeHash(code) === hash, `the code of the ${name} is not that of the file`);
  require(isCode(code, deployedBytecode, immutables), `the code of the ${name} is not ${source}`);
  const found = immutableValues(code, immutables);
  require(found.length === values.length, `the code of the ${name} has ${found.length} immutables`);
  for (const [i, { word, problem }] of values.entries()) {
    const other = found[i]!.find((value) => value !== word);
    require(other === undefined, other === undefined ? '' : problem(other));
  }
}

/** The code of a contract tells nothing of its storage: other initcode may have written records and then returned this code. */
async function checkCreation(
  client: ReadClient,
  require: Require,
  name: string,
  { address, transactionHash: hash, constructorArguments }: DeployedContract,
  bytecode: Hex,
  addresses: readonly Hex[],
): Promise<void> {
  const created = await Promise.all([
    getTransaction(client, { hash }),
    getTransactionReceipt(client, { hash }),
  ]).catch((error: unknown): undefined => {
    if (error instanceof TransactionNotFoundError || error instanceof TransactionReceiptNotFoundError) return;
    throw error;
  });
  if (created === undefined) {
    require(false, `transaction ${hash}, which created the ${name}, is not on this chain`);
    return;
  }
  const [{ to, input }, { contractAddress, status }] = created;
  const direct = to === null || to === undefined;
  require(direct, `transaction ${hash} calls ${to}: how a factory created the ${name} cannot be checked`);
  const own = status === 'success' && contractAddress?.toLowerCase() === address.toLowerCase();
  require(own, `transaction ${hash} did not create the ${name} at ${address}`);
  const initcode = bytecode + addresses.map((argument) => addressWord(argument).slice(2)).join('');
  const genuine = input.toLowerCase() === initcode.toLowerCase();
  require(genuine, `the ${name} was created by other initcode than that of this version`);
  const named = constructorArguments.join().toLowerCase() === addresses.join();
  require(named, `the file names other constructor arguments of the ${name}`);
}

/** An address from its word; other words as they are. */
function shortWord(value: Hex): string {
  return value.startsWith(`0x${'0'.repeat(24)}`) ? `0x${value.slice(26)}` : value;
}

async function codeAt(client: ReadClient, address: Hex): Promise<Hex> {
  const code = await getCode(client, { address });
  if (code === undefined || code === '0x') {
    fail('CHAIN_CALL_FAILED', `there is no contract at ${address}`, {
      fix: 'Check the network and the address',
    });
  }
  return code;
}
