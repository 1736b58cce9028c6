/**
 * `npm run start:page`: the example page (examples/page) on a chain of its own. Starts a Hardhat node, deploys verifier, registry and the contracts of the
 * page's programs, builds the page against the built package and serves it. Ctrl-C ends all of it.
 *
 *   npm run start:page -- --port 4173 --chain-port 8545
 *
 * An injected wallet (MetaMask, …) connects to the node by its address, with a key that development nodes have; without one the page offers an account of the node.
 */
import './lib/help.ts';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { servePage, startPageChain, writeChainFile } from './lib/page.ts';
import { portOf, requireFree } from './lib/ports.ts';
import { ROOT, runTool } from './lib/tools.ts';

const {
  values: { port, 'chain-port': chainPort },
} = parseArgs({
  options: {
    port: { type: 'string', default: '4173' },
    'chain-port': { type: 'string', default: '8545' },
  },
});

const ports = {
  page: portOf(port, 'start:page'),
  chain: portOf(chainPort, 'start:page', 'chain-port'),
};
await requireFree(ports.page, 'start:page');
await requireFree(ports.chain, 'start:page', 'chain-port');
const home = join(ROOT, 'examples/page');
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

say('… build the package');
const { code, output } = await runTool(join(ROOT, 'scripts/build.ts'), []);
if (code !== 0) {
  process.stderr.write(output);
  process.exit(code);
}
say('… start a chain, deploy verifier, registry and contracts');
const chain = await startPageChain(ports.chain);
await writeChainFile(home, chain.file);
say('… build the page');
const page = await servePage(home, ports.page);
say(`
  page    ${page.url}
  chain   ${chain.file.rpcUrl} (id ${chain.file.deployment.chainId})

Ctrl-C ends both.`);

process.once('SIGINT', () => {
  void Promise.allSettled([page.close(), chain.close()]).then(() => process.exit(0));
});
