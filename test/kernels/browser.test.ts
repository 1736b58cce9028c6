import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

interface PageResult {
  readonly isolated: boolean;
  readonly name: string;
  readonly threads: number;
  readonly ok: boolean;
  readonly disposed: boolean;
  readonly error?: string;
}

/** The sources as they are, types stripped, and a page that runs the kernels and posts what it found. */
const PAGE = `<!doctype html><script type="importmap">
{"imports":{"@noble/curves/":"/node_modules/@noble/curves/","@noble/hashes/":"/node_modules/@noble/hashes/"}}
</script><script type="module">
const report = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) });
try {
  const { createEngine } = await import('/sdk/src/kernels/index.ts');
  const engine = await createEngine({ threads: 2 });
  const columns = Array.from({ length: 6 }, () => engine.vector(4096));
  for (const [i, column] of columns.entries()) engine.write(column, 5, [BigInt(i + 1)]);
  await engine.interpolate(columns);
  const values = columns.map(() => engine.vector(4096));
  await engine.cosetEvaluate(values, columns, 1n, columns.map(() => []));
  const ok = values.every((v, i) => engine.read(v, 5, 1)[0] === BigInt(i + 1) && engine.read(v, 6, 1)[0] === 0n);
  const { name, threads } = engine;
  await engine.dispose();
  const disposed = await engine.scale(columns[0], 2n).then(() => false, (e) => e.code === 'ABORTED');
  await report({ isolated: crossOriginIsolated, name, threads, ok, disposed });
} catch (error) {
  await report({ error: String(error?.stack ?? error) });
}
</script>`;

function serve(isolated: boolean, onResult: (result: PageResult) => void): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (path === '/result') {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.end();
        onResult(JSON.parse(body) as PageResult);
      });
      return;
    }
    if (path === '/') {
      response.setHeader('Content-Type', 'text/html');
      response.end(PAGE);
      return;
    }
    const file = join(ROOT, path);
    if (!existsSync(file)) {
      response.statusCode = 404;
      response.end();
      return;
    }
    const source = readFileSync(file, 'utf8');
    response.setHeader('Content-Type', 'text/javascript');
    response.end(path.endsWith('.ts') ? stripTypeScriptTypes(source) : source);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function runInBrowser(isolated: boolean): Promise<PageResult> {
  const profile = mkdtempSync(join(tmpdir(), 'wattest-browser-'));
  let finish: (result: PageResult) => void = () => {};
  const result = new Promise<PageResult>((resolve) => {
    finish = resolve;
  });
  const server = await serve(isolated, (r) => finish(r));
  const { port } = server.address() as AddressInfo;
  const browser = spawn(
    BROWSER ?? '',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${profile}`,
      `http://localhost:${port}/`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => browser.on('exit', resolve));
  try {
    return await result;
  } finally {
    browser.kill();
    await ended;
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

describe(`kernels in a browser${BROWSER === undefined ? ' (skipped: no Chromium on this machine)' : ''}`, () => {
  const run = BROWSER === undefined ? it.skip : it;

  run('uses two threads where the page is cross-origin isolated', async () => {
    const result = await runInBrowser(true);
    assert.deepEqual(
      { ...result, name: undefined },
      { isolated: true, name: undefined, threads: 2, ok: true, disposed: true },
    );
  }).timeout(60_000);

  run('uses one thread where it is not', async () => {
    const result = await runInBrowser(false);
    assert.deepEqual(
      { ...result, name: undefined },
      { isolated: false, name: undefined, threads: 1, ok: true, disposed: true },
    );
  }).timeout(60_000);
});
