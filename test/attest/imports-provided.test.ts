/** Functions that programs of AssemblyScript and Emscripten import, and find provided (docs/imports.md). */
import assert from 'node:assert/strict';
import { check, run } from '../../sdk/src/index.ts';
import { type Code, type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';

describe('imports that are provided', () => {
  const logged = async (
    parts: ModuleParts,
    invoke: string,
    args: readonly number[] = [],
  ): Promise<string> => {
    let text = '';
    const { status } = await run({
      wasm: moduleBytes(parts),
      invoke,
      args,
      onStderr: (bytes) => (text += new TextDecoder().decode(bytes)),
    });
    assert.equal(status.kind, 'returned');
    return text;
  };
  /** "n is" as AssemblyScript has it, at 20. */
  const STRING = {
    offset: [['i32.const', 16]] as Code,
    bytes: [8, 0, 0, 0, 0x6e, 0, 0x20, 0, 0x69, 0, 0x73, 0],
  };

  it('emscripten_notify_memory_growth does nothing', async () => {
    const parts: ModuleParts = {
      types: ['i32 ->', '-> i32'],
      imports: [['env', 'emscripten_notify_memory_growth', { kind: 'func', type: 0 }]],
      memories: [{ min: 1, max: undefined }],
      functions: [{ type: 1, code: [['i32.const', 1], 'memory.grow', ['i32.const', 0], ['call', 0]] }],
      exports: [['f', 'func', 1]],
    };
    assert.deepEqual((await run({ wasm: moduleBytes(parts), invoke: 'f' })).results, [1n]);
  });

  it('abort traps, whatever its type', async () => {
    for (const type of ['->', 'i32 ->', 'i32 i32 i32 i32 ->', 'i64 f32 -> i32']) {
      const call: Code = type.endsWith('i32') ? [['call', 0], 'drop'] : [['call', 0]];
      const given: Code = type.startsWith('i64')
        ? [
            ['i64.const', 1n],
            ['f32.const', 1],
          ]
        : Array.from({ length: type.split('i32').length - 1 }, () => ['i32.const', 1] as const);
      const wasm = moduleBytes({
        types: [type, '->'],
        imports: [['env', 'abort', { kind: 'func', type: 0 }]],
        functions: [{ type: 1, code: [...given, ...call] }],
        exports: [['f', 'func', 1]],
      });
      assert.equal((await run({ wasm, invoke: 'f' })).status.text, 'trapped: unreachable', type);
    }
  });

  it('console.log and trace show text, and leave no row', async () => {
    const parts = (body: Code): ModuleParts => ({
      types: ['i32 ->', 'i32 i32 f64 f64 f64 f64 f64 ->', 'i32 ->'],
      imports: [
        ['env', 'console.log', { kind: 'func', type: 0 }],
        ['env', 'trace', { kind: 'func', type: 1 }],
      ],
      memories: [{ min: 1, max: 1 }],
      datas: [STRING],
      functions: [{ type: 2, code: body }],
      exports: [['f', 'func', 2]],
    });
    const numbers: Code = [
      ['f64.const', 1.5],
      ['local.get', 0],
      'f64.convert_i32_s',
      ['f64.const', 0],
      ['f64.const', 0],
      ['f64.const', 0],
    ];
    assert.equal(
      await logged(
        parts([
          ['i32.const', 20],
          ['call', 0],
        ]),
        'f',
        [7],
      ),
      'n is\n',
    );
    assert.equal(
      await logged(parts([['i32.const', 20], ['i32.const', 2], ...numbers, ['call', 1]]), 'f', [7]),
      'n is 1.5, 7\n',
    );
    // A pointer that leads out of the memory, a length that does: nothing is shown, and nothing traps.
    for (const address of [0, 3, 65_536, -1, 40]) {
      assert.equal(
        await logged(
          parts([
            ['local.get', 0],
            ['call', 0],
          ]),
          'f',
          [address],
        ),
        '\n',
        `${address}`,
      );
    }
    const rows = async (body: Code): Promise<number> =>
      Object.values((await run({ wasm: moduleBytes(parts(body)), invoke: 'f', args: [20] })).rows).reduce(
        (a, b) => a + b,
      );
    assert.ok(
      (await rows([
        ['local.get', 0],
        ['call', 0],
      ])) -
        (await rows([])) <=
        1,
    );
  });

  it('seed is a word that the prover chooses, said so', async () => {
    const wasm = moduleBytes({
      types: ['-> f64'],
      imports: [['env', 'seed', { kind: 'func', type: 0 }]],
      functions: [{ type: 0, code: [['call', 0]] }],
      exports: [['f', 'func', 1]],
    });
    const { results, warnings } = await run({ wasm, invoke: 'f', random: () => 5n });
    assert.deepEqual(results, [5n]);
    assert.match(warnings.join(), /random numbers: whoever proves chooses/);
  });

  it('functions of WASI with their i64 as two i32, as emscripten has them', async () => {
    const call = (legal: boolean): Uint8Array =>
      moduleBytes({
        types: [
          legal ? 'i32 i32 i32 i32 i32 -> i32' : 'i32 i64 i32 i32 -> i32',
          'i32 i32 -> i32',
          '->',
          'i32 i32 i32 i32 -> i32',
          'i32 i64 i32 -> i32',
        ],
        imports: [
          ['wasi_snapshot_preview1', 'fd_seek', { kind: 'func', type: 0 }],
          ['wasi_snapshot_preview1', 'clock_time_get', { kind: 'func', type: legal ? 3 : 4 }],
        ],
        memories: [{ min: 1, max: 1 }],
        functions: [
          {
            type: 1,
            code: [
              ['local.get', 0],
              ...((legal
                ? [
                    ['local.get', 1],
                    ['i32.const', 3],
                  ]
                : [['i64.const', 3n << 32n]]) as Code),
              ['i32.const', 1],
              ['i32.const', 64],
              ['call', 0],
              ['local.get', 0],
              ...((legal
                ? [
                    ['i32.const', 0],
                    ['local.get', 1],
                  ]
                : [['i64.const', 0n]]) as Code),
              ['i32.const', 72],
              ['call', 1],
              ['i32.const', 100],
              'i32.mul',
              'i32.add',
            ],
          },
        ],
        exports: [['f', 'func', 2]],
      });
    for (const file of [0, 1, 9]) {
      const [plain, legal] = await Promise.all(
        [false, true].map((form) => run({ wasm: call(form), invoke: 'f', args: [file, 5], clock: () => 1n })),
      );
      assert.deepEqual(legal!.results, plain!.results);
    }
    assert.deepEqual(
      (await check({ wasm: call(true), invoke: 'f', args: [1, 5], clock: () => 1n })).failures,
      [],
    );
  });
});
