/** What tasks over functions of the command are given of a network. */
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { Deployment } from '../../chain/deployments.ts';
import { type Shared, share } from '../shared.ts';
import type { Connection } from '../types.ts';

export interface OnNetwork {
  readonly connection: Connection;
  /** Of the network's file. */
  readonly deployment: Deployment;
  readonly shared: Shared;
}

/** @throws NETWORK_UNKNOWN, FILE_UNREADABLE, DEPLOYMENT_INVALID */
export async function onNetwork(
  hre: HardhatRuntimeEnvironment,
  work: (given: OnNetwork) => Promise<void>,
): Promise<void> {
  const connection: Connection = await hre.network.create();
  const shared = share(hre);
  try {
    await work({ connection, deployment: await hre.wattest.deployment(connection), shared });
  } finally {
    await shared.dispose();
    await connection.close();
  }
}
