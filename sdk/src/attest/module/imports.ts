/** What a module's imports become (docs/imports.md): as callers say it, to what the translator takes. */
import { fail } from '../../errors/index.ts';
import type { OptionNames } from '../../json/options.ts';
import { Reader, type ReaderErrors } from '../../json/reader.ts';
import type { ImportBindings } from '../../machine/translate/imports.ts';
import { isReferenceType } from '../../wasm/opcodes.ts';
import { type Import, type Module, quote, quoteSome, type ValueType } from '../../wasm/types.ts';
import { parseNumber, type WordLike } from './words.ts';

export interface ImportParameters {
  /**
   * Calls of imported functions that nobody provides trap (`call of an import that nobody provides`). Without, a program that may call one is
   * refused. Part of the program id where there is such a call.
   */
  readonly trapImports?: boolean;
  /**
   * Values of imported globals, by `MODULE.NAME`, or NAME where one only is called so; of references `null`. They are part of the program
   * id.
   */
  readonly globals?: Readonly<Record<string, WordLike>>;
}

export const IMPORT_NAMES: OptionNames<ImportParameters> = { trapImports: true, globals: true };

/** @throws INPUT_INVALID for a global that the module does not import, that two names mean, or a value that is none */
export function importBindings(
  module: Module,
  { trapImports, globals = {} }: ImportParameters,
): ImportBindings {
  const imported = module.imports.filter(({ description }) => description.kind === 'global');
  const words = new Map<number, bigint>();
  for (const [name, value] of Object.entries(globals)) {
    const index = globalNamed(imported, name);
    const { description } = imported[index]!;
    if (description.kind !== 'global') continue;
    if (words.has(index)) invalid(`the global ${quote(name)} has two values`, 'Give one');
    words.set(index, wordOf(value, description.global.type, name));
  }
  return { trapImports, globals: words };
}

/** The same as text, for whoever has to bind the same imports elsewhere; alike for parameters that are. */
export function importsText({ trapImports = false, globals = {} }: ImportParameters): string {
  // A bigint is bits where a float is wanted, and a text of decimals is none.
  const text = (value: WordLike): string =>
    typeof value === 'bigint' && value >= 0n
      ? `0x${value.toString(16)}`
      : Object.is(value, -0)
        ? '-0'
        : String(value);
  const given = Object.entries(globals).map(([name, value]) => ({ name, value: text(value) }));
  return JSON.stringify({ trapImports, globals: given.toSorted((a, b) => (a.name < b.name ? -1 : 1)) });
}

/** @param errors the error that a text is which {@link importsText} does not write */
export function importsOfText(text: string, errors: ReaderErrors): ImportParameters {
  const top = Reader.parse(text, 'imports of a run', errors);
  const globals = top
    .at('globals')
    .list((item) => [item.at('name').text(), item.at('value').text()] as const);
  return { trapImports: top.at('trapImports').boolean(), globals: Object.fromEntries(globals) };
}

function globalNamed(imported: readonly Import[], wanted: string): number {
  const full = imported.findIndex(({ module, name }) => `${module}.${name}` === wanted);
  if (full >= 0) return full;
  const short = imported.flatMap(({ name }, i) => (name === wanted ? [i] : []));
  if (short.length === 1) return short[0]!;
  const names = imported.map(({ module, name }) => `${module}.${name}`);
  return invalid(
    short.length === 0
      ? `the module imports no global ${quote(wanted)}`
      : `several imported globals are called ${quote(wanted)}`,
    names.length === 0 ? 'Leave it out: it imports none' : `Use one of ${quoteSome(names)}`,
  );
}

function wordOf(value: WordLike, type: ValueType, name: string): bigint {
  if (!isReferenceType(type)) return parseNumber(value, type, `globals ${quote(name)}`);
  if (value === 'null') return 0n;
  return invalid(
    `the global ${quote(name)} is a reference (${type})`,
    'Give null: there is nothing else outside',
  );
}

function invalid(what: string, fix: string): never {
  fail('INPUT_INVALID', what, { where: 'globals', fix });
}
