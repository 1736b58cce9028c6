/** `createWattest` over viem, and so over wagmi's clients, which are viem's. */
import type { Account, Chain, Client, Transport } from 'viem';
import type { Wattest, WattestParameters } from '../api.ts';
import { createWattest as create, type Ports } from '../wattest.ts';
import { type ReadClient, viemReader, viemWriter, type WalletClient } from './port.ts';

/** One client for both, which sends where it has an account and else reads, or, as viem's `getContract` has it, one that is asked and one that signs. */
export type ViemClient =
  | Client<Transport, Chain | undefined, Account | undefined>
  | { readonly public: ReadClient; readonly wallet?: WalletClient | undefined };

/**
 * A deployment with a client of viem or wagmi: proves, submits, reads and watches.
 * @throws DEPLOYMENT_INVALID, DEPLOYMENT_VERSION, INPUT_INVALID
 */
export function createWattest(parameters: WattestParameters<ViemClient>): Wattest {
  return create(parameters, portsOf);
}

function portsOf(client: ViemClient): Ports {
  if (!('public' in client)) {
    const writer = client.account === undefined ? undefined : viemWriter(client as WalletClient);
    return { reader: viemReader(client), writer };
  }
  const { public: asked, wallet } = client;
  const reader = viemReader(asked);
  // What is sent is looked for where things are asked: wallets answer little else than what they are for.
  return {
    reader,
    writer: wallet && { ...viemWriter(wallet), ...reader, chainId: viemReader(wallet).chainId },
  };
}
