/** Advices about WebAssembly modules. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compileSource } from '../../sdk/src/cli/compile/compile.ts';
import { inspect, run } from '../../sdk/src/index.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import { type Code, decodeModule, type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { raw } from '../wasm/helpers.ts';
import { type Advised, type Follow, succeeds, type Table } from './lib/follow.ts';
import { ADD, BYTES, DIVIDE, file, folder } from './lib/shared.ts';

/** A module with one exported function of this code; sections before its functions, as bytes, may stand in front. */
const bytesWith = (code: readonly number[], ...before: readonly (readonly number[])[]): Uint8Array =>
  raw(
    [1, 4, 1, 0x60, 0, 0],
    [3, 2, 1, 0],
    ...before,
    [7, 5, 1, 1, 0x66, 0, 0],
    [10, code.length + 4, 1, code.length + 2, 0, ...code, 0x0b],
  );
const PLAIN = bytesWith([]);

/** Code that a proposal adds is refused; without it the module runs. */
const without =
  (code: readonly number[], ...before: readonly (readonly number[])[]): Follow =>
  async (advised) => {
    await advised.by(() => run({ wasm: bytesWith(code, ...before) }));
    await run({ wasm: PLAIN });
  };

/** Compiles C that needs `flags`, then again with the flag of clang that the advice names behind them. */
const byClang =
  (source: string, flags: readonly string[], name = 'c'): Follow =>
  async (advised: Advised) => {
    const path = file(`proposal-${flags.join('')}.${name}`, source);
    const compiled = (...more: string[]): Promise<Uint8Array> =>
      compileSource(path, { flags: [...flags, ...more], onWarnings: () => {} });
    await advised.by(() => compiled());
    const [, flag] = /clang (-[\w-]+(?:=\w+)?)/.exec(advised.text)!;
    await run({ wasm: await compiled(flag!) });
  };

const load = (parts: ModuleParts): unknown => translate(decodeModule(moduleBytes(parts)), { entry: 'f' });
const one = (type: string, code: Code, more: ModuleParts = {}): ModuleParts => ({
  types: [type],
  functions: [{ type: 0, code }],
  exports: [['f', 'func', 0]],
  ...more,
});
const zero: Code[number] = ['i32.const', 0];
const wide = (values: number, branches: number): ModuleParts =>
  one(`-> ${'i32 '.repeat(values).trim()}`, [
    ...Array.from({ length: values }, () => zero),
    ...Array.from({ length: branches }, (): Code => [zero, ['br_if', 0]]).flat(),
  ]);

const MAIN = 'int main(void) { ';

