/**
 * `npm run bench -- browser`: proofs in a page of Chromium and of Firefox where it is there, cross-origin isolated so that threads share memory, by the page itself and by a worker, in turn; beside the same in
 * Node, with the kernels of Node and with those of the page: what the page cannot have is apart from what it costs. The package is installed from its tarball and bundled as users do it.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { driveChromium, driveFirefox, type Tab } from '../../test/browser/lib/tabs.ts';
import { BROWSER, FIREFOX, ISOLATION, serveFolder } from '../lib/browser.ts';
import { installPackage } from '../lib/package.ts';
import { ROOT } from '../lib/tools.ts';
import { type Flags, keep, measureInTurn, parseFlags } from './child.ts';
import { type Job, jobs } from './jobs.ts';
import { formatTable, middle, round } from './table.ts';

/** By phase, in milliseconds. */
type Timings = Readonly<Record<string, number>>;

const PHASES = ['total', 'commit', 'helpers', 'quotient', 'open', 'verify'] as const;

/** Medians, in seconds. */
function medians(timings: readonly Timings[]): number[] {
  return PHASES.map((phase) => middle(timings.map((run) => run[phase] ?? Number.NaN)) / 1000);
}

/** A page that proves, and what it took. */
interface Place {
  readonly version: string;
  readonly tab: Tab;
  readonly opened: { readonly threads: number; readonly engine: string };
}

interface Measured {
  /** Of the page's own session, by phase. */
  readonly page: number[];
  /** Of a worker's, as the page sees it. */
  readonly worker: number;
}

/** Each place in turn; the first round counts nowhere. */
async function inPages(places: readonly Place[], job: Job, { runs, threads }: Flags): Promise<Measured[]> {
  const { wasm, ...rest } = job.parameters;
  const guest = JSON.stringify({ wasm: [...wasm], ...rest });
  const times = places.map(() => ({ page: [] as Timings[], worker: [] as number[] }));
  for (let i = 0; i <= runs; i++) {
    for (const [j, { tab }] of places.entries()) {
      const { timings } = await tab.evaluate<{ timings: Timings }>(`page.runAndProve(${guest})`);
      const inWorker = await tab.evaluate<number>(`page.timeInWorker(${guest}, { threads: ${threads} })`);
      if (i === 0) continue;
      times[j]!.page.push(timings);
      times[j]!.worker.push(inWorker);
    }
  }
  return times.map(({ page, worker }) => ({ page: medians(page), worker: middle(worker) / 1000 }));
}

async function inNode(job: Job, { runs, threads }: Flags, narrow: boolean): Promise<number[]> {
  const options = { checkouts: [ROOT], threads, narrow, warmups: 1, runs, rounds: 1 };
  const [[measured] = []] = await measureInTurn([job], options);
  return medians(measured!.runs.map(({ total, timings }) => ({ ...timings, total })));
}

export async function benchBrowser(args: readonly string[]): Promise<void> {
  if (BROWSER === undefined) throw new Error('no Chromium on this machine');
  const flags = parseFlags(args);
  const list = (await jobs(flags.only)).slice(0, flags.only === '' ? 2 : undefined);
  const home = mkdtempSync(join(tmpdir(), 'wattest-bench-page-'));
  await using ends = new AsyncDisposableStack();
  ends.defer(() => rmSync(home, { recursive: true, force: true }));
  await installPackage(home);
  cpSync(join(ROOT, 'test/browser/page'), home, { recursive: true });
  await build({ root: home, configFile: false, base: './', logLevel: 'error' });
  const site = await serveFolder(join(home, 'dist'), ISOLATION);
  ends.defer(() => site.close());
  const places: Place[] = [];
  for (const drive of [driveChromium, ...(FIREFOX === undefined ? [] : [driveFirefox])]) {
    const driver = await drive();
    ends.defer(() => driver.close());
    const tab = await driver.newTab();
    await tab.goto(`http://localhost:${site.port}/`);
    await tab.until('"page" in globalThis && "open" in globalThis.page');
    const opened = await tab.evaluate<Place['opened']>(`page.open({ threads: ${flags.threads} })`);
    places.push({ version: driver.version, tab, opened });
  }
  const rows: {
    readonly name: string;
    readonly pages: readonly Measured[];
    readonly node: readonly number[];
    readonly narrow: readonly number[];
  }[] = [];
  for (const job of list) {
    const pages = await inPages(places, job, flags);
    rows.push({
      ...{ name: job.name, pages },
      node: await inNode(job, flags, false),
      narrow: await inNode(job, flags, true),
    });
  }
  const [{ version }, ...others] = places as [Place, ...Place[]];
  const seconds = (value: number): number => round(value, 3);
  const ratio = (value: number, to: number): number => round(value / to, 2);
  const said = places.map(
    ({ version: each, opened }) => `${each}, ${opened.threads} threads, kernels ${opened.engine}\n`,
  );
  const beside = formatTable([
    [
      ...['program', 'phase', `${version} s`, 'Node s', 'ratio', 'Node, two lanes, s', 'ratio'],
      ...others.flatMap((other) => [`${other.version} s`, 'to Chromium']),
    ],
    ...rows.flatMap(({ name, pages: [chromium, ...more], node, narrow }) =>
      PHASES.map((phase, i) => {
        const own = chromium!.page[i]!;
        return [
          ...[name, phase, seconds(own), seconds(node[i]!), ratio(own, node[i]!)],
          ...[seconds(narrow[i]!), ratio(own, narrow[i]!)],
          ...more.flatMap(({ page }) => [seconds(page[i]!), ratio(page[i]!, own)]),
        ];
      }),
    ),
  ]);
  const byWorker = formatTable([
    ['program', ...places.flatMap((place) => [`${place.version}, page s`, 'worker s', 'ratio'])],
    ...rows.map(({ name, pages }) => [
      name,
      ...pages.flatMap(({ page: [total], worker }) => [
        ...[seconds(total!), seconds(worker), ratio(worker, total!)],
      ]),
    ]),
  ]);
  process.stdout.write(`${said.join('')}\n${beside}\n${byWorker}`);
  await keep(flags, { places: places.map(({ version: of, opened }) => ({ of, opened })), rows });
}
