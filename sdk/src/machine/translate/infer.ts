/** Typed entries that nobody wrote: of arguments as they are given, and of exports that look as if they wanted one. */
import { exportedFunction, indexSpaces, type Module, quote } from '../../wasm/types.ts';
import { isAllocatorName, parseCalls, type StringList } from '../signature.ts';
import { invalid, OBJECTS, typeOf, usualAllocator } from './allocator.ts';
import { missingExport } from './linker.ts';

/**
 * Whether the export `name` looks as if some of its numbers were addresses of bytes that its caller is to put there: the module has a memory and gives parts
 * of it, and two of the parameters in a row (of AssemblyScript one) could be an address and a length.
 */
export function mayTakeBytes(module: Module, name: string): boolean {
  const index = exportedFunction(module, name);
  const allocator = usualAllocator(module);
  if (index === undefined || allocator === undefined || /alloc|free|^__/.test(name)) return false;
  if (indexSpaces(module).memories.length === 0) return false;
  const { params } = typeOf(module, index);
  const taken = allocator === OBJECTS ? ['i32'] : ['i32', 'i32'];
  return params.some((_, i) => taken.every((type, k) => params[i + k] === type));
}

/** Classes of AssemblyScript's objects, by their numbers. */
const CLASSES: Readonly<Record<number, 'string' | 'bytes'>> = { 1: 'bytes', 2: 'string' };

/**
 * What the i32 that the export `name` returned is the address of, of AssemblyScript's objects: their class and size stand in front of them.
 * @param memory as the run left it
 */
export function objectAt(
  module: Module,
  name: string,
  address: number,
  memory: Uint8Array,
): 'string' | 'bytes' | undefined {
  const index = exportedFunction(module, name);
  if (index === undefined || usualAllocator(module) !== OBJECTS) return undefined;
  const isAddress = address >= 16 && address % 16 === 0 && address <= memory.length;
  if (!isAddress || typeOf(module, index).results.join() !== 'i32') return undefined;
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const [number, size] = [view.getUint32(address - 8, true), view.getUint32(address - 4, true)];
  return address + size <= memory.length ? CLASSES[number] : undefined;
}

/** What is known of an argument before it has a type: that it is one word, or bytes. */
export interface Untyped {
  readonly type: 'word' | 'bytes' | 'string';
  readonly isPrivate: boolean;
}

/**
 * The typed entry that arguments are given to: words have the types of the parameters that they meet. Of an export that takes an
 * address and a length for each that is bytes; where nobody says, its result is what WebAssembly returns.
 * @throws EXPORT_MISSING, SIGNATURE_INVALID
 */
export function inferEntry(
  module: Module,
  name: string,
  args: readonly Untyped[],
  {
    strings = [],
    returns,
    allocator,
  }: {
    readonly strings?: readonly StringList[];
    readonly returns?: string | undefined;
    readonly allocator?: string | undefined;
  } = {},
): string {
  const index = exportedFunction(module, name);
  // What is no text of an entry either is refused as such, with what is wrong with it.
  if (index === undefined) return typeof parseCalls(name) === 'string' ? name : missingExport(module, name);
  if (allocator !== undefined && !isAllocatorName(allocator)) {
    invalid(
      `${quote(allocator)} cannot be named: an allocator has no space and no parentheses in its name`,
      name,
      'Name another with "via NAME" behind the signature',
    );
  }
  const { params, results } = typeOf(module, index);
  const named = allocator ?? usualAllocator(module);
  const size = named === OBJECTS ? 1 : 2;
  const taken = args.reduce((sum, { type }) => sum + (type === 'word' ? 1 : size), 0);
  // An address for the result may stand before.
  let next = returns !== undefined && results.length === 0 && params.length === taken + 1 ? 1 : 0;
  const list = args.map(({ type, isPrivate }) => {
    const meets = params[next];
    next += type === 'word' ? 1 : size;
    return `${isPrivate ? 'private ' : ''}${type === 'word' ? (meets ?? 'i32') : type}`;
  });
  const returned = results.length > 1 ? `tuple<${results.join(', ')}>` : results[0];
  const arrow = returns ?? returned;
  const text = `${name}(${[...strings, ...list].join(', ')})${arrow === undefined ? '' : ` -> ${arrow}`}`;
  return allocator === undefined ? text : `${text} via ${allocator}`;
}
