/** The package installed from its tarball, once for all tests of this area: folders in it find it as projects do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from '../../../scripts/lib/package.ts';

let installed: Promise<string> | undefined;

/** A folder with the package in its `node_modules`. */
export function installedPackage(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'wattest-pages-'));
  await installPackage(home);
  return home;
}

// Of the whole process: whichever file comes last.
after(async () => {
  const home = await installed?.catch(() => undefined);
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
});
