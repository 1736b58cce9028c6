/** Modules written in a test, translated and run. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import { opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { translate } from '../../../sdk/src/machine/translate/translate.ts';
import { verifyImage } from '../../../sdk/src/machine/verify-image/verify-image.ts';
import {
  type Code,
  decodeModule,
  type ModuleParts,
  moduleBytes,
  validateModule,
} from '../../../sdk/src/wasm/index.ts';
import { pairOf } from './differential.ts';

type Item = Code[number];

export const get = (local: number): Item => ['local.get', local];
export const set = (local: number): Item => ['local.set', local];
export const i32 = (value: number): Item => ['i32.const', value];
export const i64 = (value: bigint): Item => ['i64.const', value];
/** Code from lines of code. */
export const lines = (...parts: readonly Code[]): Code => parts.flat();

export type Locals = readonly ('i32' | 'i64')[];

/** A module with one function, exported as `f`. */
export function moduleOf(type: string, code: Code, locals: Locals = [], more: ModuleParts = {}): ModuleParts {
  return { types: [type], functions: [{ type: 0, code, locals }], exports: [['f', 'func', 0]], ...more };
}

export function load(parts: ModuleParts, entry = 'f'): Program {
  const module = decodeModule(moduleBytes(parts));
  validateModule(module);
  const program = translate(module, { entry });
  verifyImage(program);
  return program;
}

/** The same outcome as the engine's for every list of arguments, with a sound trace. */
export function same(parts: ModuleParts, calls: readonly (readonly bigint[])[], entry = 'f'): void {
  const pair = pairOf(parts);
  for (const args of calls) {
    const expected = pair.engine(entry, args);
    assert.equal(pair.emulator(entry, args), expected, `${entry}(${args})`);
    assert.equal(pair.traced(entry, args), expected, `${entry}(${args})`);
  }
}

/** Opcodes of the rows of a function, by name. */
export function rowsOf({ code }: Program, index = 0): string[] {
  const names: string[] = [];
  for (let pc = 1; pc < code.length; pc++) {
    if (code.functionIndex[pc] === index) names.push(opcodeInfo(code.opcode[pc])?.name ?? '?');
  }
  return names;
}

/** `action` throws an error of this code whose message matches. */
export function refused(code: string, pattern: RegExp, action: () => unknown): void {
  assert.throws(action, (error) => {
    assert.ok(isWattestError(error, code as 'INTERNAL'), String(error));
    assert.match(error.message, pattern);
    return true;
  });
}
