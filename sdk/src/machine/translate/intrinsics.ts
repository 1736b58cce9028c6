import { functionType } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { FailureName } from '../program.ts';
import type { HostFunction } from './host.ts';
import { binary } from './numeric.ts';

/** Rows that no WebAssembly instruction stands for: imports of the module of routines. */
export const INTRINSICS: readonly HostFunction[] = [
  trap('divideByZero'),
  trap('integerOverflow'),
  trap('memoryOutOfBounds'),
  unchecked('quotient', 'i32', I.DIV),
  unchecked('quotient', 'i64', I.DIV),
  unchecked('remainder', 'i32', I.REM),
  unchecked('remainder', 'i64', I.REM),
  { name: 'growOnePage', type: functionType([]), translate: (t) => t.emitter.row(I.GROW, 0, 0) },
];

/** Function index of an intrinsic in the module of routines. */
export function intrinsicIndex(name: string): number {
  return INTRINSICS.findIndex((item) => item.name === name);
}

export function trap(name: FailureName): HostFunction {
  return { name, type: functionType([]), translate: (t) => t.trap(name) };
}

/** Unsigned division whose divisor is known not to be zero. */
function unchecked(name: string, w: 'i32' | 'i64', info: I.OpcodeInfo): HostFunction {
  return {
    name: `${name}.${w}`,
    type: functionType([w, w], [w]),
    translate: (t) => {
      const y = t.stack.pop();
      const x = t.stack.pop();
      const to = t.destination();
      binary(t, info, w === 'i64' ? I.WIDE : 0, to.slot, x, y);
      t.push(to);
    },
  };
}