export const MODULES: Table = {
  'Give the compiled module (.wasm), not its source or another file': async (advised) => {
    const source = file('source.c', '#include "wattest.h"\nWATTEST_EXPORT(f) int f(void) { return 4; }\n');
    await advised.by(async () => run({ wasm: readFileSync(source) }));
    await succeeds(['compile', source, '-o', `${folder()}/source.wasm`]);
    assert.match((await succeeds(['run', `${folder()}/source.wasm`])).out, /\b4\b/);
  },
  'The file is damaged or cut off, or no WebAssembly: check it, or build it again': async (advised) => {
    const wasm = await assembleWat(ADD);
    await advised.by(() => run({ wasm: wasm.subarray(0, -3), args: [1, 2] }));
    await run({ wasm: await assembleWat(ADD), args: [1, 2] });
  },
  'The file breaks the rules of WebAssembly 3.0, so engines refuse it too: it was damaged, or made by a faulty tool':
    async (advised) => {
      const wasm = moduleBytes(one('-> i32', []));
      await advised.by(() => run({ wasm }));
      assert.equal(WebAssembly.validate(wasm), false);
      await run({ wasm: moduleBytes(one('-> i32', [zero])) });
    },
  'Build a smaller module (optimise for size, strip what is unused)': async (advised) => {
    const most = { type: 0, code: [] as Code, locals: Array.from({ length: 60_000 }, () => 'i32' as const) };
    await advised.by(() =>
      run({ wasm: moduleBytes({ types: ['->'], functions: [most], exports: [['f', 'func', 0]] }) }),
    );
    await run({ wasm: moduleBytes(one('->', [])) });
  },
  'Compile without the proposal that uses it; if the compiler uses none, the file is damaged: build it again':
    without([0xff]),
  'Export the function that is to be entered': async (advised) => {
    await advised.by(async () => run({ wasm: await assembleWat('(module (func $f))') }));
    await run({ wasm: await assembleWat('(module (func $f (export "f")))') });
  },
  'Export a function from the module': async (advised) => {
    await advised.by(async () => run({ wasm: await assembleWat('(module (func $f))'), invoke: 'f' }));
    await run({ wasm: await assembleWat('(module (func $f (export "f")))'), invoke: 'f' });
  },
  'Use one of its exports: …': async (advised) => {
    const wasm = await assembleWat(DIVIDE);
    const [names] = await advised.by(() => run({ wasm, invoke: 'none' }));
    await run({ wasm, invoke: /"(other)"/.exec(names!)![1]! });
  },
  'Link in the module that defines it (wasm-merge, docs/imports.md), compile without what calls it, or let calls of it trap: --trap-imports (trapImports in the SDK)':
    {
      test: 'test/attest/imports.test.ts',
      title: 'are linked by wasm-merge, as the refusal advises',
    },
  'Make one memory of them: `wasm-opt --all-features --multi-memory-lowering`, which checks no bounds: an access behind the end of one memory meets the next (docs/imports.md)':
    {
      test: 'test/attest/imports.test.ts',
      title: 'are refused by name, and lowered to one without bounds by wasm-opt, as the refusal advises',
    },
  'Compile without it; `wattest inspect` lists all that the module uses': {
    because:
      'a second line of defence: every type, section and instruction that the decoder lets pass is supported, but several memories, which have an advice of their own',
  },
  'Make the … larger': async (advised) => {
    const text = (pages: number): string =>
      `(module (memory ${pages}) (data (i32.const 65536) "abc") (func (export "f")))`;
    const [what] = await advised.by(async () => run({ wasm: await assembleWat(text(1)) }));
    assert.equal(what, 'initial memory');
    await run({ wasm: await assembleWat(text(2)) });
    const table = (size: number): string =>
      `(module (table ${size} funcref) (elem (i32.const 1) 0) (func (export "f")))`;
    assert.deepEqual(await advised.by(async () => run({ wasm: await assembleWat(table(1)) })), ['table']);
    await run({ wasm: await assembleWat(table(2)) });
  },
  'Link with a smaller initial memory': async (advised) => {
    const text = (pages: number): string => `(module (memory ${pages}) (func (export "f")))`;
    await advised.by(async () => run({ wasm: await assembleWat(text(5000)) }));
    await run({ wasm: await assembleWat(text(4000)) });
  },
  'Declare smaller tables or segments': async (advised) => {
    const tables = (count: number, min: number): ModuleParts => ({
      ...one('->', []),
      tables: Array.from({ length: count }, () => ({
        type: 'funcref' as const,
        limits: { min, max: undefined },
      })),
    });
    await advised.by(() => load(tables(30, 10_000_000)));
    load(tables(30, 10));
  },
  'Split the module': {
    test: 'test/machine/execute-tables.test.ts',
    title: 'there are at most 2^16 − 1 types, counted by structure',
  },
  'Split the function': async (advised) => {
    const frame = (locals: number): ModuleParts => {
      const pushes = Array.from(
        { length: 30_000 },
        (): Code => [['local.get', 0], ['i32.const', 1], 'i32.add'],
      ).flat();
      const code: Code = [...pushes, ...Array.from({ length: 30_000 }, () => 'drop' as const)];
      return {
        ...one('->', []),
        functions: [{ type: 0, locals: Array.from({ length: locals }, () => 'i32' as const), code }],
      };
    };
    await advised.by(() => load(frame(40_000)));
    // Half of the locals in each of two.
    load(frame(20_000));
  },
  'Split the module, or carry fewer values over branches and calls': async (advised) => {
    await advised.by(() => load(wide(1000, 5000)));
    load(wide(10, 5000));
  },
  'Give less data, or compute it': {
    test: 'test/machine/hostile.test.ts',
    title: 'initial words: no more than a key allows',
  },
  'The types are bytes, string, bool, u8 to u64, s8 to s64, i32, i64, f32, f64, each may be private; a result may be a tuple<...> of scalars':
    async (advised) => {
      const wasm = await assembleWat(BYTES);
      await advised.by(() => run({ wasm, invoke: 'length(text) -> u32', args: ['a'] }));
      await run({ wasm, invoke: 'length(string) -> u32', args: ['a'] });
      const add = await assembleWat(ADD);
      const types = /^The types are (.*?), each/.exec(advised.text)![1]!;
      assert.match(types, /^bytes, string, bool, u8 to u64/);
      for (const type of ['bool', 'u8', 'u32', 's8', 's32', 'i32'])
        await run({ wasm: add, invoke: `add(${type}, private ${type}) -> u32`, args: [1, 1] });
    },
  'See docs/arguments.md for the types and what the export must be like': async (advised) => {
    const wasm = await assembleWat(
      '(module (func (export "length") (param i32 i32) (result i32) (local.get 1)))',
    );
    await advised.by(() => run({ wasm, invoke: 'length(bytes) -> u32 via 1024', args: [Uint8Array.of(1)] }));
    const documented = readFileSync(new URL('../../docs/arguments.md', import.meta.url), 'utf8');
    assert.match(documented, /memory/);
    await run({ wasm: await assembleWat(BYTES), invoke: 'length(bytes) -> u32', args: [Uint8Array.of(1)] });
  },
  'Name one of type (i32) -> i32, (i32, i32) -> i32 or (i32, i32, i32, i32) -> i32': async (advised) => {
    const wasm = await assembleWat(BYTES);
    const args = [Uint8Array.of(1)];
    await advised.by(() => run({ wasm, invoke: 'length(bytes) -> u32 via none', args }));
    await run({ wasm, invoke: 'length(bytes) -> u32 via alloc', args });
  },
  'Export …, or name what does with "via NAME" behind the signature (AssemblyScript exports its own with --exportRuntime: `wattest compile FILE.ts -- --exportRuntime`)':
    async (advised) => {
      const text = (name: string): string => BYTES.replace('"alloc"', `"${name}"`);
      const args = [Uint8Array.of(1)];
      const [usual] = await advised.by(async () =>
        run({ wasm: await assembleWat(text('give')), invoke: 'length(bytes) -> u32', args }),
      );
      const [name] = usual!.split(' or ');
      assert.ok(name !== undefined && /^\w+$/.test(name), usual);
      await run({ wasm: await assembleWat(text('give')), invoke: 'length(bytes) -> u32 via give', args });
      for (const each of usual!.split(' or '))
        await run({ wasm: await assembleWat(text(each)), invoke: 'length(bytes) -> u32', args });
      const source = file('length.ts', 'export function length(text: string): i32 { return text.length; }\n');
      const length = async (flags: readonly string[]): Promise<unknown> =>
        (
          await run({
            wasm: await compileSource(source, { flags }),
            invoke: 'length(string) -> u32',
            args: ['abc'],
          })
        ).returned;
      await assert.rejects(length([]), { code: 'SIGNATURE_INVALID' });
      assert.equal(await length(['--exportRuntime']), 3n);
    },
  'Name another with "via NAME" behind the signature': async (advised) => {
    const args = [Uint8Array.of(1)];
    const text = BYTES.replace(
      '(func (export "length")',
      '(func (export "malloc") (param i64) (result i64) (local.get 0)) (func (export "length")',
    );
    const wasm = await assembleWat(text.replace('"alloc"', '"give"'));
    await advised.by(() => run({ wasm, invoke: 'length(bytes) -> u32', args }));
    await run({ wasm, invoke: 'length(bytes) -> u32 via give', args });
  },
  'Give a type for each parameter, where bytes and string are an address and a length, and the result behind ->':
    async (advised) => {
      const wasm = await assembleWat(BYTES);
      await advised.by(() => run({ wasm, invoke: 'length(bytes, u32) -> u32', args: [Uint8Array.of(1), 1] }));
      await run({ wasm, invoke: 'length(bytes) -> u32', args: [Uint8Array.of(1)] });
    },
  'Compile without SIMD (clang -mno-simd128, rustc -C target-feature=-simd128)': async (advised) => {
    await byClang(
      `typedef int v4 __attribute__((vector_size(16)));\nvolatile v4 a;\n${MAIN} a = a + a; return 0; }\n`,
      ['-msimd128'],
    )(advised);
    // Of what is relaxed the same helps.
    await byClang(
      `#ifdef __wasm_relaxed_simd__\n#include <wasm_simd128.h>\nv128_t v;\n#endif\nvolatile int x;\n${MAIN}\n#ifdef __wasm_relaxed_simd__
v = wasm_f32x4_relaxed_madd(v, v, v); x = wasm_i32x4_extract_lane(v, 0);\n#endif\nreturn 0; }\n`,
      ['-mrelaxed-simd'],
    )(advised);
    await without([0xfd, 0x80, 0x02])(advised);
  },
  'Compile without exceptions (clang -fno-exceptions, emcc -fno-exceptions, rustc -C panic=abort), and without setjmp and longjmp':
    byClang(
      `volatile int x;\n${MAIN}\n#ifdef __cpp_exceptions\ntry { if (x == 7) throw 1; } catch (int) { x = 2; }\n#endif\nreturn 0; }\n`,
      ['-fexceptions', '-fwasm-exceptions', '-Wl,--allow-undefined'],
      'cpp',
    ),
  'Compile for WebAssembly 2.0, with funcref and call_indirect': async (advised) => {
    // ref.null func; call_ref 0, and the same by a table.
    await advised.by(() => run({ wasm: bytesWith([0xd0, 0x70, 0x14, 0]) }));
    const called = { type: 0, code: [] as Code };
    await run({
      wasm: moduleBytes({
        types: ['->'],
        functions: [{ type: 0, code: [zero, ['call_indirect', 0, 0]] }, called],
        tables: [{ type: 'funcref', limits: { min: 1, max: 1 } }],
        elements: [{ offset: [zero], functions: [1] }],
        exports: [['f', 'func', 0]],
      }),
    });
  },
  'Languages whose compilers need it (Kotlin, Dart, Java, OCaml) cannot be proven; use one with linear memory':
    async (advised) => {
      await advised.by(() => run({ wasm: bytesWith([0xfb, 0, 0]) }));
      // C has linear memory.
      await run({ wasm: await compileSource(file('linear.c', `${MAIN} return 0; }\n`)) });
    },
  'Compile for wasm32 (clang --target=wasm32, emcc without -sMEMORY64)': byClang(
    '#include "wattest.h"\nstatic int values[4];\nWATTEST_EXPORT(f) int f(void) { return values[1]++; }\n',
    ['--target=wasm64', '-Wno-everything'],
  ),
  'Compile without threads and atomics (emcc without -pthread, rustc -C target-feature=-atomics)': async (
    advised,
  ) => {
    const source = file(
      'threads.c',
      '#include "wattest.h"\nint x;\nWATTEST_EXPORT(f) int f(void) { return __atomic_fetch_add(&x, 1, __ATOMIC_SEQ_CST); }\n',
    );
    const threads = ['-matomics', '-Wl,--shared-memory,--max-memory=131072'];
    await advised.by(() => compileSource(source, { flags: threads, onWarnings: () => {} }));
    await run({ wasm: await compileSource(source) });
  },
  'Compile without threads': async (advised) => {
    await advised.by(() => run({ wasm: bytesWith([], [6, 6, 1, 0x7f, 2, 0x41, 0, 0x0b]) }));
    await run({ wasm: bytesWith([], [6, 6, 1, 0x7f, 1, 0x41, 0, 0x0b]) });
  },
  'Link with pages of 64 KiB (wasm-ld without --page-size)': async (advised) => {
    const source = file(
      'pages.c',
      '#include "wattest.h"\nstatic int values[4];\nWATTEST_EXPORT(f) int f(void) { return values[1]++; }\n',
    );
    await advised.by(() => compileSource(source, { flags: ['-Wl,--page-size=1'], onWarnings: () => {} }));
    await run({ wasm: await compileSource(source) });
  },
  'Compile without it (clang -mno-wide-arithmetic, rustc -C target-feature=-wide-arithmetic)': byClang(
    `volatile unsigned long long x = 3, y;\n${MAIN} unsigned __int128 z = (unsigned __int128)x * x; y = z >> 64; return 0; }\n`,
    ['-mwide-arithmetic'],
  ),
  'Compile without memory.discard': without([0xfc, 0x12, 0]),
  'Compile without stack switching': without([0xe0, 0]),
  'Compile without custom descriptors': without([0xfb, 0x20, 0]),
  'Compile without 16-bit floats (clang -mno-fp16)': without([0xfd, 0xa0, 0x02]),
  'Compile without stringref': without([0xfb, 0x80, 0x01, 0]),
  'Write imports in the form of WebAssembly 3.0': {
    because: 'no tool writes the other form yet; test/wasm/proposals.test.ts counts it among what is refused',
  },
  'Give the core module inside: `wasm-tools component unbundle`, `jco transpile`, or compile for wasm32-wasip1 or wasm32-unknown-unknown':
    async (advised) => {
      const core = await assembleWat(ADD);
      assert.ok(core.length < 128);
      // Section 1 of a component is a core module, whole.
      const component = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 1, core.length, ...core]);
      await advised.by(() => run({ wasm: component, args: [1, 2] }));
      await run({ wasm: component.subarray(10), args: [1, 2] });
      assert.equal(inspect({ wasm: component.subarray(10) }).unsupported.length, 0);
    },
};
