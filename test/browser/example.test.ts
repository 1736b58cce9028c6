/** The example page as it is built for production, on a Hardhat node, with an injected wallet: proves, attests, and the contracts take it. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Abi, createPublicClient, type Hex, http, type PublicClient } from 'viem';
import { BROWSER, FIREFOX, ISOLATION, type Site, serveFolder } from '../../scripts/lib/browser.ts';
import { compileContract } from '../../scripts/lib/contracts.ts';
import { linkPackage } from '../../scripts/lib/package.ts';
import { type PageChain, servePage, startPageChain, writeChainFile } from '../../scripts/lib/page.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { buildPage } from '../../scripts/lib/vite.ts';
import { installedPackage } from './lib/installed.ts';
import { type Driver, driveChromium, driveFirefox, settled, type Tab, textOf } from './lib/tabs.ts';
import { walletScript } from './lib/wallet.ts';

const BROWSERS = [
  { name: 'Chromium', drive: driveChromium, there: BROWSER !== undefined, announced: true },
  { name: 'Firefox', drive: driveFirefox, there: FIREFOX !== undefined, announced: false },
] as const;

/** What has the focus, which keyboards go on from. */
const FOCUSED = 'document.activeElement.textContent';

describe('the example page', () => {
  let home: string;
  let chain: PageChain;
  let client: PublicClient;
  let page: { readonly url: string; close(): Promise<void> };
  const sites: Site[] = [];

  before(async () => {
    const installed = await installedPackage();
    for (const name of [
      'react',
      'react-dom',
      'viem',
      '@tanstack/react-query',
      'vite',
      '@vitejs/plugin-react',
    ])
      linkPackage(installed, name);
    for (const folder of ['page', 'scores', 'members'])
      cpSync(join(ROOT, 'examples', folder), join(installed, 'examples', folder), { recursive: true });
    home = join(installed, 'examples/page');
    writeFileSync(join(home, 'package.json'), '{"type":"module"}');
    chain = await startPageChain();
    client = createPublicClient({ transport: http(chain.file.rpcUrl) });
    await writeChainFile(home, chain.file);
    page = await servePage(home);
  });
  after(async () => {
    for (const site of sites) site.close();
    await page?.close();
    await chain?.close();
  });

  const read = (
    path: string,
    name: string,
    functionName: string,
    ...args: readonly unknown[]
  ): Promise<unknown> =>
    client.readContract({
      ...{ address: chain.file.contracts[name]!, functionName, args },
      abi: compileContract(`examples/${path}/${name}.sol`, name).abi as Abi,
    });

  for (const [index, { name, drive, there, announced }] of BROWSERS.entries()) {
    describe(`in ${name}${there ? '' : ` (skipped: no ${name} on this machine)`}`, () => {
      const test = there ? it : it.skip;
      let driver: Driver;
      let tab: Tab;
      let account: Hex;

      before(async () => {
        if (!there) return;
        driver = await drive();
        account = chain.accounts[1 + index]!;
      });
      afterEach(async function () {
        if (this.currentTest?.state !== 'failed') return;
        console.log(await tab?.evaluate<string>('document.body.innerText'));
      });
      after(() => driver?.close());

      test('tells which field is wrong; a run is proven in the page, cancelled and proven again', async () => {
        tab = await driver.newTab();
        await tab.inject(walletScript({ rpcUrl: chain.file.rpcUrl, account, announced }));
        await tab.goto(page.url);
        await tab.until("document.querySelector('input[name=player]')");
        assert.equal(await tab.evaluate('crossOriginIsolated'), true);
        await tab.press('Prove');
        await tab.until(`document.querySelector('input[name="player"]').ariaInvalid === 'true'`);
        await tab.until("document.activeElement.name === 'player'");
        await tab.fill('input[name="player"]', account);
        await tab.until("document.querySelector('.board')");
        await tab.click('.board');
        for (let i = 0; i < 6; i++) {
          for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown'] as const) await tab.key(key);
        }
        await tab.until(`/ 24 moves/.test(${textOf('.play')})`);

        await tab.press('Prove');
        await tab.until("Number(document.querySelector('[role=progressbar]')?.ariaValueNow) > 0");
        assert.equal(await tab.evaluate(FOCUSED), 'Cancel');
        assert.equal(
          await tab.evaluate("document.querySelector('input[name=player]').matches(':disabled')"),
          true,
        );
        await tab.press('Cancel');
        await tab.until(`document.querySelector('[data-code="ABORTED"]')`);
        await tab.until(`${FOCUSED} === 'Prove'`);
        assert.match(
          await tab.evaluate<string>(textOf('[data-code="ABORTED"]')),
          /Stopped\. Nothing was proven/,
        );
        await tab.press('Prove');
        await settled(tab, '[data-testid="outcome"]');
        const [score, proven] = [textOf('.score'), textOf('[data-output="score"] output')];
        assert.deepEqual(await tab.evaluate(`[${score}, /^[1-9]/.test(${proven})]`), [
          await tab.evaluate(proven),
          true,
        ]);
      });

      test('the menu of wallets closes by its key, and when the focus goes elsewhere', async () => {
        const open = "document.querySelector('.menu').open";
        await tab.click('.menu summary');
        await tab.until(open);
        await tab.key('Tab');
        assert.match(await tab.evaluate<string>(FOCUSED), /^Connect /);
        await tab.key('Escape');
        assert.deepEqual(await tab.evaluate(`[${open}, ${FOCUSED}]`), [false, 'Connect wallet']);
        await tab.click('.menu summary');
        await tab.until(open);
        await tab.click('input[name=player]');
        await tab.until(`!${open}`);
      });

      test('connects the wallet, changes its chain, and hears when somebody declines', async () => {
        const wallet = announced ? 'Connect Test Wallet' : 'Connect wallet of this browser';
        await tab.evaluate('void (testWallet.refuses = true)');
        await tab.press(wallet);
        const declined = `/You declined in the wallet/.test(${textOf('.steps [role=alert]')})`;
        await tab.until(declined);
        await tab.evaluate('void (testWallet.refuses = false)');
        await tab.press(wallet);
        await tab.until("/Wrong network/.test(document.querySelector('.steps .warning')?.textContent)");
        await tab.press('Switch to Hardhat node');
        await tab.until(`/Hardhat node/.test(${textOf('.status')})`);
        assert.ok((await tab.evaluate<string[]>('testWallet.asked')).includes('wallet_addEthereumChain'));
        await tab.evaluate('void (testWallet.refuses = true)');
        await tab.press('Attest');
        await tab.until(declined);
        await tab.evaluate('void (testWallet.refuses = false)');
      });

      test('attests, shows the record, and the contract takes the score', async () => {
        await tab.press('Attest');
        await settled(tab, '[data-testid="record"]');
        assert.equal(await tab.evaluate(`document.querySelectorAll('.table tr.own').length`), 0);
        await tab.press('Enter the score');
        await settled(tab, '[data-testid="used"]');
        await tab.until("document.querySelector('.table tr.own')");
        const score = BigInt(await tab.evaluate<string>(textOf('[data-output="score"] output')));
        const table = (await read('scores', 'HighScores', 'table', 1n)) as { player: Hex; score: bigint }[];
        assert.equal(table.find(({ player }) => player === account)?.score, score);
        assert.equal(await tab.evaluate(textOf('.table tr.own .end')), String(score));
      });

      // The other browser's prover has shown that it proves: this proof is the dearer one.
      const once = name === 'Chromium' ? test : undefined;
      once?.('a member enters the gate with one transaction, which attests as well', async () => {
        await tab.click('.choice:nth-child(2)');
        await tab.until(`/not in yet/.test(${textOf('.state')})`);
        await tab.press('Prove');
        await tab.until(`/secret/.test(${textOf('.step [role=alert]')})`);
        await tab.choose('#card', String(77 + index));
        await tab.press('Prove');
        await settled(tab, '[data-testid="outcome"]');
        await tab.press('Enter the gate');
        await settled(tab, '[data-testid="record"]');
        await tab.until(`/is in\\./.test(${textOf('.state')})`);
        assert.equal(await read('members', 'Gate', 'isMember', account), true);
      });
    });
  }

  it('is built without a warning by a workspace too, where the package is linked and looked at as its own code is', async () => {
    const installed = await installedPackage();
    const workspace = join(installed, 'workspace');
    const packages = join(workspace, 'node_modules');
    mkdirSync(packages, { recursive: true });
    cpSync(join(installed, 'node_modules/wattest'), join(workspace, 'wattest'), { recursive: true });
    symlinkSync(join(workspace, 'wattest'), join(packages, 'wattest'), 'junction');
    cpSync(join(installed, 'examples'), join(workspace, 'examples'), { recursive: true });
    assert.deepEqual(await buildPage({ root: join(workspace, 'examples/page') }), []);
  });

  const skipped = BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : '';
  const test = BROWSER === undefined ? it.skip : it;

  test(`says what is missing: isolation, and the chain${skipped}`, async () => {
    const driver = await driveChromium();
    try {
      const tab = await driver.newTab();
      const bare = await serveFolder(join(home, 'dist'));
      sites.push(bare);
      await tab.goto(`http://localhost:${bare.port}/`);
      await tab.until(`/Slow: one thread/.test(${textOf('.warning')})`);
      const undeployed = join(home, 'undeployed');
      cpSync(join(home, 'dist'), undeployed, { recursive: true });
      rmSync(join(undeployed, 'chain.json'));
      const empty = await serveFolder(undeployed, ISOLATION);
      sites.push(empty);
      await tab.goto(`http://localhost:${empty.port}/`);
      await tab.until(`/There is no chain\\.json/.test(${textOf('[role=alert]')})`);
      cpSync(join(home, 'dist/chain.json'), join(undeployed, 'chain.json'));
      await tab.press('Try again');
      await tab.until("document.querySelector('input[name=player]')");
    } finally {
      await driver.close();
    }
  });
});
