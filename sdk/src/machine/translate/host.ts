import { type FunctionType, functionType, type Import, type ValueType } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import { isTrue } from './conditions.ts';
import type { HostFunction, InstructionContext } from './context.ts';
import { Label } from './emitter.ts';
import { inSlot } from './numeric.ts';
import { WASI_FUNCTIONS } from './wasi.ts';
import { WASI_MODULE } from './wasi-layout.ts';

/** `wasm_input(is_public)`: the next public word, or the next private one where the argument is 0. */
function input(t: InstructionContext): void {
  const isPublic = t.stack.pop();
  if (isPublic.kind === 'constant') {
    const to = t.destination();
    t.emitter.row(isPublic.value === 0n ? I.READ_PRIVATE : I.READ, I.WIDE, to.slot);
    t.push(to);
    return;
  }
  const to = t.destination();
  const fromPrivate = new Label();
  const end = new Label();
  t.emitter.jump(I.BRANCH, I.EQUAL | I.IMMEDIATE, fromPrivate, isPublic.slot, 0n);
  t.emitter.row(I.READ, I.WIDE, to.slot);
  t.emitter.jump(I.JUMP, 0, end);
  t.emitter.bind(fromPrivate);
  t.emitter.row(I.READ_PRIVATE, I.WIDE, to.slot);
  t.emitter.bind(end);
  t.push(to);
}

function output(t: InstructionContext): void {
  const value = t.stack.pop();
  t.emitter.row(I.WRITE, 0, inSlot(t, value, 0).slot);
}

function debug(t: InstructionContext): void {
  const value = t.stack.pop();
  if (value.kind === 'slot') t.emitter.debug({ slot: value.slot, value: 0n });
  else t.emitter.debug({ slot: -1, value: value.value });
}

function abort(t: InstructionContext): void {
  for (let i = 0; i < 4; i++) t.stack.pop();
  t.trap('unreachable');
}

/** The module `env` of existing zkWASM guests, and `abort` as AssemblyScript imports it. */
const HOST_FUNCTIONS: readonly HostFunction[] = [
  { name: 'wasm_input', type: functionType(['i32'], ['i64']), translate: input },
  { name: 'wasm_output', type: functionType(['i64']), translate: output },
  { name: 'require', type: functionType(['i32']), translate: (t) => t.require(isTrue(t, t.stack.pop())) },
  { name: 'wasm_dbg', type: functionType(['i64']), translate: debug },
  { name: 'abort', type: functionType(['i32', 'i32', 'i32', 'i32']), translate: abort },
];

/** By the name of the module that they are imported from. */
const providers: ReadonlyMap<string, ReadonlyMap<string, HostFunction>> = new Map([
  ['env', new Map(HOST_FUNCTIONS.map((host) => [host.name, host]))],
  [WASI_MODULE, WASI_FUNCTIONS],
]);

/** The host function that an import means, if its name and type are right. */
export function hostFunction(
  entry: Pick<Import, 'module' | 'name'>,
  type: FunctionType | undefined,
): HostFunction | undefined {
  const host = providers.get(entry.module)?.get(entry.name);
  return host !== undefined && type !== undefined && sameType(host.type, type) ? host : undefined;
}

/** The type of the host function that has the name of an import. */
export function hostType({ module, name }: Pick<Import, 'module' | 'name'>): FunctionType | undefined {
  return providers.get(module)?.get(name)?.type;
}

/** Structural equality of function types. */
function sameType(a: FunctionType, b: FunctionType): boolean {
  return sameTypes(a.params, b.params) && sameTypes(a.results, b.results);
}

function sameTypes(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i]);
}
