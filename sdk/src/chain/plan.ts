/** What a deployment will send and what that may cost, before any of it is sent. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { DEVELOPMENT_CHAINS } from '../solidity/chains.ts';
import type { PlaceParameters } from './calls.ts';
import { FACTORY, FACTORY_COST, hasFactory, missingFactory, requireFactoryUnsent } from './factory.ts';
import { type ChainWriter, formatEther, mostWei, type SendRequest, type TransactionCost } from './port.ts';

export type StepName = 'factory' | 'timelock' | 'verifier' | 'registry' | 'route';

export interface PlannedStep {
  readonly what: StepName;
  /** Where it comes to stand; undefined where the account's nonce will say, and of what is no contract. */
  readonly address: Hex | undefined;
  /** It stands already, so nothing is paid for it. */
  readonly stands: boolean;
  /** About; zero where it stands. */
  readonly gas: bigint;
}

/** Of one deployment. */
export interface DeploymentPlan {
  readonly chainId: number;
  /** Who pays. */
  readonly account: Hex;
  /** In the order in which they are sent. */
  readonly steps: readonly PlannedStep[];
  /** About, of all that is sent. On a rollup what it charges for data comes on top. */
  readonly gas: bigint;
  /** Most that a unit of gas would cost now, in wei. */
  readonly feePerGas: bigint;
  /** Wei that are sent along: to whoever publishes the factory. */
  readonly value: bigint;
  /** Wei of the account. */
  readonly balance: bigint;
}

/**
 * Gas of what cannot be estimated before another contract stands, which it asks: `test/chain/factory.test.ts` compares them with what it takes.
 */
export const REGISTRY_GAS = 3_330_000n;
export const ROUTE_GAS = 115_000n;
/** A call of the factory copies and hashes the initcode, beside what a plain creation costs. */
const FACTORY_OVERHEAD = 12_000n;
const TRANSFER_GAS = 21_000n;

/** What a plan is made of. */
export interface StepDraft {
  readonly what: StepName;
  readonly address: Hex | undefined;
  readonly stands: boolean;
  /** What is sent, if a node can say what that takes as the chain stands now; gas otherwise. */
  readonly takes: { readonly to?: Hex; readonly data: Hex } | bigint;
}

/** @throws FACTORY_MISSING; what a constructor reverts with */
export async function makePlan(
  writer: ChainWriter,
  { salt, publishFactory }: PlaceParameters,
  drafts: readonly StepDraft[],
): Promise<DeploymentPlan> {
  const [chainId, account] = await Promise.all([writer.chainId(), writer.account()]);
  const steps: PlannedStep[] = [];
  const creates = drafts.some(({ what, stands }) => what !== 'route' && !stands);
  if (salt !== null && creates && !(await hasFactory(writer))) {
    if (!(publishFactory ?? DEVELOPMENT_CHAINS.includes(chainId))) missingFactory(chainId);
    await requireFactoryUnsent(writer, chainId);
    steps.push({ what: 'factory', address: FACTORY, stands: false, gas: TRANSFER_GAS });
  }
  const overhead = salt === null ? 0n : FACTORY_OVERHEAD;
  for (const { what, address, stands, takes } of drafts) {
    const gas = async (): Promise<bigint> =>
      typeof takes === 'bigint' ? takes : (await writer.estimate({ ...takes, from: account })) + overhead;
    steps.push({ what, address, stands, gas: stands ? 0n : await gas() });
  }
  const [feePerGas, balance] = await Promise.all([writer.feePerGas(), writer.balance(account)]);
  const value = steps.some(({ what }) => what === 'factory') ? FACTORY_COST : 0n;
  const gas = steps.reduce((sum, step) => sum + step.gas, 0n);
  return { chainId, account, steps, gas, feePerGas, value, balance };
}

/** Most wei that it may cost. */
export function planCost(plan: DeploymentPlan): bigint {
  return mostWei(plan);
}

/** Gas is estimated and its price moves while somebody makes up their mind; an endpoint that plans low and bills high gets no more. */
const HEADROOM = 2n;

/** Most wei that are signed away once a plan was shown: twice what it says. */
export function planLimit(plan: DeploymentPlan): bigint {
  return HEADROOM * planCost(plan);
}

/**
 * A writer that signs no more in all than the limit of the plan that `agree` was given; anything before there is one.
 * `send` throws FEE_TOO_HIGH.
 */
export function keepingToPlan(writer: ChainWriter): {
  readonly writer: ChainWriter;
  agree(plan: DeploymentPlan): void;
} {
  let left: bigint | undefined;
  const keep = (next: TransactionCost): void => {
    if (left === undefined) return;
    const cost = mostWei(next);
    if (cost > left) {
      fail(
        'FEE_TOO_HIGH',
        `the next transaction may cost ${formatEther(cost)}, which makes it more than twice what was planned`,
        { where: 'deploy', fix: 'Do not trust this endpoint, or plan again: fees may have risen' },
      );
    }
    left -= cost;
  };
  const send = (request: SendRequest): Promise<Hex> =>
    writer.send({
      ...request,
      onFee: async (cost) => {
        keep(cost);
        await request.onFee?.(cost);
      },
    });
  return {
    writer: { ...writer, send },
    agree: (plan) => {
      left = planLimit(plan);
    },
  };
}
