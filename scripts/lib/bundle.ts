/** What of the package is bundled. The library stays in modules, for bundlers of its users. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './tools.ts';

/** For what CommonJS among the dependencies asks Node for. */
const BANNER =
  "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);";

/** Packages that are the user's, and all that is in them. */
function peers(): string[] {
  const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'sdk/package.json'), 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  return Object.keys(peerDependencies).flatMap((name) => [name, `${name}/*`]);
}

/**
 * The command in few files: what it needs to start is read, resolved and compiled once instead of module by module, which is a third
 * of the time of a short command. Writes `sdk/dist/command`: `start.js` and the chunks that it and commands load, source maps, licences of what is in them.
 */
export async function bundleCommand(): Promise<void> {
  const outdir = join(ROOT, 'sdk/dist/command');
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
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
    external: peers(),
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
}

/**
 * The worker in one file: import maps of pages do not reach into workers. It takes the place of its module in `sdk/dist/worker`, and whoever starts it names it as
 * it is there.
 */
export async function bundleWorker(): Promise<void> {
  const folder = join(ROOT, 'sdk/dist/worker');
  const starter = join(folder, 'thread.js');
  const text = readFileSync(starter, 'utf8');
  const named = text.replace(
    "new URL('./host.ts', import.meta.url)",
    "new URL('./host.js', import.meta.url)",
  );
  if (named === text) throw new Error(`${starter} starts no worker`);
  writeFileSync(starter, named);
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['sdk/src/worker/host.ts'],
    outfile: join(folder, 'host.js'),
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    sourcemap: true,
    external: peers(),
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(folder, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
}

/** Of the packages that files are of, whose licences ask for their text. */
function licencesOf(files: readonly string[]): string {
  const folders = files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0]);
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .sort()
    .map((folder) => {
      const { name } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as {
        name: string;
      };
      return `${name}\n\n${readFileSync(join(ROOT, folder, 'LICENSE'), 'utf8')}`;
    })
    .join('\n');
}
