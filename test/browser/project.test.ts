/** From an empty folder: `npm create wattest` with the template of a page, whose tests prove, deploy and attest by the plugin, and whose page does so in a browser. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BROWSER } from '../../scripts/lib/browser.ts';
import { servePage } from '../../scripts/lib/page.ts';
import { toolPath } from '../../scripts/lib/tools.ts';
import { createProject, type Project, succeeds, useOwnCompiler } from '../structure/lib/project.ts';
import { type Driver, driveChromium, settled } from './lib/tabs.ts';

const skipped = BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : '';

describe('a project of the template vite-react', () => {
  let project: Project;
  let chain: ChildProcess | undefined;
  let driver: Driver | undefined;
  let site: { readonly url: string; close(): Promise<void> } | undefined;

  before(async () => {
    project = await createProject('vite-react');
    useOwnCompiler(project);
  });
  after(async () => {
    await driver?.close();
    await site?.close();
    if (chain?.exitCode === null) {
      chain.kill('SIGINT');
      await once(chain, 'exit');
    }
    project?.remove();
  });

  it('is bound and type-checked, and its test proves, deploys, attests and claims', async () => {
    await succeeds(project.hardhat('wattest', 'bind'));
    for (const options of [['--noEmit'], ['-p', 'tsconfig.page.json']])
      await succeeds(project.node([toolPath('typescript', 'tsc'), ...options]));
    assert.match(await succeeds(project.hardhat('test')), /2 passing/);
  });

  const test = BROWSER === undefined ? it.skip : it;
  test(`its page proves, attests and claims, on the chain that its script starts${skipped}`, async () => {
    chain = spawn(process.execPath, ['node_modules/hardhat/dist/src/cli.js', 'run', 'scripts/chain.ts'], {
      cwd: project.home,
      env: { ...process.env, CHAIN_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(chain, 'exit').then(([code]) => assert.fail(`the chain ended with ${code}`));
    const ready = (async () => {
      for await (const line of createInterface(chain!.stdout!)) if (/Ctrl-C/.test(line)) return;
    })();
    await Promise.race([ready, ended]);
    ended.catch(() => {});
    site = await servePage(project.home);
    driver = await driveChromium();
    const tab = await driver.newTab();
    await tab.goto(site.url);
    await tab.click('.menu summary');
    await tab.press('Connect account of the node');
    await tab.until("document.querySelector('input[name=solver]')?.value.length === 42");
    await tab.fill('input[name=first]', '83');
    await tab.fill('input[name=second]', '97');
    for (const [name, selector] of [
      ['Prove', '[data-testid="outcome"]'],
      ['Attest', '[data-testid="record"]'],
      ['Claim', '[data-testid="used"]'],
    ] as const) {
      await tab.press(name);
      await settled(tab, selector);
    }
    await tab.until("document.querySelector('.table tr.own td')?.textContent === '8051'");
  });
});
