import type { Command } from 'commander';
import { bindPrograms } from '../bind/bind-programs.ts';
import { programsOf, readManifestFile } from '../bind/manifest-file.ts';
import { MANIFEST_FILE } from '../defaults.ts';
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
  const check = flags.check === true;
  const programs = await bindPrograms(file, programsOf(file, names), {
    check,
    fix: `Run \`wattest bind\` (--manifest ${file.path}), look at what changed, and deploy contracts that hold an id again`,
    withIds: (work) => withIds(flags, ({ session }) => work(session)),
    onWarnings: (messages) => process.stderr.write(messages),
    onWritten: (paths) => process.stderr.write(`written: ${paths.join(', ')}\n`),
  });
  const shown = programs.map(({ name, id, files }) => ({ program: name, id, files }));
  if (flags.json === true) {
    printJson({ programs: shown });
    return;
  }
  for (const { program, id, files } of shown) {
    printTable([
      ['program', program],
      ['program id', id],
      [check ? 'up to date' : 'files', files],
    ]);
  }
}
