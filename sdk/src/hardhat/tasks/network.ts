/** What tasks over functions of the command are given of a network. */
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { Deployment } from '../../chain/deployments.ts';
import { requireEndpoint } from '../../chain/endpoint.ts';
import { type Shared, share } from '../shared.ts';
import type { Connection } from '../types.ts';

/** The network of `--network`. Hardhat itself says nothing of the place of a URL that it refuses. @throws ENDPOINT_INVALID */
export async function connect({
  config,
  globalOptions,
  network,
}: HardhatRuntimeEnvironment): Promise<Connection> {
  const { network: name } = globalOptions;
  const given = config.networks[name];
  if (given?.type === 'http') requireEndpoint(await given.url.getUrl(), name);
  return network.create();
}

export interface OnNetwork {
  readonly connection: Connection;
  /** Of the network's file. */
  readonly deployment: Deployment;
  readonly shared: Shared;
}

/** @throws ENDPOINT_INVALID, NETWORK_UNKNOWN, FILE_UNREADABLE, DEPLOYMENT_INVALID */
export async function onNetwork(
  hre: HardhatRuntimeEnvironment,
  work: (given: OnNetwork) => Promise<void>,
): Promise<void> {
  const connection = await connect(hre);
  const shared = share(hre);
  try {
    await work({ connection, deployment: await hre.wattest.deployment(connection), shared });
  } finally {
    await shared.dispose();
    await connection.close();
  }
}
