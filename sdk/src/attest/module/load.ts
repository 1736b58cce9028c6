/** From the bytes of a .wasm file to the program that is run and proven. */
import { fail } from '../../errors/index.ts';
import type { Program } from '../../machine/program.ts';
import { bindImports } from '../../machine/translate/imports.ts';
import { inferEntry, type Untyped } from '../../machine/translate/infer.ts';
import { translate } from '../../machine/translate/translate.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { exportedFunctions, type Module, quoteSome } from '../../wasm/types.ts';
import { validateModule } from '../../wasm/validate.ts';
import { type ImportParameters, importBindings } from './imports.ts';

/** The export that WASI commands are entered at. */
export const COMMAND_ENTRY = '_start';

export interface LoadedProgram {
  readonly module: Module;
  readonly program: Program;
}

/** Decoded and validated; nothing has been judged by what the machine supports. */
export function loadModule(wasm: Uint8Array): Module {
  const module = decodeModule(wasm);
  validateModule(module);
  return module;
}

/** The same, its imports bound to what they become. @throws INPUT_INVALID as {@link importBindings} too */
export function loadBound(wasm: Uint8Array, imports: ImportParameters): Module {
  const module = loadModule(wasm);
  return bindImports(module, importBindings(module, imports));
}

/**
 * Decodes, validates and translates for the export `entry`; see {@link defaultEntry}. Everything that the machine does not
 * support is refused here, by name and offset, before anything runs.
 * @throws MODULE_MALFORMED, MODULE_INVALID, MODULE_TOO_LARGE, MODULE_UNSUPPORTED, EXPORT_MISSING, INPUT_INVALID for globals
 */
export function loadProgram(wasm: Uint8Array, entry?: string, imports: ImportParameters = {}): LoadedProgram {
  const module = loadBound(wasm, imports);
  return { module, program: translate(module, { entry: entry ?? defaultEntry(module) }) };
}

/**
 * The typed entry (docs/arguments.md) that these arguments make of the export `entry`, as text for `invoke`; see {@link defaultEntry}.
 * @throws as {@link defaultEntry}, MODULE_MALFORMED
 */
export function entryFor(
  wasm: Uint8Array,
  entry: string | undefined,
  args: readonly Untyped[],
  options: Parameters<typeof inferEntry>[3],
): string {
  const module = decodeModule(wasm);
  return inferEntry(module, entry ?? defaultEntry(module), args, options);
}

/**
 * What is entered where nobody says: `_start`, else the only exported function. The same for every command and action.
 * @throws EXPORT_MISSING with the names of the exports where there is neither
 */
export function defaultEntry(module: Module): string {
  const names = exportedFunctions(module);
  if (names.includes(COMMAND_ENTRY)) return COMMAND_ENTRY;
  if (names.length === 1) return names[0]!;
  fail(
    'EXPORT_MISSING',
    names.length === 0
      ? 'the module exports no function'
      : `no export is named, and the module has ${names.length} and no "${COMMAND_ENTRY}"`,
    {
      where: 'invoke',
      fix:
        names.length === 0
          ? 'Export the function that is to be entered'
          : `Name one with --invoke (invoke in the SDK): ${quoteSome(names)}`,
    },
  );
}
