/** What imports become, on the command line. */
import { type Command, InvalidArgumentError } from 'commander';
import type { ImportParameters } from '../attest/module/imports.ts';

export interface ImportFlags {
  readonly trapImports?: boolean;
  readonly global?: readonly (readonly [name: string, value: string])[];
}

type Given = NonNullable<ImportFlags['global']>;

function global(text: string, before: Given = []): Given {
  // Values have no "=", names may.
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give NAME=VALUE, such as env.__memory_base=1024');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (before.some(([known]) => known === name)) throw new InvalidArgumentError(`${name} was given before`);
  return [...before, [name, value]];
}

/** Adds them; whatever they say is part of the program id. */
export function withImportOptions(command: Command): Command {
  return command
    .option('--trap-imports', 'calls of imported functions that nobody provides trap (docs/imports.md)')
    .option(
      '--global <name=value>',
      'the value of an imported global, MODULE.NAME or NAME; repeatable',
      global,
    );
}

export function importsOf({ trapImports, global: given }: ImportFlags): ImportParameters {
  return {
    ...(trapImports === undefined ? {} : { trapImports }),
    ...(given === undefined ? {} : { globals: Object.fromEntries(given) }),
  };
}
