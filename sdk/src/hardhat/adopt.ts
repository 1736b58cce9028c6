/** A deployment that something else than wattest made (an Ignition module, say), described from the chain as if wattest had. */
import { CONTRACT_KINDS } from '../attest/session/contract-kinds.ts';
import type { Route, VerifierOfKind } from '../chain/calls.ts';
import { REGISTRY_STANDARD_INPUT } from '../chain/contracts.generated.ts';
import { type DeployAllResult, inputName } from '../chain/deploy.ts';
import { codeHash, type DeployedContract, type DeployedVerifier } from '../chain/deployments.ts';
import { checkDeployment, readRegistry } from '../chain/viem/actions.ts';
import type { WalletClient } from '../chain/viem/port.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { isSameHex } from '../solidity/abi.ts';
import { GENERATOR_VERSION } from '../solidity/generate.ts';
import type { Shared } from './shared.ts';

type Adopted = Pick<DeployAllResult, 'deployment' | 'inputs'>;
type Made = Required<VerifierOfKind>;

/**
 * What stands behind a registry, compared with what its keys make.
 * @throws DEPLOYMENT_MISMATCH, CHAIN_REJECTED for what is no registry, CHAIN_CALL_FAILED where the node does not say when a contract was made
 */
export async function describeRegistry(
  client: WalletClient,
  network: string,
  registry: Hex,
  verifier: Shared['verifier'],
): Promise<Adopted> {
  const { routes } = await readRegistry(client, { registry });
  const found = await verifiersOf(routes, verifier);
  const made = await creationOf(client, registry);
  const [first, ...others] = found;
  if (first === undefined) {
    return fail('DEPLOYMENT_MISMATCH', 'the registry has a route to none of the keys of this project', {
      where: registry,
      fix: 'Deploy with the release, SRS and limits that this project has',
    });
  }
  const verifiers: DeployedVerifier[] = [];
  for (const { kind, route, generated, cannotReturn } of found) {
    verifiers.push({
      kind,
      ...(await contractAt(client, generated.name, route.verifier, [])),
      vkDigest: generated.digest,
      selector: generated.selector,
      insecure: generated.insecure,
      generator: GENERATOR_VERSION,
      cannotReturn,
    });
  }
  const deployment = {
    network,
    chainId: client.chain!.id,
    registry: await contractAt(client, 'AttestationRegistry', registry, argumentsOf(made.input)),
    verifiers,
    timelock: undefined,
  };
  await checkDeployment(client, { deployment, ...first, others });
  const inputs = Object.fromEntries(
    found.map(({ kind, generated, contract }) => [inputName(generated.name, kind), contract.standardInput]),
  );
  return { deployment, inputs: { ...inputs, AttestationRegistry: REGISTRY_STANDARD_INPUT } };
}

/** Keys of small proofs take seconds to make, and are asked for only where a route is left that the others do not explain. */
async function verifiersOf(
  routes: readonly Route[],
  verifier: Shared['verifier'],
): Promise<readonly (Made & { readonly route: Route })[]> {
  const found: (Made & { readonly route: Route })[] = [];
  for (const kind of CONTRACT_KINDS) {
    if (found.length === routes.length) break;
    const made = await verifier(kind);
    const route = routes.find(({ vkDigest }) => vkDigest === made.generated.digest);
    if (route !== undefined) found.push({ ...made, kind, route });
  }
  return found;
}

interface Creation {
  readonly transactionHash: Hex;
  readonly blockNumber: number;
  readonly input: Hex;
}

async function contractAt(
  client: WalletClient,
  contract: string,
  address: Hex,
  constructorArguments: readonly string[],
): Promise<DeployedContract> {
  const { getCode } = await import('viem/actions');
  const { transactionHash, blockNumber } = await creationOf(client, address);
  const code = (await getCode(client, { address })) ?? '0x';
  return {
    contract,
    address: address.toLowerCase() as Hex,
    constructorArguments,
    codeHash: codeHash(code),
    salt: undefined,
    blockNumber,
    transactionHash,
  };
}

/** Owner, guardian, verifier and the id of a program that cannot return: the last four words of the initcode. */
function argumentsOf(initcode: Hex): readonly Hex[] {
  const words = initcode.slice(-256).match(/.{64}/g) ?? [];
  return words.map((word, i): Hex => `0x${i < 3 ? word.slice(24) : word}`);
}

/** The transaction that made a contract: from the newest block back, as nodes forget the state of old ones. */
async function creationOf(client: WalletClient, address: Hex): Promise<Creation> {
  const { getBlock, getBlockNumber, getCode, getTransaction, getTransactionReceipt } = await import(
    'viem/actions'
  );
  const stands = async (blockNumber: bigint): Promise<boolean> =>
    ((await getCode(client, { address, blockNumber })) ?? '0x') !== '0x';
  try {
    let since = await getBlockNumber(client, { cacheTime: 0 });
    let before = since - 1n;
    for (let step = 1n; before >= 0n && (await stands(before)); step *= 2n) {
      since = before;
      before = since - 2n * step;
    }
    if (before < 0n) before = -1n;
    while (since - before > 1n) {
      const middle = (since + before) / 2n;
      if (await stands(middle)) since = middle;
      else before = middle;
    }
    const { transactions } = await getBlock(client, { blockNumber: since });
    for (const hash of transactions) {
      const { contractAddress } = await getTransactionReceipt(client, { hash });
      if (!isSameHex(contractAddress ?? '0x', address)) continue;
      const { input } = await getTransaction(client, { hash });
      return { transactionHash: hash, blockNumber: Number(since), input };
    }
  } catch (cause) {
    return fail('CHAIN_CALL_FAILED', 'the node does not say since when the contract stands', {
      where: address,
      fix: 'Adopt a deployment soon after it was made, or use an endpoint with the state of old blocks',
      cause,
    });
  }
  return fail('DEPLOYMENT_MISMATCH', 'no transaction of its own made the contract', {
    where: address,
    fix: "Deploy it by Ignition's strategy `basic`: what a factory made cannot be checked by its transaction",
  });
}
