/**
 * `npm run bench -- browser`: proofs in a page of Chromium, cross-origin isolated so that threads share memory, beside the same in Node, in
 * turn. The package is installed from its tarball and bundled as users do it.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { BROWSER, ISOLATION, launchBrowser, serveFolder } from '../lib/browser.ts';
import { installPackage } from '../lib/package.ts';
import { ROOT } from '../lib/tools.ts';
import { keep, measureInTurn, parseFlags } from './child.ts';
import { jobs } from './jobs.ts';
import { formatTable, middle, round } from './table.ts';

interface PageProof {
  readonly seconds: number;
}

export async function benchBrowser(args: readonly string[]): Promise<void> {
  if (BROWSER === undefined) throw new Error('no Chromium on this machine');
  const flags = parseFlags(args);
  const list = (await jobs(flags.only)).slice(0, flags.only === '' ? 2 : undefined);
  const home = mkdtempSync(join(tmpdir(), 'wattest-bench-page-'));
  const site = { close: () => {} };
  try {
    await installPackage(home);
    cpSync(join(ROOT, 'test/browser/page'), home, { recursive: true });
    await build({ root: home, configFile: false, base: './', logLevel: 'error' });
    const served = await serveFolder(join(home, 'dist'), ISOLATION);
    site.close = served.close;
    await using browser = await launchBrowser();
    const page = await browser.newPage();
    await page.goto(`http://localhost:${served.port}/`);
    await page.waitForFunction('"page" in globalThis && "open" in globalThis.page');
    const opened = await page.evaluate<{ threads: number; engine: string }>(
      `page.open(${JSON.stringify({ threads: flags.threads })})`,
    );
    const rows: { name: string; page: number; node: number }[] = [];
    for (const job of list) {
      const { wasm, ...rest } = job.parameters;
      const guest = JSON.stringify({ wasm: [...wasm], ...rest });
      const times: number[] = [];
      for (let i = 0; i <= flags.runs; i++) {
        // Proves, and verifies what it made.
        const { seconds } = await page.evaluate<PageProof>(`page.runAndProve(${guest})`);
        if (i > 0) times.push(seconds);
      }
      const [[node] = []] = await measureInTurn([job], {
        checkouts: [ROOT],
        threads: flags.threads,
        warmups: 1,
        runs: flags.runs,
        rounds: 1,
      });
      rows.push({
        name: job.name,
        page: middle(times),
        node: middle(node!.runs.map(({ total }) => total)) / 1000,
      });
    }
    process.stdout.write(
      `Chromium ${browser.version()}, ${opened.threads} threads, kernels ${opened.engine}\n\n${formatTable([
        ['program', 'page s', 'Node s', 'ratio'],
        ...rows.map((row) => [
          row.name,
          round(row.page, 2),
          round(row.node, 2),
          round(row.page / row.node, 2),
        ]),
      ])}`,
    );
    await keep(flags, { opened, rows });
  } finally {
    site.close();
    rmSync(home, { recursive: true, force: true });
  }
}
