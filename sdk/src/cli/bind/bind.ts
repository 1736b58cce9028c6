/** What `wattest bind` writes of a program, made in memory: to be written, or compared with what is there. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadProgram } from '../../attest/module/load.ts';
import { idOfProgram } from '../../attest/session/identify.ts';
import type { Ids } from '../../attest/session/session.ts';
import { fail } from '../../errors/index.ts';
import type { Program } from '../../machine/program.ts';
import { writeWhole } from '../../platform/node-storage.ts';
import { type Hex, machineDigest } from '../../plonk/keys/key.ts';
import { generateAssemblyScript } from '../../typed/generate/assemblyscript.ts';
import { generateC } from '../../typed/generate/c.ts';
import { GENERATED, guestFile, guestLanguage } from '../../typed/generate/names.ts';
import { generateRust } from '../../typed/generate/rust.ts';
import { generateSolidity } from '../../typed/generate/solidity.ts';
import { generateTypeScript } from '../../typed/generate/typescript.ts';
import type { GuestLanguage, ManifestProgram, TypedInterface } from '../../typed/program.ts';
import { compileSource } from '../compile/compile.ts';
import { readBytes, requireWritable } from '../files.ts';
import { type ManifestFile, moduleFile } from './manifest-file.ts';

export interface BoundFile {
  readonly path: string;
  /** They say that they were generated: a text in its first line, a module in a custom section. */
  readonly bytes: Uint8Array;
}

const GUESTS: Readonly<Record<GuestLanguage, (program: TypedInterface) => string>> = {
  c: generateC,
  rust: generateRust,
  assemblyscript: generateAssemblyScript,
};

const text = (path: string, content: string): BoundFile => ({
  path,
  bytes: new TextEncoder().encode(content),
});

/** The guest's side, which its source includes; undefined where there is no source and no language is named. */
export function guestBindings({ folder }: ManifestFile, program: ManifestProgram): BoundFile | undefined {
  const language = guestLanguage(program);
  if (language === undefined) return undefined;
  const beside = dirname(join(folder, program.source ?? program.module!));
  return text(join(beside, guestFile(program.name, language)), GUESTS[language](program));
}

/** The module: compiled, where the manifest has a source. @throws FILE_UNREADABLE, COMPILER_MISSING, COMPILER_FAILED */
export async function moduleOf(
  file: ManifestFile,
  program: ManifestProgram,
  onWarnings: (messages: string) => void,
): Promise<BoundFile> {
  const { source } = program;
  const path = moduleFile(file, program);
  if (source === undefined) return { path, bytes: await readBytes(path) };
  return { path, bytes: marked(await compileSource(join(file.folder, source), { onWarnings })) };
}

/** A module with a last section that says where it is from. Nothing of a module's meaning, nor its program id, is in custom sections. */
function marked(wasm: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const [name, content] = [encoder.encode('wattest.bind'), encoder.encode(GENERATED)];
  const size = 1 + name.length + content.length;
  // Numbers below 128 are their own LEB128.
  if (size >= 128) throw new RangeError('the section is too long for a size of one byte');
  return Uint8Array.from([...wasm, 0, size, name.length, ...name, ...content]);
}

/** What an entry must be, so that all that goes in and out are the words of the manifest. @throws MANIFEST_INVALID */
export function requireTypedEntry({ entryType, streams, typed, entryName }: Program, where: string): void {
  const problem =
    typed !== undefined
      ? 'is a signature; name an export'
      : entryType.parameters.length > 0 || entryType.results.length > 0
        ? 'takes or returns numbers, which would stand among the words of inputs or outputs'
        : streams === undefined
          ? undefined
          : 'belongs to a program that reads or writes streams, whose bytes would stand among those words';
  if (problem === undefined) return;
  fail('MANIFEST_INVALID', `the entry "${entryName}" ${problem}`, {
    where,
    fix: 'Enter a function without parameters and results that uses the generated bindings',
  });
}

/** Files that name the id, and the id. @throws what `inspect` of the module throws, TRACE_TOO_TALL */
export async function hostBindings(
  file: ManifestFile,
  program: ManifestProgram,
  wasm: Uint8Array,
  ids: Ids,
): Promise<{ readonly id: Hex; readonly files: readonly BoundFile[] }> {
  const { folder, manifest } = file;
  const { name, entry } = program;
  const loaded = loadProgram(wasm, entry).program;
  requireTypedEntry(loaded, `${file.path}: programs.${name}`);
  const id = await idOfProgram(ids, loaded);
  const identity = { id, machine: machineDigest(ids.circuit), insecure: ids.srs.insecure };
  return {
    id,
    files: [
      text(join(folder, manifest.out.typescript, `${name}.ts`), generateTypeScript(program, identity)),
      text(join(folder, manifest.out.solidity, `${name}.sol`), generateSolidity(program, identity)),
    ],
  };
}

async function existing(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

const same = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && Buffer.compare(a, b) === 0;

/** Refuses what is there and was not generated, before anything is written. @throws FILE_UNWRITABLE */
export async function requireOwn(files: readonly BoundFile[], inputs: readonly string[]): Promise<void> {
  for (const { path } of files) {
    await mkdir(dirname(path), { recursive: true });
    await requireWritable(path, ...inputs);
    const old = await existing(path);
    if (old === undefined || new TextDecoder().decode(old).includes(GENERATED)) continue;
    fail('FILE_UNWRITABLE', 'is there, and `wattest bind` did not write it', {
      where: path,
      fix: 'Move it away, or give the program another name',
    });
  }
}

/** Writes what is not there as it is; others keep their time. */
export async function writeBound({ path, bytes }: BoundFile): Promise<void> {
  if (!same(await existing(path), bytes)) await writeWhole(path, [bytes]);
}

/** @throws BINDINGS_STALE for the first file that is missing or another one */
export async function requireFresh(files: readonly BoundFile[], fix: string): Promise<void> {
  for (const { path, bytes } of files) {
    const old = await existing(path);
    if (same(old, bytes)) continue;
    fail(
      'BINDINGS_STALE',
      old === undefined ? 'is missing' : 'is not what the manifest and the source make',
      {
        where: path,
        fix,
      },
    );
  }
}
