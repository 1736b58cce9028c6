/** Typed entries that nobody wrote: of arguments as they are given, and of exports that look as if they wanted one. */
import { exportedFunction, indexSpaces, type Module } from '../../wasm/types.ts';
import type { StringList } from '../signature.ts';
import { OBJECTS, typeOf, usualAllocator } from './allocator.ts';

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
  if (index === undefined) return name;
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
