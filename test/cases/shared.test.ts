/** Every file of ../shared/cases (what real use failed on), with the answer that it must get. Skipped where that folder is missing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileSource } from '../../sdk/src/cli/compile/compile.ts';
import {
  estimate,
  inspect,
  type Keys,
  openKeys,
  profile,
  type RunParameters,
  type RunResult,
  run,
} from '../../sdk/src/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { ROOT } from '../structure/sources.ts';

const CASES = join(ROOT, '../shared/cases');
const MISSING = existsSync(CASES) ? '' : ' (SKIPPED: ../shared/cases does not exist)';

const path = (name: string): string => join(CASES, name);
const bytes = (name: string): Uint8Array => readFileSync(path(name));
const wat = (name: string): Promise<Uint8Array> => assembleWat(readFileSync(path(name), 'utf8'));
const source = (name: string, ...flags: string[]): Promise<Uint8Array> =>
  compileSource(path(name), { flags, onWarnings: () => {} });
/** What was made with a compiler that is not everywhere ([README](../programs/README.md)), of exactly this source. */
function built(name: string, of: string, sha256: string): Uint8Array {
  assert.equal(
    createHash('sha256').update(bytes(of)).digest('hex'),
    sha256,
    `${of} is another: build it again`,
  );
  return readFileSync(join(ROOT, 'test/programs', name));
}

const resultsOf = async (parameters: RunParameters): Promise<readonly bigint[]> =>
  (await run(parameters)).results;
const text = ({ stdout }: RunResult): string => new TextDecoder().decode(stdout);
const refused = (action: () => unknown, message: RegExp, fix = /^Compile|^Languages/): Promise<void> =>
  assert.rejects(async () => await action(), { code: 'MODULE_UNSUPPORTED', message, fix });
/** Refused by the name of its proposal, with the offset in the file, by `inspect` and by `run`. */
const proposal =
  (what: RegExp, fix?: RegExp) =>
  async (name: string): Promise<void> => {
    const message = new RegExp(`^module\\+0x[0-9a-f]+: .*${what.source}`);
    await refused(() => inspect({ wasm: bytes(name) }), message, fix);
    await refused(() => run({ wasm: bytes(name) }), message, fix);
  };
/** Accepted: it decodes, is valid and inspected, and what it exports runs. */
const accepted = async (name: string): Promise<void> => {
  const wasm = bytes(name);
  const { entries } = inspect({ wasm });
  for (const { name: invoke } of entries) assert.equal((await run({ wasm, invoke })).status.kind, 'returned');
};

const GC = /of garbage collection \(WebAssembly 3\.0\)/;
const EXCEPTIONS = /of exception handling/;
const REFERENCES = /of typed function references/;

