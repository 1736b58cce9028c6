/** From the bytes of a .wasm file to the program that is run and proven. */
import { fail } from '../errors/index.ts';
import type { Program } from '../machine/program.ts';
import { translate } from '../machine/translate/translate.ts';
import { decodeModule } from '../wasm/decode.ts';
import { type Module, quote } from '../wasm/types.ts';
import { validateModule } from '../wasm/validate.ts';

/** The export that WASI commands are entered at, and every command here by default. */
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

/**
 * Decodes, validates and translates for the export `entry`; by default `_start`, the one of WASI commands. Everything that
 * the machine does not support is refused here, by name and offset, before anything runs.
 * @throws MODULE_MALFORMED, MODULE_INVALID, MODULE_TOO_LARGE, MODULE_UNSUPPORTED, EXPORT_MISSING
 */
export function loadProgram(wasm: Uint8Array, entry?: string): LoadedProgram {
  const module = loadModule(wasm);
  return { module, program: translate(module, { entry: entry ?? defaultEntry(module) }) };
}

export function exportedFunctions(module: Module): string[] {
  return module.exports.filter(({ kind }) => kind === 'func').map(({ name }) => name);
}

/** `_start`, or the only exported function; undefined where there are others than one. */
export function onlyEntry(module: Module): string | undefined {
  const names = exportedFunctions(module);
  if (names.includes(COMMAND_ENTRY)) return COMMAND_ENTRY;
  return names.length === 1 ? names[0] : undefined;
}

function defaultEntry(module: Module): string {
  const names = exportedFunctions(module);
  if (names.includes(COMMAND_ENTRY)) return COMMAND_ENTRY;
  fail('EXPORT_MISSING', 'no export is named, and the module has no function "_start"', {
    where: 'invoke',
    fix: `Name one with --invoke (invoke in the SDK)${names.length === 0 ? '' : `: ${names.slice(0, 8).map(quote).join(', ')}`}`,
  });
}
