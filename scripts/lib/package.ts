/** The package as its users have it: packed, and unpacked into a project of theirs. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { lockFile } from '../../sdk/src/platform/node-lock.ts';
import { placeOf, runFolder } from './run-cache.ts';
import { ROOT } from './tools.ts';

const execute = promisify(execFile);

export interface Manifest {
  readonly keywords: readonly string[];
  readonly license: string;
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
  readonly scripts: Record<string, string>;
}

/** Waits for other processes that do work of this name. */
export async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
  const folder = join(ROOT, 'build');
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const release = await lockFile(join(folder, name)).catch((error: unknown) => {
      if (isWattestError(error, 'RESUME_BUSY')) return undefined;
      throw error;
    });
    if (release === undefined) {
      await pause(200);
      continue;
    }
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

export interface Packed {
  readonly tarball: string;
  readonly files: string[];
}

let packed: Promise<Packed> | undefined;

/** Builds and packs the package, once in a run of the tests, else in a process: whoever installs it has the same. The tarball goes with either. */
export function packPackage(): Promise<Packed> {
  packed ??= alone('package', async () => {
    const place = placeOf('package');
    const known = place?.read();
    if (known !== undefined) return JSON.parse(known.toString()) as Packed;
    const run = runFolder();
    const folder = mkdtempSync(join(run ?? tmpdir(), 'wattest-tarball-'));
    if (run === undefined) process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    const options = ['--pack-destination', folder, '--json', '--silent', '--foreground-scripts=false'];
    const { stdout } = await execute('npm', ['pack', '--workspace', 'wattest', ...options], { cwd: ROOT });
    const report = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as
      | { filename: string; files: { path: string }[] }[]
      | Record<string, { filename: string; files: { path: string }[] }>;
    const [{ filename, files }] = Object.values(report) as [{ filename: string; files: { path: string }[] }];
    const made: Packed = { tarball: join(folder, filename), files: files.map(({ path }) => path) };
    place?.write(JSON.stringify(made));
    return made;
  });
  return packed;
}

/** Builds and packs the package and installs it, with its dependencies and without its peers, in the folder `home`. */
export async function installPackage(
  home: string,
): Promise<{ readonly files: string[]; readonly manifest: Manifest }> {
  const folder = join(home, 'node_modules/wattest');
  const { tarball, files } = await packPackage();
  mkdirSync(folder, { recursive: true });
  await execute('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys(manifest.dependencies)) linkPackage(home, name);
  return { files: [...files], manifest };
}

/** Makes a package of this repository's install one of the project in `home`, if it is not yet. */
export function linkPackage(home: string, name: string): void {
  if (existsSync(join(home, 'node_modules', name))) return;
  mkdirSync(dirname(join(home, 'node_modules', name)), { recursive: true });
  // The package's own come first: what stands at the top may be another version, of somebody else's.
  const from = ['sdk/node_modules', 'node_modules']
    .map((folder) => join(ROOT, folder, name))
    .find(existsSync);
  symlinkSync(from ?? join(ROOT, 'node_modules', name), join(home, 'node_modules', name), 'junction');
}
