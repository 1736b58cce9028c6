/** What tasks over functions of the command are given of a network. */
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { Deployment } from '../../chain/deployments.ts';
import type { WalletClient } from '../../chain/viem/port.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { clientOf } from '../client.ts';
import { type Shared, share } from '../shared.ts';
import type { Connection } from '../types.ts';

export interface OnNetwork {
  readonly connection: Connection;
  readonly client: WalletClient;
  /** Of the network's file. */
  readonly deployment: Deployment;
  readonly shared: Shared;
}

/**
 * @param from the account that pays; default: the network's first
 * @throws NETWORK_UNKNOWN, FILE_UNREADABLE, DEPLOYMENT_INVALID
 */
export async function onNetwork(
  hre: HardhatRuntimeEnvironment,
  from: Hex | undefined,
  work: (given: OnNetwork) => Promise<void>,
): Promise<void> {
  const connection: Connection = await hre.network.create();
  const shared = share(hre);
  try {
    const deployment = await hre.wattest.deployment(connection);
    const client = await clientOf(connection, from);
    await work({ connection, client, deployment, shared });
  } finally {
    await shared.dispose();
    await connection.close();
  }
}
