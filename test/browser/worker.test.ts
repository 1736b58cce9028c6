/** The prover in a worker, and the hooks that own one, as applications have them that come and go: the same in either browser, from the tarball, bundled by Vite. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BROWSER, FIREFOX, ISOLATION, type Site, serveFolder } from '../../scripts/lib/browser.ts';
import { linkPackage } from '../../scripts/lib/package.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { buildPage } from '../../scripts/lib/vite.ts';
import { openKeys, readProofDocument, verify } from '../../sdk/src/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { installedPackage } from './lib/installed.ts';
import { type Driver, driveChromium, driveFirefox, type Tab } from './lib/tabs.ts';
import { assertTold } from './lib/told.ts';

const ADD =
  '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';

const BROWSERS = [
  { name: 'Chromium', drive: driveChromium, there: BROWSER !== undefined },
  { name: 'Firefox', drive: driveFirefox, there: FIREFOX !== undefined },
] as const;

interface Guest {
  readonly wasm: readonly number[];
  readonly args?: readonly number[];
}

interface State {
  readonly started: number;
  readonly alive: number;
  readonly faults: readonly string[];
  readonly mounts: number;
  readonly error?: string;
  readonly outputs?: readonly string[];
  readonly kept: number;
}

/** Calls a function of a page, whose answer may take as long as it does. */
async function call<T>(tab: Tab, name: string, ...args: readonly unknown[]): Promise<T> {
  const list = args.map((arg) => JSON.stringify(arg)).join();
  await tab.evaluate(`void (globalThis.outcome = undefined, Promise.resolve(${name}(${list})).then(
    (value) => { outcome = { value }; }, (error) => { outcome = { failed: String(error) }; }))`);
  await tab.until('outcome !== undefined');
  const { value, failed } = await tab.evaluate<{ value: T; failed?: string }>('outcome');
  assert.equal(failed, undefined);
  return value;
}

describe('the worker in a page', () => {
  let site: Site;
  let guest: Guest;
  let endless: Guest;

  before(async () => {
    const installed = await installedPackage();
    for (const name of ['react', 'react-dom', '@tanstack/react-query']) linkPackage(installed, name);
    const home = join(installed, 'worker');
    cpSync(join(import.meta.dirname, 'page'), home, { recursive: true });
    const warnings = await buildPage({
      ...{ root: home, configFile: false, base: './' },
      // Strict mode mounts twice in development alone.
      define: { 'process.env.NODE_ENV': '"development"' },
      build: { rolldownOptions: { input: ['index', 'hooks'].map((name) => join(home, `${name}.html`)) } },
    });
    assert.deepEqual(warnings, []);
    site = await serveFolder(join(home, 'dist'), ISOLATION);
    guest = { wasm: [...(await assembleWat(ADD))], args: [2, 3] };
    const text = readFileSync(join(ROOT, 'test/cases/endless.wat'), 'utf8');
    endless = { wasm: [...(await assembleWat(text))] };
  });
  after(() => site?.close());

  for (const { name, drive, there } of BROWSERS) {
    describe(`in ${name}${there ? '' : ` (skipped: no ${name} on this machine)`}`, () => {
      const test = there ? it : it.skip;
      let driver: Driver;
      let tab: Tab;

      const visit = async (path: string, global: string): Promise<void> => {
        tab = await driver.newTab();
        await tab.goto(`http://localhost:${site.port}/${path}`);
        await tab.until(`'${global}' in globalThis`);
      };
      const accepted = async (proof: string): Promise<void> => {
        const wasm = Uint8Array.from(guest.wasm);
        await using keys = await openKeys({ onWarning: () => {} });
        const document = readProofDocument(proof, 'proof of a page');
        const { statement } = await verify(keys, { document, wasm });
        assert.deepEqual(statement.publicOutputs, [5n]);
      };

      before(async () => {
        if (there) driver = await drive();
      });
      after(() => driver?.close());

      // In Chromium these are in page.test.ts, with what only its driver sees.
      if (name === 'Firefox') {
        test('proves on threads of its own, tells how far it is and what is wrong', async () => {
          await visit('', 'page');
          const { threads, progress, refused, proof } = await call<{
            readonly threads: number;
            readonly progress: readonly { readonly phase: string; readonly fraction: number }[];
            readonly refused: { readonly code: string };
            readonly proof: string;
          }>(tab, 'page.proveInWorker', guest);
          assertTold(threads, progress);
          assert.equal(refused.code, 'EXPORT_MISSING');
          await accepted(proof);
        });

        test('is stopped by a button while it executes, and proves the next', async () => {
          await visit('', 'page');
          const going = call<{ readonly stopped: { readonly code: string }; readonly proof: string }>(
            tab,
            'page.abortInWorker',
            endless,
            guest,
          );
          await tab.until("/executing: \\d+/.test(document.querySelector('#abort').textContent)");
          await tab.click('#abort');
          const { stopped, proof } = await going;
          assert.equal(stopped.code, 'ABORTED');
          await accepted(proof);
        });
      }

      const shown = (state: string): Promise<void> =>
        tab.until(`(() => { const s = hooks.state(); return ${state}; })()`);
      const state = (): Promise<State> => tab.evaluate<State>('hooks.state()');

      test('a component proves as soon as it is there, in strict mode too, by one worker', async () => {
        await visit('hooks.html', 'hooks');
        await tab.evaluate(`hooks.show('one', ${JSON.stringify(guest)})`);
        await shown("s.status === 'success' || s.status === 'error'");
        const { started, alive, faults, mounts, error, outputs } = await state();
        assert.deepEqual([error, outputs], [null, ['5']]);
        assert.deepEqual([mounts, started, alive, faults], [2, 1, 1, []]);
      });

      test('who leaves while it proves holds up nobody: the next component proves by the same worker', async () => {
        await tab.evaluate(`hooks.show('two', ${JSON.stringify(endless)})`);
        await shown("s.name === 'two' && /executing: /.test(s.phase)");
        await tab.evaluate(`hooks.show('three', ${JSON.stringify(guest)})`);
        await shown("s.name === 'three' && (s.status === 'success' || s.status === 'error')");
        const { started, alive, faults, error } = await state();
        assert.deepEqual([started, alive, faults, error], [1, 1, [], null]);
      });

      test('when all of it goes the worker does, in the middle of a proof, and no private input stays', async () => {
        await tab.evaluate(`hooks.show('four', ${JSON.stringify(endless)})`);
        await shown("s.name === 'four' && /executing: /.test(s.phase)");
        await tab.evaluate('hooks.leave()');
        await shown('s.alive === 0 && s.kept === 0');
        assert.equal(await call(tab, 'hooks.askAgain', guest), 'ABORTED');
        const { started, alive, faults } = await state();
        assert.deepEqual([started, alive, faults], [1, 0, []]);
      });
    });
  }
});
