/**
 * Random modules by binaryen's `wasm-opt --translate-to-fuzz`, which turns any bytes into a valid module. They come with
 * imports that log; here these become functions of the module, so that what was logged shows in a global.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { leb } from '../../../sdk/src/wasm/build.ts';
import { assemble, type Code, decodeModule, type Module } from '../../../sdk/src/wasm/index.ts';
import { Reader } from '../../../sdk/src/wasm/reader.ts';
import type { Random } from './random.ts';

/**
 * WebAssembly 2.0 without SIMD and reference types (of which version 108 has a draft, where funcref is an externref). Loops
 * and calls end by a counter; NaNs become zeros, so their bits never differ.
 */
const FLAGS: readonly string[] = [
  '--mvp-features',
  '--enable-sign-ext',
  '--enable-mutable-globals',
  '--enable-multivalue',
  '--enable-nontrapping-float-to-int',
  '--enable-bulk-memory',
  '--denan',
];
const LEVELS: readonly string[] = ['-O1', '-O2', '-O3', '-Os'];

/**
 * Path of the native `wasm-opt`, undefined where there is none. What npm puts on the path is binaryen compiled to JavaScript, which
 * takes a second to start and generates other imports.
 */
function findWasmOpt(): string | undefined {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => !path.includes('node_modules'));
  return folders.map((folder) => join(folder, 'wasm-opt')).find((path) => existsSync(path));
}
const WASM_OPT: string | undefined = findWasmOpt();

/** What the native `wasm-opt` says its version is, or undefined where there is none. */
export function wasmOptVersion(): string | undefined {
  if (WASM_OPT === undefined) return undefined;
  const { error, stdout } = spawnSync(WASM_OPT, ['--version'], { encoding: 'utf8' });
  return error === undefined ? stdout.trim() : undefined;
}

export interface TtfModule {
  readonly bytes: Uint8Array;
  /** Functions that binaryen exported, to be called. */
  readonly entries: readonly string[];
}

/** A module; half of them went through the optimiser, which makes shapes that the generator does not. */
export function ttfModule(random: Random): TtfModule {
  const input = Uint8Array.from({ length: 40 + random.below(random.chance(80) ? 1200 : 6000) }, () =>
    random.below(256),
  );
  const optimise = random.chance(50) ? [random.pick(LEVELS)] : [];
  const args = ['-', '--translate-to-fuzz', ...FLAGS, ...optimise, '-o', '-'];
  const { status, stdout, stderr } = spawnSync(WASM_OPT ?? 'wasm-opt', args, { input, maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`wasm-opt: ${stderr}`);
  return withoutImports(stdout);
}

const FUNCTION = 0;
const GLOBAL = 3;
const I32 = 0x7f;

/** What a logged value adds to the global. */
const LOGGED: Readonly<Record<string, Code>> = {
  'log-i32': [['local.get', 0]],
  'log-i64': folded([['local.get', 0]]),
  'log-f32': [['local.get', 0], 'i32.reinterpret_f32'],
  'log-f64': folded([['local.get', 0], 'i64.reinterpret_f64']),
};

function folded(value: Code): Code {
  return [...value, 'i32.wrap_i64', ...value, ['i64.const', 32n], 'i64.shr_u', 'i32.wrap_i64', 'i32.xor'];
}

/**
 * The same module with functions in place of the imported ones (whose indices stay), and with all functions, mutable
 * globals and tables exported.
 */
export function withoutImports(bytes: Uint8Array): TtfModule {
  const module = decodeModule(bytes);
  const sections = sectionsOf(bytes, module);
  const log = module.globals.length;
  const types: number[][] = [];
  const bodies: number[][] = [];
  for (const { name, description } of module.imports) {
    const value = LOGGED[name];
    if (value === undefined || description.kind !== 'func') throw new Error(`import of ${name}`);
    types.push(leb(description.typeIndex));
    const body = bodyOf([
      ['global.get', log],
      ['i32.const', 31],
      'i32.mul',
      ...value,
      'i32.xor',
      ['global.set', log],
    ]);
    bodies.push(body);
  }
  sections.delete(2);
  prepend(sections, 3, types);
  prepend(sections, 10, bodies);
  append(sections, 6, [[I32, 1, 0x41, 0, 0x0b]]);
  append(sections, 7, exportsOf(module, log));
  const order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];
  const parts = order.flatMap((id) => {
    const contents = sections.get(id);
    return contents === undefined ? [] : [Uint8Array.from([id, ...leb(contents.length)]), contents];
  });
  const entries = module.exports
    .filter(({ name, kind }) => kind === 'func' && name !== 'hangLimitInitializer')
    .map(({ name }) => name);
  return { bytes: Buffer.concat([bytes.subarray(0, 8), ...parts]), entries };
}

function exportsOf(module: Module, log: number): number[][] {
  const entry = (name: string, kind: number, index: number): number[] => [
    name.length,
    ...Buffer.from(name),
    kind,
    ...leb(index),
  ];
  return [
    ...[...module.imports, ...module.functions].map((_, i) => entry(`@f${i}`, FUNCTION, i)),
    ...module.globals.flatMap(({ mutable }, i) => (mutable ? [entry(`@g${i}`, GLOBAL, i)] : [])),
    ...module.tables.map((_, i) => entry(`@t${i}`, 1, i)),
    entry('@log', GLOBAL, log),
  ];
}

/** A function body without locals, with its size before it. */
function bodyOf(code: Code): number[] {
  const body = [0, ...assemble(code)];
  return [...leb(body.length), ...body];
}

function sectionsOf(bytes: Uint8Array, module: Module): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (const [i, { id, size }] of module.sections.entries()) {
    const end = module.sections[i + 1]?.offset ?? bytes.length;
    if (id !== 0) found.set(id, bytes.subarray(end - size, end));
  }
  return found;
}

function prepend(sections: Map<number, Uint8Array>, id: number, items: readonly (readonly number[])[]): void {
  const [count, contents] = vectorOf(sections.get(id));
  sections.set(id, Uint8Array.from([...leb(count + items.length), ...items.flat(), ...contents]));
}

function append(sections: Map<number, Uint8Array>, id: number, items: readonly (readonly number[])[]): void {
  const [count, contents] = vectorOf(sections.get(id));
  sections.set(id, Uint8Array.from([...leb(count + items.length), ...contents, ...items.flat()]));
}

function vectorOf(contents: Uint8Array | undefined): [count: number, items: Uint8Array] {
  if (contents === undefined) return [0, new Uint8Array()];
  const reader = new Reader(contents, 0, contents.length);
  return [reader.u32('the number of items'), contents.subarray(reader.offset)];
}
