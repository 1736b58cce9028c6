/**
 * `npm run bench -- browser`: proofs in a page of Chromium, cross-origin isolated so that threads share memory, beside the same in Node, in
 * turn, with the kernels of Node and with those of the page: what the page cannot have is apart from what it costs. The package is installed from its tarball and bundled as users do it.
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
  /** Milliseconds. */
  readonly timings: Readonly<Record<string, number>>;
}

const PHASES = ['total', 'commit', 'helpers', 'quotient', 'open', 'verify'] as const;

/** Medians, in seconds. */
function medians(timings: readonly Readonly<Record<string, number>>[]): number[] {
  return PHASES.map((phase) => middle(timings.map((run) => run[phase] ?? Number.NaN)) / 1000);
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
    const rows: { name: string; page: number[]; node: number[]; narrow: number[] }[] = [];
    for (const job of list) {
      const { wasm, ...rest } = job.parameters;
      const guest = JSON.stringify({ wasm: [...wasm], ...rest });
      const times: PageProof['timings'][] = [];
      for (let i = 0; i <= flags.runs; i++) {
        // Proves, and verifies what it made.
        const { timings } = await page.evaluate<PageProof>(`page.runAndProve(${guest})`);
        if (i > 0) times.push(timings);
      }
      const inNode = async (narrow: boolean): Promise<number[]> => {
        const [[measured] = []] = await measureInTurn([job], {
          checkouts: [ROOT],
          threads: flags.threads,
          narrow,
          warmups: 1,
          runs: flags.runs,
          rounds: 1,
        });
        return medians(measured!.runs.map(({ total, timings }) => ({ ...timings, total })));
      };
      rows.push({
        name: job.name,
        page: medians(times),
        node: await inNode(false),
        narrow: await inNode(true),
      });
    }
    process.stdout.write(
      `Chromium ${browser.version()}, ${opened.threads} threads, kernels ${opened.engine}\n\n${formatTable([
        ['program', 'phase', 'page s', 'Node s', 'ratio', 'Node, two lanes, s', 'ratio'],
        ...rows.flatMap(({ name, page: inPage, node, narrow }) =>
          PHASES.map((phase, i) => [
            name,
            phase,
            round(inPage[i]!, 3),
            round(node[i]!, 3),
            round(inPage[i]! / node[i]!, 2),
            round(narrow[i]!, 3),
            round(inPage[i]! / narrow[i]!, 2),
          ]),
        ),
      ])}`,
    );
    await keep(flags, { opened, rows });
  } finally {
    site.close();
    rmSync(home, { recursive: true, force: true });
  }
}
