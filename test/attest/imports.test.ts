/** What imports become (docs/imports.md): refused by name and caller where something reaches them, provided, given, or traps. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORDER_ERRORS } from '../../sdk/src/attest/jobs/order.ts';
import { importsOfText, importsText } from '../../sdk/src/attest/module/imports.ts';
import {
  check,
  disassemble,
  inspect,
  isWattestError,
  openKeys,
  openSession,
  programId,
  prove,
  run,
  verify,
} from '../../sdk/src/index.ts';
import { type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';

/** `f` never reaches the import, `g` does for 0, `t` by way of the table. */
const UNUSED: ModuleParts = {
  types: ['i32 i32 ->', 'i32 -> i32'],
  imports: [
    ['glue', 'throw', { kind: 'func', type: 0 }],
    ['glue', 'other', { kind: 'func', type: 0 }],
  ],
  functions: [
    { type: 1, code: [['local.get', 0], ['i32.const', 1], 'i32.add'] },
    {
      type: 1,
      code: [
        ['local.get', 0],
        'i32.eqz',
        'if',
        ['i32.const', 0],
        ['i32.const', 0],
        ['call', 0],
        'end',
        ['local.get', 0],
      ],
    },
    {
      type: 1,
      code: [
        ['local.get', 0],
        ['i32.const', 1],
        ['call_indirect', 1, 0],
      ],
    },
  ],
  tables: [{ type: 'funcref', limits: { min: 2, max: undefined } }],
  elements: [{ offset: [['i32.const', 0]], functions: [1, 2] }],
  exports: [
    ['f', 'func', 2],
    ['g', 'func', 3],
    ['t', 'func', 4],
  ],
};

async function refused(action: () => unknown, ...parts: readonly string[]): Promise<void> {
  await assert.rejects(
    async () => action(),
    (error: unknown) => {
      assert.ok(isWattestError(error, 'MODULE_UNSUPPORTED'), String(error));
      for (const part of parts) assert.ok(`${error.message} ${error.fix}`.includes(part), error.message);
      return true;
    },
  );
}

/** Path of a command of the npm package. */
const binaryen = (command: string): string =>
  join(createRequire(import.meta.url).resolve('binaryen/package.json'), '../bin', command);

