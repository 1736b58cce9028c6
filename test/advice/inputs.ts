/** Advices about what a run is given, and about sessions. */
import assert from 'node:assert/strict';
import {
  check,
  decodeStdout,
  disassemble,
  encodeStream,
  estimate,
  openKeys,
  openSession,
  profile,
  prove,
  run,
} from '../../sdk/src/index.ts';
import { openFile, privateFile } from '../../sdk/src/platform/files.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import type { Table } from './lib/follow.ts';
import { ADD, BYTES, DIVIDE, file, session } from './lib/shared.ts';

const quiet = { onWarning: (): void => {} };
const results = async (parameters: Parameters<typeof run>[0]): Promise<readonly bigint[]> =>
  (await run(parameters)).results;

const FLOAT =
  '(module (func (export "half") (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5))))';
const GLOBALS = `(module (import "env" "base" (global $base i32)) (import "env" "table" (global $ref externref))
  (import "other" "base" (global i32)) (func (export "base") (result i32) (global.get $base))
  (func (export "isNull") (result i32) (ref.is_null (global.get $ref))))`;
/** Gives back the number of its standard input's first byte. */
const READS = `(module (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "first") (result i32)
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 8))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
    (i32.load8_u (i32.const 64))))`;
const CLOCK = `(module (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "now") (result i64) (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 0))) (i64.load (i32.const 0))))`;
const LOOP =
  '(module (func (export "count") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))';

/** A file outside of Node, where there are no paths. */
async function inPage(action: () => unknown): Promise<unknown> {
  const { process } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'process');
    return await action();
  } finally {
    globalThis.process = process;
  }
}

