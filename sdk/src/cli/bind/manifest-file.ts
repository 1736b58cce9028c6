/** The manifest of a project, and where its programs' files lie. */
import { dirname, join } from 'node:path';
import { fail } from '../../errors/index.ts';
import { readManifest } from '../../typed/manifest.ts';
import type { Manifest, ManifestProgram } from '../../typed/program.ts';
import { readText } from '../files.ts';

const MOST_MANIFEST_BYTES = 2 ** 20;

export interface ManifestFile {
  readonly path: string;
  /** Paths of the manifest are relative to it. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** @throws FILE_UNREADABLE, MANIFEST_INVALID */
export async function readManifestFile(path: string): Promise<ManifestFile> {
  const text = await readText(path, 'Give the manifest of a project', MOST_MANIFEST_BYTES);
  return { path, folder: dirname(path), manifest: readManifest(text, path) };
}

/** @throws USAGE with the names that there are */
export function programOf({ path, manifest: { programs } }: ManifestFile, name: string): ManifestProgram {
  const found = programs.find((program) => program.name === name);
  if (found !== undefined) return found;
  return fail('USAGE', 'the manifest names no such program', {
    where: path,
    fix: `Give one of ${programs.map((program) => program.name).join(', ')}`,
  });
}

/** Those of these names, each once; without names all. @throws USAGE */
export function programsOf(file: ManifestFile, names: readonly string[]): readonly ManifestProgram[] {
  return names.length === 0
    ? file.manifest.programs
    : [...new Set(names)].map((name) => programOf(file, name));
}

/** The module that is run and proven: the given one, or that which `bind` compiled. */
export function moduleFile(
  { folder, manifest: { out } }: ManifestFile,
  { name, module }: ManifestProgram,
): string {
  return module === undefined ? join(folder, out.modules, `${name}.wasm`) : join(folder, module);
}
