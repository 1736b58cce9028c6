/** The kernels' sources, types stripped, in a real browser without a bundler: an import map is all they need. */
import assert from 'node:assert/strict';
import { BROWSER, ISOLATION, launchBrowser, serveFolder } from '../../scripts/lib/browser.ts';
import { ROOT } from '../../scripts/lib/tools.ts';

/** An inverse and a forward FFT of a few columns, a signal through the pool, and its end. */
const SCRIPT = `(async () => {
  const map = document.createElement('script');
  map.type = 'importmap';
  map.textContent = JSON.stringify({
    imports: {
      '@noble/curves/': '/node_modules/@noble/curves/',
      '@noble/hashes/': '/node_modules/@noble/hashes/',
    },
  });
  document.head.append(map);
  const { createEngine } = await import('/sdk/src/kernels/index.ts');
  const engine = await createEngine({ threads: 2 });
  const columns = Array.from({ length: 6 }, () => engine.vector(4096));
  for (const [i, column] of columns.entries()) engine.write(column, 5, [BigInt(i + 1)]);
  await engine.interpolate(columns);
  const values = columns.map(() => engine.vector(4096));
  await engine.cosetEvaluate(values, columns, 1n, columns.map(() => []));
  const ok = values.every((v, i) => engine.read(v, 5, 1)[0] === BigInt(i + 1) && engine.read(v, 6, 1)[0] === 0n);
  const { threads } = engine;
  await engine.dispose();
  const disposed = await engine.scale(columns[0], 2n).then(() => false, (e) => e.code === 'ABORTED');
  return { isolated: crossOriginIsolated, threads, ok, disposed };
})()`;

async function runInBrowser(headers: Readonly<Record<string, string>>): Promise<unknown> {
  const site = await serveFolder(ROOT, headers);
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://localhost:${site.port}/test/kernels/fixtures/empty.html`);
    return await page.evaluate(SCRIPT);
  } finally {
    await browser.close();
    site.close();
  }
}

describe(`kernels in a browser${BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : ''}`, () => {
  const run = BROWSER === undefined ? it.skip : it;

  run('use two threads where the page is cross-origin isolated', async () => {
    assert.deepEqual(await runInBrowser(ISOLATION), { isolated: true, threads: 2, ok: true, disposed: true });
  });

  run('use one thread where it is not', async () => {
    assert.deepEqual(await runInBrowser({}), { isolated: false, threads: 1, ok: true, disposed: true });
  });
});
