/** A real browser for tests and measurements: Chromium of the system, and a server on this machine for its pages. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Path of the system's Chromium; undefined where there is none. */
export const BROWSER: string | undefined = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));

/** Path of the system's Firefox; undefined where there is none. */
export const FIREFOX: string | undefined = ['/usr/bin/firefox-esr', '/usr/lib/firefox/firefox'].find((path) =>
  existsSync(path),
);

/** A host name that leads here and is no secure context, as `localhost` would be. */
export const INSECURE_HOST = 'insecure.test';

/** Headers that make a page cross-origin isolated: with them it may share memory between threads. */
export const ISOLATION: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Starts the browser, without a window, with an empty profile that goes when it is closed. */
export function launchBrowser(): Promise<Browser> {
  if (BROWSER === undefined) throw new Error('no Chromium on this machine');
  return chromium.launch({
    executablePath: BROWSER,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
    ],
  });
}

export interface Site {
  readonly port: number;
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.ts': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** Serves the files of a folder on the loopback interface, TypeScript as JavaScript, all with the same additional headers. @param on port; 0: a free one */
export function serveFolder(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
  on = 0,
): Promise<Site> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    readFile(join(folder, path)).then(
      (bytes) => {
        response.writeHead(200, {
          'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
          ...headers,
        });
        response.end(extname(path) === '.ts' ? stripTypeScriptTypes(bytes.toString()) : bytes);
      },
      () => {
        response.writeHead(404);
        response.end();
      },
    );
  });
  return new Promise((resolve) => {
    server.listen(on, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
