/** How a module's own memory for arguments is had (docs/arguments.md). */
import { fail } from '../../errors/index.ts';
import { exportedFunction, type FunctionType, indexSpaces, type Module, quote } from '../../wasm/types.ts';
import { constantValue } from './initial.ts';

/** Exports that give memory, where none is named: the first that the module has. */
export const ALLOCATORS: readonly string[] = [
  'cabi_realloc',
  '__wbindgen_malloc',
  '__new',
  'alloc',
  'allocate',
  'malloc',
];
/** The name of the first that a module has. */
export const usualAllocator = (module: Module): string | undefined =>
  ALLOCATORS.find((name) => exportedFunction(module, name) !== undefined);

/** AssemblyScript's: gives an object, whose bytes are counted in the word before it. */
export const OBJECTS = '__new';

/** How a module's memory for arguments is had. */
export interface Allocator {
  readonly index: number;
  readonly parameters: number;
  /** Of a module that has no allocator: where free memory begins. Bytes stand there one behind the other, at multiples of 8. */
  readonly from?: number;
  /** AssemblyScript's objects: one address is the whole value. */
  readonly objects: boolean;
}

const FIX = 'See docs/arguments.md for the types and what the export must be like';

/** @throws SIGNATURE_INVALID */
export function invalid(problem: string, where: string, fix: string = FIX): never {
  fail('SIGNATURE_INVALID', problem, { where, fix });
}

/** The allocator that `name` names; undefined where there is none of the name. @throws SIGNATURE_INVALID for an export of another type */
export function allocatorOf(module: Module, name: string, where: string): Allocator | undefined {
  const index = exportedFunction(module, name);
  if (index === undefined) {
    const from = /^\d{1,10}$/.test(name) ? Number(name) : constantExport(module, name);
    return from === undefined || from >= 2 ** 32
      ? undefined
      : { index: -1, parameters: 0, objects: false, from };
  }
  const { params, results } = typeOf(module, index);
  if (
    results.join() !== 'i32' ||
    params.some((type) => type !== 'i32') ||
    ![0, 1, 2, 4].includes(params.length)
  ) {
    invalid(
      `the export ${quote(name)} has not the type of an allocator`,
      where,
      'Name another with "via NAME" behind the signature',
    );
  }
  return { index, parameters: params.length, objects: name === OBJECTS && params.length === 2 };
}

/** What an exported i32 that does not change is, as linkers export `__heap_base`. */
function constantExport(module: Module, name: string): number | undefined {
  const found = module.exports.find((item) => item.kind === 'global' && item.name === name);
  const global = found && module.globals[found.index - indexSpaces(module).imported.globals];
  if (global === undefined || global.mutable || global.type !== 'i32') return undefined;
  return Number(constantValue(module, global.init));
}

/** The type of a function. */
export const typeOf = (module: Module, index: number): FunctionType =>
  module.types[indexSpaces(module).functions[index]];
