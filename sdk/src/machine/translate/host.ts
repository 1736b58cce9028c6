import { type FunctionType, functionType, type Import, type ValueType } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { DebugValue } from '../program.ts';
import { isTrue } from './conditions.ts';
import type { HostFunction, InstructionContext } from './context.ts';
import { Label } from './emitter.ts';
import { inSlot } from './numeric.ts';
import type { Operand } from './operands.ts';
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

const debugValue = (value: Operand): DebugValue =>
  value.kind === 'slot' ? { slot: value.slot, value: 0n } : { slot: -1, value: value.value };

function debug(t: InstructionContext): void {
  t.emitter.debug(debugValue(t.stack.pop()));
}

const NO_NUMBERS = { count: { slot: -1, value: 0n }, values: [] };

/** AssemblyScript's `console.log` and its like: a string. */
function log(t: InstructionContext): void {
  t.emitter.debug({ ...debugValue(t.stack.pop()), numbers: NO_NUMBERS });
}

/** Its `trace`: a string and up to five numbers. */
function logNumbers(t: InstructionContext): void {
  const values = Array.from({ length: 5 }, () => debugValue(t.stack.pop())).reverse();
  const count = debugValue(t.stack.pop());
  t.emitter.debug({ ...debugValue(t.stack.pop()), numbers: { count, values } });
}

/** What its `Math.random` begins with: any word that the prover likes. */
function seed(t: InstructionContext): void {
  const to = t.destination();
  t.emitter.readPrivate('random', to.slot);
  t.push(to);
}

/** The module `env` of existing zkWASM guests, and what AssemblyScript and Emscripten import from it. */
const HOST_FUNCTIONS: readonly HostFunction[] = [
  { name: 'wasm_input', type: functionType(['i32'], ['i64']), translate: input },
  { name: 'wasm_output', type: functionType(['i64']), translate: output },
  { name: 'require', type: functionType(['i32']), translate: (t) => t.require(isTrue(t, t.stack.pop())) },
  { name: 'wasm_dbg', type: functionType(['i64']), translate: debug },
  {
    name: 'emscripten_notify_memory_growth',
    type: functionType(['i32']),
    translate: (t) => void t.stack.pop(),
  },
  ...['log', 'debug', 'info', 'warn', 'error'].map((name) => {
    return { name: `console.${name}`, type: functionType(['i32']), translate: log };
  }),
  {
    name: 'trace',
    type: functionType(['i32', 'i32', 'f64', 'f64', 'f64', 'f64', 'f64']),
    translate: logNumbers,
  },
  { name: 'seed', type: functionType([], ['f64']), translate: seed },
];

/** `abort` has as many parameters as languages like; what is behind it is never reached. */
const abort = (type: FunctionType): HostFunction => {
  return { name: 'abort', type, translate: (t) => t.trap('unreachable') };
};

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
  if (type === undefined) return undefined;
  if (entry.module === 'env' && entry.name === 'abort') return abort(type);
  const host = providers.get(entry.module)?.get(entry.name);
  if (host === undefined || sameType(host.type, type)) return host;
  // As Emscripten has WASI's functions where no i64 passes to JavaScript.
  const isLegal = entry.module === WASI_MODULE && sameType(legalised(host.type), type);
  return isLegal ? { ...host, type, translate: (t) => translateLegalised(t, host) } : undefined;
}

/** Each i64 as two i32, the low half first. */
function legalised({ params, results }: FunctionType): FunctionType {
  return { params: params.flatMap((type) => (type === 'i64' ? ['i32', 'i32'] : [type])), results };
}

/** Puts halves together in the homes of the arguments, which only move down, and goes on with the function itself. */
function translateLegalised(t: InstructionContext, host: HostFunction): void {
  const { stack, emitter } = t;
  const { params } = host.type;
  const count = legalised(host.type).params.length;
  const first = stack.height - count;
  for (let height = first; height < stack.height; height++) stack.materialise(height);
  const homes = Array.from({ length: count }, (_, i) => stack.home(first + i));
  const spare = t.temporary(0);
  stack.truncate(first);
  let from = 0;
  for (const type of params) {
    const low = homes[from++]!;
    const to = stack.pushHome(type === 'i32');
    if (type === 'i64') {
      emitter.row(I.SHL, I.WIDE | I.IMMEDIATE, spare, homes[from++]!, 32n);
      emitter.row(I.OR, 0, to, low, spare);
    } else emitter.move(to, low);
  }
  host.translate(t);
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
