/** A project with a network that stays: a node in this process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import type { HttpNetworkUserConfig } from 'hardhat/types/config';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { HardhatPlugin } from 'hardhat/types/plugins';
import { SOLC_PATH } from '../../scripts/lib/tools.ts';
import plugin, { type Connection, type WattestUserConfig } from '../../sdk/src/hardhat.ts';
import { SOLC_VERSION } from '../../sdk/src/solidity/settings.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { PROGRAM, TWICE } from './twice.ts';

export interface LastingProject {
  readonly folder: string;
  /** Of the node. */
  readonly url: string;
  /** Hardhat on the network `lasting`, as another process would have it. */
  environment(
    wattest?: WattestUserConfig,
    network?: Partial<HttpNetworkUserConfig>,
  ): Promise<HardhatRuntimeEnvironment>;
  /** What a task writes, to both outputs. */
  run(hre: HardhatRuntimeEnvironment, task: string, given?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export async function lastingProject(
  chainId = 31337,
  others: readonly HardhatPlugin[] = [],
): Promise<LastingProject> {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-lasting-'));
  writeFileSync(join(folder, 'twice.wasm'), await assembleWat(TWICE));
  writeFileSync(join(folder, 'hardhat.config.ts'), '');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  let url = '';
  const environment: LastingProject['environment'] = (wattest = {}, network = {}) =>
    createHardhatRuntimeEnvironment(
      {
        plugins: [plugin, ...others],
        solidity: { compilers: [{ version: SOLC_VERSION, path: SOLC_PATH }] },
        networks: {
          default: { type: 'edr-simulated', chainId },
          ...(url === '' ? {} : { lasting: { type: 'http', url, ...network } }),
        },
        wattest: { programs: { Twice: PROGRAM }, ...wattest },
      },
      url === '' ? {} : { network: 'lasting' },
      folder,
    );
  const server = await (await environment()).network.createServer('default', '127.0.0.1', 0);
  const { address, port } = await server.listen();
  url = `http://${address}:${port}`;
  return {
    folder,
    url,
    environment,
    run: (hre, task, given = {}) => outputOf(() => hre.tasks.getTask(['wattest', task]).run(given)),
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What goes to standard output and standard error meanwhile. */
async function outputOf(work: () => Promise<unknown>): Promise<string> {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  const parts: string[] = [];
  for (const stream of streams)
    stream.write = (text: string | Uint8Array): boolean => {
      parts.push(typeof text === 'string' ? text : Buffer.from(text).toString());
      return true;
    };
  try {
    await work();
  } finally {
    for (const [i, stream] of streams.entries()) stream.write = writes[i]!;
  }
  return parts.join('');
}

export async function heightOf({ provider }: Pick<Connection, 'provider'>): Promise<number> {
  return Number(await provider.request({ method: 'eth_blockNumber' }));
}
