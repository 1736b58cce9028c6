import { isWattestError } from '../errors/index.ts';
import { Reader } from './reader.ts';
import type { Names } from './types.ts';

export const NO_NAMES: Names = { module: undefined, functions: new Map() };

/**
 * The contents of the custom section "name" (appendix "Custom Sections"): module and function names. Its faults do not
 * make a module malformed, so what cannot be read counts as absent.
 */
export function decodeNames(bytes: Uint8Array): Names {
  const reader = new Reader(bytes, 0, bytes.length);
  let module: string | undefined;
  const functions = new Map<number, string>();
  try {
    while (!reader.done) {
      const id = reader.byte('a name subsection');
      const size = reader.u32('a subsection size');
      const subsection = new Reader(reader.take(size, 'a name subsection'), 0, size);
      if (id === 0) {
        module = subsection.name('a module name');
      } else if (id === 1) {
        const count = subsection.u32('the number of function names');
        for (let i = 0; i < count; i++) {
          const index = subsection.u32('a function index');
          functions.set(index, subsection.name('a function name'));
        }
      }
    }
  } catch (error) {
    if (isWattestError(error, 'MODULE_MALFORMED')) return NO_NAMES;
    throw error;
  }
  return { module, functions };
}
