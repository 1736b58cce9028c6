/**
 * The command in few files: what it needs to start is read, resolved and compiled once instead of module by module, which is a third
 * of the time of a short command. The library stays in modules, for bundlers of its users.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './tools.ts';

/** For what CommonJS among the dependencies asks Node for. */
const BANNER =
  "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);";

/** Writes `sdk/dist/command`: `start.js` and the chunks that it and commands load, source maps, licences of what is in them. */
export async function bundleCommand(): Promise<void> {
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(ROOT, 'sdk/package.json'), 'utf8'),
  ) as Readonly<Record<'dependencies' | 'peerDependencies', Readonly<Record<string, string>>>>;
  const outdir = join(ROOT, 'sdk/dist/command');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: { start: 'sdk/src/cli/start.ts' },
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'node',
    // What the oldest Node of the package reads.
    target: 'node20.19',
    sourcemap: true,
    banner: { js: BANNER },
    external: Object.keys(peerDependencies).flatMap((name) => [name, `${name}/*`]),
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'LICENSES.txt'), Object.keys(dependencies).map(licenceOf).join('\n'));
}

/** Of a dependency that stands in the bundle, whose licence asks for its text. */
function licenceOf(name: string): string {
  const paths = createRequire(join(ROOT, 'sdk/package.json')).resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return `${name}\n\n${readFileSync(join(path, name, 'LICENSE'), 'utf8')}`;
    } catch {}
  }
  throw new Error(`${name} has no LICENSE`);
}
