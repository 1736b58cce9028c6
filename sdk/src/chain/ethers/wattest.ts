/** `createWattest` over ethers. */
import type { Signer } from 'ethers';
import type { Wattest, WattestParameters } from '../api.ts';
import { createWattest as create } from '../wattest.ts';
import { ethersReader, ethersWriter, type ReadRunner } from './port.ts';

/**
 * A deployment with a provider of ethers, which reads, or a signer, which sends, too.
 * @throws DEPLOYMENT_INVALID, DEPLOYMENT_VERSION, INPUT_INVALID
 */
export function createWattest(parameters: WattestParameters<ReadRunner>): Wattest {
  return create(parameters, (client) => ({
    reader: ethersReader(client),
    writer: 'signTypedData' in client ? ethersWriter(client as Signer) : undefined,
  }));
}
