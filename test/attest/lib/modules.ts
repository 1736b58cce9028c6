/** Modules of a few functions, for what looks inside of runs. */
import assert from 'node:assert/strict';
import { type ErrorCode, isWattestError } from '../../../sdk/src/errors/index.ts';
import { type Code, leb, type ModuleParts, moduleBytes } from '../../../sdk/src/wasm/build.ts';

/** Bytes of a module with the parts, and a custom section `sourceMappingURL` where one is given. */
export function moduleWith(parts: ModuleParts, url?: string): Uint8Array {
  const bytes = moduleBytes(parts);
  if (url === undefined) return bytes;
  const name = (text: string): number[] => {
    const encoded = new TextEncoder().encode(text);
    return [...leb(encoded.length), ...encoded];
  };
  const contents = [...name('sourceMappingURL'), ...name(url)];
  return Uint8Array.from([...bytes, 0, ...leb(contents.length), ...contents]);
}

/** `fib(n)`, calling itself. */
export const FIB: Code = [
  ['local.get', 0],
  ['i32.const', 2],
  'i32.lt_u',
  ['if', 'i32'],
  ['local.get', 0],
  'else',
  ['local.get', 0],
  ['i32.const', 1],
  'i32.sub',
  ['call', 0],
  ['local.get', 0],
  ['i32.const', 2],
  'i32.sub',
  ['call', 0],
  'i32.add',
  'end',
];

export const RECURSIVE: ModuleParts = {
  types: ['i32 -> i32'],
  functions: [
    { type: 0, code: FIB },
    { type: 0, code: [['local.get', 0], ['call', 0], ['i32.const', 3], 'i32.div_s'] },
    { type: 0, code: [['local.get', 0]] },
  ],
  exports: [['main', 'func', 1]],
  names: new Map([
    [0, 'fib'],
    [1, 'main'],
    [2, 'spare'],
  ]),
};

/** A start function, a table of two functions, a signed division, a loop, growth, memory of all widths. */
export const MIXED: ModuleParts = {
  types: ['i32 -> i32', '->', 'i32 i32 -> i32', 'i32 i64 -> i64'],
  functions: [
    // Start: notes in a global that it ran.
    {
      type: 1,
      code: [
        ['i32.const', 7],
        ['global.set', 0],
        ['call', 4],
      ],
    },
    // Odd numbers thrice plus one, through the table.
    { type: 0, code: [['local.get', 0], ['i32.const', 3], 'i32.mul', ['i32.const', 1], 'i32.add'] },
    // Even numbers halved, by a routine.
    {
      type: 0,
      code: [
        ['local.get', 0],
        ['local.get', 0],
        ['i32.const', 0],
        'i32.mul',
        ['i32.const', 2],
        'i32.add',
        'i32.div_s',
      ],
    },
    {
      type: 0,
      locals: ['i32'],
      code: [
        'loop',
        ['local.get', 0],
        ['local.get', 0],
        ['i32.const', 1],
        'i32.and',
        ['call_indirect', 0, 0],
        ['local.set', 0],
        ['local.get', 1],
        ['i32.const', 1],
        'i32.add',
        ['local.set', 1],
        ['i32.const', 1],
        ['local.get', 1],
        ['i32.store', 2, 16],
        ['local.get', 0],
        ['i32.const', 1],
        'i32.ne',
        ['br_if', 0],
        'end',
        ['i32.const', 1],
        'memory.grow',
        'drop',
        ['local.get', 1],
        ['global.get', 0],
        'i32.add',
      ],
    },
    {
      type: 1,
      code: [
        ['i32.const', 0],
        ['i64.const', -2n],
        ['i64.store', 3, 3],
      ],
    },
    // Traps below two calls where its argument is 0.
    {
      type: 0,
      code: [
        ['i32.const', 100],
        ['local.get', 0],
        ['call', 6],
      ],
    },
    {
      type: 2,
      code: [
        ['local.get', 0],
        ['local.get', 1],
        ['call', 7],
      ],
    },
    { type: 2, code: [['local.get', 0], ['local.get', 1], 'i32.div_s'] },
  ],
  tables: [{ type: 'funcref', limits: { min: 2, max: 2 } }],
  memories: [{ min: 1, max: 3 }],
  globals: [{ type: 'i32', mutable: true, init: [['i32.const', 0]] }],
  exports: [
    ['collatz', 'func', 3],
    ['divide', 'func', 5],
  ],
  start: 0,
  elements: [{ offset: [['i32.const', 0]], functions: [2, 1] }],
  names: new Map([
    [0, 'begin'],
    [1, 'odd'],
    [2, 'even'],
    [3, 'collatz'],
    [4, 'store'],
    [5, 'divide'],
    [6, 'middle'],
    [7, 'inner'],
  ]),
};

/** The call throws a WattestError with the code. */
export function throwsCode(code: ErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => isWattestError(error, code));
}
