/** What `wattest bind` generated, with the package as this repository has it, unbuilt. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../structure/sources.ts';

/** @param path of the TypeScript, in the repository */
export async function importGenerated<M>(path: string): Promise<M> {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-generated-'));
  try {
    const copy = join(folder, basename(path));
    const typed = pathToFileURL(join(ROOT, 'sdk/src/typed.ts')).href;
    writeFileSync(copy, readFileSync(join(ROOT, path), 'utf8').replace("'wattest/typed'", `'${typed}'`));
    return (await import(pathToFileURL(copy).href)) as M;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
