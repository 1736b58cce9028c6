/** The example page (`examples/page`) with a chain of its own: a Hardhat node, verifier and registry, and the contracts of its programs. */
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import hre from 'hardhat';
import { createWalletClient, type Hex, http, publicActions } from 'viem';
import { hardhat } from 'viem/chains';
import { type PreviewServer, preview } from 'vite';
import type { ChainFile } from '../../examples/page/src/chain-file.ts';
import { madeUpMembers } from '../../examples/page/src/programs/tree.ts';
import { formatDeployment } from '../../sdk/src/chain/deployments.ts';
import { cannotReturn, generateVerifier, openKeys } from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { deploy } from '../../sdk/src/viem.ts';
import { deployCompiled } from './put.ts';
import { buildPage } from './vite.ts';

export interface PageChain {
  readonly file: ChainFile;
  /** Of the node, which signs for them. */
  readonly accounts: readonly Hex[];
  close(): Promise<void>;
}

/** Starts a Hardhat node and deploys all that the page needs there; the first round of the game is open. */
export async function startPageChain(port = 0): Promise<PageChain> {
  const server = await hre.network.createServer(undefined, '127.0.0.1', port);
  const listening = await server.listen();
  try {
    const rpcUrl = `http://127.0.0.1:${listening.port}`;
    const reader = createWalletClient({ chain: hardhat, transport: http(rpcUrl) });
    const accounts = await reader.getAddresses();
    const client = createWalletClient({
      ...{ chain: hardhat, transport: http(rpcUrl), account: accounts[0]!, pollingInterval: 50 },
    }).extend(publicActions);
    await using keys = await openKeys({ onWarning: () => {} });
    const generated = generateVerifier(keys.verifyingKey);
    const made = {
      generated,
      contract: await compileVerifier(generated),
      cannotReturn: await cannotReturn(keys),
    };
    const { deployment } = await deploy(client, { network: 'localhost', ...made });
    const registry = deployment.registry.address;

    const { address: HighScores, abi } = await deployCompiled(client, client, {
      file: 'examples/scores/HighScores.sol',
      name: 'HighScores',
      args: [registry],
    });
    const { address: Gate } = await deployCompiled(client, client, {
      file: 'examples/members/Gate.sol',
      name: 'Gate',
      args: [registry, accounts[0], madeUpMembers().root],
    });
    const opened = await client.writeContract({ address: HighScores, abi, functionName: 'open' });
    await client.waitForTransactionReceipt({ hash: opened });
    const file: ChainFile = {
      name: 'Hardhat node',
      rpcUrl,
      deployment: JSON.parse(formatDeployment(deployment)) as ChainFile['deployment'],
      contracts: { HighScores, Gate },
    };
    return { file, accounts, close: () => server.close() };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** What the page reads when it starts: `public/chain.json`, which a build takes along. @param home folder of the page */
export async function writeChainFile(home: string, file: ChainFile): Promise<void> {
  await mkdir(join(home, 'public'), { recursive: true });
  writeFileSync(join(home, 'public/chain.json'), `${JSON.stringify(file, null, 2)}\n`);
}

/** Builds the page for production and serves it as its configuration says, with its headers. @param home folder of the page @throws where the build warns of something */
export async function servePage(
  home: string,
  port = 0,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const warnings = await buildPage({ root: home });
  if (warnings.length > 0) throw new Error(`the page is built with warnings:\n${warnings.join('\n')}`);
  const server: PreviewServer = await preview({
    ...{ root: home, logLevel: 'warn' },
    preview: { port, host: 'localhost', strictPort: port !== 0 },
  });
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
}
