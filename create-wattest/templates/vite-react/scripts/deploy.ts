// Deploys what the page needs beside verifier and registry, and tells the page: public/chain.json.
//   npx hardhat wattest deploy --network sepolia
//   PAGE_RPC_URL=https://… npx hardhat run scripts/deploy.ts --network sepolia
import { mkdirSync, writeFileSync } from 'node:fs';
import hre from 'hardhat';
import { type Deployment, formatDeployment } from 'wattest/viem';
import type { ChainFile } from '../src/chain-file.ts';

type Connection = Awaited<ReturnType<typeof hre.network.create>>;

/** @param rpcUrl what the page asks: everybody who opens it sees it, so none with a secret in it */
export async function deployForPage(
  { viem, networkName }: Connection,
  deployment: Deployment,
  rpcUrl: string,
): Promise<ChainFile> {
  const prize = await viem.deployContract('FactorPrize', [deployment.registry.address]);
  const file: ChainFile = {
    name: networkName === 'localhost' ? 'Hardhat node' : networkName,
    rpcUrl,
    deployment: JSON.parse(formatDeployment(deployment)) as ChainFile['deployment'],
    contracts: { FactorPrize: prize.address },
  };
  mkdirSync('public', { recursive: true });
  writeFileSync('public/chain.json', `${JSON.stringify(file, null, 2)}\n`);
  return file;
}

if (import.meta.main) {
  const { PAGE_RPC_URL } = process.env;
  if (PAGE_RPC_URL === undefined)
    throw new Error('Set PAGE_RPC_URL to the endpoint that the page asks; everybody sees it');
  const connection = await hre.network.create();
  const { contracts } = await deployForPage(
    connection,
    await hre.wattest.deployment(connection),
    PAGE_RPC_URL,
  );
  console.log(`FactorPrize ${contracts['FactorPrize']}, in public/chain.json`);
}
