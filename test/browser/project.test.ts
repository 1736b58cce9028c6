/** From an empty folder: `npm create wattest` with the template of a page, whose tests prove, deploy and attest by the plugin, and whose page does so in a browser. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { BROWSER } from '../../scripts/lib/browser.ts';
import { servePage } from '../../scripts/lib/page.ts';
import { toolPath } from '../../scripts/lib/tools.ts';
import { createProject, type Project, succeeds, useOwnCompiler } from '../structure/lib/project.ts';
import { proveAndClaim, startProjectChain } from './lib/factors-page.ts';
import { type Driver, driveChromium } from './lib/tabs.ts';

const skipped = BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : '';

describe('a project of the template vite-react', () => {
  let project: Project;
  let chain: Awaited<ReturnType<typeof startProjectChain>> | undefined;
  let driver: Driver | undefined;
  let site: { readonly url: string; close(): Promise<void> } | undefined;

  before(async () => {
    project = await createProject('vite-react');
    useOwnCompiler(project);
  });
  after(async () => {
    await driver?.close();
    await site?.close();
    await chain?.stop();
    project?.remove();
  });

  it('is bound and type-checked, and its test proves, deploys, attests and claims', async () => {
    await succeeds(project.hardhat('wattest', 'bind'));
    for (const options of [['--noEmit'], ['-p', 'tsconfig.page.json']])
      await succeeds(project.node([toolPath('typescript', 'tsc'), ...options]));
    assert.match(await succeeds(project.hardhat('test')), /3 passing/);
  });

  it('its chain says so where its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const run = ['node_modules/hardhat/dist/src/cli.js', 'run', 'scripts/chain.ts'];
    try {
      const { code, out } = await project.node(run, { CHAIN_PORT: String(port) });
      assert.equal(code, 1);
      assert.match(out, new RegExp(`port ${port}; .*: CHAIN_PORT=0 npm run chain$`, 'm'));
      assert.doesNotMatch(out, /EADDRINUSE/);
    } finally {
      other.close();
    }
  });

  const test = BROWSER === undefined ? it.skip : it;
  test(`its page proves, attests and claims, on the chain that its script starts${skipped}`, async () => {
    chain = await startProjectChain(project.home);
    site = await servePage(project.home);
    driver = await driveChromium();
    await proveAndClaim(await driver.newTab(), site.url);
  });
});
