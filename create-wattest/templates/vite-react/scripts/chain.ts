// npm run chain: a development chain with everything that the page needs, until Ctrl-C. CHAIN_PORT=0 takes a free port.
import { createServer } from 'node:net';
import hre from 'hardhat';
import { deployForPage } from './deploy.ts';

const wanted = Number(process.env.CHAIN_PORT ?? 8545);
const isTaken = await new Promise((resolve) => {
  const probe = createServer().once('error', () => resolve(true));
  probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(false)));
});
if (isTaken) {
  console.error(
    `Nothing can listen on port ${wanted}; another chain may. End that one, or take another port, a free one say: CHAIN_PORT=0 npm run chain`,
  );
  process.exit(1);
}
const server = await hre.network.createServer('default', '127.0.0.1', wanted);
try {
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const connection = await hre.network.create({ network: 'localhost', override: { url } });
  // The chain is new, whatever a file says of the last one.
  const deployment = await hre.wattest.deploy(connection, { replace: true });
  const { contracts } = await deployForPage(connection, deployment, url);
  console.log(`
  chain        ${url} (id ${deployment.chainId})
  FactorPrize  ${contracts['FactorPrize']}

The page: npm run dev. Ctrl-C ends the chain.`);
  await new Promise((resolve) => process.once('SIGINT', resolve));
} finally {
  await server.close();
}
