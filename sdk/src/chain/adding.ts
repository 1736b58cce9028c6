/** Whether a verifier may be added to a registry that stands, asked before anything is paid for. */
import type { ContractKind } from '../attest/session/contract-kinds.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { isSameHex } from '../solidity/abi.ts';
import type { GeneratedVerifier } from '../solidity/generate.ts';
import type { Route } from './calls.ts';
import { type Deployment, verifierOfKind } from './deployments.ts';
import type { ChainReader, ChainWriter } from './port.ts';
import { readRoute, readState } from './registry.ts';

/** Whether a registry has this very route, and takes proofs by it. */
export function isRoute(route: Route, verifier: Hex, cannotReturn: Hex): boolean {
  const { state, verifier: own, cannotReturn: id } = route;
  return state === 'live' && isSameHex(own, verifier) && isSameHex(id, cannotReturn);
}

/** The selector is taken, for good. */
export function routed({ vkDigest, verifier, state }: Route, where: string): never {
  fail('CHAIN_REJECTED', `the registry has ${verifier} for key ${vkDigest} (${state})`, {
    where,
    fix: 'Restore the deployment file that names this verifier, or deploy a registry of its own',
  });
}

/**
 * Nothing is added to a deployment of another chain, nor a kind that it has.
 * @returns its name, for messages
 * @throws DEPLOYMENT_EXISTS, CHAIN_MISMATCH
 */
export async function requireNew(
  reader: ChainReader,
  standing: Deployment,
  kind: ContractKind,
): Promise<string> {
  const where = `deployment on ${standing.network}`;
  if (verifierOfKind(standing, kind) !== undefined) {
    fail('DEPLOYMENT_EXISTS', `it has a verifier of ${kind} proofs`, {
      where,
      fix: 'Deploy another kind, or deploy anew',
    });
  }
  const chainId = await reader.chainId();
  if (chainId !== standing.chainId) {
    fail('CHAIN_MISMATCH', `this is chain ${chainId}, the deployment is on ${standing.chainId}`, {
      where,
      fix: 'Use an endpoint of this network, or name the chain with --chain-id',
    });
  }
  return where;
}

/**
 * Before anything is paid for.
 * @returns the route that the verifier has already
 * @throws DEPLOYMENT_EXISTS, CHAIN_MISMATCH, CHAIN_REJECTED where the account may not add routes
 */
export async function requireRoom(
  writer: ChainWriter,
  standing: Deployment,
  {
    kind,
    generated,
    verifier,
    resumed,
  }: {
    readonly kind: ContractKind;
    readonly generated: GeneratedVerifier;
    /** Where it comes to stand, if that is known. */
    readonly verifier: Hex | undefined;
    /** An earlier attempt made a verifier, which may have its route. */
    readonly resumed: boolean;
  },
): Promise<Route> {
  const where = await requireNew(writer, standing, kind);
  const { owner } = await readState(writer, standing.registry.address, where);
  const route = await readRoute(writer, standing.registry.address, generated.selector, where);
  if (route.state !== 'none') {
    const isOwn = verifier === undefined ? resumed : isSameHex(route.verifier, verifier);
    return isOwn ? route : routed(route, where);
  }
  const account = await writer.account();
  if (isSameHex(owner, account)) return route;
  return fail('CHAIN_REJECTED', `its registry belongs to ${owner}, and this account is ${account}`, {
    where,
    fix: `Deploy with the owner's account; an owner that is a timelock or another contract calls addRoute of a verifier of key ${generated.digest} by itself: wattest route add (--calldata prints the call for one that is no timelock)`,
  });
}
