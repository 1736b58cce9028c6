import { type Code, type ModuleParts, moduleBytes } from '../../wasm/build.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { OP, type OpcodeName } from '../../wasm/opcodes.ts';
import type { FunctionType, Module } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { TrapName } from '../program.ts';
import type { HostFunction } from './host.ts';
import { binary } from './numeric.ts';

/** Imports of the routines: rows that no WebAssembly instruction stands for. */
const INTRINSICS: readonly HostFunction[] = [];

export function intrinsic(name: string): HostFunction | undefined {
  return INTRINSICS.find((item) => item.name === name);
}

export function routineOf(_op: number): string | undefined {
  return undefined;
}

export function routineModule(_maxPages: number): Module {
  return decodeModule(moduleBytes({}));
}
