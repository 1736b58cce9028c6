/** Modules that call functions of WASI, and what their runs leave. */
import assert from 'node:assert/strict';
import { privateWords } from '../../../sdk/src/attest/run/streams.ts';
import { type Execution, execute, Machine, trace } from '../../../sdk/src/machine/execute/execute.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { WASI_FUNCTIONS } from '../../../sdk/src/machine/translate/wasi.ts';
import { WASI_MODULE } from '../../../sdk/src/machine/translate/wasi-layout.ts';
import type { Code, ModuleParts } from '../../../sdk/src/wasm/index.ts';
import { checkTrace } from './check-trace.ts';
import { i32, load } from './programs.ts';

export type Item = Code[number];

/** Bytes of the memory of every module here; the 64 from 1024 on are 1, 2, 3, … */
export const PAGE = 65536;
export const TEXT: Uint8Array = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
export const TEXT_AT = 1024;
export const VECTOR = 16;
export const RESULT = 8;

const typeText = (name: string): string => {
  const { params, results } = WASI_FUNCTIONS.get(name)!.type;
  return `${params.join(' ')} -> ${results.join(' ')}`;
};

/** A module with these imports and one function `f`, which `code` makes of calls by name. */
export function moduleOf(
  names: readonly string[],
  code: (call: (name: string, ...args: Code) => Code) => Code,
  type = '->',
): ModuleParts {
  return {
    types: [type, ...names.map(typeText)],
    imports: names.map((name, i) => [WASI_MODULE, name, { kind: 'func', type: i + 1 }] as const),
    functions: [{ type: 0, code: code((name, ...args) => [...args, ['call', names.indexOf(name)] as Item]) }],
    memories: [{ min: 1, max: 1 }],
    datas: [{ offset: [i32(TEXT_AT)], bytes: TEXT }],
    exports: [['f', 'func', names.length]],
  };
}

export interface Ran extends Execution {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export type Options = Parameters<typeof trace>[1];

/** Runs with and without a trace, which must agree; the trace must be sound. */
export function run(program: Program, options: Options = {}): Ran {
  const machine = new Machine(program);
  const streams = privateWords({ clock: () => 77n, random: () => 0x0807_0605_0403_0201n });
  const execution = execute(program, { privateWord: streams, ...options, machine });
  const traced = trace(program, { privateWord: streams, ...options });
  assert.deepEqual(traced.execution, execution);
  checkTrace(program, traced);
  const bytes = machine.bytes.slice(0, PAGE);
  return { ...execution, bytes, view: new DataView(bytes.buffer) };
}

/** One call, its error as the result. */
export function callOne(name: string, args: readonly Item[], options?: Options): Ran {
  const code = moduleOf([name], (call) => call(name, ...args), '-> i32');
  return run(load(code), options);
}

const store = (address: number, value: number): Code => [i32(address), i32(value), ['i32.store', 2, 0]];

/** Parts as (address, length), then a call of fd_read or fd_write with them; its error is dropped. */
export const vectored = (
  call: (name: string, ...args: Code) => Code,
  name: string,
  fd: number,
  parts: readonly (readonly [number, number])[],
): Code => [
  ...parts.flatMap(([address, length], i) => [
    ...store(VECTOR + 8 * i, address),
    ...store(VECTOR + 8 * i + 4, length),
  ]),
  ...call(name, i32(fd), i32(VECTOR), i32(parts.length), i32(RESULT)),
  'drop',
];

export const joined = (parts: readonly (readonly [number, number])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap(([at, n]) => [...TEXT.subarray(at - TEXT_AT, at - TEXT_AT + n)]));
