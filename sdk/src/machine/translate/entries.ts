/** What the images of all exports are made of, from one translation of everything that they reach. */
import { isWattestError, type WattestError } from '../../errors/index.ts';
import { refuseUnsupported } from '../../wasm/features.ts';
import { exportedFunction, indexSpaces, type Module } from '../../wasm/types.ts';
import type { ImageParts } from '../image.ts';
import { type FailureName, PROVEN_TRAPS } from '../program.ts';
import { functionReferences, initialState, layoutOf } from './initial.ts';
import { Linker, type Part } from './linker.ts';
import { SUPPORTED } from './supported.ts';
import { entryStub, provenExits, translate, trapExit } from './translate.ts';

/** The rows of a program, or why there is none. */
export type EntryParts = ImageParts | WattestError;

/**
 * For each of these exported functions, or typed entries of them, what `translate` would make of it, without making it.
 * @throws MODULE_UNSUPPORTED, MODULE_TOO_LARGE, INSTANTIATION_FAILED for what concerns all of them
 */
export function entryParts(module: Module, entries: readonly string[]): ReadonlyMap<string, EntryParts> {
  refuseUnsupported(module, SUPPORTED);
  const types = indexSpaces(module).functions;
  const returns = (entry: string): boolean =>
    module.types[types[exportedFunction(module, entry)!]].results.length > 0;
  const exported = entries.filter((entry) => exportedFunction(module, entry) !== undefined);
  const typed = entries.filter((entry) => exportedFunction(module, entry) === undefined);
  // How a program exits depends on whether its entry returns something, and on nothing else of the entry.
  return new Map([
    ...[true, false].flatMap((some) => [
      ...partsOf(
        module,
        exported.filter((entry) => returns(entry) === some),
      ),
    ]),
    ...typed.map((entry): [string, EntryParts] => [entry, translated(module, entry)]),
  ]);
}

function partsOf(module: Module, entries: readonly string[]): ReadonlyMap<string, EntryParts> {
  const layout = layoutOf(module);
  const linker = new Linker(module, layout);
  const { emitter } = linker;
  provenExits(linker);
  const reserved = emitter.pc;
  const stubs = entries.map((entry) =>
    linker.part(() => entryStub(linker, exportedFunction(module, entry)!, true)),
  );
  const parts = linker.translateParts();
  // One of them may have room where all together have none.
  if (emitter.full) return new Map(entries.map((entry) => [entry, translated(module, entry)]));

  const exits = new Map<FailureName, number>();
  const exitRows = (name: FailureName): number => {
    const known = exits.get(name) ?? linker.part(() => trapExit(linker, name)).rows;
    exits.set(name, known);
    return known;
  };
  const states = new Map<boolean, Pick<ImageParts, 'words' | 'zeros'>>();
  const stateOf = (tables: boolean): Pick<ImageParts, 'words' | 'zeros'> => {
    const known = states.get(tables);
    if (known !== undefined) return known;
    const { words, zeros } = initialState(module, layout, tables);
    const state = { words: words.length, zeros: zeros.length };
    states.set(tables, state);
    return state;
  };
  const referenced = functionReferences(module);
  const targets = (): readonly Part[] =>
    referenced.map((index) => parts.get(linker.func(linker.main, index))!);

  return new Map(
    entries.map((entry, i): [string, EntryParts] => {
      const reached = new Set<Part>([stubs[i]]);
      let [code, tables, indirect] = [reserved, false, false];
      const traps = new Set<FailureName>();
      // The set grows while it is walked.
      for (const { rows, references, error } of reached) {
        if (error !== undefined) return [entry, error];
        code += rows;
        tables ||= references.tables;
        for (const name of references.traps) traps.add(name);
        for (const target of references.functions) reached.add(parts.get(target)!);
        if (references.indirect && !indirect) for (const part of targets()) reached.add(part);
        indirect ||= references.indirect;
      }
      for (const name of traps) if (!(name in PROVEN_TRAPS)) code += exitRows(name);
      return [entry, { code, ...stateOf(tables), functions: indirect ? referenced.length : 0 }];
    }),
  );
}

function translated(module: Module, entry: string): EntryParts {
  try {
    const { code, words, zeros, functions } = translate(module, { entry });
    return { code: code.length, words: words.length, zeros: zeros.length, functions: functions.length };
  } catch (error) {
    if (isWattestError(error)) return error;
    throw error;
  }
}
