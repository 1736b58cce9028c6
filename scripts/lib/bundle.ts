/**
 * The command in few files: what it needs to start is read, resolved and compiled once instead of module by module, which is a third
 * of the time of a short command. The library stays in modules, for bundlers of its users.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './tools.ts';

/** For what CommonJS among the dependencies asks Node for. */
const BANNER =
  "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);";

/** Writes `sdk/dist/command`: `start.js` and the chunks that it and commands load, source maps, licences of what is in them. */
export async function bundleCommand(): Promise<void> {
  const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'sdk/package.json'), 'utf8')) as {
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
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
    external: Object.keys(peerDependencies).flatMap((name) => [name, `${name}/*`]),
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
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