describe(`cases of ../shared/cases${MISSING}`, () => {
  let keys: Keys;
  before(async function () {
    if (MISSING !== '') this.skip();
    keys = await openKeys({ onWarning: () => {} });
  });
  after(() => keys?.[Symbol.asyncDispose]());

  const CASE: Readonly<Record<string, (name: string) => Promise<void>>> = {
    '02-loop-surplus-stack.wat': async (name) => {
      const wasm = await wat(name);
      const { shards } = await estimate(keys, { wasm, args: [2_000_000] });
      assert.ok(shards > 10, 'no key has room for it in one proof');
      const shown = await profile({ wasm, args: [2_000_000], maxInstructions: 10_000 });
      assert.equal(shown.status, undefined);
    },
    '15-big-frame.wat': async (name) => {
      const wasm = await wat(name);
      const deep = { wasm, invoke: 'deep', args: [100_000] };
      const { results, instructions } = await run(deep);
      assert.deepEqual([results, instructions], [[100_000n], 800_003]);
      const { shards, memoryBytes } = await estimate(keys, deep);
      assert.ok(shards > 1 && memoryBytes <= 2 ** 32);
      assert.deepEqual(await resultsOf({ wasm, invoke: 'ack', args: [2, 3] }), [9n]);
    },
    'json.rs': async (name) => {
      const wasm = built(
        'json.wasm',
        name,
        'cf6dc8feb376a266f0fc82894e6a14e2e0e27078be0792487d45becd15fa9eba',
      );
      const numbers = Array.from({ length: 2200 }, (_, i) => i % 1000);
      const stdin = JSON.stringify({ list: numbers, deep: [[{ a: 1 }]] });
      assert.ok(stdin.length > 8000 && stdin.length < 12_000);
      const outcome = await run({ wasm, stdin });
      assert.equal(
        text(outcome),
        `sum ${numbers.reduce((a, b) => a + b, 1)} nodes ${numbers.length + 6} depth 4\n`,
      );
      const { shards, memoryBytes } = await estimate(keys, { wasm, stdin });
      assert.ok(shards > 1 && memoryBytes <= 2 ** 32, `${shards} proofs, ${memoryBytes} bytes`);
    },
    '16-unused-import.wat': async (name) => {
      const wasm = await wat(name);
      assert.deepEqual(await resultsOf({ wasm, invoke: 'f', args: [4] }), [5n]);
      await refused(
        () => run({ wasm, invoke: 'g', args: [4] }),
        /"__wbindgen_placeholder__" "__wbindgen_throw".*called by function 2 "g"/,
        /wasm-merge.*--trap-imports/,
      );
      assert.deepEqual(await resultsOf({ wasm, invoke: 'g', args: [4], trapImports: true }), [4n]);
      const { status } = await run({ wasm, invoke: 'g', args: [0], trapImports: true });
      assert.equal(status.text, 'trapped: call of an import that nobody provides');
    },
    '17-notify-growth.wat': async (name) => {
      assert.equal((await run({ wasm: await wat(name) })).status.text, 'returned');
    },
    'em-malloc.c': async (name) => {
      const wasm = built(
        'em-malloc.wasm',
        name,
        '259e2fa4c3bfe1327d9c3582190edf54a20cdc976d4052a9fe3699e5cd4a5b07',
      );
      assert.ok(inspect({ wasm }).entries.some((entry) => entry.name === '_start'));
      const stdin = 'memory that grows '.repeat(20);
      assert.equal(text(await run({ wasm, stdin })), `${stdin.split('').reverse().join('')}\n`);
    },
    '18-import-memory.wat': async (name) => {
      assert.deepEqual(await resultsOf({ wasm: await wat(name), args: [0x80] }), [0xffff_ff80n]);
    },
    '19-import-global.wat': async (name) => {
      const wasm = await wat(name);
      await refused(
        () => run({ wasm }),
        /imported global "env" "__memory_base"/,
        /--global env\.__memory_base=VALUE/,
      );
      assert.deepEqual(await resultsOf({ wasm, globals: { __memory_base: 1024 } }), [1024n]);
    },
    '28-extended-const.wasm': accepted,
    '28-multimemory.wasm': accepted,
    '28-op-tailcall.wasm': async (name) => {
      // It calls itself for ever, in one frame.
      await assert.rejects(run({ wasm: bytes(name), maxInstructions: 100_000 }), { code: 'RUN_TOO_LONG' });
    },
    '29-global-get-const.wasm': accepted,
    '29-table-init.wasm': accepted,
    '28-gc-type.wasm': proposal(GC),
    '28-op-struct_new.wasm': proposal(GC),
    '29-rec-types.wasm': proposal(GC),
    '29-sub-type.wasm': proposal(GC),
    '28-memory64.wasm': proposal(/of 64-bit memories and tables/),
    '29-table64.wasm': proposal(/of 64-bit memories and tables/),
    '28-op-atomic_fence.wasm': proposal(/atomic\.fence, of threads/),
    '29-passive-shared.wasm': proposal(/of threads/),
    '28-op-ref_as_non_null.wasm': proposal(REFERENCES),
    '29-typed-ref-local.wasm': proposal(REFERENCES),
    '28-op-reserved27.wasm': proposal(/illegal opcode 0x27, which WebAssembly 3\.0 reserves/),
    '28-op-simd.wasm': proposal(/v128\.const, of SIMD/),
    '28-op-throw.wasm': proposal(EXCEPTIONS),
    '28-tag-section.wasm': proposal(EXCEPTIONS),
    '29-exnref-local.wasm': proposal(EXCEPTIONS),
    '29-import-tag.wasm': proposal(EXCEPTIONS),
    '29-legacy-try.wasm': proposal(/of exception handling in its form before/),
    '29-try_table.wasm': proposal(EXCEPTIONS),
    '29-custom-page.wasm': proposal(/of custom page sizes/, /^Link with pages/),
    '29-wide-arith.wasm': proposal(/of wide arithmetic/),
    // Of several memories, named where they are listed; nothing is exported that could need them.
    '29-memarg-multi.wasm': async (name) => {
      assert.match(
        inspect({ wasm: bytes(name) })
          .unsupported.map((each) => each.name)
          .join(),
        /multiple-memories \(2 memories\)/,
      );
      await assert.rejects(run({ wasm: bytes(name) }), { code: 'EXPORT_MISSING' });
    },
    '30-many-exports.wasm': async (name) => {
      const { entries } = inspect({ wasm: bytes(name) });
      assert.equal(entries.length, 600);
    },
    'as-console.ts': async (name) => {
      const wasm = await source(name);
      const messages: string[] = [];
      const { warnings } = await run({
        wasm,
        args: [3],
        onStderr: (chunk) => messages.push(new TextDecoder().decode(chunk)),
      });
      assert.match(messages.join(''), /total \d+/);
      assert.match(warnings.join(), /random numbers: whoever proves chooses/);
    },
    'as-trace.ts': async (name) => {
      const wasm = await source(name);
      const messages: string[] = [];
      const onStderr = (chunk: Uint8Array): number => messages.push(new TextDecoder().decode(chunk));
      assert.deepEqual(await resultsOf({ wasm, args: [21], onStderr }), [42n]);
      assert.match(messages.join(''), /n is/);
      assert.match((await run({ wasm, args: [0], onStderr })).status.text, /^trapped/);
    },
    'rust-lib.rs': async () => {
      const wasm = readFileSync(join(ROOT, 'test/programs/rust-lib.wasm'));
      const counted = { wasm, invoke: 'count_words(string) -> u32', args: ['bytes for  libraries'] };
      assert.equal((await run(counted)).returned, 3n);
      const { warnings } = await run({ wasm, invoke: 'count_words', args: [0, 5] });
      assert.match(warnings.join('\n'), /count_words/, 'a bare number for a pointer');
    },
    'c-sudoku-args.rs': async (name) => {
      const wasm = built(
        'c-sudoku-args.wasm',
        name,
        'f4ace3b020622aa3f8d7960a1327b76e97afd66205164c747d8ebf1752da91b5',
      );
      let errors = '';
      const outcome = await run({
        wasm,
        stdin: 'one\ntwo\nthree\nfour\n',
        onStderr: (chunk) => {
          errors += new TextDecoder().decode(chunk);
        },
      });
      assert.equal(text(outcome), 'one\ntwo\nthree\n');
      assert.match(errors, /shown 3[\s\S]*too many: 3/);
      assert.equal(outcome.status.kind, 'trapped');
      const fewer = {
        wasm,
        invoke: '_start(args)',
        programArguments: ['program', '2'],
        stdin: 'one\ntwo\nthree\n',
      };
      assert.deepEqual([text(await run(fewer)), (await run(fewer)).status.text], ['one\ntwo\n', 'returned']);
    },
    'cpp-exc.cpp': async (name) => {
      await assert.rejects(source(name), { code: 'COMPILER_FAILED', message: /exceptions disabled/ });
      await refused(
        () => source(name, '-fexceptions', '-fwasm-exceptions', '-Wl,--allow-undefined'),
        /exception handling/,
      );
    },
    'c-sjlj.c': async (name) => {
      await assert.rejects(source(name), { code: 'COMPILER_FAILED', message: /setjmp|longjmp/i });
      await refused(
        () => source(name, '-mllvm', '-wasm-enable-sjlj', '-lsetjmp', '-D__wasm_exception_handling__'),
        /exception handling/,
      );
    },
  };

  it('each file has its answer here', () => {
    const files = readdirSync(CASES).filter((name) => name !== 'README.md');
    assert.deepEqual(files.toSorted(), Object.keys(CASE).toSorted());
  });

  for (const [name, answer] of Object.entries(CASE)) it(name, () => answer(name));
});
