/** Entry point `wattest/vite`: a plugin that makes pages cross-origin isolated, so that proving has threads, and leaves the worker's file where it is found. */

/** Headers that make a page cross-origin isolated: with them it may share memory between threads. */
export const ISOLATION_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export interface WattestPluginOptions {
  /**
   * Also builds a file `_headers`, from which Netlify, Cloudflare Pages and others take the headers that they send. Default false. Other servers are configured with
   * {@link ISOLATION_HEADERS}.
   */
  readonly headersFile?: boolean;
}

interface Served {
  headers?: Record<string, unknown> | undefined;
}

/** What of Vite's configuration is looked at and added to. */
export interface ViteConfig {
  readonly server?: unknown;
  readonly preview?: unknown;
}

/** What is added to it. */
export interface ViteAdditions {
  readonly server: { readonly headers: Record<string, string> };
  readonly preview: { readonly headers: Record<string, string> };
  readonly optimizeDeps: { readonly exclude: string[] };
}

/** A plugin of Vite, of which nothing is imported. */
export interface WattestPlugin {
  readonly name: 'wattest';
  config(config: ViteConfig): ViteAdditions;
  generateBundle(this: {
    emitFile(file: { readonly type: 'asset'; readonly fileName: string; readonly source: string }): unknown;
  }): void;
}

/** For `plugins` of a Vite configuration. Headers that the configuration has itself stay as they are. */
export function wattest({ headersFile = false }: WattestPluginOptions = {}): WattestPlugin {
  return {
    name: 'wattest',
    config: ({ server, preview }) => ({
      server: { headers: missingIn(server) },
      preview: { headers: missingIn(preview) },
      // What is prepared for development moves, and would no longer find the worker's file beside it.
      optimizeDeps: { exclude: ['wattest'] },
    }),
    generateBundle() {
      if (headersFile) this.emitFile({ type: 'asset', fileName: '_headers', source: headersText() });
    },
  };
}

function missingIn(served: unknown): Record<string, string> {
  const own = (served as Served | undefined)?.headers ?? {};
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  return Object.fromEntries(
    Object.entries(ISOLATION_HEADERS).filter(([name]) => !names.has(name.toLowerCase())),
  );
}

const headersText = (): string =>
  ['/*', ...Object.entries(ISOLATION_HEADERS).map(([name, value]) => `  ${name}: ${value}`), ''].join('\n');
