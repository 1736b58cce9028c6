/** The site of the documents, built as `npm run docs` builds it, and looked at in a browser. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { linkFaults } from '../../scripts/docs/links.ts';
import { navigation } from '../../scripts/docs/pages.ts';
import { type BuiltSite, buildSite } from '../../scripts/docs/site.ts';
import { BROWSER, launchBrowser, type Site, serveFolder } from '../../scripts/lib/browser.ts';
import { contractAbis } from '../../scripts/lib/contracts.ts';
import { COMMANDS } from '../../sdk/src/cli/command-list.ts';
import { commandProgram } from '../../sdk/src/cli/main.ts';
import { ERROR_CODES } from '../../sdk/src/errors/index.ts';

const skipped = BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : '';
const inBrowser = BROWSER === undefined ? it.skip : it;

describe('documents: the site', () => {
  let site: BuiltSite;
  let home: string;
  const page = (place: string): string => readFileSync(join(site.folder, place), 'utf8');
  const hasId = (text: string, id: string): boolean => text.includes(` id="${id}"`);

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'wattest-site-'));
    site = await buildSite({ out: join(home, 'wattest'), base: '/wattest/', log: () => {} });
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it('every link leads to a file and an anchor', () => {
    assert.deepEqual(site.faults, []);
    assert.ok(site.pages > 60, `${site.pages}`);
  });

  it('a link that leads nowhere is named', () => {
    const folder = join(home, 'faults');
    mkdirSync(join(folder, 'deep'), { recursive: true });
    writeFileSync(
      join(folder, 'index.html'),
      '<h1 id="top">a</h1><a href="/b/deep/c.html#one">c</a><a href="#top">top</a>',
    );
    writeFileSync(
      join(folder, 'deep/c.html'),
      '<h1 id="two">c</h1><a href="../none.html">n</a><a href="/b/">a</a>',
    );
    assert.deepEqual(linkFaults(folder, '/b/'), {
      files: 2,
      faults: ['deep/c.html: ../none.html', 'index.html: /b/deep/c.html#one'],
    });
  });

  it('every page of the navigation is there', () => {
    const places = navigation().flatMap(({ items }) =>
      items.map(({ place }) => place.replace(/\.md$/, '.html')),
    );
    assert.deepEqual(
      places.filter((place) => !existsSync(join(site.folder, place))),
      [],
    );
  });

  it('every error code has an anchor of its own, below the heading that error.docs names', () => {
    const text = page('errors.html');
    const wrong = Object.entries(ERROR_CODES).filter(([code, { docs }]) => {
      const section = text.slice(text.indexOf(` id="${docs}"`)).split('<h2')[0]!;
      return !hasId(text, docs) || !hasId(section, code);
    });
    assert.deepEqual(wrong, []);
  });

  it('the reference has every command with its options, every contract with its functions', async () => {
    const commands = page('reference/commands.html');
    for (const name of Object.keys(COMMANDS)) {
      assert.ok(hasId(commands, name), name);
      const section = commands.slice(commands.indexOf(` id="${name}"`)).split('<h2')[0]!;
      const [command] = (await commandProgram(name)).commands;
      for (const { long } of command!.options) assert.ok(section.includes(long!), `${name} ${long}`);
    }
    const contracts = page('reference/contracts.html');
    for (const [name, abi] of Object.entries(contractAbis())) {
      assert.ok(hasId(contracts, name.toLowerCase()), name);
      // Others inherit from OpenZeppelin, too.
      for (const entry of abi as readonly { readonly type: string; readonly name?: string }[])
        if (/^I[A-Z]/.test(name)) assert.ok(contracts.includes(entry.name!), `${name}.${entry.name}`);
    }
  });

  it('the reference has what scripts import', () => {
    for (const [file, names] of Object.entries({
      'index-1': ['prove', 'verify', 'openSession', 'ProveParameters', 'WattestError'],
      viem: ['createWattest', 'attest', 'deploy', 'watchAttestations'],
      react: ['useProver', 'useAttest', 'useAttestation'],
      worker: ['openProver'],
      verify: ['verifyProof'],
    })) {
      const text = page(`reference/api/${file}.html`);
      for (const name of names) assert.ok(hasId(text, name.toLowerCase()), `${file}: ${name}`);
    }
  });

  describe('in a browser', () => {
    let browser: Browser;
    let served: Site;
    let view: Page;
    const complaints: string[] = [];

    before(async function () {
      if (BROWSER === undefined) return this.skip();
      // Its host has the site at /wattest/.
      served = await serveFolder(home);
      browser = await launchBrowser();
      view = await browser.newPage();
      view.on('pageerror', ({ message }) => complaints.push(message));
    });
    after(async () => {
      await browser?.close();
      served?.close();
    });

    inBrowser(`search leads from an error code to its section${skipped}`, async () => {
      await view.goto(`http://127.0.0.1:${served.port}/wattest/tutorial.html`);
      await view.keyboard.press('Control+k');
      await view.locator('.VPLocalSearchBox input').fill('FEE_TOO_HIGH');
      const first = view.locator('.VPLocalSearchBox .result').first();
      await first.waitFor();
      await first.click();
      await view.waitForURL(/errors\.html#/);
      assert.match(view.url(), /errors\.html#chains$/);
    });
    inBrowser(`no page script complains${skipped}`, () => assert.deepEqual(complaints, []));
  });
});
