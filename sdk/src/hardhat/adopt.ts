/** A deployment that something else than wattest made (an Ignition module, say), described from the chain as if wattest had. */
import { CONTRACT_KINDS, type ContractKind } from '../attest/session/contract-kinds.ts';
import type { Route, VerifierOfKind } from '../chain/calls.ts';
import { REGISTRY_STANDARD_INPUT } from '../chain/contracts.generated.ts';
import type { DeployAllResult } from '../chain/deploy.ts';
import type { DeployedVerifier } from '../chain/deployments.ts';
import { describe, describeVerifier, inputName } from '../chain/describe.ts';
import type { ChainReader } from '../chain/port.ts';
import { checkDeployment, readRegistry } from '../chain/viem/actions.ts';
import { type ReadClient, viemReader } from '../chain/viem/port.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { isSameHex } from '../solidity/abi.ts';
import type { Shared } from './shared.ts';
import type { AdoptedRoles } from './types.ts';

type Adopted = Pick<DeployAllResult, 'deployment' | 'inputs'> & { readonly roles: AdoptedRoles };

interface Found {
  /** Where it stands. */
  readonly address: Hex;
  readonly made: VerifierOfKind & { readonly kind: ContractKind };
}

/**
 * What stands behind a registry, compared with what its keys make.
 * @throws DEPLOYMENT_MISMATCH, CHAIN_REJECTED for what is no registry, CHAIN_CALL_FAILED where the node does not say when a contract was made
 */
export async function describeRegistry(
  client: ReadClient,
  network: string,
  registry: Hex,
  verifier: Shared['verifier'],
): Promise<Adopted> {
  const { routes, owner, guardian } = await readRegistry(client, { registry });
  const found = await verifiersOf(routes, verifier);
  const reader = viemReader(client);
  const creation = await creatingTransaction(client, reader, registry);
  const [first, ...others] = found.map((each) => each.made);
  if (first === undefined) {
    return fail('DEPLOYMENT_MISMATCH', 'the registry has a route to none of the keys of this project', {
      where: registry,
      fix: 'Deploy with the release, SRS and limits that this project has',
    });
  }
  const verifiers: DeployedVerifier[] = [];
  for (const { address, made } of found) {
    const creation = await creatingTransaction(client, reader, address);
    verifiers.push(await describeVerifier(reader, creation, { ...made, salt: null }));
  }
  const given = argumentsOf(creation.input);
  const deployment = {
    network,
    chainId: client.chain!.id,
    registry: await describe(reader, 'AttestationRegistry', creation, { salt: null, given }),
    verifiers,
    timelock: undefined,
  };
  await checkDeployment(client, { deployment, ...first, others });
  const inputs = Object.fromEntries(
    found.map(({ made: { kind, generated, contract } }) => [
      inputName(generated.name, kind),
      contract.standardInput,
    ]),
  );
  return {
    deployment,
    inputs: { ...inputs, AttestationRegistry: REGISTRY_STANDARD_INPUT },
    roles: { owner, guardian },
  };
}

/** Keys of small proofs take seconds to make, and are asked for only where a route is left that the others do not explain. */
async function verifiersOf(
  routes: readonly Route[],
  verifier: Shared['verifier'],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const kind of CONTRACT_KINDS) {
    if (found.length === routes.length) break;
    const made = await verifier(kind);
    const route = routes.find(({ vkDigest }) => vkDigest === made.generated.digest);
    if (route !== undefined) found.push({ address: route.verifier, made: { ...made, kind } });
  }
  return found;
}

interface Creation {
  readonly address: Hex;
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  readonly input: Hex;
}

/** Owner, guardian, verifier and the id of a program that cannot return: the last four words of the initcode. */
function argumentsOf(initcode: Hex): readonly Hex[] {
  const words = initcode.slice(-256).match(/.{64}/g) ?? [];
  return words.map((word, i): Hex => `0x${i < 3 ? word.slice(24) : word}`);
}

/** The transaction that made a contract: from the newest block back, as nodes forget the state of old ones. */
async function creatingTransaction(client: ReadClient, reader: ChainReader, address: Hex): Promise<Creation> {
  const { getCode } = await import('viem/actions');
  const stands = async (blockNumber: bigint): Promise<boolean> =>
    ((await getCode(client, { address, blockNumber })) ?? '0x') !== '0x';
  try {
    let since = await reader.blockNumber();
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
    for (const { hash, to, input } of await reader.transactionsOf(since)) {
      if (to !== undefined) continue;
      const receipt = await reader.receipt(hash);
      if (isSameHex(receipt?.contractAddress ?? '0x', address))
        return { address, transactionHash: hash, blockNumber: since, input };
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
