/** The package in a page: installed from its tarball, bundled by vite as it comes, run by a real browser. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import {
  BROWSER,
  INSECURE_HOST,
  ISOLATION,
  launchBrowser,
  type Site,
  serveFolder,
} from '../../scripts/lib/browser.ts';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { buildPage } from '../../scripts/lib/vite.ts';
import { openSession, readProofDocument, type Session, verify } from '../../sdk/src/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { installedPackage } from './lib/installed.ts';
import { assertTold } from './lib/told.ts';

interface Progress {
  readonly phase: string;
  readonly fraction: number;
}

interface Opened {
  readonly isolated: boolean;
  readonly secure: boolean;
  readonly threads: number;
  readonly key: string;
  readonly progress: readonly Progress[];
  readonly warnings: readonly string[];
  readonly seconds: number;
}

interface Proven {
  readonly status: string;
  readonly results: readonly string[];
  readonly proof: string;
  readonly progress: readonly Progress[];
  readonly turns: number;
  readonly seconds: number;
}

/** Calls a function of test/browser/page/main.js. */
function call<T>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  const list = args.map((arg) => JSON.stringify(arg)).join();
  return page.evaluate<T>(`page.${name}(${list})`);
}

/** Proof files that lie: another result, another input, another byte of the proof. */
function forgeries(proof: string): string[] {
  const { statement, ...rest } = JSON.parse(proof);
  const [output] = statement.publicOutputs;
  const [input] = statement.publicInputs;
  const text = (document: object): string => JSON.stringify(document);
  const flipped = rest.proof.replace(/..$/, (byte: string) => (byte === '00' ? '01' : '00'));
  return [
    text({ ...rest, statement: { ...statement, publicOutputs: [String(BigInt(output) + 1n)] } }),
    text({ ...rest, statement: { ...statement, publicInputs: [String(BigInt(input) + 1n)] } }),
    text({ ...rest, statement, proof: flipped }),
  ];
}

const skipped = BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : '';

