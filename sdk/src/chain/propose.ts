/** A verifier that the owner of a registry adds: by a timelock, or by calls that it is given. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { routeCall } from './actions.ts';
import { isRoute, requireNew, routed } from './adding.ts';
import type { ChangeResult, DeployResult } from './calls.ts';
import { createContract } from './create.ts';
import { createVerifier, type PlanParameters } from './deploy.ts';
import { type Deployment, firstOwner, withVerifier } from './deployments.ts';
import { create2Address, DEFAULT_SALT } from './factory.ts';
import { type OwnerCall, prepareOwnerCall, requireOwner } from './owner-calls.ts';
import type { ChainWriter } from './port.ts';
import { readRoute, readState } from './registry.ts';
import { onChain } from './reverts.ts';
import { actByTimelock, hasDelay, type TimelockOperation } from './timelock-actions.ts';

export interface ProposeParameters
  extends Omit<PlanParameters, 'timelock' | 'owner' | 'guardian' | 'sent' | 'salt'> {
  readonly deployment: Deployment;
  /** The verifier must be found again when its time has come, so it stands where the factory makes it. */
  readonly salt?: Hex | undefined;
  /** Deploy the verifier alone, and return what the owner has to send: for one that is another account, a multisig say. */
  readonly prepareOnly?: boolean | undefined;
  /** With `prepareOnly`, whom the registry belongs to, if it was handed over since it was made: a call of no other is returned. */
  readonly owner?: Hex | undefined;
}

export type ProposeResult =
  | { readonly outcome: 'prepared'; readonly verifier: DeployResult; readonly call: OwnerCall }
  | {
      readonly outcome: 'scheduled';
      readonly verifier: DeployResult;
      readonly operation: TimelockOperation;
      readonly change: ChangeResult;
    }
  | {
      readonly outcome: 'done';
      readonly verifier: DeployResult;
      /** Undefined where the route was there already. */
      readonly change: ChangeResult | undefined;
      readonly deployment: Deployment;
      readonly inputs: Readonly<Record<string, string>>;
    };

export function proposeVerifier(writer: ChainWriter, parameters: ProposeParameters): Promise<ProposeResult> {
  const { deployment, salt = DEFAULT_SALT, maxFee, publishFactory, cannotReturn } = parameters;
  const { generated, contract, kind = 'direct', prepareOnly = false } = parameters;
  const known = prepareOnly ? (parameters.owner ?? firstOwner(deployment)) : undefined;
  const registry = deployment.registry.address;
  return onChain('propose', async () => {
    await requireNew(writer, deployment, kind);
    const { owner } = await readState(writer, registry, 'propose');
    const at = create2Address(salt, contract.bytecode);
    const route = await readRoute(writer, registry, generated.selector, 'propose');
    const isThere = isRoute(route, at, cannotReturn);
    if (route.state !== 'none' && !isThere) routed(route, 'propose');
    if (!isThere) requireOwner(owner, known, 'propose');
    if (!isThere && !prepareOnly && !(await hasDelay(writer, owner)))
      fail('CHAIN_REJECTED', `the registry belongs to ${owner}, which is no timelock`, {
        where: 'propose',
        fix: "Deploy with the owner's account (wattest deploy), or have the owner send the call that is printed: wattest route add --calldata (prepareOnly in the SDK)",
      });
    const { verifier, described, inputs } = await createVerifier(
      writer,
      { ...parameters, salt },
      (where, initcode, isGenuine) =>
        createContract(writer, initcode, { where, maxFee, salt, publishFactory, isGenuine }),
    );
    const done = (change: ChangeResult | undefined): ProposeResult => {
      const all = withVerifier(deployment, described);
      return { outcome: 'done', verifier, change, deployment: all, inputs };
    };
    if (isThere) return done(undefined);
    if (prepareOnly) {
      const act = { act: 'addRoute', verifier: verifier.address, cannotReturn } as const;
      return {
        outcome: 'prepared',
        verifier,
        call: await prepareOwnerCall(writer, { registry, owner: known, ...act }),
      };
    }
    const data = routeCall({ verifier: verifier.address, cannotReturn });
    const acted = await actByTimelock(writer, { timelock: owner, to: registry, data, maxFee });
    const { outcome, operation, change } = acted;
    return outcome === 'done' ? done(change) : { outcome, verifier, operation, change };
  });
}
