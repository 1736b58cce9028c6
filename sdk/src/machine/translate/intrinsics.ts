import { functionType, type Module } from '../../wasm/types.ts';
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

/** What the module of floating point imports. The verifier of images sees that counts are below the width, those of `around` at most it. */
const FLOAT_INTRINSICS: readonly HostFunction[] = [
  unchecked('high', 'i32', I.PRODUCT_HIGH),
  unchecked('high', 'i64', I.MUL64),
  unchecked('right', 'i32', I.SHR),
  unchecked('right', 'i64', I.SHR),
  unchecked('around', 'i64', I.ROTL),
];

/** The intrinsics that the module of floating point imports, in the order of its imports. */
export function floatIntrinsics(module: Module): readonly HostFunction[] {
  return module.imports.map(({ name }) => {
    const found = FLOAT_INTRINSICS.find((item) => item.name === name);
    if (found === undefined) throw new Error(`no intrinsic ${name}`);
    return found;
  });
}

/** Function index of an intrinsic in the module of routines. */
export function intrinsicIndex(name: string): number {
  return INTRINSICS.findIndex((item) => item.name === name);
}

export function trap(name: FailureName): HostFunction {
  return { name, type: functionType([]), translate: (t) => t.trap(name) };
}

/** One row: an unsigned division whose divisor is known not to be zero, a shift whose count is known to be small, a part of a product. */
function unchecked(name: string, w: 'i32' | 'i64', info: I.OpcodeInfo): HostFunction {
  return {
    name: `${name}.${w}`,
    type: functionType([w, w], [w]),
    translate: (t) => {
      const y = t.stack.pop();
      const x = t.stack.pop();
      const to = t.destination();
      binary(t, info, w === 'i64' ? I.WIDE : 0, to.slot, x, y);
      t.push(to, w === 'i32');
    },
  };
}
