import type { Command } from 'commander';
import { isWattestError } from '../../errors/index.ts';
import type { ManifestProgram } from '../../typed/program.ts';
import {
  type BoundFile,
  guestBindings,
  hostBindings,
  moduleOf,
  requireFresh,
  requireOwn,
  writeBound,
} from '../bind/bind.ts';
import { MANIFEST_FILE, type ManifestFile, programOf, readManifestFile } from '../bind/manifest-file.ts';
import { printJson, printTable } from '../options.ts';
import { withIds } from '../session.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';

interface Flags extends SessionFlags {
  readonly manifest: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `wattest bind`: typed programs. */
export function registerBind(program: Command): void {
  withSessionOptions(
    program
      .command('bind')
      .argument('[program...]', 'programs of the manifest (default: all)')
      .option('--manifest <file>', 'the manifest (docs/typed-programs.md)', MANIFEST_FILE)
      .option('--check', 'write nothing; fail where a file or an id is not what it would be')
      .option('--json', 'one JSON object on standard output'),
  ).action(bindCommand);
}

async function bindCommand(names: readonly string[], flags: Flags): Promise<void> {
  const file = await readManifestFile(flags.manifest);
  const programs =
    names.length === 0 ? file.manifest.programs : [...new Set(names)].map((name) => programOf(file, name));
  const fix = `Run \`wattest bind\` (--manifest ${file.path}), look at what changed, and deploy contracts that hold an id again`;
  const done = async (files: readonly BoundFile[]): Promise<void> => {
    if (flags.check === true) return requireFresh(files, fix);
    for (const each of files) await writeBound(each);
  };

  // Sources include them, so they come first, and stay where a source does not compile yet.
  const guests = programs.flatMap((program) => guestBindings(file, program) ?? []);
  if (flags.check !== true) await requireOwn(guests, inputsOf(file));
  await done(guests);
  const modules: { readonly program: ManifestProgram; readonly module: BoundFile }[] = [];
  for (const program of programs) {
    const module = await moduleOf(file, program, (messages) => process.stderr.write(messages)).catch(
      (error: unknown) => {
        if (isWattestError(error, 'FILE_UNREADABLE') && flags.check !== true && guests.length > 0)
          process.stderr.write(`written: ${guests.map(({ path }) => path).join(', ')}\n`);
        throw error;
      },
    );
    modules.push({ program, module });
  }
  const bound = await withIds(flags, async ({ session }) => {
    const list = [];
    for (const { program, module } of modules) {
      const { id, files } = await hostBindings(file, program, module.bytes, session);
      list.push({ program, id, files: [...(program.source === undefined ? [] : [module]), ...files] });
    }
    return list;
  });
  const files = bound.flatMap((each) => each.files);
  if (flags.check !== true) await requireOwn(files, inputsOf(file));
  await done(files);

  const shown = bound.map(({ program, id, files: own }) => ({
    program: program.name,
    id,
    files: [guestBindings(file, program), ...own].flatMap((each) => each?.path ?? []),
  }));
  if (flags.json === true) {
    printJson({ programs: shown });
    return;
  }
  for (const { program, id, files: own } of shown) {
    printTable([
      ['program', program],
      ['program id', id],
      [flags.check === true ? 'up to date' : 'files', own],
    ]);
  }
}

/** What is read is never written to. */
const inputsOf = ({ path, folder, manifest: { programs } }: ManifestFile): readonly string[] => [
  path,
  ...programs.flatMap(({ source, module }) =>
    [source, module].flatMap((each) => (each ? [`${folder}/${each}`] : [])),
  ),
];
