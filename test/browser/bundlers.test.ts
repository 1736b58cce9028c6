/** The prover in a worker, in pages of webpack and of no bundler at all: each finds the worker's file, which proves there, and Node accepts the proof. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import webpack from 'webpack';
import { BROWSER, ISOLATION, type Site, serveFolder } from '../../scripts/lib/browser.ts';
import { openKeys, type ProofDocument, verify } from '../../sdk/src/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { installedPackage } from './lib/installed.ts';
import { type Driver, driveChromium } from './lib/tabs.ts';

const ADD =
  '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';

const page = (wasm: Uint8Array): string => `
import { openProver } from 'wattest/worker';
const prover = openProver();
globalThis.outcome = prover.prove({ wasm: Uint8Array.from([${wasm}]), args: [2, 3] }).then(
  async ({ document }) => ({ document, threads: (await prover.open()).threads }),
  (error) => ({ failed: error.message }),
).finally(() => prover.dispose());`;

const skipped = BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : '';

describe('the worker in pages of other bundlers', () => {
  const test = BROWSER === undefined ? it.skip : it;
  let home: string;
  let wasm: Uint8Array;
  let driver: Driver | undefined;
  let site: Site | undefined;

  before(async () => {
    home = await installedPackage();
    wasm = await assembleWat(ADD);
    for (const folder of ['by-webpack', 'by-none']) mkdirSync(join(home, folder));
    if (BROWSER === undefined) return;
    driver = await driveChromium();
    // The folder with node_modules in it: a page without a bundler takes modules from there.
    site = await serveFolder(home, ISOLATION);
  });
  after(async () => {
    site?.close();
    await driver?.close();
  });

  async function provesIn(folder: string): Promise<void> {
    const tab = await driver!.newTab();
    await tab.goto(`http://localhost:${site!.port}/${folder}/index.html`);
    await tab.until("'outcome' in globalThis");
    const outcome = await tab.evaluate<{ document?: ProofDocument; threads?: number; failed?: string }>(
      'outcome',
    );
    assert.equal(outcome.failed, undefined);
    assert.ok(outcome.threads! > 1, `${outcome.threads} threads`);
    await using keys = await openKeys({ onWarning: () => {} });
    const { statement } = await verify(keys, { document: outcome.document!, wasm });
    assert.deepEqual(statement.publicOutputs, [5n]);
  }

  test(`webpack${skipped}`, async () => {
    const folder = join(home, 'by-webpack');
    writeFileSync(join(folder, 'page.mjs'), page(wasm));
    const html =
      '<!doctype html><title>webpack</title><link rel="icon" href="data:," /><script src="./main.js"></script>';
    writeFileSync(join(folder, 'index.html'), html);
    const compiler = webpack({
      mode: 'production',
      context: folder,
      entry: './page.mjs',
      output: { path: folder },
      performance: { hints: false },
    })!;
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      compiler.run((error, result) => (error === null ? resolve(result!) : reject(error)));
    });
    await new Promise((resolve) => compiler.close(resolve));
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual([errors, warnings], [[], []]);
    await provesIn('by-webpack');
  });

  test(`no bundler: modules and an import map${skipped}`, async () => {
    const folder = join(home, 'by-none');
    const imports = { 'wattest/worker': '../node_modules/wattest/dist/worker.js' };
    writeFileSync(join(folder, 'page.js'), page(wasm));
    writeFileSync(
      join(folder, 'index.html'),
      `<!doctype html><title>no bundler</title><link rel="icon" href="data:," />
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="./page.js"></script>`,
    );
    await provesIn('by-none');
  });
});