describe('imports that nobody provides', () => {
  const wasm = moduleBytes(UNUSED);

  it('do not matter to an export that never calls them', async () => {
    assert.deepEqual((await run({ wasm, invoke: 'f', args: [5] })).results, [6n]);
    const { entries, unsupported } = inspect({ wasm });
    assert.deepEqual(
      entries.map(({ unsupported }) => unsupported === undefined),
      [true, false, false],
    );
    assert.equal(unsupported.length, 2);
  });

  it('are refused by name, with who calls them and what helps', async () => {
    await refused(
      () => run({ wasm, invoke: 'g', args: [5] }),
      '"glue" "throw" (func (i32, i32) -> ()), called by function 3 "g"',
      'wasm-merge',
      '--trap-imports',
      'docs/imports.md',
    );
    await refused(
      () => run({ wasm, invoke: 't', args: [5] }),
      '"glue" "other"',
      'called by the entry or a table',
    );
  });

  it('trap where the caller says so, and only when they are called', async () => {
    const trapping = { wasm, trapImports: true } as const;
    assert.deepEqual((await run({ ...trapping, invoke: 'g', args: [5] })).results, [5n]);
    assert.deepEqual((await run({ ...trapping, invoke: 't', args: [5] })).results, [6n]);
    const { status, trapAt } = await run({ ...trapping, invoke: 'g', args: [0] });
    assert.equal(status.text, 'trapped: call of an import that nobody provides');
    assert.match(trapAt ?? '', /function 3 "g", wasm offset 0x/);
    assert.deepEqual((await check({ ...trapping, invoke: 'g', args: [0] })).failures, []);
    assert.ok(disassemble({ ...trapping, invoke: 'g' }).sections.length > 0);
    await refused(() => disassemble({ wasm, invoke: 'g' }), '"glue" "throw"');
  });

  it('are part of the program id: a proof with them trapping is none without', async () => {
    await using session = await openSession({ onWarning: () => {} });
    const { document } = await prove(session, { wasm, invoke: 'g', args: [5], trapImports: true });
    const accepted = await verify(session, { document, wasm, trapImports: true });
    assert.equal(accepted.programId, await programId(session, { wasm, invoke: 'g', trapImports: true }));
    await assert.rejects(verify(session, { document, wasm }), { code: 'PROOF_PROGRAM' });
    // Where no call is left, saying it changes nothing.
    const [plain, trapping] = [false, true].map((trapImports) =>
      programId(session, { wasm, invoke: 'f', trapImports }),
    );
    assert.equal(await plain, await trapping);
  });

  it('are linked by wasm-merge, as the refusal advises', async () => {
    const bin = binaryen('wasm-merge');
    const glue = moduleBytes({
      types: ['i32 i32 ->'],
      functions: [
        { type: 0, code: ['unreachable'] },
        { type: 0, code: [] },
      ],
      exports: [
        ['throw', 'func', 0],
        ['other', 'func', 1],
      ],
    });
    const folder = mkdtempSync(join(tmpdir(), 'wattest-merge-'));
    try {
      const [main, other, out] = ['main', 'glue', 'out'].map((name) => join(folder, `${name}.wasm`));
      writeFileSync(main!, wasm);
      writeFileSync(other!, glue);
      execFileSync(process.execPath, [bin, main!, 'main', other!, 'glue', '--all-features', '-o', out!], {
        stdio: 'pipe',
      });
      const merged = readFileSync(out!);
      assert.deepEqual((await run({ wasm: merged, invoke: 'g', args: [5] })).results, [5n]);
      assert.equal((await run({ wasm: merged, invoke: 'g', args: [0] })).status.text, 'trapped: unreachable');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('several memories', () => {
  it('are refused by name, and lowered to one without bounds by wasm-opt, as the refusal advises', async () => {
    const wasm = moduleBytes({
      types: ['i32 -> i32'],
      memories: [
        { min: 1, max: 1 },
        { min: 1, max: 1 },
      ],
      datas: [{ offset: [['i32.const', 4]], memory: 1, bytes: [7, 0, 0, 0] }],
      functions: [
        {
          type: 0,
          code: [
            ['i32.const', 4],
            ['local.get', 0],
            ['i32.store', 2, 0],
            ['i32.const', 4],
            ['i32.load', 2, 0],
            ['i32.const', 4],
            ['i32.load', 2, 0, 1],
            'i32.add',
          ],
        },
      ],
      exports: [['f', 'func', 0]],
    });
    await refused(
      () => run({ wasm, invoke: 'f', args: [5] }),
      'multiple-memories (2 memories)',
      'module+0x',
      '--multi-memory-lowering',
    );
    const folder = mkdtempSync(join(tmpdir(), 'wattest-lower-'));
    try {
      const [before, after] = ['before', 'after'].map((name) => join(folder, `${name}.wasm`));
      writeFileSync(before!, wasm);
      const options = ['--all-features', '--multi-memory-lowering', '-o', after!];
      execFileSync(process.execPath, [binaryen('wasm-opt'), before!, ...options], { stdio: 'pipe' });
      assert.deepEqual((await run({ wasm: readFileSync(after!), invoke: 'f', args: [5] })).results, [12n]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('imports that are given', () => {
  it('memories and tables are made as they are declared', async () => {
    const parts: ModuleParts = {
      types: ['i32 -> i32', '-> i32'],
      imports: [
        ['env', 'memory', { kind: 'memory', limits: { min: 1, max: 2 } }],
        ['env', 'table', { kind: 'table', table: { type: 'funcref', limits: { min: 3, max: 3 } } }],
      ],
      functions: [
        {
          type: 0,
          code: [
            ['i32.const', 0],
            ['local.get', 0],
            ['i32.store', 2, 0],
            ['i32.const', 0],
            ['i32.load8_s', 0, 0],
          ],
        },
        {
          type: 1,
          code: [
            ['i32.const', 2],
            'memory.grow',
            'drop',
            ['i32.const', 1],
            'memory.grow',
            'memory.size',
            'i32.add',
            ['table.size', 0],
            'i32.add',
          ],
        },
        {
          type: 0,
          code: [
            ['local.get', 0],
            ['call_indirect', 1, 0],
          ],
        },
      ],
      elements: [{ offset: [['i32.const', 1]], functions: [1] }],
      datas: [{ offset: [['i32.const', 8]], bytes: [1, 2, 3] }],
      exports: [
        ['f', 'func', 0],
        ['sizes', 'func', 1],
        ['through', 'func', 2],
      ],
    };
    const wasm = moduleBytes(parts);
    assert.deepEqual((await run({ wasm, invoke: 'f', args: [255] })).results, [0xffff_ffffn]);
    assert.deepEqual((await run({ wasm, invoke: 'sizes' })).results, [1n + 2n + 3n]);
    assert.deepEqual((await run({ wasm, invoke: 'through', args: [1] })).results, [6n]);
    assert.equal(
      (await run({ wasm, invoke: 'through', args: [0] })).status.text,
      'trapped: uninitialized element',
    );
    assert.deepEqual(inspect({ wasm }).memory, { pages: 1, max: 2 });
  });

  const GLOBALS: ModuleParts = {
    types: ['-> i32', '-> f64', '-> i64', 'i64 ->'],
    imports: [
      ['env', '__memory_base', { kind: 'global', global: { type: 'i32', mutable: false } }],
      ['env', 'ratio', { kind: 'global', global: { type: 'f64', mutable: false } }],
      ['env', 'counter', { kind: 'global', global: { type: 'i64', mutable: true } }],
      ['other', 'ratio', { kind: 'global', global: { type: 'externref', mutable: false } }],
    ],
    globals: [{ type: 'i32', mutable: false, init: [['global.get', 0], ['i32.const', 4], 'i32.add'] }],
    memories: [{ min: 1, max: 1 }],
    functions: [
      { type: 0, code: [['global.get', 0]] },
      { type: 1, code: [['global.get', 1]] },
      {
        type: 2,
        code: [['global.get', 2], ['i64.const', 1n], 'i64.add', ['global.set', 2], ['global.get', 2]],
      },
      { type: 0, code: [['global.get', 4]] },
      { type: 0, code: [['global.get', 3], 'ref.is_null'] },
      { type: 0, code: [['i32.const', 7]] },
    ],
    exports: (['base', 'ratio', 'count', 'own', 'null', 'none'] as const).map((name, i) => [name, 'func', i]),
  };

  it('globals have the values that are given, of their types', async () => {
    const wasm = moduleBytes(GLOBALS);
    const of = async (
      invoke: string,
      globals?: Record<string, string | number | bigint>,
    ): Promise<readonly bigint[]> => (await run({ wasm, invoke, ...(globals && { globals }) })).results;
    assert.deepEqual(await of('base', { 'env.__memory_base': -7 }), [0xffff_fff9n]);
    assert.deepEqual(await of('base', { __memory_base: '0x10' }), [16n]);
    assert.deepEqual(await of('own', { __memory_base: 16n }), [20n]);
    assert.deepEqual(await of('ratio', { 'env.ratio': 1.5 }), [0x3ff8_0000_0000_0000n]);
    assert.deepEqual(await of('count', { counter: -2 }), [BigInt.asUintN(64, -1n)]);
    assert.deepEqual(await of('null', { 'other.ratio': 'null' }), [1n]);
    assert.deepEqual(await of('none'), [7n], 'nothing that is reached reads one');
    for (const invoke of ['base', 'own', 'ratio', 'count', 'null']) {
      await refused(() => of(invoke), 'which has no value and is read', '--global');
    }
    for (const [globals, message] of [
      [{ nope: 1 }, /imports no global "nope"/],
      [{ ratio: 1 }, /several imported globals are called "ratio"/],
      [{ __memory_base: 1.5 }, /not an integer/],
      [{ __memory_base: 'zzz' }, /^globals "__memory_base": not an integer$/],
      [{ __memory_base: 2 ** 32 }, /does not fit 32 bits/],
      [{ 'other.ratio': 5 }, /is a reference/],
      [{ __memory_base: 1, 'env.__memory_base': 1 }, /two values/],
    ] as const) {
      await assert.rejects(
        of('none', globals),
        (error) => isWattestError(error, 'INPUT_INVALID') && message.test(error.message),
      );
    }
  });

  it('values are part of the program id', async () => {
    await using keys = await openKeys({ onWarning: () => {} });
    const wasm = moduleBytes(GLOBALS);
    const ids = await Promise.all(
      [1, 1, 2].map((value) => programId(keys, { wasm, invoke: 'base', globals: { __memory_base: value } })),
    );
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[0], ids[2]);
  });

  it('go to whoever does jobs of a long run as text, which gives the same program', async () => {
    const wasm = moduleBytes(GLOBALS);
    const globals = {
      counter: -2,
      'env.ratio': 0x3ff8_0000_0000_0000n,
      __memory_base: '0x10',
      'other.ratio': 'null',
    };
    const sent = importsOfText(importsText({ trapImports: true, globals }), ORDER_ERRORS);
    assert.equal(importsText(sent), importsText({ trapImports: true, globals }));
    assert.equal(sent.trapImports, true);
    for (const invoke of ['base', 'ratio', 'count', 'null']) {
      assert.deepEqual(
        (await run({ wasm, invoke, ...sent })).results,
        (await run({ wasm, invoke, globals })).results,
        invoke,
      );
    }
    const negative = importsOfText(importsText({ globals: { 'env.ratio': -0 } }), ORDER_ERRORS);
    assert.deepEqual((await run({ wasm, invoke: 'ratio', ...negative })).results, [1n << 63n]);
  });

  it('an offset of a segment by a global: needed whatever is reached', async () => {
    const wasm = moduleBytes({ ...GLOBALS, datas: [{ offset: [['global.get', 0]], bytes: [9] }] });
    await refused(() => run({ wasm, invoke: 'none' }), '"env" "__memory_base" (i32), which has no value');
    assert.deepEqual((await run({ wasm, invoke: 'none', globals: { __memory_base: 3 } })).results, [7n]);
  });
});
