/** Entry point `wattest/hardhat/ignition`: verifiers and registry as a module of Hardhat Ignition, an optional peer ([docs/hardhat.md]). */
import { buildModule } from '@nomicfoundation/hardhat-ignition/modules';
import type { Artifact, ContractDeploymentFuture, IgnitionModule } from '@nomicfoundation/ignition-core';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { ContractKind } from '../attest/session/contract-kinds.ts';
import { REGISTRY_ABI, REGISTRY_BYTECODE, REGISTRY_DEPLOYED_BYTECODE } from '../chain/contracts.generated.ts';
import { fail } from '../errors/index.ts';
import type { AbiEntry } from '../solidity/compile.ts';

export interface WattestModuleOptions<K extends ContractKind> {
  /** Kinds of proofs that the registry takes from the start; default: direct ones. */
  readonly kinds?: readonly K[];
}

/** Names of the verifiers among the module's results, by the kind of proofs that they verify. */
export interface VerifierNames {
  readonly direct: 'verifier';
  readonly small: 'smallVerifier';
  readonly joined: 'joinedVerifier';
}

const NAMES: VerifierNames = { direct: 'verifier', small: 'smallVerifier', joined: 'joinedVerifier' };

/** What the module deploys, by the names of its results; the registry is the gateway to the verifiers. */
export type WattestContracts<K extends ContractKind> = {
  readonly registry: ContractDeploymentFuture<typeof REGISTRY_ABI>;
} & { readonly [kind in K as VerifierNames[kind]]: ContractDeploymentFuture<readonly AbiEntry[]> };

export type WattestModule<K extends ContractKind> = IgnitionModule<'Wattest', string, WattestContracts<K>>;

/**
 * The module `Wattest`: a verifier for each kind, and a registry with routes to them. Its parameters are `owner` and `guardian` of the registry, by default the
 * first account. An owner that is another account than the first adds the routes of further kinds itself: `kinds` is then one.
 * @throws INPUT_INVALID without a kind, SOLC_MISSING, SRS_TOO_SMALL
 */
export async function wattestModule<const K extends ContractKind = 'direct'>(
  { wattest }: Pick<HardhatRuntimeEnvironment, 'wattest'>,
  { kinds }: WattestModuleOptions<K> = {},
): Promise<WattestModule<K>> {
  const [first, ...others] = await Promise.all(
    [...new Set<ContractKind>(kinds ?? ['direct'])].map(async (kind) => ({
      name: NAMES[kind],
      ...(await wattest.verifier(kind)),
    })),
  );
  if (first === undefined)
    return fail('INPUT_INVALID', 'no kind of proofs is named', {
      where: 'wattestModule',
      fix: 'Leave `kinds` out, or name one',
    });
  return buildModule('Wattest', (m) => {
    const deployed = (made: typeof first): ContractDeploymentFuture<readonly AbiEntry[]> => {
      const { name, abi, bytecode, deployedBytecode } = made.contract;
      return m.contract(name, artifact(name, abi, bytecode, deployedBytecode), [], { id: made.name });
    };
    const verifier = deployed(first);
    const roles = (['owner', 'guardian'] as const).map((role) => m.getParameter(role, m.getAccount(0)));
    const code = [REGISTRY_BYTECODE, REGISTRY_DEPLOYED_BYTECODE] as const;
    const registry = m.contract(
      'AttestationRegistry',
      artifact('AttestationRegistry', REGISTRY_ABI, ...code),
      [...roles, verifier, first.cannotReturn],
    );
    const further = others.map((made) => {
      const future = deployed(made);
      m.call(registry, 'addRoute', [future, made.cannotReturn], { id: `addRoute_${made.name}` });
      return [made.name, future] as const;
    });
    return {
      registry,
      [first.name]: verifier,
      ...Object.fromEntries(further),
    } as unknown as WattestContracts<K>;
  });
}

function artifact<const A extends readonly unknown[]>(
  contractName: string,
  abi: A,
  bytecode: string,
  deployedBytecode: string,
): Artifact<A> {
  return {
    _format: 'hh3-artifact-1',
    contractName,
    sourceName: `wattest/${contractName}.sol`,
    abi,
    bytecode,
    deployedBytecode,
    linkReferences: {},
    deployedLinkReferences: {},
  };
}
