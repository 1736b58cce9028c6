/** Files with names of their own, on the command line. */
import { InvalidArgumentError } from 'commander';

export interface NamedPath {
  readonly name: string;
  readonly path: string;
}

/** `NAME=PATH`, of an option that may be given several times. */
export function namedPath(text: string, before: readonly NamedPath[] = []): readonly NamedPath[] {
  const [, name, path] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || path === undefined)
    throw new InvalidArgumentError('Give NAME=PATH, such as data/table.csv=table.csv');
  if (before.some((known) => known.name === name)) throw new InvalidArgumentError(`${name} was given before`);
  return [...before, { name, path }];
}
