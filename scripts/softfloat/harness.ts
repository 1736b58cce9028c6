/** The two builds of check.c: beside the hardware as C sees it, and beside the JavaScript engine with the shipped module. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileC, FREESTANDING_FLAGS } from '../../sdk/src/cli/compile/clang.ts';
import { routineBytes, routineModule } from '../../sdk/src/machine/translate/routines.ts';
import { type ImportPart, moduleBytes } from '../../sdk/src/wasm/build.ts';
import { instantiateSoftfloat } from './rows.ts';

/** As in operands.h. */
export const MODES = ['exhaustive', 'structured', 'random', 'hard'] as const;
export type Mode = (typeof MODES)[number];

export interface RoutineUnderTest {
  readonly name: string;
  /** Operands of each mode, 0 where it is none of the routine's. Random and hard ones do not end. */
  readonly sizes: Readonly<Record<Mode, bigint>>;
}

export interface Outcome {
  readonly differences: bigint;
  /** Of the first difference: x, y, what the routine gives, what it should. */
  readonly words: readonly bigint[];
}

/** A build of check.c. */
export interface Harness {
  readonly about: string;
  readonly routines: readonly RoutineUnderTest[];
  /** Operands `from` to `to` − 1 of a mode of routine number `routine`. */
  check(routine: number, mode: Mode, from: bigint, to: bigint): Promise<Outcome>;
  close(): void;
}

const FOLDER = import.meta.dirname;

/** With Debian's or any other clang on PATH: softfloat.c itself, optimised for x86-64. Throws if there is none. */
export function nativeHarness(): Harness {
  if (process.arch !== 'x64') throw new Error(`the native build is for x86-64, not ${process.arch}`);
  let version: string;
  try {
    [version] = execFileSync('clang', ['--version'], { encoding: 'utf8' }).split('\n');
  } catch {
    throw new Error('the native build needs clang, which is not on PATH: install it, or give --build wasm');
  }
  const folder = mkdtempSync(join(tmpdir(), 'wattest-softfloat-'));
  const program = join(folder, 'check');
  const flags = ['-O2', '-std=gnu11', '-ffp-contract=off', '-Wall', '-Wextra', '-Wno-unused-function'];
  execFileSync('clang', [...flags, join(FOLDER, 'check.c'), '-o', program, '-lm'], { stdio: 'inherit' });
  const routines = execFileSync(program, { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [name, ...sizes] = line.split(' ');
      return { name, sizes: byMode((mode) => BigInt(sizes[mode])) };
    });
  const run = promisify(execFile);
  return {
    about: `softfloat.c by ${version}, ${flags[0]}, against the processor and the C library`,
    routines,
    check: async (routine, mode, from, to) => {
      const { stdout } = await run(program, [routine, MODES.indexOf(mode), from, to].map(String));
      const [differences, ...words] = stdout.trim().split(' ').map(BigInt);
      return { differences, words };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

interface CheckExports {
  readonly memory: WebAssembly.Memory;
  name(routine: number): number;
  size(routine: number, mode: number): bigint;
  check(routine: number, mode: number, from: bigint, to: bigint): bigint;
  failure(which: number): bigint;
}

/** With the compiler of the install, for the checks alone: the routines are the shipped module. */
export async function wasmHarness(): Promise<Harness> {
  const softfloat = instantiateSoftfloat(routineBytes('softfloat'));
  const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
  const files = { 'check.c': read('check.c'), 'operands.h': read('operands.h') };
  const bytes = await compileC(files, 'check.c', [
    ...FREESTANDING_FLAGS,
    '-mnontrapping-fptoint',
    '-Wno-unused-function',
  ]);
  const imports = { softfloat, ...truncations(softfloat) };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), imports);
  const { memory, name, size, check, failure } = exports as unknown as CheckExports;
  const routines: RoutineUnderTest[] = [];
  for (let at = name(0); at !== 0; at = name(routines.length)) {
    const text = new Uint8Array(memory.buffer, at, 32);
    const { length } = routines;
    routines.push({
      name: String.fromCharCode(...text.subarray(0, text.indexOf(0))),
      sizes: byMode((mode) => size(length, mode)),
    });
  }
  return {
    about: `the shipped module in V8 ${process.versions.v8}, against the engine's instructions`,
    routines,
    check: async (routine, mode, from, to) => {
      const differences = check(routine, MODES.indexOf(mode), from, to);
      return { differences, words: [0, 1, 2, 3].map((which) => BigInt.asUintN(64, failure(which))) };
    },
    close: () => {},
  };
}

const byMode = (size: (mode: number) => bigint): Record<Mode, bigint> =>
  Object.fromEntries(MODES.map((mode, i) => [mode, size(i)])) as Record<Mode, bigint>;

function instance(bytes: Uint8Array<ArrayBuffer>, imports?: WebAssembly.Imports): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
}

/**
 * Truncations that trap, as shipped, with traps that set a bit and let the code go on: bit 0 for invalid conversion, bit 1 for
 * integer overflow, which comes after it. Two functions each: the result, and the bits.
 */
function truncations(softfloat: WebAssembly.Exports): WebAssembly.Imports {
  const set = (bit: number) =>
    ({ type: 0, code: [['global.get', 0], ['i32.const', bit], 'i32.or', ['global.set', 0]] }) as const;
  const bits = { type: 'i32', mutable: true } as const;
  const trap = instance(
    moduleBytes({
      types: ['->'],
      globals: [{ ...bits, init: [['i32.const', 0]] }],
      functions: [set(1), set(2)],
      exports: [
        ['invalidConversion', 'func', 0],
        ['integerOverflow', 'func', 1],
        ['bits', 'global', 0],
      ],
    }),
  );
  const truncation = instance(routineBytes('conversions'), { trap, routine: softfloat });
  const { exports, types, functions, imports } = routineModule('conversions');
  const typesOf = exports.map(({ index }) => types[functions[index - imports.length].typeIndex]);
  const reason = instance(
    moduleBytes({
      types: typesOf.flatMap(({ params, results: [result] }) => [
        `${params} -> ${result}`,
        `${params} -> i32`,
      ]),
      imports: [
        ['trap', 'bits', { kind: 'global', global: bits }],
        ...exports.map(({ name }, i): readonly [string, string, ImportPart] => {
          return ['truncation', name, { kind: 'func', type: 2 * i }];
        }),
      ],
      functions: exports.map((_, i) => ({
        type: 2 * i + 1,
        code: [['i32.const', 0], ['global.set', 0], ['local.get', 0], ['call', i], 'drop', ['global.get', 0]],
      })),
      exports: exports.map(({ name }, i) => [name, 'func', exports.length + i]),
    }),
    { trap, truncation },
  );
  return { truncation, reason };
}