export const INPUTS: Table = {
  'Did you mean …? There are …': async (advised) => {
    const wasm = await assembleWat(ADD);
    const args = [1, 2];
    const [nearest, all] = await advised.by(() => run({ wasm, arg: args } as never));
    assert.ok(all!.split(', ').includes(nearest!));
    assert.deepEqual(await results({ wasm, [nearest!]: args } as never), [3n]);
  },
  'Give an object of …': async (advised) => {
    const [names] = await advised.by(() => openKeys('default' as never));
    assert.ok(names!.split(', ').includes('maxLog'));
    await using keys = await openKeys({ ...quiet, maxLog: 14 });
    assert.equal(keys.running(), undefined);
  },
  'Give decimal or 0x-hexadecimal integers, signed or unsigned': async (advised) => {
    const wasm = await assembleWat(ADD);
    await advised.by(() => run({ wasm, args: ['1.5', 2] }));
    assert.deepEqual(await results({ wasm, args: ['-1', '0x10'] }), [15n]);
  },
  'Give a value from −2^… to 2^… − 1': async (advised) => {
    const wasm = await assembleWat(ADD);
    const [least, most] = await advised.by(() => run({ wasm, args: [2n ** 40n, 0] }));
    assert.deepEqual(await results({ wasm, args: [2n ** BigInt(most!) - 1n, 1] }), [0n]);
    assert.deepEqual(await results({ wasm, args: [-(2n ** BigInt(least!)), 0] }), [2n ** 31n]);
  },
  'Give an … as a decimal number, nan, inf or -inf, or its bits as 0x-hexadecimal': async (advised) => {
    const wasm = await assembleWat(FLOAT);
    await advised.by(() => run({ wasm, args: ['three'] }));
    for (const value of ['3', 'nan', 'inf', '-inf', '0x4008000000000000']) await run({ wasm, args: [value] });
  },
  'Give a smaller one, or inf or -inf where infinity is meant': async (advised) => {
    const wasm = await assembleWat(FLOAT);
    await advised.by(() => run({ wasm, args: ['1e400'] }));
    for (const value of ['1e300', 'inf', '-inf']) await run({ wasm, args: [value] });
  },
  'Give one number for each parameter': async (advised) => {
    const wasm = await assembleWat(ADD);
    await advised.by(() => run({ wasm, args: [1] }));
    await run({ wasm, args: [1, 2] });
  },
  'Leave the arguments out': async (advised) => {
    const wasm = await assembleWat(DIVIDE);
    await advised.by(() => run({ wasm, invoke: 'other', args: [1] }));
    await run({ wasm, invoke: 'other' });
  },
  'Give an array of words': async (advised) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => run({ wasm, invoke: 'secret', privateInputs: 7 as never }));
    assert.deepEqual(await results({ wasm, invoke: 'secret', privateInputs: [7] }), [7n]);
  },
  'Name what the parameters are, as in --invoke "NAME(bytes)": an address and a length are one of them':
    async (advised) => {
      const wasm = await assembleWat(BYTES);
      const args = [Uint8Array.of(1, 2, 3)];
      await advised.by(() => run({ wasm, invoke: 'length', args: [...args, 0] }));
      assert.deepEqual((await run({ wasm, invoke: 'length(bytes) -> u32', args })).returned, 3n);
    },
  'Give input words instead (--public, --private), or a program that reads its standard input': async (
    advised,
  ) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => run({ wasm, invoke: 'open', stdin: 'a' }));
    assert.deepEqual(await results({ wasm, invoke: 'open', publicInputs: [97] }), [97n]);
    assert.deepEqual(await results({ wasm: await assembleWat(READS), stdin: 'a' }), [97n]);
  },
  'Give the missing words with --private': async (advised) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => run({ wasm, invoke: 'secret' }));
    await run({ wasm, invoke: 'secret', privateInputs: [1] });
  },
  'Give the missing words with --args, --public or --stdin': async (advised) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => run({ wasm, invoke: 'open' }));
    await run({ wasm, invoke: 'open', publicInputs: [1] });
  },
  'Give one value for each, in their order': async (advised) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => run({ wasm, invoke: 'length(bytes) -> u32' }));
    await run({ wasm, invoke: 'length(bytes) -> u32', args: [Uint8Array.of(1)] });
  },
  'Give a Uint8Array (--arg-bytes FILE)': async (advised) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => run({ wasm, invoke: 'length(bytes) -> u32', args: [5] }));
    await run({ wasm, invoke: 'length(bytes) -> u32', args: [Uint8Array.of(5)] });
  },
  'Give a string (--arg-string TEXT)': async (advised) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => run({ wasm, invoke: 'length(string) -> u32', args: [5] }));
    await run({ wasm, invoke: 'length(string) -> u32', args: ['5'] });
  },
  'Give a number': async (advised) => {
    const wasm = await assembleWat(ADD);
    await advised.by(() => run({ wasm, invoke: 'add(u32, u32) -> u32', args: [Uint8Array.of(1), 2] }));
    await run({ wasm, invoke: 'add(u32, u32) -> u32', args: [1, 2] });
  },
  'Give one from … to …': async (advised) => {
    const wasm = await assembleWat(ADD);
    const invoke = 'add(u8, s8) -> u32';
    const [least, most] = await advised.by(() => run({ wasm, invoke, args: [256, 0] }));
    for (const bound of [least!, most!]) await run({ wasm, invoke, args: [bound, 0] });
  },
  'Enter at "NAME(…)", _start(…) say: the program id says where they come from': {
    test: 'test/cli/compile.test.ts',
    title: 'a C program is given arguments and variables that are public, or none',
  },
  'Give it none (…; no … in the signature)': {
    test: 'test/cli/compile.test.ts',
    title: 'a C program is given arguments and variables that are public, or none',
  },
  'Give strings; a zero byte ends one': {
    test: 'test/cli/compile.test.ts',
    title: 'a C program is given arguments and variables that are public, or none',
  },
  'Give the public outputs of the statement as they are': async (advised) => {
    const words = encodeStream('text');
    await advised.by(() => decodeStdout(words.map(Number) as never));
    // Of a stream the length comes first, of standard output last.
    assert.equal(new TextDecoder().decode(decodeStdout([...words.slice(1), words[0]!])), 'text');
  },
  'Give all public outputs of a WASI program that returned or exited, without results of its export': async (
    advised,
  ) => {
    const words = encodeStream('text');
    const outputs = [...words.slice(1), words[0]!];
    await advised.by(() => decodeStdout([...outputs, 99n]));
    await advised.by(() => decodeStdout(outputs.slice(0, -1)));
    decodeStdout(outputs);
  },
  'Give a function that returns one': async (advised) => {
    const wasm = await assembleWat(CLOCK);
    await advised.by(() => run({ wasm, clock: () => 5 as never }));
    assert.deepEqual(await results({ wasm, clock: () => 5n }), [5n]);
  },
  'Give one': async (advised) => {
    const wasm = await assembleWat(GLOBALS);
    await advised.by(() =>
      run({ wasm, invoke: 'base', globals: { 'env.base': 1, 'env.table': 'null', table: 'null' } }),
    );
    assert.deepEqual(
      await results({ wasm, invoke: 'base', globals: { 'env.base': 1, 'env.table': 'null' } }),
      [1n],
    );
  },
  'Leave it out: it imports none': async (advised) => {
    const wasm = await assembleWat(ADD);
    await advised.by(() => run({ wasm, args: [1, 2], globals: { base: 1 } }));
    await run({ wasm, args: [1, 2] });
  },
  'Use one of …': async (advised) => {
    const wasm = await assembleWat(GLOBALS);
    const [names] = await advised.by(() => run({ wasm, invoke: 'base', globals: { base: 1 } }));
    assert.match(names!, /"env\.base"/);
    await run({ wasm, invoke: 'base', globals: { 'env.base': 1 } });
  },
  'Give null: there is nothing else outside': async (advised) => {
    const wasm = await assembleWat(GLOBALS);
    await advised.by(() => run({ wasm, invoke: 'isNull', globals: { 'env.table': 1 } }));
    assert.deepEqual(await results({ wasm, invoke: 'isNull', globals: { 'env.table': 'null' } }), [1n]);
  },
  'Give one with --global ….…=VALUE (globals in the SDK), or link in the module that defines it (docs/imports.md)':
    async (advised) => {
      const wasm = await assembleWat(GLOBALS);
      const [module, name] = await advised.by(() => run({ wasm, invoke: 'base' }));
      assert.deepEqual(await results({ wasm, invoke: 'base', globals: { [`${module}.${name}`]: 3 } }), [3n]);
    },
  'Use smaller inputs; `wattest profile --max-instructions N` (profile in the SDK) shows the beginning of a longer run, and `wattest prove` proves one in several proofs':
    async (advised) => {
      const wasm = await assembleWat(LOOP);
      // The row checker holds a whole run in memory.
      await advised.by(() => check({ wasm, args: [3_000_000] }));
      assert.ok((await check({ wasm, args: [10] })).ok);
      const shown = await profile({ wasm, args: [3_000_000], maxInstructions: 1000 });
      assert.equal(shown.status, undefined);
      const { shards } = await estimate(await session(), { wasm, args: [3_000_000] });
      assert.ok(shards > 1);
    },
  'Start again when ready; nothing was written': async (advised) => {
    const wasm = await assembleWat(ADD);
    await advised.by(async () => prove(await session(), { wasm, args: [1, 2], signal: AbortSignal.abort() }));
    await advised.by(() => run({ wasm, args: [1, 2], signal: AbortSignal.abort() }));
    await run({ wasm, args: [1, 2] });
  },
  'Start again when ready': async (advised) => {
    await advised.by(() => openKeys({ ...quiet, signal: AbortSignal.abort() }));
    await (await openKeys(quiet))[Symbol.asyncDispose]();
  },
  'Start again': {
    test: 'test/platform/lifetime.test.ts',
    title: 'an abort is noticed soon, frees what was taken and leaves the session usable',
  },
  'Start it again': {
    test: 'test/platform/lifetime.test.ts',
    title: 'an abort is noticed soon, frees what was taken and leaves the session usable',
  },
  'Give the path of a .ptau file, a Blob or a ByteSource': async (advised) => {
    await advised.by(() => openKeys({ ...quiet, ceremony: 5 as never }));
    // A Blob is taken, and read: this one holds no powers.
    await assert.rejects(openKeys({ ...quiet, ceremony: new Blob([new Uint8Array(8)]) }), {
      code: 'SRS_MALFORMED',
    });
    await assert.rejects(openKeys({ ...quiet, ceremony: file('no.ptau', 'none') }), {
      code: 'SRS_MALFORMED',
    });
  },
  'Give a name, a BlobStore, or null for none': async (advised) => {
    await advised.by(() => openSession({ ...quiet, cache: {} as never }));
    await (await openKeys({ ...quiet, cache: null, maxLog: 14 }))[Symbol.asyncDispose]();
  },
  'Name one of …': async (advised) => {
    const wasm = await assembleWat(ADD);
    const keys = await session();
    const [names] = await advised.by(() => prove(keys, { wasm, args: [1, 2], shape: { none: 16 } as never }));
    const [name] = names!.split(', ');
    await prove(keys, { wasm, args: [1, 2], shape: { [name!]: 10 } });
  },
  'Give log2 of the number of rows, or allow more with a larger maxLog (--max-log)': async (advised) => {
    const wasm = await assembleWat(ADD);
    const keys = await session();
    await advised.by(() => prove(keys, { wasm, args: [1, 2], shape: { alu: 1000 } }));
    await prove(keys, { wasm, args: [1, 2], shape: { alu: 10 } });
  },
  'Give smaller heights, or allow more memory (--max-memory)': {
    test: 'test/cli/limits.test.ts',
    title: 'the memory of a session and least heights bound a proof before it is begun',
  },
  'Make code and initial data smaller (`wattest inspect` counts their rows)': {
    test: 'test/cli/limits.test.ts',
    title: 'a tall image bounds a proof before it is begun, by what its opening takes',
  },
  'Allow at least … MiB': async (advised) => {
    const wasm = await assembleWat(ADD);
    const keys = await session();
    const [least] = await advised.by(() => estimate(keys, { wasm, args: [1, 2], maxMemoryBytes: 2 ** 20 }));
    await estimate(keys, { wasm, args: [1, 2], maxMemoryBytes: Number(least) * 2 ** 20 });
  },
  'Name a function of the module itself': async (advised) => {
    const wasm = await assembleWat(BYTES);
    await advised.by(() => disassemble({ wasm, invoke: 'length', function: 0 }));
    assert.equal(disassemble({ wasm, invoke: 'length', function: 'length' }).sections.length, 1);
  },
  'Give a name, or an index below …': async (advised) => {
    const wasm = await assembleWat(BYTES);
    const [count] = await advised.by(() => disassemble({ wasm, invoke: 'length', function: 'none' }));
    for (const known of ['length', Number(count) - 1])
      disassemble({ wasm, invoke: 'length', function: known });
  },
  'Give the .map file that the compiler wrote with this module (asc --sourceMap, wasm-sourcemap, cargo-wasm2map)':
    {
      test: 'test/cli/profile.test.ts',
      title: 'finds the source map beside the module, or the one that is named',
    },
  'Give the File that the user chose, or a Blob with its bytes': async (advised) => {
    const path = file('page.bin', 'abc');
    await advised.by(() => inPage(() => openFile(path)));
    const source = (await inPage(() => openFile(new File(['abc'], 'page.bin')))) as Awaited<
      ReturnType<typeof openFile>
    >;
    assert.equal(source.size, 3);
  },
  'Give an object that reads, writes and removes the text (PrivateFile)': async (advised) => {
    await advised.by(() => inPage(() => privateFile('kept.json')));
    const own = {
      location: 'mine',
      read: async () => undefined,
      write: async () => {},
      remove: async () => {},
    };
    assert.equal(await inPage(() => privateFile(own)), own);
  },
};