describe('the package in a page', () => {
  const test = BROWSER === undefined ? it.skip : it;
  let home: string;
  let browser: Browser;
  let guest: { wasm: number[]; invoke: string; args: readonly string[] };
  let results: readonly string[];
  let node: Session;
  const sites: Site[] = [];
  let bundling: readonly string[];

  before(async () => {
    home = join(await installedPackage(), 'page');
    cpSync(join(import.meta.dirname, 'page'), home, { recursive: true });
    bundling = await buildPage({ root: home, configFile: false, base: './' });
    if (BROWSER === undefined) return;
    const { source, invoke, args, results: expected } = await readExample('fibonacci');
    const wasm = await compileGuest(source);
    guest = { wasm: [...wasm], invoke, args };
    results = expected;
    node = await openSession({ onWarning: () => {} });
    browser = await launchBrowser();
  });

  after(async () => {
    for (const site of sites) site.close();
    await browser?.close();
    await node?.dispose();
  });

  /** A page of an origin of its own, whose storage is empty. */
  async function visit(host: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const site = await serveFolder(join(home, 'dist'), headers);
    sites.push(site);
    const page = await (await browser.newContext()).newPage();
    // A busy machine takes ten times as long: only hangs end by the clock, that of mocha.
    page.setDefaultTimeout(0);
    page.on('pageerror', (error) => console.log(`page error: ${error.stack}`));
    await page.goto(`http://${host}:${site.port}/`);
    await page.waitForFunction('"page" in globalThis && "open" in globalThis.page');
    return page;
  }

  async function acceptedInNode(proof: string): Promise<void> {
    const wasm = new Uint8Array(guest.wasm);
    await verify(node, { document: readProofDocument(proof, 'proof of a page'), wasm });
    for (const forgery of forgeries(proof)) {
      const document = readProofDocument(forgery, 'forged proof');
      await assert.rejects(verify(node, { document, wasm }), { code: /^PROOF_/ });
    }
  }

  it('is bundled without a word of warning, and without what it does not use', () => {
    assert.deepEqual(bundling, []);
    const files = readdirSync(join(home, 'dist/assets'));
    assert.ok(!files.some((name) => /solc|commander|ethers|viem/.test(name)), files.join());
  });

  const kinds = [
    { kind: 'cross-origin isolated', host: 'localhost', headers: ISOLATION, isolated: true },
    { kind: 'not isolated, no secure context', host: INSECURE_HOST, headers: {}, isolated: false },
  ];
  for (const { kind, host, headers, isolated } of kinds) {
    describe(`${kind}${skipped}`, () => {
      let page: Page;
      let proven: Proven;

      test('opens a session with the key that Node has, on the threads there are', async () => {
        page = await visit(host, headers);
        const opened = await call<Opened>(page, 'open');
        assert.equal(opened.isolated, isolated);
        assert.equal(opened.secure, isolated);
        if (isolated) assert.ok(opened.threads > 1, `${opened.threads} threads`);
        else assert.equal(opened.threads, 1);
        // The browser tells of a worker some time after it was started.
        while (page.workers().length < opened.threads - 1) await page.waitForTimeout(20);
        assert.equal(page.workers().length, opened.threads - 1);
        assert.equal(opened.key, node.verifyingKey.digest);
        assert.deepEqual(opened.warnings, []);
      });

      test('runs and proves, reports progress and leaves the page its turns', async () => {
        proven = await call<Proven>(page, 'runAndProve', guest);
        assert.equal(proven.status, 'returned');
        assert.deepEqual(proven.results, results);
        const fractions = proven.progress.map(({ fraction }) => fraction);
        assert.deepEqual(
          fractions,
          fractions.toSorted((a, b) => a - b),
        );
        assert.equal(fractions.at(-1), 1);
        assert.ok(new Set(proven.progress.map(({ phase }) => phase)).size >= 5);
        assert.ok(proven.turns >= 5, `${proven.turns} turns of the event loop`);
      });

      test('verifies the proof, and refuses forged ones', async () => {
        assert.equal(await call(page, 'check', guest, proven.proof), 'accepted');
        for (const forgery of forgeries(proven.proof)) {
          assert.match(await call(page, 'check', guest, forgery), /^PROOF_/);
        }
      });

      test('makes proofs that Node accepts', () => acceptedInNode(proven.proof));

      test('aborts, and proves again in the same session', async () => {
        const { outcome, latency, leaked } = await call<{ outcome: string; latency: number; leaked: number }>(
          page,
          'abort',
          guest,
        );
        assert.equal(outcome, 'ABORTED');
        assert.ok(latency < proven.seconds, `${latency} s, a whole proof takes ${proven.seconds} s`);
        assert.equal(leaked, 0);
        const again = await call<Proven>(page, 'runAndProve', guest);
        assert.equal(await call(page, 'check', guest, again.proof), 'accepted');
      });

      test('ends its workers when the session is disposed of', async () => {
        await call(page, 'close');
        // A worker is ended some time after it is told to; mocha's own limit is how long that may take.
        while (page.workers().length > 0) await page.waitForTimeout(20);
      });

      test('computes no points at the second visit', async () => {
        await page.reload();
        await page.waitForFunction('"page" in globalThis && "open" in globalThis.page');
        const opened = await call<Opened>(page, 'open');
        assert.deepEqual(
          opened.progress.filter(({ phase }) => phase.includes('points')),
          [],
        );
        assert.deepEqual(opened.warnings, []);
        await call(page, 'close');
      });
    });
  }

  interface InWorker {
    readonly threads: number;
    readonly progress: readonly Progress[];
    readonly refused: object;
    readonly proof: string;
    readonly failed?: { readonly ours: boolean; readonly code: string };
  }

  test(`proves in a worker, which has threads of its own, tells how far it is and what is wrong${skipped}`, async () => {
    const page = await visit('localhost', ISOLATION);
    const { threads, progress, refused, proof } = await call<InWorker>(page, 'proveInWorker', guest);
    assertTold(threads, progress);
    const fix = 'Use one of its exports: "fibonacci"';
    assert.deepEqual(refused, { ours: true, code: 'EXPORT_MISSING', fix, where: 'module' });
    await acceptedInNode(proof);
    // What is disposed of is gone, its threads too.
    while (page.workers().length > 0) await page.waitForTimeout(20);
  });

  test(`a button stops what the worker executes, and the worker proves the next${skipped}`, async () => {
    const page = await visit('localhost', ISOLATION);
    const text = readFileSync(join(ROOT, 'test/cases/endless.wat'), 'utf8');
    const endless = { wasm: [...(await assembleWat(text))] };
    const going = call<{
      stopped: { code: string };
      phases: readonly string[];
      proof: string;
    }>(page, 'abortInWorker', endless, guest);
    await page.waitForFunction("/executing: \\d+/.test(document.querySelector('#abort').textContent)");
    await page.click('#abort');
    const { stopped, phases, proof } = await going;
    assert.equal(stopped.code, 'ABORTED');
    assert.ok(phases.includes('translating the module'));
    assert.match(phases.at(-1)!, /^executing/);
    await acceptedInNode(proof);
  });

  test(`says so where its worker cannot be loaded, and where a policy forbids it${skipped}`, async () => {
    const forbidden = {
      'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
    };
    for (const headers of [undefined, forbidden]) {
      const page = await visit('localhost', { ...ISOLATION, ...headers });
      // Not there, or an answer of the server that is no JavaScript.
      if (headers === undefined) await page.route(/host-/, (route) => route.fulfill({ body: 'no worker' }));
      const { failed } = await call<InWorker>(page, 'proveInWorker', guest);
      assert.deepEqual([failed?.ours, failed?.code], [true, 'PROVER_LOST']);
      await page.close();
    }
  });

  test(`proves on one thread where its policy forbids workers, without a store where it may not${skipped}`, async () => {
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";
    const page = await visit('localhost', { ...ISOLATION, 'Content-Security-Policy': policy });
    await page.evaluate(
      "IDBFactory.prototype.open = () => { throw new DOMException('not here', 'SecurityError') }",
    );
    const { warnings } = await call<Opened>(page, 'open');
    assert.match(warnings[0]!, /IndexedDB.*SecurityError: not here/);
    const { proof } = await call<Proven>(page, 'runAndProve', guest);
    assert.equal(page.workers().length, 0);
    await call(page, 'close');
    await acceptedInNode(proof);
  });
});
